/* Runs: table run, migrations/0001_staging.sql. */
#ifndef RUN_H
#define RUN_H

#include <stdint.h>

struct db;
struct err;

/*
 * Begin a run of a stage, now by our clock.  Give its id.
 * Errors: as db_begin.
 */
int run_put(struct db *db, const char *stage, int64_t *run_id, struct err *e);

/*
 * End it with an exit status.  Errors: as db_begin.
 */
int run_end(struct db *db, int64_t run_id, int status, struct err *e);

#endif
