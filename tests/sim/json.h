/*
 * JSON text whose structure is exact (RFC 8259) and whose strings may hold
 * what jansson refuses: bytes that are not UTF-8, lone surrogate escapes,
 * \u0000.  Everything is a slice [p, end) of the caller's bytes.
 */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include <stdbool.h>

struct buf;

struct json_member {
	const char *key; /* at its opening quote */
	const char *key_end;
	const char *value;
	const char *value_end;
};

/* Past white space. */
const char *json_space(const char *p, const char *end);

/*
 * The end of the value that begins at p, NULL if there is none, it is cut or
 * malformed, or nests deeper than depth (1: no array in an array).
 */
const char *json_value(const char *p, const char *end, int depth);

/*
 * Steps through a well-formed object or array: *p starts at its bracket,
 * *at takes the next member (an element has no key).  False after the last.
 */
bool json_next(const char **p, const char *end, struct json_member *at);

/* Whether the string at key is name, escapes decoded. */
bool json_is(const char *key, const char *key_end, const char *name);

/*
 * Appends the string at p (at its opening quote) as UTF-8.  One U+FFFD stands
 * for each maximal ill-formed subpart, lone surrogate escape and NUL.
 * Source: Unicode 15.0, section 3.9, table 3-7.
 */
void json_text(struct buf *out, const char *p, const char *end);

#endif
