/* Moments: int64_t seconds since 1970 UTC, and the ways they are written. */
#ifndef SIM_MOMENT_H
#define SIM_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOMENT_SIZE = 40 }; /* fits each form below with its NUL */

struct moment_parts {
	int64_t year;
	unsigned month, day, hour, minute, second; /* month, day from 1 */
	unsigned weekday; /* 0 is Sunday */
};

void moment_split(int64_t t, struct moment_parts *p);

/* 2015-11-16T14:49:18Z */
void moment_iso(int64_t t, char out[MOMENT_SIZE]);

/*
 * Tue, 24 Nov 2015 12:50:11 GMT (or UTC, which x-mc-date wants).
 * Source: RFC 7231 section 7.1.1.1; reference/mimecast.md.
 */
void moment_http(int64_t t, const char *zone, char out[MOMENT_SIZE]);

/*
 * The time of a record: YYYY-MM-DD, T or t, hh:mm:ss, a fraction that is
 * dropped, then Z, z, +hhmm or +hh:mm, and nothing else.  Second 60 counts
 * as 59.  Returns false for anything else and for days that do not exist.
 */
bool moment_parse(const char *text, size_t size, int64_t *t);

/* The time of a request, exactly YYYY-MM-DDThh:mm:ss+0000. */
bool moment_parse_request(const char *text, int64_t *t);

#endif
