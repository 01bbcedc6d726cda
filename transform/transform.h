/* The stage: windows -> records, alerts.  DESIGN.md tells the whole. */
#ifndef TRANSFORM_H
#define TRANSFORM_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct err;
struct mapping_file;
struct tally;

struct transform_options {
	int64_t run_id;
	const struct mapping_file *mapping;
	bool (*stopping)(void); /* asked after each page; NULL: never */
};

/*
 * Judge all windows that have left the state open and are not judged, in the
 * order in which they left it.  Many pages share a transaction; a page is
 * never divided.  Stopped anywhere and run again, it ends in the same rows.
 * Counts are added to *tally.
 *
 * Errors: ERR_RETRY if it was asked to stop, after committing what is done;
 * ERR_DATA for a page whose body is not what was stored, all pages before it
 * being done; ERR_BUG for the alarm of verdict.h; otherwise as db_begin.
 */
int transform_run(struct db *db, const struct transform_options *options,
    struct tally *tally, struct err *e);

#endif
