/*
 * Names that records have and that their log is not known to have: table
 * unknown_field, migrations/0001_staging.sql.
 */
#ifndef UNKNOWN_FIELD_H
#define UNKNOWN_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "ttp.h"

struct db;
struct err;
struct unknown_field_table;

struct unknown_field {
	const char *name; /* borrowed; UTF-8 without NUL */
	size_t len;
	int64_t first_record; /* that has it */
	int64_t first_seen_at; /* when pages with it were fetched */
	int64_t last_seen_at;
	int64_t records; /* that have it */
};

/*
 * Get hold of the table, for many rows; *out is closed with
 * unknown_field_close.  Errors, of all functions here: as db_open.
 */
int unknown_field_open(
    struct unknown_field_table **out, struct db *db, struct err *e);
void unknown_field_close(struct unknown_field_table *t);

/* Add a name, or to what is known of one that is there. */
int unknown_field_put(struct unknown_field_table *t, enum ttp log,
    const struct unknown_field *f, struct err *e);

/* Call fn with each name of a log that is there. */
typedef void unknown_field_fn(void *arg, const char *name, size_t len);
int unknown_field_each(struct unknown_field_table *t, enum ttp log,
    unknown_field_fn *fn, void *arg, struct err *e);

#endif
