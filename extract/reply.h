/* What an answer of the service means for the one who asked. */
#ifndef REPLY_H
#define REPLY_H

#include <stdint.h>

#include "envelope.h"
#include "err.h"
#include "ttp.h"

struct http_answer;
struct scan;

enum { REPLY_WAIT_MAX_S = 86400 }; /* a longer wait is taken for this one */

enum reply_kind {
	REPLY_GOOD, /* a page, or whatever was asked for */
	REPLY_AGAIN, /* it may be good another time */
	REPLY_QUOTA, /* no request for wait_ms */
	REPLY_DOUBTED, /* our authorization: renew it, ask once more */
	REPLY_REFUSED, /* this request; another one may be taken */
	REPLY_UNREADABLE, /* a whole answer, but no page */
	REPLY_TOO_LARGE,
	REPLY_STOP, /* asking again is of no use */
};

struct reply {
	enum reply_kind kind;
	int64_t wait_ms; /* REPLY_QUOTA; REPLY_AGAIN: at least, or 0 */
	int64_t quota_left; /* calls, as a log's answer says; -1: it does not */
	struct err err; /* of all but REPLY_GOOD: how to end with it */
};

/*
 * Judge an answer by how it ended and its status.  A status of 200 is
 * REPLY_GOOD.
 *
 * Source: Mimecast's API reference; X-RateLimit-Reset is milliseconds until
 * a call is given back, relative (gathered 2026-11-24).  Retry-After:
 * RFC 9110, 10.2.3.  More than REPLY_WAIT_MAX_S is taken for that.
 */
void reply_judge(struct reply *r, const struct http_answer *a);

/*
 * Judge the answer of a log's call by its body, too; *v is what it holds, s
 * working memory.  Only REPLY_GOOD is a page.
 */
void reply_judge_page(struct reply *r, struct envelope *v, struct scan *s,
    const struct http_answer *a, enum ttp log);

/* The Date of an answer, or 0. */
int64_t reply_date(const struct http_answer *a);

#endif
