/*
 * Alerts with what the newest of their mappings made of them: tables alert
 * and alert_mapping, migrations/0001_staging.sql.
 */
#ifndef MAPPED_ALERT_H
#define MAPPED_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alert_mapping.h"
#include "digest.h"
#include "ttp.h"

struct db;
struct err;

struct mapped_alert { /* borrowed, until the next one */
	int64_t count; /* 1, or the alerts of a group */
	int64_t alert_no; /* of a group: one of them */
	const unsigned char *id; /* 16 bytes */
	enum ttp log;
	bool malicious; /* is its verdict, trimmed and case-folded */
	const char *alert_type;
	size_t alert_type_len;
	enum type_rule type_rule;
	const char *threat_id;
	const char *threat_name;
	int severity;
};

typedef int mapped_alert_fn(
    const struct mapped_alert *a, void *arg, struct err *e);

/*
 * Call fn for each alert, in the order in which they were made; until it
 * returns other than 0.
 *
 * Errors, here and below: fn's; as db_open.
 */
int mapped_alert_each(
    struct db *db, mapped_alert_fn *fn, void *arg, struct err *e);

/* Once for all that are alike but for their number and id, sorted by type. */
int mapped_alert_each_group(
    struct db *db, mapped_alert_fn *fn, void *arg, struct err *e);

/*
 * For at most limit alerts with a number above after that the mapping has
 * made nothing of.
 */
int mapped_alert_each_lacking(struct db *db, int64_t mapping_id, int64_t after,
    int64_t limit, mapped_alert_fn *fn, void *arg, struct err *e);

/* How many alerts the mapping with that digest has made nothing of. */
int mapped_alert_count_lacking(struct db *db,
    const unsigned char digest[DIGEST_SIZE], int64_t *count, struct err *e);

#endif
