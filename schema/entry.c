#include "entry.h"
#include "db.h"
#include "err.h"
#include "mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LISTS = 2, TABLES = 2, KEYS = 5, PARTS = 5, UID = 16, DIGEST = 32 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Rows that belong to an entry. */
struct entry_list {
	const char *name;
	const char *what; /* one of them, for messages */
	const char *get_sql;
	const char *put_sql;
	const struct object_field *fields;
	size_t count;
	bool has_run; /* put_sql has :run */
};

struct entry_type {
	const char *section;
	const char *what;
	const char *due_sql;
	const char *get_sql;
	const char *find_sql;
	const char *put_sql;
	const char *member_sql;
	const char *body_sql[TABLES];
	const char *archive_sql;
	const char *count_sql;
	const char *drop_sql; /* or NULL */
	const char *earlier_sql; /* or NULL: it has no unfinished rows */
	const char *forget_sql[PARTS];
	const struct object_field *fields; /* lists come last */
	size_t count;
	int keys[KEYS]; /* fields that find_sql wants; -1: no more */
	int tries; /* the field that earlier_sql wants */
	struct entry_list lists[LISTS];
};

/* A window, its pages, their bodies. */

static const struct object_field page_fields[] = {
	{ "attempt", OBJECT_INT, 0, 0 },
	{ "number", OBJECT_INT, 0, 0 },
	{ "request", OBJECT_TEXT, 0, 0 },
	{ "page_token", OBJECT_TEXT, 0, 1 },
	{ "http_status", OBJECT_INT, 0, 0 },
	{ "request_id", OBJECT_TEXT, 0, 1 },
	{ "server_date", OBJECT_INT, 0, 1 },
	{ "fetched_at", OBJECT_INT, 0, 0 },
	{ "body_digest", OBJECT_HEX, DIGEST, 0 },
	{ "body_bytes", OBJECT_INT, 0, 0 },
	{ "records", OBJECT_INT, 0, 0 },
	{ "total", OBJECT_INT, 0, 1 },
	{ "next_token", OBJECT_TEXT, 0, 1 },
};

static const char get_pages_sql[] =
    "SELECT attempt, number, request, page_token, http_status, request_id,"
    " server_date, fetched_at, lower(hex(body_digest)) AS body_digest,"
    " body_bytes, records, total, next_token"
    " FROM page WHERE window_id = :id ORDER BY attempt, number";

static const char put_page_sql[] =
    "INSERT INTO page (window_id, run_id, attempt, number, request,"
    " page_token, http_status, request_id, server_date, fetched_at,"
    " body_digest, body_bytes, records, total, next_token)"
    " VALUES (:id, :run, :attempt, :number, :request,"
    " :page_token, :http_status, :request_id, :server_date, :fetched_at,"
    " :body_digest, :body_bytes, :records, :total, :next_token)";

static const struct object_field window_fields[] = {
	{ "uid", OBJECT_HEX, UID, 0 },
	{ "log", OBJECT_TEXT, 0, 0 },
	{ "from_at", OBJECT_INT, 0, 0 },
	{ "to_at", OBJECT_INT, 0, 0 },
	{ "origin", OBJECT_TEXT, 0, 0 },
	{ "parent", OBJECT_HEX, UID, 1 },
	{ "reread_of", OBJECT_HEX, UID, 1 },
	{ "state", OBJECT_TEXT, 0, 0 },
	{ "planned_at", OBJECT_INT, 0, 0 },
	{ "page_size", OBJECT_INT, 0, 0 },
	{ "attempt", OBJECT_INT, 0, 0 },
	{ "refusals", OBJECT_INT, 0, 0 },
	{ "recounts", OBJECT_INT, 0, 0 },
	{ "failures", OBJECT_INT, 0, 0 },
	{ "page_count", OBJECT_INT, 0, 0 },
	{ "record_count", OBJECT_INT, 0, 0 },
	{ "total", OBJECT_INT, 0, 1 },
	{ "reconciled", OBJECT_TEXT, 0, 1 },
	{ "closed_at", OBJECT_INT, 0, 0 },
	{ "pages", OBJECT_LIST, 0, 0 },
};

static const char get_window_sql[] =
    "SELECT lower(hex(w.uid)) AS uid, w.log, w.from_at, w.to_at, w.origin,"
    " lower(nullif(hex(p.uid), '')) AS parent,"
    " lower(nullif(hex(r.uid), '')) AS reread_of,"
    " w.state, w.planned_at, w.page_size, w.attempt, w.refusals, w.recounts,"
    " w.failures, w.pages AS page_count, w.records AS record_count, w.total,"
    " w.reconciled, w.closed_at"
    " FROM window w"
    " LEFT JOIN window p ON p.window_id = w.parent_id"
    " LEFT JOIN window r ON r.window_id = w.reread_of"
    " WHERE w.window_id = :id";

/*
 * Where only a part of the archives is at hand, what a window looks at again
 * may be missing: then it covers nothing by itself.
 */
static const char put_window_sql[] =
    "INSERT INTO window (uid, log, from_at, to_at, origin, parent_id,"
    " reread_of, state, run_id, planned_at, page_size, attempt, refusals,"
    " recounts, failures, pages, records, total, reconciled, closed_at,"
    " closed_order, archive_no)"
    " SELECT :uid, :log, :from_at, :to_at,"
    " iif(:origin = 'reread' AND r.window_id IS NULL, 'replay', :origin),"
    " (SELECT window_id FROM window WHERE uid = :parent),"
    " r.window_id, :state, :run, :planned_at, :page_size, :attempt,"
    " :refusals, :recounts, :failures, :page_count, :record_count, :total,"
    " :reconciled, :closed_at,"
    " (SELECT coalesce(max(closed_order), 0) + 1 FROM window), :archive"
    " FROM (SELECT 1) LEFT JOIN window r ON r.uid = :reread_of";

/* A mapping and its rules. */

static const struct object_field rule_fields[] = {
	{ "rule_no", OBJECT_INT, 0, 0 },
	{ "alert_type", OBJECT_TEXT, 0, 0 },
	{ "match", OBJECT_TEXT, 0, 0 },
	{ "log", OBJECT_TEXT, 0, 1 },
	{ "threat_id", OBJECT_TEXT, 0, 0 },
	{ "threat_name", OBJECT_TEXT, 0, 0 },
	{ "severity", OBJECT_INT, 0, 1 },
};

static const char get_rules_sql[] =
    "SELECT rule_no, alert_type, match, log, threat_id, threat_name, severity"
    " FROM mapping_rule WHERE mapping_id = :id ORDER BY rule_no";

static const char put_rule_sql[] =
    "INSERT INTO mapping_rule (mapping_id, rule_no, alert_type, match, log,"
    " threat_id, threat_name, severity)"
    " VALUES (:id, :rule_no, :alert_type, :match, :log,"
    " :threat_id, :threat_name, :severity)";

static const struct object_field mapping_fields[] = {
	{ "digest", OBJECT_HEX, DIGEST, 0 },
	{ "version", OBJECT_TEXT, 0, 0 },
	{ "attack_version", OBJECT_TEXT, 0, 0 },
	{ "source", OBJECT_TEXT, 0, 0 },
	{ "loaded_at", OBJECT_INT, 0, 0 },
	{ "rules", OBJECT_LIST, 0, 0 },
};

static const char get_mapping_sql[] =
    "SELECT lower(hex(digest)) AS digest, version, attack_version, source,"
    " loaded_at FROM mapping WHERE mapping_id = :id";

static const char put_mapping_sql[] =
    "INSERT INTO mapping (digest, version, attack_version, source, body,"
    " run_id, loaded_at, archive_no)"
    " VALUES (:digest, :version, :attack_version, :source, '',"
    " :run, :loaded_at, :archive)";

/* A gap, and what could not be read. */

static const struct object_field gap_body_fields[] = {
	{ "bytes", OBJECT_INT, 0, 0 },
};

static const char get_gap_body_sql[] =
    "SELECT length(body) AS bytes FROM gap_body WHERE gap_id = :id";

/* A place to put it: the bytes follow. */
static const char put_gap_body_sql[] =
    "INSERT INTO gap_body (gap_id, body)"
    " SELECT :id, zeroblob(0) WHERE :bytes >= 0";

static const struct object_field gap_fields[] = {
	{ "log", OBJECT_TEXT, 0, 0 },
	{ "from_at", OBJECT_INT, 0, 0 },
	{ "to_at", OBJECT_INT, 0, 0 },
	{ "reason", OBJECT_TEXT, 0, 0 },
	{ "window", OBJECT_HEX, UID, 1 },
	{ "found_at", OBJECT_INT, 0, 0 },
	{ "bodies", OBJECT_LIST, 0, 0 },
};

static const char get_gap_sql[] =
    "SELECT g.log, g.from_at, g.to_at, g.reason,"
    " lower(nullif(hex(w.uid), '')) AS \"window\", g.found_at"
    " FROM gap g LEFT JOIN window w ON w.window_id = g.window_id"
    " WHERE g.gap_id = :id";

static const char find_gap_sql[] =
    "SELECT g.gap_id, g.archive_no"
    " FROM gap g LEFT JOIN window w ON w.window_id = g.window_id"
    " WHERE g.log = :log AND g.from_at = :from_at AND g.to_at = :to_at"
    " AND g.reason = :reason AND w.uid IS :window";

static const char put_gap_sql[] =
    "INSERT INTO gap (log, from_at, to_at, reason, window_id, run_id,"
    " found_at, archive_no)"
    " VALUES (:log, :from_at, :to_at, :reason,"
    " (SELECT window_id FROM window WHERE uid = :window), :run,"
    " :found_at, :archive)";

static const char gap_member_sql[] =
    "SELECT format('gaps/%s-%d-%d-%s.body', g.log, g.from_at, g.to_at,"
    "  coalesce(lower(nullif(hex(w.uid), '')), g.reason)),"
    " b.body, NULL, g.gap_id, 0"
    " FROM gap g JOIN gap_body b ON b.gap_id = g.gap_id"
    " LEFT JOIN window w ON w.window_id = g.window_id"
    " WHERE g.gap_id = :id";

/* A batch, its alerts and its receipts.  Alerts may be yet to be made. */

static const struct object_field alert_fields[] = {
	{ "alert", OBJECT_HEX, UID, 0 },
	{ "mapping", OBJECT_HEX, DIGEST, 0 },
};

static const char get_alerts_sql[] =
    "SELECT alert, mapping FROM ("
    " SELECT i.position, lower(hex(a.alert_id)) AS alert,"
    "  lower(hex(m.digest)) AS mapping"
    " FROM batch_alert i"
    " JOIN alert a ON a.alert_no = i.alert_no"
    " JOIN mapping m ON m.mapping_id = i.mapping_id"
    " WHERE i.batch_id = :id"
    " UNION ALL"
    " SELECT position, lower(hex(alert_id)), lower(hex(mapping_digest))"
    " FROM batch_member WHERE batch_id = :id)"
    " ORDER BY position";

static const char put_alert_sql[] =
    "INSERT INTO batch_member (batch_id, position, alert_id, mapping_digest)"
    " VALUES (:id, (SELECT coalesce(max(position) + 1, 0)"
    "  FROM batch_member WHERE batch_id = :id), :alert, :mapping)";

static const struct object_field receipt_fields[] = {
	{ "attempt", OBJECT_INT, 0, 0 },
	{ "received_at", OBJECT_INT, 0, 0 },
	{ "latency_ms", OBJECT_INT, 0, 0 },
	{ "outcome", OBJECT_TEXT, 0, 0 },
	{ "http_status", OBJECT_INT, 0, 1 },
	{ "request_id", OBJECT_TEXT, 0, 1 },
	{ "detail", OBJECT_TEXT, 0, 0 },
	{ "body_digest", OBJECT_HEX, DIGEST, 0 },
};

static const char get_receipts_sql[] =
    "SELECT attempt, received_at, latency_ms, outcome, http_status,"
    " request_id, detail, lower(hex(body_digest)) AS body_digest"
    " FROM receipt WHERE batch_id = :id ORDER BY attempt";

static const char put_receipt_sql[] =
    "INSERT INTO receipt (batch_id, run_id, attempt, received_at, latency_ms,"
    " outcome, http_status, request_id, detail, body_start, body_digest)"
    " VALUES (:id, :run, :attempt, :received_at, :latency_ms,"
    " :outcome, :http_status, :request_id, :detail, x'', :body_digest)";

static const struct object_field batch_fields[] = {
	{ "sink", OBJECT_TEXT, 0, 0 },
	{ "type", OBJECT_TEXT, 0, 0 },
	{ "key", OBJECT_HEX, DIGEST, 0 },
	{ "parent", OBJECT_HEX, DIGEST, 1 },
	{ "repeats", OBJECT_HEX, DIGEST, 1 },
	{ "generation", OBJECT_INT, 0, 0 },
	{ "format", OBJECT_TEXT, 0, 0 },
	{ "alert_count", OBJECT_INT, 0, 0 },
	{ "bytes", OBJECT_INT, 0, 0 },
	{ "sealed_at", OBJECT_INT, 0, 0 },
	{ "state", OBJECT_TEXT, 0, 0 },
	{ "attempts", OBJECT_INT, 0, 0 },
	{ "possible_duplicate", OBJECT_INT, 0, 0 },
	{ "closed_at", OBJECT_INT, 0, 0 },
	{ "alerts", OBJECT_LIST, 0, 0 },
	{ "receipts", OBJECT_LIST, 0, 0 },
};

static const char get_batch_sql[] =
    "SELECT s.name AS sink, s.type, lower(hex(b.batch_key)) AS \"key\","
    " lower(nullif(hex(p.batch_key), '')) AS parent,"
    " lower(nullif(hex(r.batch_key), '')) AS repeats, b.generation, b.format,"
    " b.alerts AS alert_count, b.bytes, b.sealed_at, b.state, b.attempts,"
    " b.possible_duplicate, b.closed_at"
    " FROM batch b JOIN sink s ON s.sink_id = b.sink_id"
    " LEFT JOIN batch p ON p.batch_id = b.parent_id"
    " LEFT JOIN batch r ON r.batch_id = b.repeats_id"
    " WHERE b.batch_id = :id";

static const char find_batch_sql[] =
    "SELECT b.batch_id, b.archive_no"
    " FROM sink s JOIN batch b ON b.sink_id = s.sink_id"
    " WHERE s.name = :sink AND b.batch_key = :key";

/* A sink of that name and another type is no place for it. */
static const char put_batch_sql[] =
    "INSERT INTO batch (sink_id, parent_id, repeats_id, generation, batch_key,"
    " format, alerts, bytes, run_id, sealed_at, state, attempts,"
    " possible_duplicate, closed_at, archive_no)"
    " VALUES ((SELECT sink_id FROM sink WHERE name = :sink AND type = :type),"
    " (SELECT p.batch_id FROM sink s JOIN batch p ON p.sink_id = s.sink_id"
    "  WHERE s.name = :sink AND p.batch_key = :parent),"
    " (SELECT p.batch_id FROM sink s JOIN batch p ON p.sink_id = s.sink_id"
    "  WHERE s.name = :sink AND p.batch_key = :repeats), :generation,"
    " :key, :format, :alert_count, :bytes,"
    " :run, :sealed_at, :state, :attempts, :possible_duplicate, :closed_at,"
    " :archive)";

static const char batch_member_sql[] =
    "SELECT format('batches/%s/%s.body', s.name, lower(hex(b.batch_key))),"
    " p.body, iif(b.generation = 0, b.batch_key, NULL), b.batch_id, 0"
    " FROM batch b JOIN sink s ON s.sink_id = b.sink_id"
    " LEFT JOIN batch_body p ON p.batch_id = b.batch_id"
    " WHERE b.batch_id = :id"
    " UNION ALL"
    " SELECT * FROM (SELECT format('receipts/%s/%s-%d.body', s.name,"
    "  lower(hex(b.batch_key)), r.attempt),"
    " r.body_start, NULL, r.receipt_id, 1"
    " FROM receipt r JOIN batch b ON b.batch_id = r.batch_id"
    " JOIN sink s ON s.sink_id = b.sink_id"
    " WHERE r.batch_id = :id ORDER BY r.attempt)";

static const struct entry_type types[ENTRY_KINDS] = {
	[ENTRY_WINDOW] = {
		.section = "windows",
		.what = "window",
		.due_sql =
		    "SELECT window_id FROM window WHERE judged_run_id IS NOT NULL"
		    " AND archive_no IS NULL ORDER BY closed_order",
		.get_sql = get_window_sql,
		.find_sql =
		    "SELECT window_id, archive_no FROM window WHERE uid = :uid",
		.put_sql = put_window_sql,
		.member_sql =
		    "SELECT format('pages/%s/%02d-%06d.json', lower(hex(w.uid)),"
		    "  p.attempt, p.number), b.body, p.body_digest, p.page_id, 0"
		    " FROM window w JOIN page p ON p.window_id = w.window_id"
		    " LEFT JOIN page_body b ON b.page_id = p.page_id"
		    " WHERE w.window_id = :id ORDER BY p.attempt, p.number",
		.body_sql = {
		    "INSERT INTO page_body (page_id, body) VALUES (:key, :body)",
		},
		.archive_sql = "UPDATE window SET archive_no = :archive"
			       " WHERE window_id = :id",
		.count_sql =
		    "SELECT count(*) FROM window WHERE archive_no = :archive",
		.drop_sql =
		    "DELETE FROM page_body WHERE page_id IN (SELECT p.page_id"
		    " FROM page p JOIN window w ON w.window_id = p.window_id"
		    " WHERE w.window_id = :id AND w.archive_no IS NOT NULL"
		    " AND w.judged_run_id IS NOT NULL)",
		.earlier_sql =
		    "SELECT count(*) FROM window w WHERE w.window_id = :id"
		    " AND w.state = 'open' AND w.attempt <= :attempt"
		    " AND NOT EXISTS (SELECT 1 FROM page p"
		    "  WHERE p.window_id = w.window_id AND p.judged)",
		.tries = 10,
		.forget_sql = {
		    "DELETE FROM page_body WHERE page_id IN"
		    " (SELECT page_id FROM page WHERE window_id = :id)",
		    "DELETE FROM page WHERE window_id = :id",
		    "DELETE FROM window WHERE window_id = :id",
		},
		.fields = window_fields,
		.count = COUNT(window_fields),
		.keys = { 0, -1 },
		.lists = { { "pages", "page", get_pages_sql, put_page_sql,
		    page_fields, COUNT(page_fields), true } },
	},
	[ENTRY_MAPPING] = {
		.section = "mappings",
		.what = "mapping",
		.due_sql = "SELECT mapping_id FROM mapping"
			   " WHERE archive_no IS NULL ORDER BY mapping_id",
		.get_sql = get_mapping_sql,
		.find_sql = "SELECT mapping_id, archive_no FROM mapping"
			    " WHERE digest = :digest",
		.put_sql = put_mapping_sql,
		.member_sql = "SELECT format('mappings/%s.json',"
			      " lower(hex(digest))), body, digest, mapping_id, 0"
			      " FROM mapping WHERE mapping_id = :id",
		.body_sql = { "UPDATE mapping SET body = CAST(:body AS TEXT)"
			      " WHERE mapping_id = :key" },
		.archive_sql = "UPDATE mapping SET archive_no = :archive"
			       " WHERE mapping_id = :id",
		.count_sql =
		    "SELECT count(*) FROM mapping WHERE archive_no = :archive",
		.fields = mapping_fields,
		.count = COUNT(mapping_fields),
		.keys = { 0, -1 },
		.lists = { { "rules", "rule", get_rules_sql, put_rule_sql,
		    rule_fields, COUNT(rule_fields), false } },
	},
	[ENTRY_GAP] = {
		.section = "gaps",
		.what = "gap",
		.due_sql = "SELECT g.gap_id FROM gap g"
			   " LEFT JOIN window w ON w.window_id = g.window_id"
			   " WHERE g.archive_no IS NULL AND (g.window_id IS NULL"
			   "  OR w.judged_run_id IS NOT NULL)"
			   " ORDER BY g.gap_id",
		.get_sql = get_gap_sql,
		.find_sql = find_gap_sql,
		.put_sql = put_gap_sql,
		.member_sql = gap_member_sql,
		.body_sql = { "UPDATE gap_body SET body = :body"
			      " WHERE gap_id = :key" },
		.archive_sql =
		    "UPDATE gap SET archive_no = :archive WHERE gap_id = :id",
		.count_sql =
		    "SELECT count(*) FROM gap WHERE archive_no = :archive",
		.fields = gap_fields,
		.count = COUNT(gap_fields),
		.keys = { 0, 1, 2, 3, 4 },
		.lists = { { "bodies", "body of a gap", get_gap_body_sql,
		    put_gap_body_sql, gap_body_fields, COUNT(gap_body_fields),
		    false } },
	},
	[ENTRY_BATCH] = {
		.section = "batches",
		.what = "batch",
		.due_sql = "SELECT batch_id FROM batch"
			   " WHERE archive_no IS NULL"
			   " AND state IN ('delivered', 'refused', 'split')"
			   " ORDER BY batch_id",
		.get_sql = get_batch_sql,
		.find_sql = find_batch_sql,
		.put_sql = put_batch_sql,
		.member_sql = batch_member_sql,
		.body_sql = {
		    "INSERT INTO batch_body (batch_id, body)"
		    " VALUES (:key, :body)",
		    "UPDATE receipt SET body_start = :body"
		    " WHERE receipt_id = :key",
		},
		.archive_sql = "UPDATE batch SET archive_no = :archive"
			       " WHERE batch_id = :id",
		.count_sql =
		    "SELECT count(*) FROM batch WHERE archive_no = :archive",
		.drop_sql = "DELETE FROM batch_body WHERE batch_id IN (SELECT"
			    " batch_id FROM batch WHERE batch_id = :id"
			    " AND archive_no IS NOT NULL)",
		.earlier_sql =
		    "SELECT count(*) FROM batch WHERE batch_id = :id"
		    " AND state IN ('ready', 'sending')"
		    " AND attempts <= :attempts",
		.tries = 11,
		.forget_sql = {
		    "DELETE FROM batch_body WHERE batch_id = :id",
		    "DELETE FROM batch_alert WHERE batch_id = :id",
		    "DELETE FROM batch_member WHERE batch_id = :id",
		    "DELETE FROM receipt WHERE batch_id = :id",
		    "DELETE FROM batch WHERE batch_id = :id",
		},
		.fields = batch_fields,
		.count = COUNT(batch_fields),
		.keys = { 0, 2, -1 },
		.lists = { { "alerts", "alert of a batch", get_alerts_sql,
			       put_alert_sql, alert_fields,
			       COUNT(alert_fields), false },
		    { "receipts", "receipt", get_receipts_sql, put_receipt_sql,
			receipt_fields, COUNT(receipt_fields), true } },
	},
};

/* Statements are prepared when they are first asked for. */
struct handle {
	struct stmt *get, *find, *put, *member, *archive, *count, *drop;
	struct stmt *body[TABLES];
	struct stmt *get_list[LISTS], *put_list[LISTS];
	struct object row;
	struct object list_row[LISTS];
};

struct entries {
	struct db *db;
	struct handle handles[ENTRY_KINDS];
};

const char *
entry_section(enum entry_kind kind)
{
	return types[kind].section;
}

int
entries_open(struct entries **out, struct db *db, struct err *e)
{
	struct entries *x = xcalloc(1, sizeof *x);

	(void)e;
	x->db = db;
	for (int k = 0; k < ENTRY_KINDS; k++) {
		const struct entry_type *t = &types[k];
		struct handle *h = &x->handles[k];

		object_open(&h->row, t->fields, t->count);
		for (int i = 0; i < LISTS; i++)
			object_open(&h->list_row[i], t->lists[i].fields,
			    t->lists[i].count);
	}
	*out = x;
	return 0;
}

static void
close_handle(struct handle *h)
{
	struct stmt *all[] = { h->get, h->find, h->put, h->member, h->archive,
		h->count, h->drop };

	for (size_t i = 0; i < COUNT(all); i++)
		stmt_free(all[i]);
	for (int i = 0; i < TABLES; i++)
		stmt_free(h->body[i]);
	for (int i = 0; i < LISTS; i++) {
		stmt_free(h->get_list[i]);
		stmt_free(h->put_list[i]);
		object_close(&h->list_row[i]);
	}
	object_close(&h->row);
}

void
entries_close(struct entries *x)
{
	if (!x)
		return;
	for (int k = 0; k < ENTRY_KINDS; k++)
		close_handle(&x->handles[k]);
	free(x);
}

static int
ready(struct entries *x, struct stmt **s, const char *sql, struct err *e)
{
	return *s ? 0 : stmt_prepare(s, x->db, sql, e);
}

int
entry_each_due(struct entries *x, enum entry_kind kind, entry_fn *fn, void *arg,
    struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, x->db, types[kind].due_sql, e))
		return -1;
	while ((rc = stmt_step(s, e)) > 0) {
		rc = fn(stmt_int(s, 0), arg, e);
		if (rc)
			break;
	}
	stmt_free(s);
	return rc;
}

static int
lists_of(const struct entry_type *t)
{
	int n = 0;

	while (n < LISTS && t->lists[n].name)
		n++;
	return n;
}

/* A list of the entry that was parsed. */
static struct slice
rows_of(const struct handle *h, const struct entry_type *t, int list)
{
	return h->row.values[(int)t->count - lists_of(t) + list].bytes;
}

static int
put_list(struct entries *x, struct stmt **s, const struct entry_list *l,
    int64_t id, struct buf *out, struct err *e)
{
	const char *between = "";
	int rc;

	if (ready(x, s, l->get_sql, e))
		return -1;
	buf_printf(out, ",\"%s\":[", l->name);
	stmt_bind_int(*s, ":id", id);
	while ((rc = stmt_step(*s, e)) > 0) {
		buf_printf(out, "%s{", between);
		object_put(out, *s);
		buf_putc(out, '}');
		between = ",\n";
	}
	buf_putc(out, ']');
	return rc;
}

int
entry_put(struct entries *x, enum entry_kind kind, int64_t id, struct buf *out,
    struct err *e)
{
	const struct entry_type *t = &types[kind];
	struct handle *h = &x->handles[kind];
	int rc;

	if (ready(x, &h->get, t->get_sql, e))
		return -1;
	stmt_bind_int(h->get, ":id", id);
	rc = stmt_step(h->get, e);
	if (rc <= 0)
		return rc ? -1
			  : err_set(e, ERR_BUG, "%s %" PRId64 " is gone",
				t->what, id);
	buf_putc(out, '{');
	object_put(out, h->get);
	stmt_reset(h->get);
	for (int i = 0; i < lists_of(t); i++)
		if (put_list(x, &h->get_list[i], &t->lists[i], id, out, e))
			return -1;
	buf_putc(out, '}');
	return 0;
}

int
entry_each_member(struct entries *x, enum entry_kind kind, int64_t id,
    entry_member_fn *fn, void *arg, struct err *e)
{
	struct handle *h = &x->handles[kind];
	struct entry_member m;
	size_t n;
	int rc;

	if (ready(x, &h->member, types[kind].member_sql, e))
		return -1;
	stmt_bind_int(h->member, ":id", id);
	while ((rc = stmt_step(h->member, e)) > 0) {
		m.name = stmt_text(h->member, 0);
		m.data = stmt_blob(h->member, 1, &m.len);
		if (!m.data && !stmt_is_null(h->member, 1))
			m.data = "";
		m.digest = stmt_blob(h->member, 2, &n);
		m.key = stmt_int(h->member, 3);
		m.table = stmt_int(h->member, 4);
		rc = fn(&m, arg, e);
		if (rc)
			break;
	}
	stmt_reset(h->member);
	return rc;
}

int
entry_find(struct entries *x, enum entry_kind kind, struct slice entry,
    int64_t *id, int64_t *archive_no, struct err *e)
{
	const struct entry_type *t = &types[kind];
	struct handle *h = &x->handles[kind];
	int rc;

	*id = 0;
	*archive_no = 0;
	if (object_parse(&h->row, t->what, entry, e) ||
	    ready(x, &h->find, t->find_sql, e))
		return -1;
	for (int i = 0; i < KEYS && t->keys[i] >= 0; i++)
		object_bind_one(&h->row, (size_t)t->keys[i], h->find);
	rc = stmt_step(h->find, e);
	if (rc > 0) {
		*id = stmt_int(h->find, 0);
		*archive_no = stmt_int(h->find, 1);
		stmt_reset(h->find);
	}
	return rc < 0 ? -1 : 0;
}

/* Are the rows of a list the first ones of an entry's, or all of them? */
static int
is_start_of_list(struct entries *x, enum entry_kind kind, int list, int64_t id,
    struct slice rows, bool *yes, struct err *e)
{
	const struct entry_list *l = &types[kind].lists[list];
	struct buf text = { 0 };
	int rc = put_list(x, &x->handles[kind].get_list[list], l, id, &text, e);

	if (rc == 0) { /* ,"NAME":[{...},{...}] */
		size_t begin = strlen(l->name) + 4;
		size_t n = text.len - begin - 1;

		*yes = n < rows.len &&
		    memcmp(text.data + begin, rows.data, n) == 0;
	}
	buf_free(&text);
	return rc;
}

int
entry_is_earlier(struct entries *x, enum entry_kind kind, int64_t id,
    struct slice entry, bool *earlier, struct err *e)
{
	const struct entry_type *t = &types[kind];
	struct handle *h = &x->handles[kind];
	struct stmt *s = NULL;
	int rc;

	*earlier = false;
	if (!t->earlier_sql)
		return 0;
	if (object_parse(&h->row, t->what, entry, e) ||
	    stmt_prepare(&s, x->db, t->earlier_sql, e))
		return -1;
	stmt_bind_int(s, ":id", id);
	object_bind_one(&h->row, (size_t)t->tries, s);
	rc = stmt_step(s, e);
	*earlier = rc > 0 && stmt_int(s, 0) > 0;
	stmt_free(s);
	for (int i = 0; rc >= 0 && *earlier && i < lists_of(t); i++)
		rc = is_start_of_list(
		    x, kind, i, id, rows_of(h, t, i), earlier, e);
	return rc < 0 ? -1 : 0;
}

int
entry_forget(struct entries *x, enum entry_kind kind, int64_t id, struct err *e)
{
	const char *const *sql = types[kind].forget_sql;
	int rc = 0;

	for (int i = 0; rc == 0 && i < PARTS && sql[i]; i++) {
		struct stmt *s = NULL;

		if (stmt_prepare(&s, x->db, sql[i], e))
			return -1;
		stmt_bind_int(s, ":id", id);
		rc = stmt_run(s, e);
		stmt_free(s);
	}
	return rc;
}

static int
restore_list(struct entries *x, enum entry_kind kind, int list,
    struct slice rows, int64_t id, int64_t run_id, struct err *e)
{
	const struct entry_list *l = &types[kind].lists[list];
	struct handle *h = &x->handles[kind];
	struct object *row = &h->list_row[list];
	struct slice text;
	struct list rest;
	int rc;

	if (ready(x, &h->put_list[list], l->put_sql, e) ||
	    list_open(&rest, rows, e))
		return -1;
	while ((rc = list_next(&rest, &text, e)) > 0) {
		if (object_parse(row, l->what, text, e)) {
			rc = -1;
			break;
		}
		stmt_bind_int(h->put_list[list], ":id", id);
		if (l->has_run)
			stmt_bind_int(h->put_list[list], ":run", run_id);
		object_bind(row, h->put_list[list]);
		if (stmt_run(h->put_list[list], e)) {
			rc = err_add(e, "%s", l->what);
			break;
		}
	}
	list_close(&rest);
	return rc;
}

int
entry_restore(struct entries *x, enum entry_kind kind, struct slice entry,
    int64_t archive_no, int64_t run_id, int64_t *id, struct err *e)
{
	const struct entry_type *t = &types[kind];
	struct handle *h = &x->handles[kind];

	if (object_parse(&h->row, t->what, entry, e) ||
	    ready(x, &h->put, t->put_sql, e))
		return -1;
	object_bind(&h->row, h->put);
	stmt_bind_int(h->put, ":run", run_id);
	stmt_bind_int(h->put, ":archive", archive_no);
	if (stmt_run(h->put, e))
		return err_add(e, "%s", t->what);
	*id = db_last_id(x->db);
	for (int i = 0; i < lists_of(t); i++)
		if (restore_list(x, kind, i, rows_of(h, t, i), *id, run_id, e))
			return -1;
	return 0;
}

int
entry_put_member(struct entries *x, enum entry_kind kind,
    const struct entry_member *m, const void *data, size_t n, struct err *e)
{
	struct stmt **s = &x->handles[kind].body[m->table];

	if (ready(x, s, types[kind].body_sql[m->table], e))
		return -1;
	stmt_bind_int(*s, ":key", m->key);
	stmt_bind_blob(*s, ":body", data ? data : "", n);
	return stmt_run(*s, e);
}

int
entry_put_archive(struct entries *x, enum entry_kind kind, int64_t id,
    int64_t archive_no, struct err *e)
{
	struct stmt **s = &x->handles[kind].archive;

	if (ready(x, s, types[kind].archive_sql, e))
		return -1;
	stmt_bind_int(*s, ":archive", archive_no);
	stmt_bind_int(*s, ":id", id);
	return stmt_run(*s, e);
}

int
entry_count(struct entries *x, enum entry_kind kind, int64_t archive_no,
    int64_t *n, struct err *e)
{
	struct stmt **s = &x->handles[kind].count;
	int rc;

	if (ready(x, s, types[kind].count_sql, e))
		return -1;
	stmt_bind_int(*s, ":archive", archive_no);
	rc = stmt_step(*s, e);
	if (rc > 0) {
		*n = stmt_int(*s, 0);
		stmt_reset(*s);
	}
	return rc < 0 ? -1 : 0;
}

int
entry_drop_bodies(struct entries *x, enum entry_kind kind, int64_t id,
    int64_t *bodies, struct err *e)
{
	struct stmt **s = &x->handles[kind].drop;

	if (!types[kind].drop_sql)
		return 0;
	if (ready(x, s, types[kind].drop_sql, e))
		return -1;
	stmt_bind_int(*s, ":id", id);
	if (stmt_run(*s, e))
		return -1;
	*bodies += db_changes(x->db);
	return 0;
}
