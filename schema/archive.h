/* Archive files and their chain: table archive. */
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "digest.h"
#include "manifest.h"

struct db;
struct err;

struct archive {
	int64_t no; /* 1, 2, ... */
	enum archive_kind kind;
	const char *file; /* borrowed; below the tenant's archive folder */
	unsigned char file_digest[DIGEST_SIZE];
	unsigned char manifest_digest[DIGEST_SIZE];
	unsigned char previous_chain[DIGEST_SIZE];
	unsigned char chain[DIGEST_SIZE];
	int64_t members;
	int64_t bytes;
	int64_t created_at;
};

/* chain = SHA-256(previous_chain || manifest_digest), from those two. */
void archive_link(struct archive *a, struct digest *d);

/*
 * Store an archive that was read back, now by our clock.  Call it in a
 * transaction.  Errors: ERR_DATA if there is one of that number or file;
 * otherwise as db_open.
 */
int archive_put(
    struct db *db, const struct archive *a, int64_t run_id, struct err *e);

/* The archive of that number.  Its file is NULL.  Errors: as db_open. */
int archive_get(
    struct db *db, int64_t no, struct archive *a, bool *found, struct err *e);

/*
 * The number and the chain value of the last archive; 0 and all zero if
 * there is none.  Errors: as db_open.
 */
int archive_get_head(struct db *db, int64_t *no,
    unsigned char chain[DIGEST_SIZE], struct err *e);

/*
 * Call fn for each, in the order of their numbers; what a points to dies with
 * the call.  fn: 0 goes on, anything else ends the walk and is returned.
 * Errors: as db_open.
 */
typedef int archive_fn(const struct archive *a, void *arg, struct err *e);

int archive_each(struct db *db, archive_fn *fn, void *arg, struct err *e);

#endif
