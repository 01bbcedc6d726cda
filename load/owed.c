#include "owed.h"
#include "db.h"
#include "err.h"
#include "item.h"
#include "mem.h"
#include "sink.h"

#include <assert.h>
#include <stdlib.h>

struct owed {
	struct stmt *stmt;
	const char *tenant;
	bool again;
	bool ended;
};

/* What a sink owes, as struct sink says. */
#define OWED_WHERE                                                             \
	" WHERE a.alert_no > :sealed_to AND a.alert_no <= :owed_until"         \
	" AND (a.alert_no > :owed_after"                                       \
	"  OR a.alert_no > :from_after AND a.occurred_at >= :from_at)"

static const char next_sql[] =
    "SELECT a.alert_no, m.mapping_id, a.alert_id, r.alert_id, a.occurred_at,"
    " m.severity, a.log, m.alert_type, m.type_rule, m.threat_id,"
    " m.threat_name, m.threat_rule, v.version, a.sender, a.recipient,"
    " a.subject, a.message_id, a.url, a.file_name, a.file_type, a.file_hash,"
    " a.verdict, a.action"
    " FROM alert a"
    " LEFT JOIN alert_mapping m ON m.alert_no = a.alert_no"
    "  AND m.mapping_id = (SELECT max(n.mapping_id) FROM alert_mapping n"
    "   WHERE n.alert_no = a.alert_no)"
    " LEFT JOIN mapping v ON v.mapping_id = m.mapping_id"
    " LEFT JOIN alert r ON r.alert_no = a.revision_of" OWED_WHERE
    " ORDER BY a.alert_no";

static const char count_sql[] = "SELECT count(*) FROM alert a" OWED_WHERE;

static void
bind(struct stmt *s, const struct sink *sink)
{
	stmt_bind_int(s, ":sealed_to", sink->sealed_to);
	stmt_bind_int(s, ":owed_until", sink->owed_until);
	stmt_bind_int(s, ":owed_after", sink->owed_after);
	stmt_bind_int(s, ":from_after", sink->from_after);
	stmt_bind_int(s, ":from_at", sink->from_at);
}

int
owed_open(struct owed **out, struct db *db, const struct sink *sink,
    const char *tenant, struct err *e)
{
	struct stmt *s = NULL;
	struct owed *o;

	if (stmt_prepare(&s, db, next_sql, e))
		return -1;
	bind(s, sink);
	o = xcalloc(1, sizeof *o);
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
	i->mapping = stmt_text(s, 12);
	i->sender = stmt_text(s, 13);
	i->recipient = stmt_text(s, 14);
	i->subject = stmt_text(s, 15);
	i->message_id = stmt_text(s, 16);
	i->url = stmt_text(s, 17);
	i->file_name = stmt_text(s, 18);
	i->file_type = stmt_text(s, 19);
	i->file_hash = stmt_text(s, 20);
	i->verdict = stmt_text(s, 21);
	i->action = stmt_text(s, 22);
}

int
owed_next(struct owed *o, struct item *i, struct err *e)
{
	int rc;

	if (o->ended)
		return 0;
	rc = o->again ? 1 : stmt_step(o->stmt, e);
	o->again = false;
	o->ended = rc != 1;
	if (rc != 1)
		return rc;
	read_row(o, i);
	if (i->mapping_id == 0)
		return err_set(e, ERR_BUG, "alert %lld has no mapping",
		    (long long)i->alert_no);
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

	if (stmt_prepare(&s, db, count_sql, e))
		return -1;
	bind(s, sink);
	rc = stmt_step(s, e);
	if (rc == 1)
		*count = stmt_int(s, 0);
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}
