/*
 * The reading of open windows: several at once, one answer after the other
 * into the tables.
 */
#ifndef FETCH_H
#define FETCH_H

#include <stdbool.h>

struct err;
struct slot_run;

/*
 * Read open windows of the configured logs, those with fewer failures first,
 * then the older ones, `parallel` at once, until none is left that can be
 * read.  only_backfill: none but those of that origin.  Answers that are
 * there at the same time share a transaction.  A window's next request
 * leaves when its last page is durable.
 *
 * What stopped a log is left in run->logs; the others go on.
 *
 * Errors: those that end the reading of all logs: as mimecast_renew,
 * patience_check, db_begin, http_start.
 */
int fetch_run(struct slot_run *run, bool only_backfill, struct err *e);

#endif
