/* Points in time as text, always UTC, whatever the locale or TZ. */
#ifndef TIMESTAMP_H
#define TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIMESTAMP_SIZE = 40 }; /* room for any form below, with its NUL */

/*
 * Read YYYY-MM-DD, T or t, hh:mm:ss, an optional fraction (dropped), then Z,
 * z, +hhmm or +hh:mm (or -).  Second 60 counts as 59.  The date must exist
 * (years 0000 to 9999), the offset be at most 23:59; nothing may follow.
 * *at: seconds since 1970, UTC.  False if it is no such text.
 * Source: RFC 3339, 5.6 (read 2026-11-24), and the service's +0000.
 */
bool timestamp_parse(const char *s, size_t n, int64_t *at);

/*
 * Write it as 2015-11-16T14:49:18Z, or as 2015-11-16T14:49:18+0000.  A
 * year outside 0000 to 9999 is written as the nearest second inside.
 * Returns out.
 */
char *timestamp_iso(int64_t at, char out[TIMESTAMP_SIZE]);
char *timestamp_mimecast(int64_t at, char out[TIMESTAMP_SIZE]);

/*
 * Read an HTTP date of the preferred form, "Tue, 24 Nov 2015 12:50:11 GMT".
 * Source: RFC 9110, 5.6.7 (read 2026-11-24).
 */
bool timestamp_parse_http(const char *s, int64_t *at);

#endif
