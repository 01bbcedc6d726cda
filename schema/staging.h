/*
 * The staging folder of a tenant: its lock, and its database brought up to
 * this program's version.
 */
#ifndef STAGING_H
#define STAGING_H

#include <stdbool.h>
#include <stdint.h>

struct config_tenant;
struct db;
struct err;

struct staging {
	struct db *db;
	int64_t run_id; /* of this run; 0 where nothing is written */
	int lock_fd; /* -1 where no lock is held */
};

/*
 * Open a tenant's staging for a stage: make state_dir/TENANT (0700) if it is
 * not there, take the lock, open the database, migrate it, and write the row
 * of this run.  stage: "extract", "transform" or "load".  The lock is tried
 * again for wait_s seconds of the real clock, or until the process is told to
 * end.
 *
 * Errors: ERR_RETRY if the lock stays held; ERR_IO if the folder or files
 * cannot be made or belong to another user; otherwise as db_open, migrate.
 */
int staging_open(struct staging *s, const struct config_tenant *t,
    const char *stage, int64_t wait_s, struct err *e);

/*
 * The same for reading only: no folder is made, no lock taken, nothing
 * written.  A missing database is ERR_IO, "... has no staging database yet";
 * one of another version than the program is ERR_CONFIG.
 */
int staging_open_read(
    struct staging *s, const struct config_tenant *t, struct err *e);

/*
 * Does the tenant have a database yet?  For a dry run, which must not make
 * one.
 */
bool staging_exists(const struct config_tenant *t);

/* Does a stage of the tenant hold the lock at this moment? */
bool staging_is_locked(const struct config_tenant *t);

/*
 * Write how the run ended, checkpoint the WAL, close, give up the lock.
 * status: the kind of the error, or 0.  Does nothing on { 0 } but is needed
 * after staging_open failed half way, too.
 *
 * Errors: as db_open.  The row of the run is missing then, its work is not.
 */
int staging_close(struct staging *s, int status, struct err *e);

#endif
