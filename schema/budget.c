#include "budget.h"
#include "db.h"
#include "err.h"

#include <stddef.h>

static const char get_sql[] = "SELECT started_at, used, not_before FROM budget"
			      " WHERE host = :host AND period = :period";

int
budget_get(struct db *db, const char *host, const char *period,
    struct budget *out, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	*out = (struct budget){ 0 };
	if (stmt_prepare(&s, db, get_sql, e))
		return -1;
	stmt_bind_text(s, ":host", host);
	stmt_bind_text(s, ":period", period);
	rc = stmt_step(s, e);
	if (rc > 0)
		*out = (struct budget){
			.started_at = stmt_int(s, 0),
			.used = stmt_int(s, 1),
			.not_before = stmt_int(s, 2),
		};
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}

static const char put_sql[] =
    "INSERT INTO budget (host, period, started_at, used, not_before)"
    " VALUES (:host, :period, :started_at, :used, :not_before)"
    " ON CONFLICT (host, period) DO UPDATE SET"
    " started_at = excluded.started_at, used = excluded.used,"
    " not_before = excluded.not_before";

int
budget_put(struct db *db, const char *host, const char *period,
    const struct budget *b, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, put_sql, e))
		return -1;
	stmt_bind_text(s, ":host", host);
	stmt_bind_text(s, ":period", period);
	stmt_bind_int(s, ":started_at", b->started_at);
	stmt_bind_int(s, ":used", b->used);
	stmt_bind_int(s, ":not_before", b->not_before);
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}
