/* OAuth client credentials: forms, and the tokens handed out. */
#ifndef SIM_BEARER_H
#define SIM_BEARER_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct request;

enum { BEARER_KEPT = 1024, BEARER_SIZE = 80 };

struct bearer_table {
	struct {
		char token[BEARER_SIZE];
		int64_t expires;
	} row[BEARER_KEPT]; /* the newest replace the oldest */
	size_t next;
};

enum bearer_state {
	BEARER_GOOD,
	BEARER_NONE, /* no Authorization: Bearer */
	BEARER_UNKNOWN,
	BEARER_EXPIRED
};

/* A new random token; valid until the table forgets it. */
const char *bearer_issue(struct bearer_table *t, int64_t expires);

/* What the request's Authorization is worth at its time. */
enum bearer_state bearer_check(
    const struct bearer_table *t, const struct request *q);

/*
 * Appends the decoded value of a name of an urlencoded form.  Returns how
 * often the name is there, or -1 if the form is malformed.
 */
int bearer_form(
    struct buf *out, const char *form, size_t size, const char *name);

#endif
