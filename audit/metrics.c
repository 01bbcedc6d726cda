#define _DEFAULT_SOURCE /* fchmod */
#include "metrics.h"
#include "audit.h"
#include "buf.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "disk.h"
#include "err.h"
#include "output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* All are gauges: what is pruned or replayed may make any of them less. */
static const struct metric {
	const char *name;
	const char *help;
	const char *sql; /* labels, by the names of the columns; the value */
} metrics[] = {
	{ "m2s_frontier_timestamp_seconds",
	    "Source time up to which windows are planned.",
	    "SELECT log, max(to_at) FROM window WHERE origin = 'live'"
	    " GROUP BY log" },
	{ "m2s_windows_open", "Windows that are yet to be fetched.",
	    "SELECT log, sum(state = 'open') FROM window GROUP BY log" },
	{ "m2s_windows_unjudged", "Windows that are fetched and not judged.",
	    "SELECT log, sum(state <> 'open' AND judged_run_id IS NULL)"
	    " FROM window GROUP BY log" },
	{ "m2s_lost_seconds", "Source time that is lost.",
	    "SELECT l.log, coalesce(sum(c.seconds), 0)"
	    " FROM (SELECT DISTINCT log FROM window) l"
	    " LEFT JOIN v_coverage c ON c.log = l.log AND c.state = 'lost'"
	    " GROUP BY l.log" },
	{ "m2s_records", "Records that were judged.",
	    "SELECT log, outcome, records FROM v_outcome" },
	{ "m2s_alerts", "Alerts that a sink owes, by how far they are.",
	    "SELECT sink, state, count(*) FROM v_delivery"
	    " GROUP BY sink, state" },
	{ "m2s_oldest_pending_timestamp_seconds",
	    "When the oldest event happened whose alert is not delivered.",
	    "SELECT sink, min(occurred_at) FROM v_delivery"
	    " WHERE state NOT IN ('delivered', 'refused') GROUP BY sink" },
	{ "m2s_last_receipt_timestamp_seconds", "When a sink last answered.",
	    "SELECT s.name AS sink, max(r.received_at) FROM sink s"
	    " JOIN batch b ON b.sink_id = s.sink_id"
	    " JOIN receipt r ON r.batch_id = b.batch_id GROUP BY s.name" },
	{ "m2s_run_start_timestamp_seconds", "When a stage last began.",
	    "SELECT stage, max(started_at) FROM run GROUP BY stage" },
	{ "m2s_run_exit_status", "How a stage last ended.",
	    "SELECT stage, exit_status FROM run WHERE run_id IN ("
	    " SELECT max(run_id) FROM run WHERE exit_status IS NOT NULL"
	    " GROUP BY stage)" },
	{ "m2s_budget_used", "Requests made to a host in its period.",
	    "SELECT host, period, used FROM budget" },
	{ "m2s_budget_not_before_timestamp_seconds",
	    "When a host may be asked again.",
	    "SELECT host, period, not_before FROM budget" },
	{ "m2s_archive_number", "Number of the newest archive.",
	    "SELECT coalesce(max(archive_no), 0) FROM archive" },
	{ "m2s_archive_bytes", "Size of all archives.",
	    "SELECT coalesce(sum(bytes), 0) FROM archive" },
	{ "m2s_archive_created_timestamp_seconds",
	    "When the newest archive was made.",
	    "SELECT max(created_at) FROM archive HAVING count(*) > 0" },
};

/* Source: "Exposition formats": \, " and LF are escaped in labels. */
static void
put_label(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			buf_putc(b, '\\');
		if (*value == '\n')
			buf_puts(b, "\\n");
		else
			buf_putc(b, *value);
	}
	buf_putc(b, '"');
}

static void
put_head(struct buf *b, const char *name, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static int
put_metric(
    struct buf *b, const struct metric *m, const struct audit *a, struct err *e)
{
	struct stmt *s = NULL;
	int last;
	int rc;

	if (stmt_prepare(&s, a->db, m->sql, e))
		return -1;
	put_head(b, m->name, m->help);
	last = stmt_columns(s) - 1;
	while ((rc = stmt_step(s, e)) > 0) {
		buf_printf(b, "%s{", m->name);
		put_label(b, "tenant", a->tenant->name);
		for (int i = 0; i < last; i++) {
			buf_putc(b, ',');
			put_label(b, stmt_column_name(s, i), stmt_text(s, i));
		}
		buf_printf(b, "} %" PRId64 "\n", stmt_int(s, last));
	}
	stmt_free(s);
	return rc;
}

static void
put_plain(struct buf *b, const char *name, const char *help,
    const struct audit *a, int64_t value)
{
	put_head(b, name, help);
	buf_printf(b, "%s{", name);
	put_label(b, "tenant", a->tenant->name);
	buf_printf(b, "} %" PRId64 "\n", value);
}

static int
put_all(struct buf *b, const struct audit *a, struct err *e)
{
	struct disk disk;

	for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
		if (put_metric(b, &metrics[i], a, e))
			return -1;
	if (disk_get(&disk, a->tenant, e))
		return -1;
	put_plain(b, "m2s_database_bytes", "Size of the staging database.", a,
	    disk.database_bytes);
	put_plain(b, "m2s_wal_bytes", "Size of its write-ahead log.", a,
	    disk.wal_bytes);
	put_plain(b, "m2s_disk_free_bytes", "What is left of its disk.", a,
	    disk.free_bytes);
	put_plain(b, "m2s_status_timestamp_seconds",
	    "When these figures were taken.", a, clock_now());
	return 0;
}

int
metrics_write(struct audit *a, struct err *e)
{
	struct output o = { .fd = -1 };
	char *path = output_path(a, a->metrics);
	struct buf b = { 0 };
	int rc = -1;

	if (put_all(&b, a, e))
		goto out;
	if (a->dry_run) {
		rc = 0;
		goto out;
	}
	if (output_open(&o, path, e) || output_put(&o, b.data, b.len, e))
		goto out;
	fchmod(o.fd, 0644); /* the collector is another user */
	rc = output_commit(&o, e);
out:
	output_free(&o);
	buf_free(&b);
	free(path);
	return rc;
}
