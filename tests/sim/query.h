/* A request for a page of a log, checked as strictly as the reference allows.
 */
#ifndef SIM_QUERY_H
#define SIM_QUERY_H

#include "record.h"

#include <stddef.h>
#include <stdint.h>

enum { QUERY_MESSAGE = 128 };

struct query {
	enum log log; /* set by the caller */
	int64_t from, to;
	int64_t page_size;
	char *page_token; /* owned; NULL on the first page */
};

/*
 * Parses the body of a request for q->log.  Returns 0, or -1 and what is
 * wrong in message: unknown members and missing ones are refused.
 * Source: reference/mimecast.md, Request.
 */
int query_parse(struct query *q, const char *body, size_t size,
    int64_t page_max, char message[QUERY_MESSAGE]);

void query_free(struct query *q);

#endif
