/*
 * Answers that passed every check, and their bytes: tables page and
 * page_body, migrations/0001_staging.sql.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stddef.h>
#include <stdint.h>

struct db;
struct err;

struct page { /* texts and bytes are borrowed */
	int64_t window_id;
	int64_t attempt;
	int64_t number; /* 1, 2, ... within the attempt */
	int64_t run_id;
	const char *request; /* the request's JSON */
	const char *page_token; /* NULL: the first page */
	int http_status;
	const char *request_id; /* or NULL */
	int64_t server_date; /* 0: none given */
	int64_t fetched_at;
	const unsigned char *digest; /* SHA-256 of the body, 32 bytes */
	const void *body;
	size_t body_bytes;
	int64_t records;
	int64_t total; /* -1: none given */
	const char *next_token; /* or NULL */
};

/*
 * Store a page and its body.  Call it in a transaction.
 *
 * Errors: ERR_DATA if the window has a page of that attempt and number;
 * otherwise as db_open.
 */
int page_put(struct db *db, const struct page *p, struct err *e);

/*
 * What the pages of an attempt said about how many records there are: how
 * many of them gave a total, the least and the greatest one given.
 *
 * Errors: as db_open.
 */
struct page_totals {
	int64_t given;
	int64_t least;
	int64_t greatest;
};

int page_totals_get(struct db *db, int64_t window_id, int64_t attempt,
    struct page_totals *out, struct err *e);

/*
 * When the newest page came: by the service's clock, so that ours has no part
 * in it; by ours if it never told its Date.  0: there is no page.
 *
 * Errors: as db_open.
 */
int page_newest_at(struct db *db, int64_t *at, struct err *e);

#endif
