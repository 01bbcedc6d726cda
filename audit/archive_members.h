/*
 * SQL over archives: archive_members(FILE), a function that gives a row for
 * each member of an archive: archive (the FILE), name, size, digest, body.
 */
#ifndef ARCHIVE_MEMBERS_H
#define ARCHIVE_MEMBERS_H

struct audit;
struct err;

/*
 * Offer it to the statements of an audit, until its database is closed.  A
 * FILE is as table archive has it, or an absolute path.  Each row was checked
 * against the manifest, which is the first, and that against the table, where
 * it has an archive of that number; a statement that reads further than an
 * archive is whole fails with ERR_DATA.
 *
 * Errors: ERR_IO.
 */
int archive_members_offer(struct audit *a, struct err *e);

#endif
