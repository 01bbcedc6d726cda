/*
 * An archive, read and checked on the way: every member has the digest that
 * the manifest gives it, and comes in the manifest's order.
 */
#ifndef ARCHIVE_READER_H
#define ARCHIVE_READER_H

#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "manifest.h"

struct archive_reader;
struct err;

/*
 * Begin with the file in fd, which stays the caller's, and read its manifest.
 * It is taken apart in a process of its own (unpack.h).  d: for the digests,
 * borrowed.  *out is closed with archive_reader_close.
 *
 * Errors: ERR_DATA for what is no archive of ours, or a damaged one; ERR_IO.
 */
int archive_reader_open(
    struct archive_reader **out, int fd, struct digest *d, struct err *e);
void archive_reader_close(struct archive_reader *r);

/* Borrowed until the reader is closed. */
const struct manifest *archive_reader_manifest(const struct archive_reader *r);

/* Members that were read so far, the manifest among them. */
int64_t archive_reader_count(const struct archive_reader *r);

struct archive_member {
	const char *name;
	const void *data;
	size_t len;
	unsigned char digest[DIGEST_SIZE];
};

/*
 * The next member behind the manifest: 1, or 0 after the last one that the
 * manifest lists, or -1.  What m points to dies with the next call.
 *
 * Errors: as archive_reader_open.
 */
int archive_reader_next(
    struct archive_reader *r, struct archive_member *m, struct err *e);

#endif
