/*
 * Ways to deliver a batch: a table of functions.  A new one is a file of its
 * own, sink_NAME.c, and a line in sink_type.c.
 */
#ifndef SINK_TYPE_H
#define SINK_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch;
struct buf;
struct config_sink;
struct err;
struct result;

struct sink_type {
	bool idempotent; /* whatever the configuration says */

	/*
	 * Prepare to deliver to a sink: read its secrets, touch nothing.
	 * *out is given back with close.  c is borrowed until then.
	 *
	 * Errors: ERR_CONFIG for a secret or certificate that is not there;
	 * ERR_IO.
	 */
	int (*open)(void **out, const struct config_sink *c, struct err *e);
	void (*close)(void *conn);

	/*
	 * One attempt, of at most timeout_ms: deliver the batch's bytes and
	 * tell in r, which is empty before, what became of it.
	 *
	 * Errors: only such as must end the whole run: ERR_IO for a failed
	 * fsync.  All else is told by r.
	 */
	int (*send)(void *conn, const struct batch *b, const struct buf *body,
	    int64_t timeout_ms, struct result *r, struct err *e);
};

const struct sink_type *sink_type_of(const struct config_sink *c);

extern const struct sink_type sink_file;
extern const struct sink_type sink_https;
extern const struct sink_type sink_syslog;

#endif
