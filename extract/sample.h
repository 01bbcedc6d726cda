/*
 * Files that are no archives, for trying things out: an answer of the service
 * (a JSON document), or records (a JSON object a line).  They become windows
 * of origin replay, which cover no time.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct db;
struct digest;
struct err;

struct sample {
	struct db *db;
	int64_t run_id;
	struct digest *digest;
	int64_t windows, known, records; /* so far */
};

/*
 * Is this a sample?  name: for messages.
 * Errors: ERR_DATA if it is not, with what it is taken for.
 */
int sample_check(const struct buf *text, const char *name, struct err *e);

/*
 * Store one that was checked: a window for each log that has records in it,
 * named by its content, so that the same file again is known.
 * Errors: as db_begin.
 */
int sample_put(
    struct sample *s, const struct buf *text, const char *name, struct err *e);

#endif
