/* The questions of m2s-audit; each reads one tenant's staging database. */
#ifndef AUDIT_H
#define AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "table.h"

struct config_tenant;
struct db;
struct err;
struct stmt;
struct summary;

struct audit {
	struct db *db; /* in a read transaction: one state */
	const struct config_tenant *tenant;
	struct table table;
	bool json; /* answers go into the summary instead */
	struct summary *summary;
	bool several; /* tenants are asked */
	bool dry_run; /* no file is written */

	/* What it was told; NULL, false: nothing. */
	const char *subject; /* of trace: the ID; of sql: the statements; of
				verify: a file of evidence */
	const char *message_id, *recipient, *url; /* of trace */
	int64_t from_at, to_at; /* source time; INT64_MIN, INT64_MAX: any */
	bool fail_on_gap; /* of coverage */
	bool read_data; /* of verify */
	const char *head; /* of verify */
	const char *metrics; /* of status: a file to write */
	const char *file; /* of report, evidence, snapshot: to write */
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
 * (PAGE:POSITION); without a subject as matches_run.
 *
 * Errors: ERR_NO if there is none; ERR_USAGE if the subject is neither.
 */
int trace_run(struct audit *a, struct err *e);

/* The story of the record of that id, if there is one. */
int trace_record(struct audit *a, int64_t id, struct err *e);

/*
 * A list of the records that say what is looked for (search.h); of a single
 * one its story, too.  Errors: ERR_NO if there is none.
 */
int matches_run(struct audit *a, struct err *e);

/*
 * Whether all archives are there, by table and by folder, are what was
 * written, follow one another, and hold what the tables say; with read_data
 * also whether the bytes in the database are those of the archives.  head: a
 * value that the chain must have had.  The read transaction is given up: each
 * archive is compared with a moment of its own.
 *
 * With a subject: evidence_verify.
 *
 * Errors: ERR_NO if not; ERR_USAGE for a head that is none; ERR_IO.
 */
int verify_run(struct audit *a, struct err *e);

/*
 * The answers to SQL statements: SELECT and EXPLAIN, no parameters.
 * Errors: ERR_USAGE, with SQLite's message, for what it does not take.
 */
int sql_run(struct audit *a, struct err *e);

/*
 * Write a->file: one page for a browser about the source time from from_at
 * to to_at, by default the last 30 days.  Errors: ERR_IO.
 */
int report_run(struct audit *a, struct err *e);

/*
 * Write a->file: an archive of the report and of what proves it, the same
 * bytes for the same database and time.  Errors: ERR_IO.
 */
int evidence_run(struct audit *a, struct err *e);

/*
 * Write a->file, by default TENANT.snapshot.db beside the tenant's folder: a
 * copy of the database with the indexes of schema/snapshot.sql, checked, for
 * the group m2s-audit where there is one.  Called without a transaction.
 *
 * Errors: ERR_IO; ERR_DATA if the copy is damaged.
 */
int snapshot_run(struct audit *a, struct err *e);

#endif
