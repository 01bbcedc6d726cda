/* Counts in the place of rows of record: table page_tally. */
#ifndef PAGE_TALLY_H
#define PAGE_TALLY_H

#include <stdint.h>

struct db;
struct err;

/*
 * Count the records of a judged window's pages that were fetched before a
 * time, and drop their rows.  *records: how many, added.  Call it in a
 * transaction.
 *
 * Errors: as db_open.
 */
int page_tally_put(struct db *db, int64_t window_id, int64_t before,
    int64_t *records, struct err *e);

#endif
