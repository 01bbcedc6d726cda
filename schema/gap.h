/*
 * Source time that is lost: tables gap and gap_body,
 * migrations/0001_staging.sql.
 */
#ifndef GAP_H
#define GAP_H

#include <stddef.h>
#include <stdint.h>

#include "ttp.h"

struct db;
struct err;

struct gap {
	enum ttp log;
	int64_t from_at;
	int64_t to_at;
	int64_t window_id; /* the lost window, of an unreadable gap; 0: the
			      source no longer keeps that time */
	int64_t run_id;
	int64_t found_at;
	const void *body; /* borrowed; what could not be read, or NULL */
	size_t body_bytes;
};

/*
 * Store a gap: its reason is `unreadable` with a window, else `retention`.
 * Call it in a transaction.
 *
 * Errors: ERR_DATA if a value breaks a CHECK of the table; otherwise as
 * db_open.
 */
int gap_put(struct db *db, const struct gap *g, struct err *e);

/*
 * Gaps that no run has reported and then ended well: how many, and how many
 * seconds they make.  Errors: as db_open.
 */
struct gap_unreported {
	int64_t gaps;
	int64_t seconds;
};

int gap_unreported_get(
    struct db *db, struct gap_unreported *out, struct err *e);

/* Note that this run has reported them all.  Errors: as db_begin. */
int gap_report(struct db *db, int64_t run_id, struct err *e);

#endif
