/*
 * POSIX extended regular expressions whose cost is bounded: to look for one
 * in n bytes takes at most n times PATTERN_OPS small steps and no memory.
 * The C library's regexec is no bound: "[ab]*a[ab]{190}c" in a kilobyte took
 * it five seconds and 260 MiB.
 *
 * Source: IEEE Std 1003.1-2017, Base Definitions, 9.4 (read 2026-11-24), in
 * the POSIX locale: bytes are characters.  What it leaves undefined is
 * refused, and so are [. .] and [= =], and bytes that are not ASCII in
 * brackets.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct pattern;

enum {
	PATTERN_BYTES = 200, /* of an expression */
	PATTERN_REPEATS = 255, /* m and n in {m,n}; one in an expression */
	PATTERN_OPS = 1024 /* of what it becomes, about one for a character */
};

/*
 * Read an expression.  *out is given back with pattern_free.
 *
 * Errors: ERR_DATA, "the regular expression is wrong at byte 3: ...".
 */
int pattern_parse(struct pattern **out, const char *text, struct err *e);
void pattern_free(struct pattern *p);

/* Does any part of the n bytes match? */
bool pattern_is_in(struct pattern *p, const char *text, size_t n);

#endif
