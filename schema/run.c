#include "run.h"
#include "clock.h"
#include "db.h"

static const char put_sql[] = "INSERT INTO run (stage, version, started_at)"
			      " VALUES (:stage, :version, :now)";

int
run_put(struct db *db, const char *stage, int64_t *run_id, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (db_begin(db, e))
		return -1;
	if (stmt_prepare(&s, db, put_sql, e))
		goto out;
	stmt_bind_text(s, ":stage", stage);
	stmt_bind_text(s, ":version", M2S_VERSION);
	stmt_bind_int(s, ":now", clock_now());
	if (stmt_run(s, e))
		goto out;
	*run_id = db_last_id(db);
	rc = 0;
out:
	stmt_free(s);
	return db_end(db, rc, e);
}

static const char end_sql[] =
    "UPDATE run SET ended_at = :now, exit_status = :status"
    " WHERE run_id = :run";

int
run_end(struct db *db, int64_t run_id, int status, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (db_begin(db, e))
		return -1;
	if (stmt_prepare(&s, db, end_sql, e))
		goto out;
	stmt_bind_int(s, ":now", clock_now());
	stmt_bind_int(s, ":status", status);
	stmt_bind_int(s, ":run", run_id);
	if (stmt_run(s, e))
		goto out;
	rc = 0;
out:
	stmt_free(s);
	return db_end(db, rc, e);
}
