/*
 * Batches that were restored from archives know their alerts by id: table
 * batch_member.  Once transform has made the alerts again they are members as
 * any others: table batch_alert.
 */
#ifndef MEMBER_H
#define MEMBER_H

struct db;
struct err;

/*
 * Make members of all alerts that are there by now, and note for each sink
 * how far it has all it is owed.  To be called before anything is sealed.
 * Does nothing where nothing was restored.
 *
 * Errors: as db_begin.
 */
int member_resolve(struct db *db, struct err *e);

#endif
