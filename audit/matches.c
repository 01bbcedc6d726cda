#include "audit.h"
#include "buf.h"
#include "db.h"
#include "err.h"
#include "log.h"
#include "search.h"

#include <inttypes.h>

static const char matches_sql[] =
    "SELECT v.page_id || ':' || v.position AS record, v.log, v.occurred_utc,"
    " v.outcome, v.reason, lower(nullif(hex(a.alert_id), '')) AS alert,"
    " (SELECT group_concat(d.sink || ': ' || d.state, ', ')"
    "  FROM v_delivery d WHERE d.alert_no = v.alert_no) AS sinks"
    " FROM json_each(:matches) m"
    " JOIN v_record v ON v.record_id = m.value"
    " LEFT JOIN alert a ON a.alert_no = v.alert_no"
    " ORDER BY v.record_id";

struct matches {
	struct buf json; /* "[1,2" */
	int64_t count;
	int64_t last;
};

static int
add_match(int64_t record_id, void *arg, struct err *e)
{
	struct matches *m = arg;

	(void)e;
	buf_printf(&m->json, "%c%" PRId64, m->count ? ',' : '[', record_id);
	m->count++;
	m->last = record_id;
	return 0;
}

static int
show_matches(struct audit *a, struct matches *m, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	buf_putc(&m->json, ']');
	if (stmt_prepare(&s, a->db, matches_sql, e))
		return -1;
	stmt_bind_textn(s, ":matches", m->json.data, m->json.len);
	rc = audit_show(a, "matches", NULL, s, NULL, e);
	stmt_free(s);
	return rc;
}

static int
find_matches(const struct audit *a, struct matches *m, struct err *e)
{
	struct search search = {
		.db = a->db,
		.message_id = a->message_id,
		.recipient = a->recipient,
		.url = a->url,
		.from_at = a->from_at,
		.to_at = a->to_at,
	};

	if (search_each(&search, add_match, m, e))
		return -1;
	if (search.missing > 0)
		log_warn("%" PRId64 " pages of that time are in the archive "
			 "only: what became no alert is not found there until "
			 "m2s-extract --replay brings them back",
		    search.missing);
	if (m->count == 0)
		return err_set(e, ERR_NO, "trace: nothing is known of that");
	return 0;
}

int
matches_run(struct audit *a, struct err *e)
{
	struct matches m = { 0 };
	int rc = -1;

	if (find_matches(a, &m, e) || show_matches(a, &m, e))
		goto out;
	rc = m.count == 1 ? trace_record(a, m.last, e) : 0;
out:
	buf_free(&m.json);
	return rc;
}
