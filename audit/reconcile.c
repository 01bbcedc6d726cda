#include "audit.h"
#include "db.h"
#include "err.h"

/*
 * v_reconciliation has a row for each window and sink: what it says about
 * the window is the same in each.  Where the source names no total, what was
 * fetched stands for it, so that
 *   source_total + seam = fetched
 *     = invalid + clean + duplicate + alert + unjudged,
 * and what the sinks owe is made of alert and given_up_alert.
 */
static const char logs_sql[] =
    "SELECT log, count(*) AS windows,"
    " sum(state = 'complete' AND source_total IS NULL) AS without_total,"
    " sum(coalesce(source_total, fetched - seam)) AS source_total,"
    " sum(seam) AS seam, sum(fetched) AS fetched, sum(invalid) AS invalid,"
    " sum(clean) AS clean, sum(duplicate) AS duplicate, sum(alert) AS alert,"
    " sum(unjudged) AS unjudged, sum(given_up) AS given_up,"
    " sum(given_up_alert) AS given_up_alert, sum(balanced = 0) AS unbalanced"
    " FROM (SELECT *, min(balanced) FROM v_reconciliation GROUP BY window_id)"
    " GROUP BY log ORDER BY log";

static const char sinks_sql[] =
    "SELECT sink, count(*) AS owed, sum(state = 'delivered') AS delivered,"
    " sum(state = 'refused') AS refused,"
    " sum(state IN ('in doubt', 'sending', 'ready', 'unsealed')) AS pending,"
    " sum(state = 'missing') AS missing"
    " FROM v_delivery GROUP BY sink ORDER BY sink";

static const char unbalanced_sql[] =
    "SELECT window_id, log, from_utc, to_utc, state, reconciled,"
    " source_total, fetched, seam, invalid, clean, duplicate, alert,"
    " unjudged, sink, owed, delivered, refused, pending"
    " FROM v_reconciliation WHERE balanced = 0 ORDER BY window_id, sink";

static const char missing_sql[] =
    "SELECT count(*) FROM v_delivery WHERE state = 'missing'";

int
reconcile_run(struct audit *a, struct err *e)
{
	int64_t unbalanced = 0;
	int64_t missing = 0;

	if (audit_query(a, "logs", "logs", logs_sql, NULL, e) ||
	    audit_query(a, "sinks", "sinks", sinks_sql, NULL, e) ||
	    audit_query(a, "unbalanced", "unbalanced windows", unbalanced_sql,
		&unbalanced, e) ||
	    db_int(a->db, missing_sql, &missing, e))
		return -1;
	if (unbalanced > 0 || missing > 0)
		return err_set(e, ERR_NO,
		    "it does not add up: %lld windows and sinks are not "
		    "balanced, %lld alerts are missing at a sink",
		    (long long)unbalanced, (long long)missing);
	return 0;
}
