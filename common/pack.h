/*
 * Archives: tar, packed with zstd, through libarchive.  What is written is
 * the same bytes for the same members: no names, times or owners of this
 * machine.
 */
#ifndef PACK_H
#define PACK_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct pack_writer;
struct pack_reader;

/*
 * Write a new archive to fd, which stays the caller's.  level: of zstd,
 * 1 to 19.  Members are written in the order given, mode 0644, owner 0,
 * time 0; their names are such as pack_next accepts.
 *
 * Errors: ERR_IO.
 */
int pack_create(struct pack_writer **out, int fd, int level, struct err *e);
int pack_add(struct pack_writer *w, const char *name, const void *data,
    size_t n, struct err *e);

/* Finish: until this has returned 0 there is no archive. */
int pack_finish(struct pack_writer *w, struct err *e);
void pack_writer_free(struct pack_writer *w);

/* What a reader takes before it refuses the rest. */
struct pack_limits {
	int64_t members;
	int64_t member_bytes; /* of one member's data */
	int64_t total_bytes; /* of the unpacked tar, headers and all */
};

/*
 * Read an archive from fd: a tar with at most one layer of zstd or gzip.
 *
 * Errors: ERR_DATA if it is anything else; ERR_IO.
 */
int pack_open(struct pack_reader **out, int fd,
    const struct pack_limits *limits, struct err *e);

/*
 * The next member, 1; or 0 at the end of a whole archive; or -1.  Only plain
 * files with plain relative names (no leading "/", no part that is empty,
 * "." or "..", printable ASCII, at most 255 bytes) are accepted.  name and
 * data are the reader's and die with the next call; after 0 or -1 there is
 * none.
 *
 * ASSUMPTION: whoever cares keeps digests of the members.  libarchive writes
 * zstd without checksums and does not look at those of gzip.
 *
 * Errors: ERR_DATA for a member of another kind, a repeated name, a cut or
 * damaged archive, a limit passed, or bytes behind the end; ERR_IO.
 */
int pack_next(struct pack_reader *r, const char **name, const void **data,
    size_t *n, struct err *e);
void pack_reader_free(struct pack_reader *r);

#endif
