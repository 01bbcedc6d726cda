#include "audit.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "disk.h"
#include "metrics.h"

/* How old the newest second is that all time before it is settled up to. */
static const char logs_sql[] =
    "SELECT w.log,"
    " strftime('%Y-%m-%dT%H:%M:%SZ', w.frontier, 'unixepoch')"
    "  AS frontier_utc,"
    " :now - w.frontier AS age_s, w.open_windows, w.unjudged_windows,"
    " w.unjudged_records,"
    " coalesce(r.invalid, 0) AS invalid, coalesce(r.clean, 0) AS clean,"
    " coalesce(r.duplicate, 0) AS duplicate, coalesce(r.alert, 0) AS alert,"
    " (SELECT count(*) FROM gap g WHERE g.log = w.log) AS gaps,"
    " (SELECT coalesce(sum(c.seconds), 0) FROM v_coverage c"
    "  WHERE c.log = w.log AND c.state = 'lost') AS lost_s"
    " FROM (SELECT log,"
    "  max(CASE WHEN origin = 'live' THEN to_at END) AS frontier,"
    "  sum(state = 'open') AS open_windows,"
    "  sum(state <> 'open' AND judged_run_id IS NULL) AS unjudged_windows,"
    "  sum(iif(judged_run_id IS NULL, records, 0)) AS unjudged_records"
    "  FROM window GROUP BY log) w"
    " LEFT JOIN (SELECT log,"
    "  sum(records) FILTER (WHERE outcome = 'invalid') AS invalid,"
    "  sum(records) FILTER (WHERE outcome = 'clean') AS clean,"
    "  sum(records) FILTER (WHERE outcome = 'duplicate') AS duplicate,"
    "  sum(records) FILTER (WHERE outcome = 'alert') AS alert"
    "  FROM v_outcome GROUP BY log) r ON r.log = w.log"
    " ORDER BY w.log";

/*
 * lag_s: from the event to the receipt, for the slowest of the batch that was
 * delivered last.  oldest_s: how long ago the oldest event was that waits.
 */
static const char sinks_sql[] =
    "SELECT s.name AS sink, s.type, s.active_until IS NULL AS active,"
    " coalesce(sum(d.state IN ('sending', 'ready', 'unsealed')), 0)"
    "  AS pending,"
    " :now - min(d.occurred_at) FILTER (WHERE d.state IN"
    "  ('sending', 'ready', 'unsealed', 'in doubt')) AS oldest_s,"
    " coalesce(sum(d.state = 'in doubt'), 0) AS in_doubt,"
    " coalesce(sum(d.state = 'delivered'), 0) AS delivered,"
    " coalesce(sum(d.state = 'refused'), 0) AS refused,"
    " strftime('%Y-%m-%dT%H:%M:%SZ', (SELECT max(r.received_at)"
    "  FROM receipt r JOIN batch b ON b.batch_id = r.batch_id"
    "  WHERE b.sink_id = s.sink_id), 'unixepoch') AS last_receipt_utc,"
    " (SELECT max(b.closed_at - a.occurred_at) FROM batch b"
    "  JOIN batch_alert i ON i.batch_id = b.batch_id"
    "  JOIN alert a ON a.alert_no = i.alert_no"
    "  WHERE b.batch_id = (SELECT max(x.batch_id) FROM batch x"
    "   WHERE x.sink_id = s.sink_id AND x.state = 'delivered')) AS lag_s"
    " FROM sink s LEFT JOIN v_delivery d ON d.sink = s.name"
    " GROUP BY s.sink_id ORDER BY s.name";

/*
 * How late records came that only the second reading of a window showed, as
 * far as it is known for sure, and what would have been enough: settle_s for
 * all but 1 % of what was read twice, overlap_s for twice the latest of all.
 * It is never advised to lower what the configuration says, as nothing shows
 * that less would do; nor is anything advised by fewer than 100 records.
 */
static const char lag_sql[] =
    "WITH late AS (SELECT log, at_least_s, late_records,"
    "  sum(late_records) OVER (PARTITION BY log ORDER BY at_least_s"
    "   ROWS UNBOUNDED PRECEDING) AS so_far,"
    "  sum(late_records) OVER (PARTITION BY log) AS records FROM v_lag),"
    " twice AS (SELECT log, sum(records) AS records FROM window"
    "  WHERE origin = 'reread' AND state = 'complete'"
    "  AND judged_run_id IS NOT NULL GROUP BY log)"
    " SELECT t.log, t.records AS read_twice,"
    " coalesce(max(l.records), 0) AS late,"
    " min(l.at_least_s) FILTER (WHERE l.so_far * 2 >= l.records) AS p50_s,"
    " min(l.at_least_s) FILTER (WHERE l.so_far * 100 >= l.records * 99)"
    "  AS p99_s,"
    " max(l.at_least_s) AS max_s,"
    " iif(t.records < 100, NULL,"
    "  max(:settle, coalesce(min(l.at_least_s) FILTER (WHERE"
    "   (l.records - l.so_far) * 100 < t.records"
    "   AND l.records * 100 > t.records), 0))) AS advised_settle_s,"
    " iif(t.records < 100, NULL,"
    "  max(:overlap, coalesce(2 * max(l.at_least_s), 0)))"
    "  AS advised_overlap_s"
    " FROM twice t LEFT JOIN late l ON l.log = t.log"
    " GROUP BY t.log ORDER BY t.log";

static const char quotas_sql[] =
    "SELECT host, period,"
    " strftime('%Y-%m-%dT%H:%M:%SZ', started_at, 'unixepoch')"
    "  AS started_utc, used,"
    " max(not_before - :now, 0) AS wait_s"
    " FROM budget ORDER BY host, period";

static const char archive_sql[] =
    "SELECT archive_no AS archive, kind, file,"
    " strftime('%Y-%m-%dT%H:%M:%SZ', created_at, 'unixepoch')"
    "  AS created_utc, lower(hex(chain)) AS chain_head"
    " FROM archive ORDER BY archive_no DESC LIMIT 1";

static const char runs_sql[] =
    "SELECT stage, run_id, version,"
    " strftime('%Y-%m-%dT%H:%M:%SZ', started_at, 'unixepoch')"
    "  AS started_utc,"
    " strftime('%Y-%m-%dT%H:%M:%SZ', ended_at, 'unixepoch') AS ended_utc,"
    " exit_status"
    " FROM run"
    " WHERE run_id IN (SELECT max(run_id) FROM run GROUP BY stage)"
    " ORDER BY run_id";

static const char disk_sql[] =
    "SELECT :database AS database_bytes, :wal AS wal_bytes,"
    " (SELECT coalesce(sum(bytes), 0) FROM archive) AS archive_bytes,"
    " :free AS free_bytes";

/* audit_query for what has the parameter :now. */
static int
show_as_of_now(struct audit *a, const char *name, const char *heading,
    const char *sql, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, a->db, sql, e))
		return -1;
	stmt_bind_int(s, ":now", clock_now());
	rc = audit_show(a, name, heading, s, NULL, e);
	stmt_free(s);
	return rc;
}

static int
show_lag(struct audit *a, struct err *e)
{
	const struct config_mimecast *m = &a->tenant->mimecast;
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, a->db, lag_sql, e))
		return -1;
	stmt_bind_int(s, ":settle", m->settle_s);
	stmt_bind_int(s, ":overlap", m->overlap_s);
	rc = audit_show(a, "lag", "late records", s, NULL, e);
	stmt_free(s);
	return rc;
}

static int
show_disk(struct audit *a, struct err *e)
{
	struct disk disk;
	struct stmt *s = NULL;
	int rc;

	if (disk_get(&disk, a->tenant, e) ||
	    stmt_prepare(&s, a->db, disk_sql, e))
		return -1;
	stmt_bind_int(s, ":database", disk.database_bytes);
	stmt_bind_int(s, ":wal", disk.wal_bytes);
	stmt_bind_int(s, ":free", disk.free_bytes);
	rc = audit_show(a, "disk", "disk", s, NULL, e);
	stmt_free(s);
	return rc;
}

int
status_run(struct audit *a, struct err *e)
{
	if (show_as_of_now(a, "logs", "logs", logs_sql, e) || show_lag(a, e) ||
	    show_as_of_now(a, "sinks", "sinks", sinks_sql, e) ||
	    show_as_of_now(a, "quotas", "quotas", quotas_sql, e) ||
	    audit_query(a, "archive", "newest archive", archive_sql, NULL, e) ||
	    audit_query(a, "runs", "newest runs", runs_sql, NULL, e) ||
	    show_disk(a, e))
		return -1;
	return a->metrics ? metrics_write(a, e) : 0;
}
