#include "gap.h"
#include "db.h"
#include "err.h"

static const char put_sql[] =
    "INSERT INTO gap (log, from_at, to_at, reason, window_id, run_id,"
    " found_at)"
    " VALUES (:log, :from, :to, :reason, :window, :run, :found_at)";

static int
put_row(struct db *db, const struct gap *g, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, put_sql, e))
		return -1;
	stmt_bind_text(s, ":log", ttp_log(g->log)->name);
	stmt_bind_int(s, ":from", g->from_at);
	stmt_bind_int(s, ":to", g->to_at);
	stmt_bind_text(s, ":reason", g->window_id ? "unreadable" : "retention");
	if (g->window_id)
		stmt_bind_int(s, ":window", g->window_id);
	else
		stmt_bind_null(s, ":window");
	stmt_bind_int(s, ":run", g->run_id);
	stmt_bind_int(s, ":found_at", g->found_at);
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}

static const char put_body_sql[] =
    "INSERT INTO gap_body (gap_id, body) VALUES (:gap, :body)";

static int
put_body(struct db *db, int64_t gap_id, const struct gap *g, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, put_body_sql, e))
		return -1;
	stmt_bind_int(s, ":gap", gap_id);
	stmt_bind_blob(s, ":body", g->body, g->body_bytes);
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}

int
gap_put(struct db *db, const struct gap *g, struct err *e)
{
	if (put_row(db, g, e))
		return -1;
	return g->body ? put_body(db, db_last_id(db), g, e) : 0;
}

static const char unreported_sql[] =
    "SELECT count(*), sum(to_at - from_at) FROM gap"
    " WHERE reported_run_id IS NULL";

int
gap_unreported_get(struct db *db, struct gap_unreported *out, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, db, unreported_sql, e))
		return -1;
	if (stmt_step(s, e) < 0)
		goto out;
	*out = (struct gap_unreported){
		.gaps = stmt_int(s, 0),
		.seconds = stmt_int(s, 1),
	};
	rc = 0;
out:
	stmt_free(s);
	return rc;
}

static const char report_sql[] =
    "UPDATE gap SET reported_run_id = :run WHERE reported_run_id IS NULL";

int
gap_report(struct db *db, int64_t run_id, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (db_begin(db, e))
		return -1;
	if (stmt_prepare(&s, db, report_sql, e))
		goto out;
	stmt_bind_int(s, ":run", run_id);
	if (stmt_run(s, e))
		goto out;
	rc = 0;
out:
	stmt_free(s);
	return db_end(db, rc, e);
}
