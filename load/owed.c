#include "owed.h"
#include "db.h"
#include "err.h"
#include "item.h"
#include "mem.h"
#include "sink.h"

#include <assert.h>
#include <stdlib.h>

struct owed {
	struct db *db;
	struct stmt *stmt;
	const char *tenant;
	int64_t alert_no; /* of the row */
	int64_t mapping_id; /* whose version this is; 0: none yet */
	char *version;
	bool again;
	bool ended;
};

/*
 * What a sink owes, as struct sink says.  Batches restored from archives hold
 * alerts behind sealed_to; where no batch does, there is no need to look for
 * each alert.
 */
#define OWED_WHERE                                                             \
	" WHERE a.alert_no > :sealed_to AND a.alert_no <= :owed_until"         \
	" AND (a.alert_no > :owed_after"                                       \
	"  OR a.alert_no > :from_after AND a.occurred_at >= :from_at)"         \
	" AND (NOT :ahead OR NOT EXISTS (SELECT 1 FROM batch_alert i"          \
	"  JOIN batch b ON b.batch_id = i.batch_id"                            \
	"  WHERE i.alert_no = a.alert_no AND b.sink_id = :sink"                \
	"  AND b.state <> 'split'))"

/*
 * Of an alert's rows the first is the one that counts.  One that is owed and
 * in a batch that was split was in a half that no archive brought back: it may
 * have been sent.
 */
static const char next_sql[] =
    "SELECT a.alert_no, m.mapping_id, a.alert_id, r.alert_id, a.occurred_at,"
    " m.severity, a.log, m.alert_type, m.type_rule, m.threat_id,"
    " m.threat_name, m.threat_rule, a.sender, a.recipient, a.subject,"
    " a.message_id, a.url, a.file_name, a.file_type, a.file_hash, a.verdict,"
    " a.action, a.source_ip,"
    " iif(:ahead, EXISTS (SELECT 1 FROM batch_alert i"
    "  JOIN batch b ON b.batch_id = i.batch_id"
    "  WHERE i.alert_no = a.alert_no AND b.sink_id = :sink), 0)"
    " FROM alert a"
    " LEFT JOIN alert_mapping m ON m.alert_no = a.alert_no"
    " LEFT JOIN alert r ON r.alert_no = a.revision_of" OWED_WHERE
    " ORDER BY a.alert_no, m.mapping_id DESC";

static const char version_sql[] =
    "SELECT version FROM mapping WHERE mapping_id = :mapping";

static const char count_sql[] = "SELECT count(*) FROM alert a" OWED_WHERE;

static const char ahead_sql[] =
    "SELECT coalesce(max(alert_no), 0) FROM batch_alert";

static int
prepare(struct stmt **out, struct db *db, const char *sql,
    const struct sink *sink, struct err *e)
{
	struct stmt *s = NULL;
	int64_t last;

	if (db_int(db, ahead_sql, &last, e) || stmt_prepare(&s, db, sql, e))
		return -1;
	stmt_bind_int(s, ":sealed_to", sink->sealed_to);
	stmt_bind_int(s, ":owed_until", sink->owed_until);
	stmt_bind_int(s, ":owed_after", sink->owed_after);
	stmt_bind_int(s, ":from_after", sink->from_after);
	stmt_bind_int(s, ":from_at", sink->from_at);
	stmt_bind_int(s, ":ahead", last > sink->sealed_to);
	stmt_bind_int(s, ":sink", sink->sink_id);
	*out = s;
	return 0;
}

int
owed_open(struct owed **out, struct db *db, const struct sink *sink,
    const char *tenant, struct err *e)
{
	struct stmt *s = NULL;
	struct owed *o;

	if (prepare(&s, db, next_sql, sink, e))
		return -1;
	o = xcalloc(1, sizeof *o);
	o->db = db;
	o->stmt = s;
	o->tenant = tenant;
	*out = o;
	return 0;
}

void
owed_close(struct owed *o)
{
	if (!o)
		return;
	stmt_free(o->stmt);
	free(o->version);
	free(o);
}

static const unsigned char *
id_column(struct stmt *s, int column)
{
	size_t n;
	const unsigned char *id = stmt_blob(s, column, &n);

	assert(!id || n == ITEM_ID_SIZE);
	return id;
}

static void
read_row(const struct owed *o, struct item *i)
{
	struct stmt *s = o->stmt;

	i->alert_no = stmt_int(s, 0);
	i->mapping_id = stmt_int(s, 1);
	i->id = id_column(s, 2);
	i->revision_of = id_column(s, 3);
	i->occurred_at = stmt_int(s, 4);
	i->severity = stmt_int(s, 5);
	i->tenant = o->tenant;
	i->log = stmt_text(s, 6);
	i->alert_type = stmt_text(s, 7);
	i->type_rule = stmt_text(s, 8);
	i->threat_id = stmt_text(s, 9);
	i->threat_name = stmt_text(s, 10);
	i->threat_rule = stmt_text(s, 11);
	i->mapping = o->version;
	i->sender = stmt_text(s, 12);
	i->recipient = stmt_text(s, 13);
	i->subject = stmt_text(s, 14);
	i->message_id = stmt_text(s, 15);
	i->url = stmt_text(s, 16);
	i->file_name = stmt_text(s, 17);
	i->file_type = stmt_text(s, 18);
	i->file_hash = stmt_text(s, 19);
	i->verdict = stmt_text(s, 20);
	i->action = stmt_text(s, 21);
	i->source_ip = stmt_text(s, 22);
	i->in_doubt = stmt_int(s, 23) != 0;
}

/* Few mappings serve many alerts: its version is looked up when it changes. */
static int
get_version(struct owed *o, struct err *e)
{
	int64_t mapping_id = stmt_int(o->stmt, 1);
	struct stmt *s = NULL;
	int rc;

	if (mapping_id == 0)
		return err_set(e, ERR_BUG, "alert %lld has no mapping",
		    (long long)o->alert_no);
	if (mapping_id == o->mapping_id)
		return 0;
	if (stmt_prepare(&s, o->db, version_sql, e))
		return -1;
	stmt_bind_int(s, ":mapping", mapping_id);
	rc = stmt_step(s, e);
	if (rc == 1) {
		free(o->version);
		o->version = xstrdup(stmt_text(s, 0));
		o->mapping_id = mapping_id;
	}
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}

/* The first row of the next alert. */
static int
next_alert(struct owed *o, struct err *e)
{
	int rc;

	do
		rc = stmt_step(o->stmt, e);
	while (rc == 1 && stmt_int(o->stmt, 0) == o->alert_no);
	if (rc == 1)
		o->alert_no = stmt_int(o->stmt, 0);
	return rc;
}

int
owed_next(struct owed *o, struct item *i, struct err *e)
{
	int rc;

	if (o->ended)
		return 0;
	rc = o->again ? 1 : next_alert(o, e);
	o->again = false;
	o->ended = rc != 1;
	if (rc != 1)
		return rc;
	if (get_version(o, e))
		return -1;
	read_row(o, i);
	return 1;
}

void
owed_again(struct owed *o)
{
	o->again = true;
}

int
owed_count(
    struct db *db, const struct sink *sink, int64_t *count, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (prepare(&s, db, count_sql, sink, e))
		return -1;
	rc = stmt_step(s, e);
	if (rc == 1)
		*count = stmt_int(s, 0);
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}
