/* The alerts that a sink still owes and that are in none of its batches. */
#ifndef OWED_H
#define OWED_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct err;
struct item;
struct owed;
struct sink;

/*
 * Walk over them in the order in which they were made, each with the newest
 * mapping it has now.  tenant: borrowed, for the items.  *out is closed with
 * owed_close.
 *
 * Errors: as db_open.
 */
int owed_open(struct owed **out, struct db *db, const struct sink *s,
    const char *tenant, struct err *e);
void owed_close(struct owed *o);

/*
 * The next one: 1, or 0 after the last, or -1.  What i points to dies with
 * the next call.
 *
 * Errors: ERR_BUG for an alert without a mapping; as db_open.
 */
int owed_next(struct owed *o, struct item *i, struct err *e);

/* Give the last one again with the next call. */
void owed_again(struct owed *o);

/* How many there are.  Errors: as db_open. */
int owed_count(
    struct db *db, const struct sink *s, int64_t *count, struct err *e);

#endif
