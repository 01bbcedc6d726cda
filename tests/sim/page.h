/* Pages of a log: which rows, in which envelope, under which token. */
#ifndef SIM_PAGE_H
#define SIM_PAGE_H

#include "event.h"
#include "record.h"

#include <stdbool.h>
#include <stdint.h>

struct answer;
struct buf;
struct query;
struct request;

struct page_source {
	const struct event_set *events;
	int64_t retention_s; /* rows this old are gone */
	bool to_inclusive;
	bool newest_first; /* whatever the query asks for */
	struct record scratch; /* owned; free with record_free */
	struct buf text; /* owned */
};

/*
 * Answers the query with its next page, oldest first, and appends the ledger
 * lines "page" and "record" to the answer's.  The fault of the request may
 * refuse the token, repeat it or change totalCount.  Returns NULL, or the
 * code of the refusal.
 * Source: reference/mimecast.md, Response.
 */
const char *page_answer(struct page_source *s, const struct query *q,
    const struct request *r, struct answer *a);

/* Appends the ledger line of one event. */
void page_record_line(
    struct page_source *s, const struct event *e, struct buf *lines);

#endif
