#include "page_tally.h"
#include "db.h"
#include "reason.h"
#include "record.h"

static const char put_sql[] =
    "INSERT INTO page_tally (page_id, invalid, clean, duplicate, alert, seam,"
    " first_alert)"
    " SELECT :page, count(*) FILTER (WHERE outcome = :invalid),"
    " count(*) FILTER (WHERE outcome = :clean),"
    " count(*) FILTER (WHERE outcome = :duplicate),"
    " count(*) FILTER (WHERE outcome = :alert),"
    " count(*) FILTER (WHERE reason = :seam),"
    " min(alert_no) FILTER (WHERE outcome = :alert)"
    " FROM record WHERE record_id >= :first AND record_id < :end";

static const char drop_sql[] =
    "DELETE FROM record WHERE record_id >= :first AND record_id < :end";

static int
put(struct db *db, int64_t page_id, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, put_sql, e))
		return -1;
	stmt_bind_int(s, ":page", page_id);
	stmt_bind_int(s, ":invalid", OUTCOME_INVALID);
	stmt_bind_int(s, ":clean", OUTCOME_CLEAN);
	stmt_bind_int(s, ":duplicate", OUTCOME_DUPLICATE);
	stmt_bind_int(s, ":alert", OUTCOME_ALERT);
	stmt_bind_int(s, ":seam", REASON_SEAM);
	stmt_bind_int(s, ":first", record_id(page_id, 0));
	stmt_bind_int(s, ":end", record_id(page_id + 1, 0));
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}

static int
drop(struct db *db, int64_t page_id, int64_t *records, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, drop_sql, e))
		return -1;
	stmt_bind_int(s, ":first", record_id(page_id, 0));
	stmt_bind_int(s, ":end", record_id(page_id + 1, 0));
	rc = stmt_run(s, e);
	*records += db_changes(db);
	stmt_free(s);
	return rc;
}

static const char next_sql[] =
    "SELECT p.page_id FROM window w JOIN page p ON p.window_id = w.window_id"
    " WHERE w.window_id = :window AND w.judged_run_id IS NOT NULL"
    " AND p.judged = 1 AND p.fetched_at < :before"
    " AND NOT EXISTS (SELECT 1 FROM page_tally t WHERE t.page_id = p.page_id)"
    " LIMIT 1";

/* 1, 0 if there is none, or -1. */
static int
next_page(struct stmt *s, int64_t window_id, int64_t before, int64_t *page_id,
    struct err *e)
{
	int rc;

	stmt_bind_int(s, ":window", window_id);
	stmt_bind_int(s, ":before", before);
	rc = stmt_step(s, e);
	if (rc > 0) {
		*page_id = stmt_int(s, 0);
		stmt_reset(s);
	}
	return rc;
}

int
page_tally_put(struct db *db, int64_t window_id, int64_t before,
    int64_t *records, struct err *e)
{
	struct stmt *s = NULL;
	int64_t page_id;
	int rc;

	if (stmt_prepare(&s, db, next_sql, e))
		return -1;
	while ((rc = next_page(s, window_id, before, &page_id, e)) > 0)
		if (put(db, page_id, e) || drop(db, page_id, records, e)) {
			rc = -1;
			break;
		}
	stmt_free(s);
	return rc;
}
