#include "audit.h"
#include "db.h"
#include "err.h"
#include "summary.h"

#include <stdio.h>

/* The file first: what it holds is worth something only if it is sound. */
static const char check_sql[] =
    "SELECT 'the database file is sound' AS invariant,"
    " 'staging.db' AS subject, integrity_check AS detail"
    " FROM pragma_integrity_check WHERE integrity_check <> 'ok'"
    " UNION ALL"
    " SELECT 'what a row refers to is there', format('%s %s', \"table\","
    "  coalesce(rowid, '')),"
    " format('it refers to a row of table %s', parent)"
    " FROM pragma_foreign_key_check"
    " UNION ALL"
    " SELECT invariant, subject, detail FROM v_violation";

static const char count_sql[] = "SELECT count(*) + 2 FROM v_invariant";

int
check_run(struct audit *a, struct err *e)
{
	int64_t invariants = 0;
	int64_t violations = 0;
	struct stmt *s = NULL;
	int rc = -1;

	if (db_int(a->db, count_sql, &invariants, e) ||
	    stmt_prepare(&s, a->db, check_sql, e) ||
	    audit_show(a, "violations", NULL, s, &violations, e))
		goto out;
	if (a->json)
		summary_int(a->summary, "invariants", invariants);
	if (violations > 0) {
		err_set(e, ERR_NO, "%lld violations of %lld invariants",
		    (long long)violations, (long long)invariants);
		goto out;
	}
	if (!a->json)
		fprintf(a->table.out, "0 violations of %lld invariants\n",
		    (long long)invariants);
	rc = 0;
out:
	stmt_free(s);
	return rc;
}
