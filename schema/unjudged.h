/*
 * What is still to be judged: tables window, page and page_body as the
 * transform sees them, migrations/0001_staging.sql.
 */
#ifndef UNJUDGED_H
#define UNJUDGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "ttp.h"

struct db;
struct err;
struct unjudged;

struct unjudged_window {
	int64_t window_id;
	int64_t closed_order;
	enum ttp log;
	bool complete; /* else it was replaced or lost */
	bool mismatch; /* its records are not what the source counted */
	int64_t attempt; /* the last one */
};

struct unjudged_page {
	int64_t page_id;
	int64_t number; /* 1, 2, ... within the attempt */
	int64_t records;
	int64_t fetched_at;
	unsigned char body_digest[DIGEST_SIZE];
};

/*
 * Get hold of the tables; *out is closed with unjudged_close.
 * Errors, of all functions here: as db_open.
 */
int unjudged_open(struct unjudged **out, struct db *db, struct err *e);
void unjudged_close(struct unjudged *u);

/*
 * The next window that has left the state open and is not judged, in the
 * order in which they left it; after: the closed_order of the last one, or 0.
 * 1, or 0 if there is none, or -1.
 */
int unjudged_window(struct unjudged *u, int64_t after,
    struct unjudged_window *w, struct err *e);

/*
 * The first page of a window's attempt that is not judged and has a number
 * above after; 1, 0 or -1.
 */
int unjudged_page(struct unjudged *u, int64_t window_id, int64_t attempt,
    int64_t after, struct unjudged_page *p, struct err *e);

/*
 * The last page of the attempt that is judged; 1, 0 or -1.
 */
int unjudged_last_judged(struct unjudged *u, int64_t window_id, int64_t attempt,
    struct unjudged_page *p, struct err *e);

/*
 * The body of a page, one at a time: *data is borrowed until
 * unjudged_body_done, which must come before the next body.
 *
 * Errors: also ERR_DATA if it is not there.
 */
int unjudged_body(struct unjudged *u, int64_t page_id, const void **data,
    size_t *n, struct err *e);
void unjudged_body_done(struct unjudged *u);

/* Mark them as judged. */
int unjudged_page_done(struct unjudged *u, int64_t page_id, struct err *e);
int unjudged_window_done(
    struct unjudged *u, int64_t window_id, int64_t run_id, struct err *e);

/* How many windows, and pages and records of them, wait to be judged. */
int unjudged_count(struct db *db, int64_t *windows, int64_t *pages,
    int64_t *records, struct err *e);

#endif
