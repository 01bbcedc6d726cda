/*
 * Archiving: what is settled in a tenant's staging goes into archive files,
 * each chained to the one before it.
 */
#ifndef ARCHIVIST_H
#define ARCHIVIST_H

#include <stdint.h>

#include "manifest.h"

struct config_tenant;
struct db;
struct err;
struct summary;

/*
 * Take over the file that an earlier run left behind when it was stopped,
 * whatever its kind, if it is whole, follows the last archive and holds what
 * the tables hold.  One with the next number that is damaged, or of another
 * chain, is set aside, with a warning.
 *
 * Errors: ERR_DATA if a file that follows the last archive holds what the
 * tables do not: the database is older than its archives, which are to be
 * replayed before anything is sent; ERR_IO; otherwise as db_begin.
 */
int archivist_catch_up(struct db *db, const struct config_tenant *t,
    int64_t run_id, struct err *e);

/*
 * Archive what is due of a kind: one file, more only past what one may hold;
 * none if there is nothing.  It catches up first.  Bytes are hashed before
 * they are written, and the file is read back before the tables say that it is
 * there.
 *
 * The summary gets archives, archive_members and archive_bytes: of this run.
 *
 * Errors: ERR_DATA if bytes in the database are not those of their digest;
 * otherwise as archivist_catch_up.
 */
int archivist_run(struct db *db, const struct config_tenant *t, int64_t run_id,
    enum archive_kind kind, struct summary *s, struct err *e);

/*
 * Put the chain's head into the summary, as its last line: a copy of it
 * outside of this machine tells whether archives are missing at the end.
 *
 * Errors: as db_open.
 */
int archivist_head(struct db *db, struct summary *s, struct err *e);

#endif
