/*
 * What a run adds to the windows before it reads any: made from the tables
 * and plan.h, then stored in one transaction, or printed by a dry run.
 */
#ifndef AGENDA_H
#define AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gap.h"
#include "window.h"

struct config_mimecast;
struct db;
struct err;
struct plan_span;

/*
 * An open window of which the source no longer keeps the time before
 * kept_from: that part is lost, and where it is not all of it, the window is
 * replaced by the lost part and the rest.
 */
struct agenda_expired {
	struct window window; /* without its token */
	int64_t kept_from;
};

struct agenda {
	bool backfill; /* of --backfill: other windows are left alone */
	int64_t settled_at; /* no window that ends later is read */
	struct window *windows; /* owned; to be planned */
	size_t windows_count;
	struct gap *gaps; /* owned; between the frontier and the windows */
	size_t gaps_count;
	struct agenda_expired *expired; /* owned */
	size_t expired_count;
};

/*
 * Find out what is due at now for each configured log.  db may be NULL: then
 * nothing was ever planned.  With a backfill range, which plan_check_backfill
 * has accepted, only its tiles: one that is open, or was planned at this very
 * second of the clock, is left out, any other is planned anew.
 *
 * Errors: as db_open.
 */
int agenda_make(struct agenda *a, struct db *db,
    const struct config_mimecast *c, const struct plan_span *backfill,
    int64_t now, struct err *e);
void agenda_free(struct agenda *a);

/*
 * How many gaps it makes.  What was to be read a second time makes none: its
 * time is covered.
 */
int64_t agenda_gaps(const struct agenda *a);

/*
 * Store what has expired of an open window, which window_update was called
 * for.  *gaps goes up by one where that makes a gap.  Call it in a
 * transaction.  Errors: as db_open.
 */
int agenda_expire(struct db *db, const struct agenda_expired *x, int64_t run_id,
    int64_t *gaps, struct err *e);

/* Store it, all or nothing.  Errors: as db_begin. */
int agenda_store(
    struct agenda *a, struct db *db, int64_t run_id, struct err *e);

/*
 * Print on standard output, a line each, what a run would read and lose, and
 * why: also the windows that are open already.  db may be NULL.
 *
 * Errors: as db_open.
 */
int agenda_print(const struct agenda *a, struct db *db,
    const struct config_mimecast *c, struct err *e);

#endif
