/*
 * What becomes of the records of a window: their rows, and the alerts they
 * make.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct err;
struct event;
struct identity;
struct mapping_file;
struct tally;
struct verdict;

/* What is the same for all the records of a run. */
struct verdict_run {
	struct db *db;
	int64_t run_id;
	int64_t mapping_id;
	const struct mapping_file *mapping;
	struct identity *identity;
	struct tally *tally; /* counts what is put */
};

/*
 * Get hold of the tables; all that run names is borrowed.  *out is closed
 * with verdict_close.
 *
 * Errors, of all functions here: as db_open; ERR_DATA from threat_open.
 */
int verdict_open(
    struct verdict **out, const struct verdict_run *run, struct err *e);
void verdict_close(struct verdict *v);

/*
 * Begin with an attempt of a window.  counts: equal events in it are
 * different ones; else, in what was fetched and is no part of a complete
 * window, they are the same one.  resumed: an earlier run judged some of it.
 */
int verdict_begin(struct verdict *v, int64_t window_id, int64_t attempt,
    bool counts, bool resumed, struct err *e);

/*
 * Judge a record and store its row, and its alert if it becomes one.  Call
 * it in a transaction.
 *
 * Errors: also ERR_BUG if two different events have one alert id.
 */
int verdict_put(
    struct verdict *v, struct event *ev, int64_t record_id, struct err *e);

/*
 * The same for one that a seam repeats: it is a duplicate of whatever became
 * of the original record.
 */
int verdict_put_repeated(struct verdict *v, struct event *ev, int64_t record_id,
    int64_t original_id, struct err *e);

#endif
