/* The questions of m2s-audit; each reads one tenant's staging database. */
#ifndef AUDIT_H
#define AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "table.h"

struct db;
struct err;
struct stmt;
struct summary;

struct audit {
	struct db *db; /* in a read transaction: one state */
	struct table table;
	bool json; /* answers go into the summary instead */
	struct summary *summary;
	const char *subject; /* of trace: the ID; of sql: the statements */
	bool fail_on_gap; /* of coverage */
};

/*
 * Run a statement and show its rows.  In text they go to a->table, after a
 * heading unless that is NULL; with --json they become the member `name` of
 * the tenant's object.  Adds their number to *rows unless that is NULL.
 *
 * Errors: as table_put.
 */
int audit_show(struct audit *a, const char *name, const char *heading,
    struct stmt *s, int64_t *rows, struct err *e);

/* The same for a query without values. */
int audit_query(struct audit *a, const char *name, const char *heading,
    const char *sql, int64_t *rows, struct err *e);

/*
 * How far each log, sink and stage is.
 * Errors, of all questions here: as db_open.
 */
int status_run(struct audit *a, struct err *e);

/*
 * Which source time is covered, open or lost.
 * Errors: ERR_NO if some is lost and fail_on_gap is set.
 */
int coverage_run(struct audit *a, struct err *e);

/*
 * Whether source, records, alerts and deliveries add up; the windows that do
 * not are listed.  Errors: ERR_NO if there are any.
 */
int reconcile_run(struct audit *a, struct err *e);

/*
 * Every promise of v_violation, SQLite's own checks of the file, and every
 * reference.  Errors: ERR_NO if one is broken.
 */
int check_run(struct audit *a, struct err *e);

/*
 * The whole story of an alert (the 32 hex digits of its id) or of a record
 * (PAGE:POSITION).  Errors: ERR_NO if there is none; ERR_USAGE if the subject
 * is neither.
 */
int trace_run(struct audit *a, struct err *e);

/*
 * The answers to SQL statements: SELECT and EXPLAIN, no parameters.
 * Errors: ERR_USAGE, with SQLite's message, for what it does not take.
 */
int sql_run(struct audit *a, struct err *e);

#endif
