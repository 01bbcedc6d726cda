#include "audit.h"
#include "db.h"
#include "err.h"

static const char coverage_sql[] =
    "SELECT log, from_at, from_utc, to_at, to_utc, seconds, state"
    " FROM v_coverage";

static const char lost_sql[] =
    "SELECT count(*) FROM v_coverage WHERE state = 'lost'";

int
coverage_run(struct audit *a, struct err *e)
{
	int64_t lost = 0;

	if (audit_query(a, "coverage", NULL, coverage_sql, NULL, e))
		return -1;
	if (!a->fail_on_gap)
		return 0;
	if (db_int(a->db, lost_sql, &lost, e))
		return -1;
	if (lost > 0)
		return err_set(e, ERR_NO,
		    "source time is lost, in %lld places: table gap says why",
		    (long long)lost);
	return 0;
}
