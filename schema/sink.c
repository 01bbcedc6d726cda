#include "sink.h"
#include "clock.h"
#include "db.h"

#include <assert.h>
#include <string.h>

static const char *
type_name(const char *type)
{
	static const char *const names[] = { "file", "https", "syslog" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(type, names[i]) == 0)
			return names[i];
	return "unknown";
}

static void
read_row(struct stmt *s, struct sink *out)
{
	out->sink_id = stmt_int(s, 0);
	out->name = stmt_text(s, 1);
	out->type = type_name(stmt_text(s, 2));
	out->owed_after = stmt_int(s, 3);
	out->from_after = stmt_int(s, 4);
	out->from_at = stmt_is_null(s, 5) ? INT64_MAX : stmt_int(s, 5);
	out->owed_until = stmt_is_null(s, 6) ? INT64_MAX : stmt_int(s, 6);
	out->sealed_to = stmt_int(s, 7);
}

static const char each_sql[] =
    "SELECT sink_id, name, type, owed_after, from_after, from_at,"
    " owed_until, sealed_to"
    " FROM sink ORDER BY sink_id";

int
sink_each(struct db *db,
    int (*visit)(void *ctx, const struct sink *s, struct err *e), void *ctx,
    struct err *e)
{
	struct stmt *s = NULL;
	struct sink row;
	int rc;

	if (stmt_prepare(&s, db, each_sql, e))
		return -1;
	while ((rc = stmt_step(s, e)) == 1) {
		read_row(s, &row);
		rc = visit(ctx, &row, e);
		if (rc)
			break;
	}
	stmt_free(s);
	return rc;
}

static const char get_sql[] =
    "SELECT sink_id, name, type, owed_after, from_after, from_at,"
    " owed_until, sealed_to"
    " FROM sink WHERE name = :name";

int
sink_get(struct db *db, const char *name, struct sink *out, bool *found,
    struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, get_sql, e))
		return -1;
	stmt_bind_text(s, ":name", name);
	rc = stmt_step(s, e);
	*found = rc == 1;
	if (rc == 1) {
		read_row(s, out);
		out->name = name;
	}
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}

static const char put_sql[] =
    "INSERT INTO sink (sink_id, name, type, active_since, owed_after,"
    " from_after, from_at, sealed_to)"
    " VALUES (:sink, :name, :type, :now, :owed_after, :from_after, :from_at,"
    " :sealed_to)"
    " ON CONFLICT (sink_id) DO UPDATE SET"
    " active_since = :now, active_until = NULL, owed_after = :owed_after,"
    " from_after = :from_after, from_at = :from_at, owed_until = NULL,"
    " sealed_to = :sealed_to";

int
sink_put(struct db *db, struct sink *sink, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	assert(sink->owed_until == INT64_MAX);
	if (stmt_prepare(&s, db, put_sql, e))
		return -1;
	if (sink->sink_id)
		stmt_bind_int(s, ":sink", sink->sink_id);
	else
		stmt_bind_null(s, ":sink");
	stmt_bind_text(s, ":name", sink->name);
	stmt_bind_text(s, ":type", sink->type);
	stmt_bind_int(s, ":now", clock_now());
	stmt_bind_int(s, ":owed_after", sink->owed_after);
	stmt_bind_int(s, ":from_after", sink->from_after);
	if (sink->from_at == INT64_MAX)
		stmt_bind_null(s, ":from_at");
	else
		stmt_bind_int(s, ":from_at", sink->from_at);
	stmt_bind_int(s, ":sealed_to", sink->sealed_to);
	if (stmt_run(s, e))
		goto out;
	if (!sink->sink_id)
		sink->sink_id = db_last_id(db);
	rc = 0;
out:
	stmt_free(s);
	return rc;
}

static const char put_gone_sql[] =
    "UPDATE sink SET active_until = :now, owed_until = :owed_until"
    " WHERE sink_id = :sink";

int
sink_put_gone(struct db *db, int64_t sink_id, int64_t owed_until, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, put_gone_sql, e))
		return -1;
	stmt_bind_int(s, ":now", clock_now());
	stmt_bind_int(s, ":owed_until", owed_until);
	stmt_bind_int(s, ":sink", sink_id);
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}

static const char put_sealed_sql[] =
    "UPDATE sink SET sealed_to = :sealed_to WHERE sink_id = :sink";

int
sink_put_sealed(
    struct db *db, int64_t sink_id, int64_t sealed_to, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, put_sealed_sql, e))
		return -1;
	stmt_bind_int(s, ":sealed_to", sealed_to);
	stmt_bind_int(s, ":sink", sink_id);
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}
