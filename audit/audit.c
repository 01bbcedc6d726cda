#include "audit.h"
#include "buf.h"
#include "db.h"
#include "summary.h"

static int
show_json(struct audit *a, const char *name, struct stmt *s, int64_t *rows,
    struct err *e)
{
	struct buf text = { 0 };
	struct table t = { .text = &text, .format = TABLE_JSON };
	int rc = table_put(&t, s, rows, e);

	if (rc == 0)
		summary_json(a->summary, name, text.data);
	buf_free(&text);
	return rc;
}

int
audit_show(struct audit *a, const char *name, const char *heading,
    struct stmt *s, int64_t *rows, struct err *e)
{
	if (a->json)
		return show_json(a, name, s, rows, e);
	if (heading)
		fprintf(a->table.out, "%s\n", heading);
	return table_put(&a->table, s, rows, e);
}

int
audit_query(struct audit *a, const char *name, const char *heading,
    const char *sql, int64_t *rows, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, a->db, sql, e))
		return -1;
	rc = audit_show(a, name, heading, s, rows, e);
	stmt_free(s);
	return rc;
}
