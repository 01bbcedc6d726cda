/*
 * stage FILE: m2s-transform on a staging database, but for the evidence
 * archive that it writes as well: what the peers do.
 */
#include "clock.h"
#include "db.h"
#include "err.h"
#include "mapping_file.h"
#include "migrate.h"
#include "run.h"
#include "tally.h"
#include "transform.h"

#include <stdio.h>

static int
stage(const char *path, struct err *e)
{
	struct transform_options options = { 0 };
	struct mapping_file mapping = { 0 };
	struct tally tally = { 0 };
	struct db *db = NULL;
	int64_t wal_bytes;
	int rc = -1;

	options.mapping = &mapping;
	if (mapping_file_published(&mapping, e) ||
	    db_open(&db, path, DB_WRITE, e) || migrate(db, path, e) ||
	    run_put(db, "transform", &options.run_id, e) ||
	    transform_run(db, &options, &tally, e) ||
	    run_end(db, options.run_id, 0, e) ||
	    db_checkpoint(db, &wal_bytes, e))
		goto out;
	rc = 0;
out:
	db_close(db);
	mapping_file_free(&mapping);
	return rc;
}

int
main(int argc, char **argv)
{
	struct err e = { 0 };

	if (argc != 2) {
		fprintf(stderr, "usage: stage FILE\n");
		return ERR_USAGE;
	}
	if (stage(argv[1], &e)) {
		fprintf(stderr, "stage: %s\n", e.msg);
		return (int)e.kind;
	}
	return 0;
}
