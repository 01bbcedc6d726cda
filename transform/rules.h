/*
 * What is peculiar to each log: its fields, what must be in them, and what
 * they are used for.  One file a log says it: url.c, attachment.c,
 * impersonation.c.
 */
#ifndef RULES_H
#define RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "alert.h"
#include "alert_mapping.h"
#include "reason.h"
#include "ttp.h"

struct event;

enum { RULES_FIELDS_MAX = 24, RULES_NONE = -1 };

/* A field is known by its number: its place in the log's list of names. */
struct rules_field {
	const char *name;
	size_t len;
};

#define RULES_FIELD(s)                                                         \
	{                                                                      \
		s, sizeof(s) - 1                                               \
	}

/* A field that must not be empty, and the reason if it is. */
struct rules_required {
	int field;
	enum reason reason;
};

/* A column of an alert, and the field it is made from. */
struct rules_column {
	enum alert_column column;
	int field;
};

/* What names an alert's type. */
struct rules_type {
	enum type_rule rule;
	const char *fixed; /* TYPE_FIXED: the type itself */
	int field; /* TYPE_DEFAULT: none; else it holds the type */
};

struct rules {
	enum ttp log;
	const struct rules_field *fields;
	int fields_count;
	int identity_count; /* the first so many are the event's identity */
	int time; /* among the required ones */
	enum reason time_unparsable;
	int verdict; /* or RULES_NONE */
	int own_id; /* names the event whatever else changes; RULES_NONE */
	const int *natural; /* these do where there is no own id */
	int natural_count;
	const struct rules_required *required; /* in the order of judging */
	int required_count;
	const struct rules_column *columns;
	int columns_count;
	int severity; /* of an alert that is not malicious; 0 to 10 */

	struct rules_type (*type)(struct event *ev); /* of a valid event */
};

extern const struct rules url_rules;
extern const struct rules attachment_rules;
extern const struct rules impersonation_rules;

const struct rules *rules_of(enum ttp log);

/*
 * The severity of an alert, 0 to 10: the mapping rule's own, else by verdict.
 */
int rules_severity(
    const struct rules *r, const struct mapping_rule *rule, bool malicious);

#endif
