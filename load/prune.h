/* Bytes and rows that staging no longer needs. */
#ifndef PRUNE_H
#define PRUNE_H

struct config_tenant;
struct db;
struct err;
struct summary;

/*
 * Verify every archive, and drop from staging what those hold that are whole
 * and agree with the tables: bodies of pages and payloads; and, where the
 * configuration sets retain_days, the rows of records that were fetched so
 * long before now, or before page_newest_at where that is earlier, leaving
 * their counts.  Alerts, ids, coverage, states and receipts stay for ever.
 * The file does not get smaller, its room is used again.
 *
 * Errors: ERR_DATA if an archive is not whole: nothing that it holds is
 * dropped; as db_begin.
 */
int prune_run(struct db *db, const struct config_tenant *t, struct summary *s,
    struct err *e);

#endif
