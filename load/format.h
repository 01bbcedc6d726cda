/* How items become the bytes of a batch. */
#ifndef FORMAT_H
#define FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"

struct buf;
struct item;

/*
 * A payload is open, its items with join between them, close.  An item holds
 * no line feed, and join ends in one, which is the only one in it; so a
 * payload is cut in two without a look into its items.
 */
struct format {
	const char *content_type;
	const char *suffix; /* of a file's name */
	const char *open;
	const char *join;
	const char *close;
	void (*put)(struct buf *out, const struct item *i);
};

const struct format *format_of(enum config_format format);

/*
 * Cut a payload after its first n items, more than none and less than all,
 * and put each part, a whole payload, in place of what its buf held.
 */
void format_cut(const struct format *f, const struct buf *body, int64_t n,
    struct buf *first, struct buf *second);

#endif
