#include "unknown_field.h"
#include "db.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

struct unknown_field_table {
	struct stmt *put;
	struct stmt *each;
};

/* Windows close in another order than their pages were fetched in. */
static const char put_sql[] =
    "INSERT INTO unknown_field (log, name, first_record, first_seen_at,"
    " last_seen_at, records)"
    " VALUES (:log, :name, :first_record, :first_seen, :last_seen, :records)"
    " ON CONFLICT (log, name) DO UPDATE SET"
    " first_seen_at = min(first_seen_at, excluded.first_seen_at),"
    " last_seen_at = max(last_seen_at, excluded.last_seen_at),"
    " records = records + excluded.records";

int
unknown_field_put(struct unknown_field_table *t, enum ttp log,
    const struct unknown_field *f, struct err *e)
{
	struct stmt *s = t->put;

	stmt_bind_text(s, ":log", ttp_log(log)->name);
	stmt_bind_textn(s, ":name", f->name, f->len);
	stmt_bind_int(s, ":first_record", f->first_record);
	stmt_bind_int(s, ":first_seen", f->first_seen_at);
	stmt_bind_int(s, ":last_seen", f->last_seen_at);
	stmt_bind_int(s, ":records", f->records);
	return stmt_run(s, e);
}

static const char each_sql[] =
    "SELECT name FROM unknown_field WHERE log = :log ORDER BY name";

int
unknown_field_each(struct unknown_field_table *t, enum ttp log,
    unknown_field_fn *fn, void *arg, struct err *e)
{
	struct stmt *s = t->each;
	int rc;

	stmt_bind_text(s, ":log", ttp_log(log)->name);
	while ((rc = stmt_step(s, e)) > 0) {
		const char *name = stmt_text(s, 0);

		fn(arg, name, strlen(name));
	}
	return rc;
}

int
unknown_field_open(
    struct unknown_field_table **out, struct db *db, struct err *e)
{
	struct unknown_field_table *t = xcalloc(1, sizeof *t);

	if (stmt_prepare(&t->put, db, put_sql, e) ||
	    stmt_prepare(&t->each, db, each_sql, e)) {
		unknown_field_close(t);
		return -1;
	}
	*out = t;
	return 0;
}

void
unknown_field_close(struct unknown_field_table *t)
{
	if (!t)
		return;
	stmt_free(t->put);
	stmt_free(t->each);
	free(t);
}
