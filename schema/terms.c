#include "terms.h"
#include "db.h"
#include "err.h"

static const struct object_field fields[] = {
	{ "name", OBJECT_TEXT, 0, 0 },
	{ "type", OBJECT_TEXT, 0, 0 },
	{ "active_since", OBJECT_INT, 0, 0 },
	{ "active_until", OBJECT_INT, 0, 1 },
	{ "owed_after", OBJECT_INT, 0, 0 },
	{ "from_after", OBJECT_INT, 0, 0 },
	{ "from_at", OBJECT_INT, 0, 1 },
	{ "owed_until", OBJECT_INT, 0, 1 },
};

static const char get_sql[] =
    "SELECT name, type, active_since, active_until, owed_after, from_after,"
    " from_at, owed_until FROM sink ORDER BY sink_id";

int
terms_put(struct db *db, struct buf *out, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, get_sql, e))
		return -1;
	while ((rc = stmt_step(s, e)) > 0) {
		buf_puts(out, out->len ? ",\n{" : "{");
		object_put(out, s);
		buf_putc(out, '}');
	}
	stmt_free(s);
	return rc;
}

static const char put_sql[] =
    "INSERT INTO sink (name, type, active_since, active_until, owed_after,"
    " from_after, from_at, owed_until)"
    " VALUES (:name, :type, :active_since, :active_until, :owed_after,"
    " :from_after, :from_at, :owed_until)"
    " ON CONFLICT (name) DO UPDATE SET active_since = :active_since,"
    " active_until = :active_until, owed_after = :owed_after,"
    " from_after = :from_after, from_at = :from_at, owed_until = :owed_until"
    " WHERE sealed_to = 0 AND type = :type AND NOT EXISTS ("
    "  SELECT 1 FROM batch b JOIN run r ON r.run_id = b.run_id"
    "  WHERE b.sink_id = sink.sink_id AND r.stage = 'load')";

static int
restore(struct stmt *s, struct object *row, struct list *rest, struct err *e)
{
	struct slice text;
	int rc;

	while ((rc = list_next(rest, &text, e)) > 0) {
		if (object_parse(row, "sink", text, e))
			return -1;
		object_bind(row, s);
		if (stmt_run(s, e))
			return err_add(e, "sink");
	}
	return rc;
}

int
terms_restore(struct db *db, struct slice sinks, struct err *e)
{
	struct stmt *s = NULL;
	struct object row;
	struct list rest = { 0 };
	int rc = -1;

	object_open(&row, fields, sizeof fields / sizeof fields[0]);
	if (stmt_prepare(&s, db, put_sql, e) == 0 &&
	    list_open(&rest, sinks, e) == 0)
		rc = restore(s, &row, &rest, e);
	list_close(&rest);
	object_close(&row);
	stmt_free(s);
	return rc;
}
