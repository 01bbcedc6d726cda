#include "audit.h"
#include "clock.h"
#include "db.h"

/* How old the newest second is that all time before it is settled up to. */
static const char logs_sql[] =
    "SELECT w.log,"
    " strftime('%Y-%m-%dT%H:%M:%SZ', w.frontier, 'unixepoch')"
    "  AS frontier_utc,"
    " :now - w.frontier AS age_s, w.open_windows, w.unjudged_windows,"
    " coalesce(r.invalid, 0) AS invalid, coalesce(r.clean, 0) AS clean,"
    " coalesce(r.duplicate, 0) AS duplicate, coalesce(r.alert, 0) AS alert,"
    " (SELECT count(*) FROM gap g WHERE g.log = w.log) AS gaps,"
    " (SELECT coalesce(sum(c.seconds), 0) FROM v_coverage c"
    "  WHERE c.log = w.log AND c.state = 'lost') AS lost_s"
    " FROM (SELECT log,"
    "  max(CASE WHEN origin = 'live' THEN to_at END) AS frontier,"
    "  sum(state = 'open') AS open_windows,"
    "  sum(state <> 'open' AND judged_run_id IS NULL) AS unjudged_windows"
    "  FROM window GROUP BY log) w"
    " LEFT JOIN (SELECT log, sum(outcome = 'invalid') AS invalid,"
    "  sum(outcome = 'clean') AS clean,"
    "  sum(outcome = 'duplicate') AS duplicate,"
    "  sum(outcome = 'alert') AS alert"
    "  FROM v_record GROUP BY log) r ON r.log = w.log"
    " ORDER BY w.log";

static const char sinks_sql[] =
    "SELECT s.name AS sink, s.type, s.active_until IS NULL AS active,"
    " coalesce(sum(d.state IN ('sending', 'ready', 'unsealed')), 0)"
    "  AS pending,"
    " coalesce(sum(d.state = 'in doubt'), 0) AS in_doubt,"
    " coalesce(sum(d.state = 'delivered'), 0) AS delivered,"
    " coalesce(sum(d.state = 'refused'), 0) AS refused,"
    " strftime('%Y-%m-%dT%H:%M:%SZ', (SELECT max(r.received_at)"
    "  FROM receipt r JOIN batch b ON b.batch_id = r.batch_id"
    "  WHERE b.sink_id = s.sink_id), 'unixepoch') AS last_receipt_utc"
    " FROM sink s LEFT JOIN v_delivery d ON d.sink = s.name"
    " GROUP BY s.sink_id ORDER BY s.name";

static const char runs_sql[] =
    "SELECT stage, run_id, version,"
    " strftime('%Y-%m-%dT%H:%M:%SZ', started_at, 'unixepoch')"
    "  AS started_utc,"
    " strftime('%Y-%m-%dT%H:%M:%SZ', ended_at, 'unixepoch') AS ended_utc,"
    " exit_status"
    " FROM run"
    " WHERE run_id IN (SELECT max(run_id) FROM run GROUP BY stage)"
    " ORDER BY run_id";

static int
show_logs(struct audit *a, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, a->db, logs_sql, e))
		return -1;
	stmt_bind_int(s, ":now", clock_now());
	rc = audit_show(a, "logs", "logs", s, NULL, e);
	stmt_free(s);
	return rc;
}

int
status_run(struct audit *a, struct err *e)
{
	if (show_logs(a, e) ||
	    audit_query(a, "sinks", "sinks", sinks_sql, NULL, e) ||
	    audit_query(a, "runs", "newest runs", runs_sql, NULL, e))
		return -1;
	return 0;
}
