/*
 * Equal events within one window are different events: the first is twin 0,
 * the next twin 1, and so on.  Counts how often an event was seen, in a
 * temporary table, so that memory does not grow with the window.
 */
#ifndef TWIN_H
#define TWIN_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct err;
struct twin;

/* *out is closed with twin_close.  Errors, of all functions: as db_open. */
int twin_open(struct twin **out, struct db *db, struct err *e);
void twin_close(struct twin *t);

/*
 * Begin with an attempt of a window.  resumed: some of its pages were judged
 * by an earlier run; their records are counted.
 */
int twin_begin(struct twin *t, int64_t window_id, int64_t attempt, bool resumed,
    struct err *e);

/*
 * An event of the window is there already as the alert first_no (its twin
 * 0), which was made from record_id: which twin is this one?  Counts it.
 */
int twin_next(struct twin *t, int64_t first_no, int64_t record_id,
    int64_t *twin, struct err *e);

#endif
