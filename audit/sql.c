#include "archive_members.h"
#include "audit.h"
#include "buf.h"
#include "db.h"
#include "err.h"
#include "summary.h"

/* Answer the first statement; *rest is what follows it. */
static int
answer(struct audit *a, const struct table *t, const char *sql,
    const char **rest, int64_t *answers, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare_first(&s, a->db, sql, rest, e))
		return -1;
	if (!s)
		return 0;
	if (stmt_parameters(s) > 0) {
		err_set(e, ERR_USAGE,
		    "SQL: a statement with parameters: write the values out");
		goto out;
	}
	if (stmt_columns(s) == 0) { /* VACUUM asks for no permission */
		err_set(
		    e, ERR_USAGE, "SQL: only SELECT and EXPLAIN are answered");
		goto out;
	}
	if ((*answers)++ > 0)
		table_puts(t, a->json ? ", " : "\n");
	if (table_put(t, s, NULL, e))
		goto out;
	if (t->format == TABLE_JSON && !a->json)
		table_puts(t, "\n");
	rc = 0;
out:
	stmt_free(s);
	return rc;
}

static int
answer_all(struct audit *a, const struct table *t, struct err *e)
{
	const char *sql = a->subject;
	int64_t answers = 0;

	while (*sql)
		if (answer(a, t, sql, &sql, &answers, e))
			return -1;
	if (answers == 0)
		return err_set(e, ERR_USAGE, "SQL: no statement");
	return 0;
}

static int
answer_in_summary(struct audit *a, struct err *e)
{
	struct buf text = { 0 };
	struct table t = { .text = &text, .format = TABLE_JSON };
	int rc;

	table_puts(&t, "[");
	rc = answer_all(a, &t, e);
	table_puts(&t, "]");
	if (rc == 0)
		summary_json(a->summary, "answers", text.data);
	buf_free(&text);
	return rc;
}

int
sql_run(struct audit *a, struct err *e)
{
	if (archive_members_offer(a, e))
		return -1;
	db_restrict(a->db);
	if (a->json)
		return answer_in_summary(a, e);
	return answer_all(a, &a->table, e);
}
