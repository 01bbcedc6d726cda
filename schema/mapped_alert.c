#include "mapped_alert.h"
#include "db.h"

#include <assert.h>
#include <string.h>

/* As text_is: trimmed of what JSON takes for white space, ASCII folded. */
#define MALICIOUS                                                              \
	"coalesce(lower(trim(a.verdict, char(32, 9, 13, 10)))"                 \
	" = 'malicious', 0)"

#define COLUMNS                                                                \
	" a.alert_no, a.alert_id, a.log, " MALICIOUS ", m.alert_type,"         \
	" m.type_rule, m.threat_id, m.threat_name, m.severity"

#define TABLES                                                                 \
	" FROM alert a JOIN alert_mapping m ON m.alert_no = a.alert_no"        \
	" AND m.mapping_id = (SELECT max(n.mapping_id) FROM alert_mapping n"   \
	"  WHERE n.alert_no = a.alert_no)"

static struct mapped_alert
read_row(struct stmt *s)
{
	struct mapped_alert a = {
		.count = stmt_int(s, 0),
		.alert_no = stmt_int(s, 1),
		.malicious = stmt_int(s, 4) != 0,
		.alert_type = stmt_text(s, 5),
		.threat_id = stmt_text(s, 7),
		.threat_name = stmt_text(s, 8),
		.severity = (int)stmt_int(s, 9),
	};
	bool found;
	size_t n;

	a.id = stmt_blob(s, 2, &n);
	found = ttp_find(stmt_text(s, 3), &a.log) &&
	    type_rule_find(stmt_text(s, 6), &a.type_rule);
	assert(found);
	a.alert_type_len = strlen(a.alert_type);
	return a;
}

static int
each(struct stmt *s, mapped_alert_fn *fn, void *arg, struct err *e)
{
	int rc;

	while ((rc = stmt_step(s, e)) > 0) {
		const struct mapped_alert a = read_row(s);

		if (fn(&a, arg, e)) {
			stmt_reset(s);
			return -1;
		}
	}
	return rc;
}

/* Of a statement without values. */
static int
each_of(struct db *db, const char *sql, mapped_alert_fn *fn, void *arg,
    struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, db, sql, e) == 0)
		rc = each(s, fn, arg, e);
	stmt_free(s);
	return rc;
}

static const char each_sql[] =
    "SELECT 1," COLUMNS TABLES " ORDER BY a.alert_no";

int
mapped_alert_each(struct db *db, mapped_alert_fn *fn, void *arg, struct err *e)
{
	return each_of(db, each_sql, fn, arg, e);
}

static const char each_group_sql[] =
    "SELECT count(*)," COLUMNS TABLES
    " GROUP BY m.alert_type, a.log, m.threat_id, m.threat_name, m.severity,"
    " m.type_rule, " MALICIOUS;

int
mapped_alert_each_group(
    struct db *db, mapped_alert_fn *fn, void *arg, struct err *e)
{
	return each_of(db, each_group_sql, fn, arg, e);
}

static const char each_lacking_sql[] =
    "SELECT 1," COLUMNS TABLES " WHERE a.alert_no > :after"
    " AND NOT EXISTS (SELECT 1 FROM alert_mapping x"
    "  WHERE x.alert_no = a.alert_no AND x.mapping_id = :mapping)"
    " ORDER BY a.alert_no LIMIT :limit";

int
mapped_alert_each_lacking(struct db *db, int64_t mapping_id, int64_t after,
    int64_t limit, mapped_alert_fn *fn, void *arg, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, each_lacking_sql, e))
		return -1;
	stmt_bind_int(s, ":after", after);
	stmt_bind_int(s, ":mapping", mapping_id);
	stmt_bind_int(s, ":limit", limit);
	rc = each(s, fn, arg, e);
	stmt_free(s);
	return rc;
}

static const char count_lacking_sql[] =
    "SELECT count(*) FROM alert a WHERE NOT EXISTS"
    " (SELECT 1 FROM alert_mapping x JOIN mapping m"
    "  ON m.mapping_id = x.mapping_id"
    "  WHERE x.alert_no = a.alert_no AND m.digest = :digest)";

int
mapped_alert_count_lacking(struct db *db,
    const unsigned char digest[DIGEST_SIZE], int64_t *count, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, count_lacking_sql, e))
		return -1;
	stmt_bind_blob(s, ":digest", digest, DIGEST_SIZE);
	rc = stmt_step(s, e);
	if (rc > 0)
		*count = stmt_int(s, 0);
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}
