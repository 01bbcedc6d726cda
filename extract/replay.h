/* What was archived comes back into staging; and files to try things out. */
#ifndef REPLAY_H
#define REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_tenant;
struct db;
struct err;
struct summary;

struct replay_options {
	char *const *paths; /* files and folders of them */
	size_t count;
	bool check; /* compare, and write nothing */
};

/*
 * Replay archives, in the order of their numbers, and files of another kind,
 * which sample.h knows.  All are read and checked first: one that is refused
 * keeps all of them from being restored.  What was done goes into s.
 *
 * With check: compare the archives with the tables.
 *
 * Errors: ERR_DATA for a file that is damaged, hostile, another tenant's or
 * no file to replay; ERR_NO, with check, if the tables do not hold what the
 * archives hold; ERR_RETRY if it is asked to stop; ERR_IO for a path that is
 * not there; otherwise as db_begin.
 */
int replay_run(struct db *db, int64_t run_id, const struct config_tenant *t,
    const struct replay_options *opt, struct summary *s, struct err *e);

#endif
