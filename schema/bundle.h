/* An archive in the making: which rows go into it, and its manifest. */
#ifndef BUNDLE_H
#define BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "entry.h"
#include "manifest.h"

struct digest;
struct err;
struct pack_writer;

struct bundle_ids {
	int64_t *ids; /* owned */
	size_t count;
};

struct bundle {
	struct entries *entries; /* borrowed */
	struct digest *digest; /* borrowed */
	struct bundle_ids ids[ENTRY_KINDS];
	struct buf
	    sections[ENTRY_KINDS]; /* elements of the manifest's arrays */
	struct buf sinks;
	struct buf members;
	struct buf text; /* the manifest, once it is sealed */
	int64_t members_count;
	int64_t bytes; /* of all members */
};

void bundle_open(
    struct bundle *d, struct entries *entries, struct digest *digest);
void bundle_free(struct bundle *d);

/* Has it as much as one archive should have? */
bool bundle_is_full(const struct bundle *d);
bool bundle_is_empty(const struct bundle *d);

/*
 * Add a row; its bytes are hashed, not kept.
 * Errors: ERR_DATA if bytes are missing, or not those of their digest; as
 * db_open.
 */
int bundle_add(
    struct bundle *d, enum entry_kind kind, int64_t id, struct err *e);

/*
 * Is this what that manifest says?  Its time, program and sinks, which may
 * be of another moment, do not count.
 */
bool bundle_is_in(const struct bundle *d, const struct manifest *m);

/*
 * Make the manifest, out of the parts, which are gone then.
 * Errors: ERR_IO if a single row has more pages than an archive can hold.
 */
int bundle_seal(
    struct bundle *d, const struct manifest_head *head, struct err *e);

/* Write manifest and members. Errors: as pack_add, bundle_add. */
int bundle_put(struct bundle *d, struct pack_writer *w, struct err *e);

#endif
