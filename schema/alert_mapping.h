/*
 * What a mapping makes of an alert: table alert_mapping,
 * migrations/0001_staging.sql.
 */
#ifndef ALERT_MAPPING_H
#define ALERT_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mapping.h"

struct alert_mapping_table;
struct db;
struct err;

/* The branch that named the alert's type. */
enum type_rule {
	TYPE_REASON,
	TYPE_CREATION_METHOD,
	TYPE_TTP_DEFINITION,
	TYPE_FIXED,
	TYPE_DEFAULT,
	TYPE_RULES
};

struct alert_mapping {
	int64_t alert_no;
	int64_t mapping_id;
	const char *alert_type; /* UTF-8 without NUL */
	size_t alert_type_len;
	enum type_rule type_rule;
	const struct mapping_rule *rule; /* of the mapping, that gave it */
	int severity; /* 0 to 10 */
};

/* "reason", "creationMethod", "ttpDefinition", "fixed", "default". */
const char *type_rule_name(enum type_rule rule);

/* False if no branch has that name. */
bool type_rule_find(const char *name, enum type_rule *rule);

/*
 * Get hold of the table, for many rows; *out is closed with
 * alert_mapping_close.  Errors, here and below: as db_open.
 */
int alert_mapping_open(
    struct alert_mapping_table **out, struct db *db, struct err *e);
void alert_mapping_close(struct alert_mapping_table *t);

int alert_mapping_put(struct alert_mapping_table *t,
    const struct alert_mapping *m, struct err *e);

#endif
