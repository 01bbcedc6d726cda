/* Records by what they say: a message id, a recipient, a URL. */
#ifndef SEARCH_H
#define SEARCH_H

#include <stdint.h>

struct db;
struct err;

/* What is NULL may be anything; one at least is not. */
struct search {
	struct db *db;
	const char *message_id; /* with or without < > */
	const char *recipient; /* upper and lower case are alike */
	const char *url;
	int64_t from_at, to_at; /* INT64_MIN, INT64_MAX: any time */
	int64_t missing; /* set by search_each: pages without their bodies */
};

/*
 * Call fn for each record that says so, alerts first: found by
 * the alert it became where it became one, else by its bytes, where a field
 * is compared with its escapes resolved.  So of pages whose bodies are in the
 * archive only, the alerts are found and no other records.  The time is that
 * of the record, or of its window where the record has none.
 *
 * fn: 0 goes on, anything else ends the walk and is returned.
 *
 * Errors: as db_open.
 */
typedef int search_fn(int64_t record_id, void *arg, struct err *e);

int search_each(struct search *s, search_fn *fn, void *arg, struct err *e);

#endif
