/*
 * The way of one sink through its batches in a run, a step at a time, so
 * that one that waits holds up no other.
 */
#ifndef LANE_H
#define LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "batch.h"
#include "buf.h"
#include "err.h"
#include "quota.h"
#include "seal.h"
#include "sink.h"

struct config_sink;
struct context;
struct sink_type;

/* What was done in this run. */
struct lane_sum {
	int64_t delivered; /* alerts */
	int64_t refused; /* alerts */
	int64_t attempts;
	int64_t batches; /* delivered */
	int64_t bytes; /* delivered */
};

/* Read done, not_before_ms, err and sum; leave the rest alone. */
struct lane {
	bool done;
	int64_t not_before_ms; /* of the monotonic clock: no step before it */
	struct err err; /* once done: why work is left, or alerts refused */
	struct lane_sum sum;
	const struct config_sink *config;
	const struct sink_type *type;
	void *conn;
	struct sink sink;
	int64_t deadline_ms; /* of the monotonic clock */
	struct quota quota;
	int64_t reached; /* that second has come, whatever -T says: 0: none */
	struct batch batch; /* in hand */
	bool in_hand;
	unsigned tries; /* of the batch in hand */
	struct buf body; /* of the batch in hand, during a step */
	struct seal_kept kept;
	bool set_aside; /* some single alerts were rejected, none accepted */
	char rejection[512]; /* what the sink said about the last of them */
};

/*
 * Begin.  A sink that cannot be opened is done at once, and err tells why.
 * c and type are borrowed until lane_close.
 */
void lane_open(struct lane *l, const struct config_sink *c,
    const struct sink_type *type, const struct sink *sink);
void lane_close(struct lane *l);

/*
 * One step: one attempt to deliver one batch, sealing more where none is
 * left; or, where nothing is left to do, the end.  What the sink does wrong
 * is told by err and done, and never an error here.
 *
 * Errors: such as must end the whole run; as attempt_begin, attempt_end,
 * seal_some, batch_get_body, sink_type's send.
 */
int lane_step(struct lane *l, const struct context *x, struct err *e);

/* End it before its time. */
void lane_stop(struct lane *l, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
