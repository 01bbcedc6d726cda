/*
 * The way back: what an archive holds becomes rows again.  Windows are known
 * by their uid, batches by sink and key; what is there stays, but for bytes
 * that were pruned, which come back, and for what was not finished when the
 * database was copied, which is replaced.
 */
#ifndef RESTORE_H
#define RESTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "archive.h"

struct db;
struct err;
struct restore;

struct restore_sum {
	int64_t archives; /* that were not in the table */
	int64_t rows[ENTRY_KINDS]; /* windows, ...: new ones, or finished */
	int64_t known; /* entries whose rows were there */
	int64_t differing; /* of these: rows that are not the archive's */
	int64_t bodies; /* that came back to rows that were there */
};

/* *out is closed with restore_close.  Errors: ERR_IO. */
int restore_open(struct restore **out, struct db *db, int64_t run_id,
    struct restore_sum *sum, struct err *e);
void restore_close(struct restore *r);

/*
 * Is the file in fd, byte for byte, that of archive no in the table?  Then *a
 * is that, and its members need no check: they had one before its row was.
 *
 * Errors: ERR_IO; as db_open.
 */
int restore_is_known(struct restore *r, int fd, int64_t no, struct archive *a,
    bool *known, struct err *e);

/*
 * May this archive be restored, as it stands to those of the table?
 * Errors: ERR_DATA if it is another tenant's, or belongs to another chain.
 */
int restore_check(struct restore *r, const struct archive *a,
    const struct manifest *m, const char *tenant, struct err *e);

/*
 * Restore an archive that was checked: a is what archive_file_check or
 * restore_is_known told of the file in fd, with its name.  In several
 * transactions: stopped anywhere and called again, it ends in the same rows.
 *
 * Errors: as archive_reader_open; ERR_DATA if it breaks what the tables
 * promise; as db_begin.
 */
int restore_archive(
    struct restore *r, const struct archive *a, int fd, struct err *e);

/*
 * After all archives: plan anew what of the time before the frontier is in no
 * archive, since it was not finished: halves of replaced windows, and holes.
 *
 * Errors: as db_begin.
 */
int restore_plan(struct restore *r, int64_t page_size, struct err *e);

#endif
