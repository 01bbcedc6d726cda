/*
 * Seams: where a source that miscounts shows the end of a page once more at
 * the start of the next.  Only windows that do not reconcile have them.
 */
#ifndef SEAM_H
#define SEAM_H

#include <stddef.h>
#include <stdint.h>

#include "digest.h"

/* A page with more records than this is not compared with its neighbours. */
enum { SEAM_RECORDS_MAX = 65536 };

struct seam_page {
	int64_t page_id;
	unsigned char (*digests)[DIGEST_SIZE]; /* of its records; owned */
	size_t count;
	size_t cap;
};

/* { 0 } is a window without a page yet. */
struct seam {
	struct seam_page previous;
	struct seam_page page;
};

/* A new window: no page has come before. */
void seam_begin(struct seam *s);

/* A new page; then the digest of each of its records, in order. */
void seam_page(struct seam *s, int64_t page_id);
void seam_add(struct seam *s, const unsigned char digest[DIGEST_SIZE]);

/*
 * How many records at the start of the page repeat the end of the one
 * before it: the longest run.
 */
size_t seam_repeated(const struct seam *s);

/* The record_id of which the page's record at that position is a repeat. */
int64_t seam_original(const struct seam *s, size_t repeated, size_t position);

void seam_free(struct seam *s);

#endif
