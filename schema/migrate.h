/* Bring a staging database up to this program's version. */
#ifndef MIGRATE_H
#define MIGRATE_H

#include <stdint.h>

struct db;
struct err;

/*
 * Apply the migrations that are missing, in one transaction that also stamps
 * the version, and make the views anew where they are of another program.
 * A database that holds data is first copied to "PATH.before-NNNN", and the
 * copy checked.  Call it under the tenant's lock.
 *
 * Errors: ERR_CONFIG if the database is newer than the program, "... newer
 * than this program (N > M): install the newer m2s"; ERR_DATA if it is not a
 * staging database of m2s; ERR_IO, ERR_RETRY as db_open.
 */
int migrate(struct db *db, const char *path, struct err *e);

/* The version this program writes: the number of its migrations. */
int64_t migrate_version(void);

/* Errors: ERR_CONFIG unless the database is exactly of that version. */
int migrate_check(struct db *db, struct err *e);

/*
 * For who asks the views: errors are ERR_CONFIG unless they are those of
 * this program.
 */
int migrate_check_views(struct db *db, struct err *e);

#endif
