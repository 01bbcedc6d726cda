#include "twin.h"
#include "db.h"
#include "mem.h"
#include "record.h"

#include <stdlib.h>

struct twin {
	struct db *db;
	struct stmt *clear;
	struct stmt *count_judged;
	struct stmt *get;
	struct stmt *put;
	struct stmt *is_here;
	int64_t window_id;
	int64_t attempt;
	bool empty;
};

/*
 * An event that was seen once, and made its alert then, needs no row: the
 * alert leads back to the window.
 */
static const char create_sql[] =
    "CREATE TEMP TABLE IF NOT EXISTS occurrence ("
    "first_no INTEGER PRIMARY KEY," /* its alert of twin 0 */
    "seen INTEGER NOT NULL)"; /* how often in this attempt */

static const char clear_sql[] = "DELETE FROM temp.occurrence";

/*
 * Of equal events the first one of an attempt is twin 0, so the oldest of
 * their alerts is the first.  A record that a seam repeats is no further
 * occurrence.
 */
static const char count_judged_sql[] =
    "INSERT INTO temp.occurrence (first_no, seen)"
    " SELECT min(a.alert_no), max(r.twin) + 1"
    " FROM page p"
    " JOIN record r ON r.record_id >= p.page_id * :positions"
    " AND r.record_id < (p.page_id + 1) * :positions"
    " JOIN alert a ON a.alert_no = r.alert_no"
    " WHERE p.window_id = :window AND p.attempt = :attempt AND p.judged = 1"
    " AND r.reason <> :seam"
    " GROUP BY a.digest";

static int
count_judged(struct twin *t, struct err *e)
{
	struct stmt *s = t->count_judged;

	stmt_bind_int(s, ":positions", RECORD_POSITIONS);
	stmt_bind_int(s, ":window", t->window_id);
	stmt_bind_int(s, ":attempt", t->attempt);
	stmt_bind_int(s, ":seam", REASON_SEAM);
	return stmt_run(s, e);
}

int
twin_begin(struct twin *t, int64_t window_id, int64_t attempt, bool resumed,
    struct err *e)
{
	t->window_id = window_id;
	t->attempt = attempt;
	if (!t->empty && stmt_run(t->clear, e))
		return -1;
	t->empty = !resumed;
	return resumed ? count_judged(t, e) : 0;
}

static const char is_here_sql[] =
    "SELECT 1 FROM page WHERE page_id = :page"
    " AND window_id = :window AND attempt = :attempt";

/* Is the record of this attempt?  1, 0 or -1. */
static int
is_here(struct twin *t, int64_t record_id, struct err *e)
{
	struct stmt *s = t->is_here;
	int rc;

	stmt_bind_int(s, ":page", record_page(record_id));
	stmt_bind_int(s, ":window", t->window_id);
	stmt_bind_int(s, ":attempt", t->attempt);
	rc = stmt_step(s, e);
	if (rc > 0)
		stmt_reset(s);
	return rc;
}

static const char get_sql[] =
    "SELECT seen FROM temp.occurrence WHERE first_no = :first";

/* 1, 0 if it has no row, or -1. */
static int
get(struct twin *t, int64_t first_no, int64_t *seen, struct err *e)
{
	struct stmt *s = t->get;
	int rc;

	stmt_bind_int(s, ":first", first_no);
	rc = stmt_step(s, e);
	if (rc <= 0)
		return rc;
	*seen = stmt_int(s, 0);
	stmt_reset(s);
	return 1;
}

static const char put_sql[] =
    "INSERT OR REPLACE INTO temp.occurrence (first_no, seen)"
    " VALUES (:first, :seen)";

static int
put(struct twin *t, int64_t first_no, int64_t seen, struct err *e)
{
	t->empty = false;
	stmt_bind_int(t->put, ":first", first_no);
	stmt_bind_int(t->put, ":seen", seen);
	return stmt_run(t->put, e);
}

int
twin_next(struct twin *t, int64_t first_no, int64_t record_id, int64_t *twin,
    struct err *e)
{
	int rc = get(t, first_no, twin, e);

	if (rc == 0) {
		rc = is_here(t, record_id, e);
		*twin = rc;
	}
	return rc < 0 ? -1 : put(t, first_no, *twin + 1, e);
}

int
twin_open(struct twin **out, struct db *db, struct err *e)
{
	struct twin *t = xcalloc(1, sizeof *t);

	t->db = db;
	if (db_exec(db, create_sql, e) ||
	    stmt_prepare(&t->clear, db, clear_sql, e) ||
	    stmt_prepare(&t->count_judged, db, count_judged_sql, e) ||
	    stmt_prepare(&t->get, db, get_sql, e) ||
	    stmt_prepare(&t->put, db, put_sql, e) ||
	    stmt_prepare(&t->is_here, db, is_here_sql, e)) {
		twin_close(t);
		return -1;
	}
	*out = t;
	return 0;
}

void
twin_close(struct twin *t)
{
	if (!t)
		return;
	stmt_free(t->clear);
	stmt_free(t->count_judged);
	stmt_free(t->get);
	stmt_free(t->put);
	stmt_free(t->is_here);
	free(t);
}
