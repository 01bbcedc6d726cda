/*
 * What archives hold: a row with all that belongs to it, as one JSON object
 * of a manifest, and its bytes, as members of the archive.  Rows of several
 * tables; migrations/0001_staging.sql has them.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "object.h"

struct db;
struct digest;
struct entries;
struct err;

enum entry_kind {
	ENTRY_WINDOW, /* with its pages, of all attempts */
	ENTRY_MAPPING, /* with its rules */
	ENTRY_GAP,
	ENTRY_BATCH, /* with its alerts and receipts */
	ENTRY_KINDS
};

/* "windows": the array of a manifest that holds them. */
const char *entry_section(enum entry_kind kind);

/*
 * Get hold of the tables; *out is closed with entries_close.
 * Errors, of all functions here: as db_open.
 */
int entries_open(struct entries **out, struct db *db, struct err *e);
void entries_close(struct entries *x);

/*
 * Call fn for each row that may be archived and is not: windows that are
 * judged, batches that are ended, all mappings, all gaps but those whose
 * window is not judged.  In an order in which each comes after what it refers
 * to.  fn: 0 goes on, anything else ends the walk and is returned.
 */
typedef int entry_fn(int64_t id, void *arg, struct err *e);

int entry_each_due(struct entries *x, enum entry_kind kind, entry_fn *fn,
    void *arg, struct err *e);

/* Append the entry of a row.  The same row gives the same bytes. */
int entry_put(struct entries *x, enum entry_kind kind, int64_t id,
    struct buf *out, struct err *e);

/* Bytes of an entry.  Pointers die with the call. */
struct entry_member {
	const char *name; /* in the archive */
	const void *data; /* NULL: not in the database */
	size_t len;
	const unsigned char *digest; /* that they must have; NULL: any */
	int64_t key; /* for entry_put_member */
	int64_t table;
};

typedef int entry_member_fn(
    const struct entry_member *m, void *arg, struct err *e);

/* Call fn for each, in the order in which archives hold them. */
int entry_each_member(struct entries *x, enum entry_kind kind, int64_t id,
    entry_member_fn *fn, void *arg, struct err *e);

/*
 * The row that an entry is about.  *id is 0 if there is none; *archive_no is
 * 0 if it is in no archive.
 * Errors: also ERR_DATA if the text is no such entry.
 */
int entry_find(struct entries *x, enum entry_kind kind, struct slice entry,
    int64_t *id, int64_t *archive_no, struct err *e);

/*
 * Is the row an earlier state of the entry: not finished, and with nothing
 * that the entry lacks?  Then entry_forget takes it away, with all that belongs
 * to it.
 */
int entry_is_earlier(struct entries *x, enum entry_kind kind, int64_t id,
    struct slice entry, bool *earlier, struct err *e);
int entry_forget(
    struct entries *x, enum entry_kind kind, int64_t id, struct err *e);

/*
 * Make the row of an entry, and those that belong to it, as archived; its
 * bytes come with entry_put_member, in the same transaction.
 * Errors: also ERR_DATA if it breaks what the tables promise.
 */
int entry_restore(struct entries *x, enum entry_kind kind, struct slice entry,
    int64_t archive_no, int64_t run_id, int64_t *id, struct err *e);
int entry_put_member(struct entries *x, enum entry_kind kind,
    const struct entry_member *m, const void *data, size_t n, struct err *e);

/* Note which archive holds the row. */
int entry_put_archive(struct entries *x, enum entry_kind kind, int64_t id,
    int64_t archive_no, struct err *e);

/* How many rows say that this archive holds them. */
int entry_count(struct entries *x, enum entry_kind kind, int64_t archive_no,
    int64_t *n, struct err *e);

/*
 * Drop the bytes of a row's entry that are also in its archive; what is not
 * judged yet keeps them.  Only pages and payloads have such.  *bodies: how
 * many, added.
 */
int entry_drop_bodies(struct entries *x, enum entry_kind kind, int64_t id,
    int64_t *bodies, struct err *e);

#endif
