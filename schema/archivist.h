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
 * Archive what is due of a kind: one file, more only past what one may hold;
 * none if there is nothing.  A file that an earlier run left behind is taken
 * over first, whatever its kind, if it is whole, follows the last archive and
 * holds what the tables hold; else it is set aside, with a warning.  Bytes are
 * hashed before they are written, and the file is read back before the tables
 * say that it is there.
 *
 * The summary gets archives, archive_members and archive_bytes: of this run.
 *
 * Errors: ERR_DATA if bytes in the database are not those of their digest,
 * or if a file that follows the last archive holds rows that the database
 * has not: it is older than its archives, and they are to be replayed;
 * ERR_IO; otherwise as db_begin.
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
