/*
 * Members of records whose names their log is not known to have: they are no
 * fault, but somebody may want to know what the source added, and when.  A
 * record without any costs nothing.
 */
#ifndef UNKNOWN_H
#define UNKNOWN_H

#include <stdint.h>

#include "ttp.h"

struct db;
struct err;
struct scan_value;
struct unknown;

enum {
	UNKNOWN_NAMES = 1000, /* of a log; further ones are not noted */
	UNKNOWN_NAME_BYTES = 128 /* of a name; the rest is cut off */
};

/*
 * Get hold of what is known of earlier runs; *out is closed with
 * unknown_close.  Errors, of all functions here: as db_open.
 */
int unknown_open(struct unknown **out, struct db *db, struct err *e);
void unknown_close(struct unknown *u);

/* The page whose records come next, and when it was fetched. */
void unknown_page(
    struct unknown *u, enum ttp log, int64_t page_id, int64_t fetched_at);

/*
 * Note the name of a member of the page's record at that position.  A name
 * that repeats in its record counts once.
 */
void unknown_note(
    struct unknown *u, const struct scan_value *name, int64_t position);

/* Store what was noted since the last call, in the transaction in hand. */
int unknown_store(struct unknown *u, struct err *e);

#endif
