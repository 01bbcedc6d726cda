/*
 * Which sinks a tenant has had and what each owes, as delivery archives keep
 * it: table sink without what follows from the batches.
 */
#ifndef TERMS_H
#define TERMS_H

#include "object.h"

struct db;
struct err;

/* Append all sinks, as elements of an array.  Errors: as db_open. */
int terms_put(struct db *db, struct buf *out, struct err *e);

/*
 * Store those of an array that are not there, or only as an earlier archive
 * had them.  Call it in a transaction.
 *
 * ASSUMPTION: terms are told in numbers of alerts.  These come again when
 * all archives of a tenant are replayed; after a part of them a sink that
 * does not owe all may owe others.
 *
 * Errors: ERR_DATA if it is no such array; otherwise as db_open.
 */
int terms_restore(struct db *db, struct slice sinks, struct err *e);

#endif
