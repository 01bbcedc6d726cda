#include "alert_mapping.h"
#include "db.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

struct alert_mapping_table {
	struct stmt *put;
};

const char *
type_rule_name(enum type_rule rule)
{
	static const char *const names[TYPE_RULES] = {
		[TYPE_REASON] = "reason",
		[TYPE_CREATION_METHOD] = "creationMethod",
		[TYPE_TTP_DEFINITION] = "ttpDefinition",
		[TYPE_FIXED] = "fixed",
		[TYPE_DEFAULT] = "default",
	};

	return names[rule];
}

bool
type_rule_find(const char *name, enum type_rule *rule)
{
	for (int i = 0; i < TYPE_RULES; i++)
		if (strcmp(type_rule_name((enum type_rule)i), name) == 0) {
			*rule = (enum type_rule)i;
			return true;
		}
	return false;
}

static const char put_sql[] =
    "INSERT INTO alert_mapping (alert_no, mapping_id, alert_type, type_rule,"
    " threat_id, threat_name, threat_rule, rule_no, severity)"
    " VALUES (:alert, :mapping, :type, :type_rule,"
    " :threat_id, :threat_name, :threat_rule, :rule, :severity)";

int
alert_mapping_put(
    struct alert_mapping_table *t, const struct alert_mapping *m, struct err *e)
{
	struct stmt *s = t->put;

	stmt_bind_int(s, ":alert", m->alert_no);
	stmt_bind_int(s, ":mapping", m->mapping_id);
	stmt_bind_textn(s, ":type", m->alert_type, m->alert_type_len);
	stmt_bind_text(s, ":type_rule", type_rule_name(m->type_rule));
	stmt_bind_text(s, ":threat_id", m->rule->threat_id);
	stmt_bind_text(s, ":threat_name", m->rule->threat_name);
	stmt_bind_text(s, ":threat_rule", mapping_match_name(m->rule->match));
	stmt_bind_int(s, ":rule", m->rule->rule_no);
	stmt_bind_int(s, ":severity", m->severity);
	return stmt_run(s, e);
}

int
alert_mapping_open(
    struct alert_mapping_table **out, struct db *db, struct err *e)
{
	struct alert_mapping_table *t = xcalloc(1, sizeof *t);

	if (stmt_prepare(&t->put, db, put_sql, e)) {
		alert_mapping_close(t);
		return -1;
	}
	*out = t;
	return 0;
}

void
alert_mapping_close(struct alert_mapping_table *t)
{
	if (!t)
		return;
	stmt_free(t->put);
	free(t);
}
