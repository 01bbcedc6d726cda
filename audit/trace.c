#include "alert.h"
#include "audit.h"
#include "db.h"
#include "err.h"
#include "inputs.h"
#include "record.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ID_DIGITS = 32 }; /* two for each byte of an alert's id */

/* What a part of the story is asked with. */
enum key { BY_RECORD, BY_ALERT };

/* The story, from the bytes on the wire to the receipts. */
static const struct {
	const char *name;
	const char *heading;
	enum key key; /* :record or :alert */
	const char *sql;
} parts[] = {
	{ "record", "record", BY_RECORD,
	    "SELECT page_id || ':' || position AS record, log, outcome, reason,"
	    " meaning, occurred_utc, offset, length, twin,"
	    " nullif(text_anomaly, 0) AS text_anomaly"
	    " FROM v_record WHERE record_id = :record" },
	{ "raw", "as the source wrote it", BY_RECORD,
	    "SELECT CAST(substr(b.body, r.offset + 1, r.length) AS TEXT)"
	    "  AS bytes"
	    " FROM record r JOIN page_body b ON b.page_id = r.record_id >> 25"
	    " WHERE r.record_id = :record" },
	{ "page", "page", BY_RECORD,
	    "SELECT page_id AS page, attempt, number, request, page_token,"
	    " http_status, request_id,"
	    " strftime('%Y-%m-%dT%H:%M:%SZ', fetched_at, 'unixepoch')"
	    "  AS fetched_utc,"
	    " strftime('%Y-%m-%dT%H:%M:%SZ', server_date, 'unixepoch')"
	    "  AS server_date_utc,"
	    " body_bytes, lower(hex(body_digest)) AS body_digest, records,"
	    " total, run_id AS extract_run"
	    " FROM page WHERE page_id = :record >> 25" },
	{ "window", "window", BY_RECORD,
	    "SELECT w.window_id AS window, lower(hex(w.uid)) AS uid, w.log,"
	    " strftime('%Y-%m-%dT%H:%M:%SZ', w.from_at, 'unixepoch')"
	    "  AS from_utc,"
	    " strftime('%Y-%m-%dT%H:%M:%SZ', w.to_at, 'unixepoch')"
	    "  AS to_utc,"
	    " w.origin, w.parent_id AS half_of, w.reread_of, w.state,"
	    " w.reconciled, w.attempt, w.pages, w.records, w.total,"
	    " w.judged_run_id AS transform_run, a.file AS evidence_file,"
	    " lower(nullif(hex(a.chain), '')) AS evidence_chain"
	    " FROM page p JOIN window w ON w.window_id = p.window_id"
	    " LEFT JOIN archive a ON a.archive_no = w.archive_no"
	    " WHERE p.page_id = :record >> 25" },
	{ "alert", "alert", BY_ALERT,
	    "SELECT lower(hex(a.alert_id)) AS alert,"
	    " format('%d:%d', a.record_id >> 25, a.record_id & 33554431)"
	    "  AS made_from_record,"
	    " lower(hex(a.digest)) AS digest, a.twin,"
	    " lower(hex(a.natural_key)) AS natural_key,"
	    " strftime('%Y-%m-%dT%H:%M:%SZ', a.occurred_at, 'unixepoch')"
	    "  AS occurred_utc,"
	    " a.sender, a.recipient, a.subject, a.url, a.file_name,"
	    " a.file_type, a.file_hash, a.message_id, a.source_ip,"
	    " a.verdict, a.action,"
	    " lower(nullif(hex(b.alert_id), '')) AS revision_of,"
	    " a.run_id AS transform_run"
	    " FROM alert a LEFT JOIN alert b ON b.alert_no = a.revision_of"
	    " WHERE a.alert_no = :alert" },
	{ "mappings", "mappings", BY_ALERT,
	    "SELECT m.mapping_id AS mapping, m.version, m.source,"
	    " lower(hex(m.digest)) AS digest, am.alert_type, am.type_rule,"
	    " am.threat_id, am.threat_name, am.threat_rule, am.rule_no,"
	    " am.severity"
	    " FROM alert_mapping am"
	    " JOIN mapping m ON m.mapping_id = am.mapping_id"
	    " WHERE am.alert_no = :alert ORDER BY m.mapping_id" },
	{ "sinks", "sinks", BY_ALERT,
	    "SELECT sink, state, batch_id AS batch"
	    " FROM v_delivery WHERE alert_no = :alert ORDER BY sink" },
	{ "batches", "batches", BY_ALERT,
	    "SELECT b.batch_id AS batch, s.name AS sink,"
	    " b.parent_id AS half_of, i.position, i.mapping_id AS mapping,"
	    " b.format, b.alerts, b.bytes,"
	    " lower(hex(b.batch_key)) AS batch_key, b.state, b.attempts,"
	    " b.possible_duplicate,"
	    " strftime('%Y-%m-%dT%H:%M:%SZ', b.sealed_at, 'unixepoch')"
	    "  AS sealed_utc,"
	    " strftime('%Y-%m-%dT%H:%M:%SZ', b.closed_at, 'unixepoch')"
	    "  AS closed_utc,"
	    " b.run_id AS load_run, a.file AS delivery_file,"
	    " lower(nullif(hex(a.chain), '')) AS delivery_chain"
	    " FROM batch_alert i JOIN batch b ON b.batch_id = i.batch_id"
	    " JOIN sink s ON s.sink_id = b.sink_id"
	    " LEFT JOIN archive a ON a.archive_no = b.archive_no"
	    " WHERE i.alert_no = :alert ORDER BY b.batch_id" },
	{ "receipts", "receipts", BY_ALERT,
	    "SELECT r.batch_id AS batch, r.attempt, r.outcome, r.http_status,"
	    " r.request_id, r.detail, CAST(r.body_start AS TEXT) AS answer,"
	    " lower(hex(r.body_digest)) AS body_digest,"
	    " strftime('%Y-%m-%dT%H:%M:%SZ', r.received_at, 'unixepoch')"
	    "  AS received_utc,"
	    " r.latency_ms, r.run_id AS load_run"
	    " FROM batch_alert i JOIN receipt r ON r.batch_id = i.batch_id"
	    " WHERE i.alert_no = :alert ORDER BY r.batch_id, r.attempt" },
};

struct story {
	int64_t record;
	int64_t alert; /* 0: none */
};

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
parse_alert_id(const char *text, unsigned char id[ALERT_ID_SIZE])
{
	if (strlen(text) != ID_DIGITS)
		return false;
	for (size_t i = 0; i < ALERT_ID_SIZE; i++) {
		int high = hex_value(*text++);
		int low = hex_value(*text++);

		if (high < 0 || low < 0)
			return false;
		id[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static bool
parse_number(
    const char *text, char end, int64_t max, int64_t *v, const char **rest)
{
	char *stop;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*v = strtoll(text, &stop, 10);
	*rest = stop + (*stop ? 1 : 0);
	return errno == 0 && *stop == end && *v <= max;
}

static bool
parse_record(const char *text, int64_t *id)
{
	int64_t page, position;
	const char *rest;

	if (!parse_number(
		text, ':', INT64_MAX / RECORD_POSITIONS - 1, &page, &rest) ||
	    !parse_number(rest, '\0', RECORD_POSITIONS - 1, &position, &rest))
		return false;
	*id = record_id(page, position);
	return true;
}

static int
find(struct stmt *s, struct story *story, struct err *e)
{
	int rc = stmt_step(s, e);

	if (rc > 0) {
		story->record = stmt_int(s, 0);
		story->alert = stmt_int(s, 1);
	}
	stmt_free(s);
	return rc;
}

static const char find_alert_sql[] =
    "SELECT record_id, alert_no FROM alert WHERE alert_id = :id";

static int
find_alert(struct db *db, const unsigned char id[ALERT_ID_SIZE],
    struct story *story, struct err *e)
{
	struct stmt *s = NULL;

	if (stmt_prepare(&s, db, find_alert_sql, e))
		return -1;
	stmt_bind_blob(s, ":id", id, ALERT_ID_SIZE);
	return find(s, story, e);
}

static const char find_record_sql[] =
    "SELECT record_id, alert_no FROM record WHERE record_id = :record";

static int
find_record(struct db *db, int64_t id, struct story *story, struct err *e)
{
	struct stmt *s = NULL;

	if (stmt_prepare(&s, db, find_record_sql, e))
		return -1;
	stmt_bind_int(s, ":record", id);
	return find(s, story, e);
}

static int
find_subject(struct audit *a, struct story *story, struct err *e)
{
	unsigned char id[ALERT_ID_SIZE];
	int64_t record;
	int rc;

	if (parse_alert_id(a->subject, id))
		rc = find_alert(a->db, id, story, e);
	else if (parse_record(a->subject, &record))
		rc = find_record(a->db, record, story, e);
	else
		return err_set(e, ERR_USAGE,
		    "trace: %s is neither the 32 hex digits of an alert's id "
		    "nor PAGE:POSITION of a record",
		    a->subject);
	if (rc == 0)
		return err_set(
		    e, ERR_NO, "trace: nothing is known of %s", a->subject);
	return rc < 0 ? -1 : 0;
}

static int
show_part(struct audit *a, size_t i, const struct story *story, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, a->db, parts[i].sql, e))
		return -1;
	if (parts[i].key == BY_RECORD)
		stmt_bind_int(s, ":record", story->record);
	else
		stmt_bind_int(s, ":alert", story->alert);
	rc = audit_show(a, parts[i].name, parts[i].heading, s, NULL, e);
	stmt_free(s);
	return rc;
}

/* What its rules look at stands behind the bytes it is in. */
static int
show_story(struct audit *a, const struct story *story, struct err *e)
{
	a->table.format = TABLE_LIST;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (show_part(a, i, story, e))
			return -1;
		if (strcmp(parts[i].name, "raw") == 0 &&
		    inputs_show(a, story->record, e))
			return -1;
	}
	return 0;
}

int
trace_record(struct audit *a, int64_t id, struct err *e)
{
	struct story story = { 0 };

	if (find_record(a->db, id, &story, e) < 0)
		return -1;
	return show_story(a, &story, e);
}

int
trace_run(struct audit *a, struct err *e)
{
	struct story story = { 0 };

	if (!a->subject)
		return matches_run(a, e);
	if (find_subject(a, &story, e))
		return -1;
	return show_story(a, &story, e);
}
