/* Made-up records, the same for the same seed. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdint.h>

#include "ttp.h"

struct buf;

/* The k-th record of a log in an hour. */
struct sample {
	enum ttp log;
	int64_t hour; /* hours since 1970 */
	int64_t k;
	int64_t at; /* its time */
};

/*
 * Append it as the source would write it, some 700 bytes of JSON.  Of all
 * records 70 % are clean and 1 % are invalid; 3 of 1000 repeat the record
 * before them, 5 of 1000 are a change of it.  Values are those that real
 * records were seen with: reference of the source, gathered 2026-11-24.
 */
void sample_put(const struct sample *s, struct buf *out);

#endif
