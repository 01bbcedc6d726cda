/* Stretches of source time: table window, migrations/0001_staging.sql. */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ttp.h"

struct db;
struct err;

enum { WINDOW_UID_SIZE = 16 };

enum window_origin {
	WINDOW_LIVE,
	WINDOW_REREAD,
	WINDOW_BACKFILL,
	WINDOW_REPLAY
};

enum window_state {
	WINDOW_OPEN,
	WINDOW_COMPLETE,
	WINDOW_REPLACED,
	WINDOW_LOST
};

enum window_reconciled {
	WINDOW_NOT_RECONCILED,
	WINDOW_EXACT,
	WINDOW_NO_TOTAL,
	WINDOW_MISMATCH
};

struct window {
	int64_t id;
	enum ttp log;
	int64_t from_at; /* first second asked for */
	int64_t to_at; /* first second no longer asked for */
	enum window_origin origin;
	int64_t parent_id; /* 0: none */
	int64_t reread_of; /* 0: none */
	int64_t run_id; /* that planned it */
	int64_t planned_at;
	int64_t page_size;
	int64_t attempt;
	int64_t refusals;
	int64_t recounts;
	int64_t failures;
	char *next_token; /* owned; NULL: the first page */
	int64_t pages;
	int64_t records;
};

/* The words of the table. */
const char *window_origin_name(enum window_origin origin);
const char *window_state_name(enum window_state state);

/* Give back what the window owns; it is { 0 } again. */
void window_free(struct window *w);

/*
 * Plan a window: a row in the state open, attempt 1, no pages, with a random
 * uid.  Sets w->id and w->attempt.  Call it in a transaction.
 *
 * Errors: ERR_DATA if a value breaks a CHECK of the table; otherwise as
 * db_open.
 */
int window_put(struct db *db, struct window *w, struct err *e);

/* The same with a uid that is given. */
int window_put_named(struct db *db, struct window *w,
    const unsigned char uid[WINDOW_UID_SIZE], struct err *e);

/*
 * Where planning goes on: the largest `to` of the log's live windows and of
 * its retention gaps.  *any is false where there is none yet.
 *
 * Errors: as db_open.
 */
int window_frontier(
    struct db *db, enum ttp log, bool *any, int64_t *at, struct err *e);

/* Return 0 to go on; anything else ends the walk, which returns it. */
typedef int window_fn(const struct window *w, void *arg, struct err *e);

/*
 * Each open window: those with fewer failures first, then the older ones.
 * fn must not change the table.  Errors: as db_open.
 */
int window_each_open(struct db *db, window_fn *fn, void *arg, struct err *e);

/*
 * Each complete live window of a log that begins at since or later, has no
 * reread, and may need one: the first page of its last attempt was fetched
 * less than within_s seconds after its end.  Oldest first.
 *
 * Errors: as db_open.
 */
int window_each_early(struct db *db, enum ttp log, int64_t since,
    int64_t within_s, window_fn *fn, void *arg, struct err *e);

/*
 * Is there such a backfill window, open, or planned at the second now?
 * Errors: as db_open.
 */
int window_has_backfill(struct db *db, enum ttp log, int64_t from_at,
    int64_t to_at, int64_t now, bool *yes, struct err *e);

/*
 * Store what of an open window changes while it is read: page size, attempt,
 * refusals, recounts, failures, token, pages, records.  Call it in a
 * transaction.  Errors: as db_open.
 */
int window_update(struct db *db, const struct window *w, struct err *e);

/*
 * The same of what each page changes: token, pages, records.  It touches no
 * index.  Errors: as db_open.
 */
int window_advance(struct db *db, const struct window *w, struct err *e);

/*
 * End an open window, now by our clock, as the next in the order of ending.
 * reconciled goes with WINDOW_COMPLETE only; total is -1 for none.  Call it
 * in a transaction, after window_update.
 *
 * Errors: ERR_BUG if the window is not open; otherwise as db_open.
 */
int window_close(struct db *db, int64_t window_id, enum window_state state,
    enum window_reconciled reconciled, int64_t total, struct err *e);

/* How many windows of a log are open.  Errors: as db_open. */
int window_count_open(struct db *db, enum ttp log, int64_t *n, struct err *e);

#endif
