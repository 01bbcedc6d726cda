/*
 * JSON of records, read where it stands: one pass, no allocation, strict
 * structure, and the place of everything.  A cursor moves over the text;
 * whoever holds it decides what to enter and what to pass over, and whatever
 * is passed over is checked as strictly as the rest.
 *
 * Source: RFC 8259 (read 2026-11-24).  Accepted beyond it: nothing but one
 * UTF-8 byte order mark at the start.  Text faults (bytes that are not UTF-8,
 * lone surrogates, NUL) are no faults of structure: they are flagged.  Names
 * that repeat in an object are all shown.
 */
#ifndef SCAN_H
#define SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum scan_type {
	SCAN_NONE,
	SCAN_OBJECT,
	SCAN_ARRAY,
	SCAN_STRING,
	SCAN_NUMBER,
	SCAN_TRUE,
	SCAN_FALSE,
	SCAN_NULL
};

enum {
	SCAN_ESCAPED = 1, /* a string with a backslash: text is not itself */
	SCAN_ANOMALY = 2, /* a text fault in it, or in a string inside it */
	SCAN_DEEP = 4, /* it nests more levels than scan_open was told */
	SCAN_LIKELY = 8 /* the name that scan_member_likely was told */
};

enum { SCAN_LEVELS = 1 << 20 }; /* deeper than this is a fault of structure */

struct scan_value {
	enum scan_type type;
	unsigned flags;
	size_t offset; /* of its first byte in the text */
	size_t length; /* in bytes; a string with its quotes */
	const char *text; /* borrowed: its first byte, in the caller's text */
};

/* Read `fault` and `at`, leave the rest alone.  128 KiB, mostly nesting. */
struct scan {
	const char *data;
	size_t len;
	size_t at; /* the cursor; after a fault, where that is */
	unsigned depth_max;
	const char *fault; /* static; what is wrong, or NULL */
	unsigned depth; /* objects and arrays entered and not left */
	bool first; /* no comma is due before the next member or element */
	unsigned char nesting[SCAN_LEVELS / 8]; /* a bit a level: object? */
};

/*
 * Start at the beginning of a text, whose bytes stay the caller's.  A value
 * that nests more than depth_max levels, itself counted as one if it is an
 * object or array, is flagged SCAN_DEEP where scan_value passes over it.
 *
 * After a fault every call below returns false (SCAN_NONE); `fault` then fits
 * a message: "expected , or } in an object", "cut short" where the text ends
 * too early.
 */
void scan_open(
    struct scan *s, const void *data, size_t len, unsigned depth_max);

/*
 * The type of the value at the cursor, which does not move.  SCAN_NONE: no
 * value begins there; scan_value then says why, as a fault.
 */
enum scan_type scan_peek(const struct scan *s);

/* Pass over the value at the cursor.  False: a fault; v is of no use. */
bool scan_value(struct scan *s, struct scan_value *v);

/*
 * Enter the object or array at the cursor, then call scan_member for an
 * object, scan_element for an array, until it returns false: the end, which
 * is passed, or a fault.  After each true the cursor stands before the
 * member's or element's value, which must be passed over or entered, and
 * walked to its end, before the next call.  To enter what is neither, or to
 * ask an array for members or an object for elements, is a fault: where the
 * type is open, peek.
 */
bool scan_enter(struct scan *s);
bool scan_member(struct scan *s, struct scan_value *key);
bool scan_element(struct scan *s);

/*
 * scan_member, but quicker where the name is that one, n bytes of ASCII
 * without control characters, quotes and backslashes; then it is flagged,
 * unless it is written with escapes.
 */
bool scan_member_likely(
    struct scan *s, struct scan_value *key, const char *name, size_t n);

/* After the outermost value: is there nothing but white space left? */
bool scan_end(struct scan *s);

/*
 * Append the text of a string: escapes resolved.  SCAN_AS_IS keeps bad bytes
 * as they are, writes a lone surrogate as the three bytes UTF-8 would have
 * for it, NUL as a zero byte; SCAN_CLEAN puts U+FFFD for each of them (for
 * bad bytes as text_bad_utf8 counts them).
 */
enum scan_faults { SCAN_AS_IS, SCAN_CLEAN };
void scan_text(
    const struct scan_value *v, enum scan_faults faults, struct buf *out);

/* Is it a string whose text, escapes resolved, is this ASCII one? */
bool scan_is(const struct scan_value *v, const char *ascii);

#endif
