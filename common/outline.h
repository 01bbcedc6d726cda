/* The outline of a YAML file: what stands where.  The door to libyaml. */
#ifndef OUTLINE_H
#define OUTLINE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;
struct pool;

enum outline_kind { OUTLINE_SCALAR, OUTLINE_MAPPING, OUTLINE_SEQUENCE };

/* One node; the root has no parent. */
struct outline {
	const char *file; /* borrowed */
	size_t line, column; /* from 1; of the key, where there is one */
	const struct outline *parent;
	const char *key; /* NULL: an item of a sequence, or the root */
	size_t index; /* among its siblings, from 0 */
	enum outline_kind kind;
	const char *value; /* of a scalar: one line, no control characters */
	bool plain; /* a scalar without quotes */
	struct outline *first, *next; /* children, in the file's order */
};

/*
 * Read the only document of a file.  The outline lives in the pool.  A
 * mapping may still hold a key twice.
 *
 * Errors: ERR_CONFIG, "FILE:LINE:COLUMN: ...", if it is not YAML in UTF-8,
 * is empty, holds several documents, an anchor, an alias, a tag, a control
 * character, a key that is no word of at most 64 bytes, or is nested more
 * than 16 levels deep.
 */
int outline_parse(const struct outline **out, struct pool *pool,
    const char *file, const struct buf *text, struct err *e);

/* The first child of that key; NULL if there is none or o is NULL. */
const struct outline *outline_get(const struct outline *o, const char *key);

/*
 * Say what is wrong with the place at path below o, as in
 * "sinks[0].budget"; "" is o itself.  Of a path that is not in the file the
 * nearest place is named.  Returns -1; e is ERR_CONFIG,
 * "FILE:LINE:COLUMN: PATH: message".
 */
int outline_err(const struct outline *o, const char *path, struct err *e,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
