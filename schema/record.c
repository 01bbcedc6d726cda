#include "record.h"
#include "db.h"
#include "mem.h"

#include <stdlib.h>

struct record_table {
	struct stmt *put;
	struct stmt *get_alert;
};

int64_t
record_id(int64_t page_id, int64_t position)
{
	return page_id * RECORD_POSITIONS + position;
}

int64_t
record_page(int64_t record_id)
{
	return record_id / RECORD_POSITIONS;
}

static const char put_sql[] =
    "INSERT INTO record (record_id, offset, length, outcome, reason,"
    " occurred_at, alert_no, twin, text_anomaly)"
    " VALUES (:record, :offset, :length, :outcome, :reason,"
    " :at, :alert, :twin, :anomaly)";

int
record_put(struct record_table *t, const struct record *r, struct err *e)
{
	struct stmt *s = t->put;

	stmt_bind_int(s, ":record", r->record_id);
	stmt_bind_int(s, ":offset", r->offset);
	stmt_bind_int(s, ":length", r->length);
	stmt_bind_int(s, ":outcome", reason_outcome(r->reason));
	stmt_bind_int(s, ":reason", r->reason);
	if (r->has_time)
		stmt_bind_int(s, ":at", r->occurred_at);
	else
		stmt_bind_null(s, ":at");
	if (r->alert_no) {
		stmt_bind_int(s, ":alert", r->alert_no);
		stmt_bind_int(s, ":twin", r->twin);
	} else {
		stmt_bind_null(s, ":alert");
		stmt_bind_null(s, ":twin");
	}
	if (r->text_anomaly)
		stmt_bind_int(s, ":anomaly", 1);
	else
		stmt_bind_null(s, ":anomaly");
	return stmt_run(s, e);
}

static const char get_alert_sql[] =
    "SELECT alert_no, twin FROM record WHERE record_id = :record";

int
record_get_alert(struct record_table *t, int64_t record_id, int64_t *alert_no,
    int64_t *twin, struct err *e)
{
	struct stmt *s = t->get_alert;
	int rc;

	*alert_no = 0;
	*twin = 0;
	stmt_bind_int(s, ":record", record_id);
	rc = stmt_step(s, e);
	if (rc <= 0)
		return rc;
	*alert_no = stmt_int(s, 0);
	*twin = stmt_int(s, 1);
	stmt_reset(s);
	return 0;
}

int
record_open(struct record_table **out, struct db *db, struct err *e)
{
	struct record_table *t = xcalloc(1, sizeof *t);

	if (stmt_prepare(&t->put, db, put_sql, e) ||
	    stmt_prepare(&t->get_alert, db, get_alert_sql, e)) {
		record_close(t);
		return -1;
	}
	*out = t;
	return 0;
}

void
record_close(struct record_table *t)
{
	if (!t)
		return;
	stmt_free(t->put);
	stmt_free(t->get_alert);
	free(t);
}
