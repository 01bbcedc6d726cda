/*
 * An archive that may be hostile, taken apart: pack.h in a process of its
 * own, which can do nothing but read the archive and hand over its members.
 */
#ifndef UNPACK_H
#define UNPACK_H

#include <stddef.h>

struct err;
struct unpack;

/*
 * What an archive may hold; more is refused.  All in all it may unpack to
 * UNPACK_BYTES and UNPACK_RATIO times its own size.
 */
enum {
	UNPACK_MEMBERS = 1 << 18,
	UNPACK_MEMBER_BYTES = 120 << 20,
	UNPACK_BYTES = 256 << 20,
	UNPACK_RATIO = 200,
};

/*
 * Begin to take apart the archive in fd, a regular file, from its start; fd
 * stays the caller's, its offset moves.  *out is closed with unpack_close.
 *
 * Errors: ERR_IO.
 */
int unpack_open(struct unpack **out, int fd, struct err *e);

/*
 * As pack_next: the next member, 1, or 0 at the end of a whole archive, or
 * -1.  Nothing of a member is to be trusted but its plain name.
 *
 * Errors: as pack_open and pack_next; ERR_DATA as well if it takes too much
 * memory or time.
 */
int unpack_next(struct unpack *u, const char **name, const void **data,
    size_t *n, struct err *e);

/* End the other process, too, wherever it is. */
void unpack_close(struct unpack *u);

#endif
