#include "policy.h"
#include "result.h"
#include "timestamp.h"

#include <stdbool.h>
#include <string.h>

struct rule {
	int first, last; /* statuses */
	enum receipt_outcome outcome;
	enum result_next next;
	enum err_kind stop;
	const char *advice;
};

static const char ask[] = "it refuses the request: ask its administrator";

/* The first that fits counts; the last fits everything. */
static const struct rule by_status[] = {
	{ 200, 299, RECEIPT_ACKNOWLEDGED, RESULT_DONE, 0, NULL },
	{ 400, 400, RECEIPT_REJECTED, RESULT_HALVE, 0, NULL },
	{ 401, 401, RECEIPT_NOT_TAKEN, RESULT_STOP, ERR_AUTH,
	    "it refuses our credentials: renew them" },
	{ 404, 404, RECEIPT_NOT_TAKEN, RESULT_STOP, ERR_DENIED,
	    "there is no such place: correct the sink's url" },
	{ 408, 408, RECEIPT_IN_DOUBT, RESULT_AGAIN, 0, NULL },
	{ 413, 413, RECEIPT_REJECTED, RESULT_HALVE, 0, NULL },
	{ 422, 422, RECEIPT_REJECTED, RESULT_HALVE, 0, NULL },
	{ 425, 425, RECEIPT_IN_DOUBT, RESULT_AGAIN, 0, NULL },
	{ 429, 429, RECEIPT_NOT_TAKEN, RESULT_AGAIN, 0, NULL },
	{ 400, 499, RECEIPT_NOT_TAKEN, RESULT_STOP, ERR_DENIED, ask },
	{ 0, 999, RECEIPT_IN_DOUBT, RESULT_AGAIN, 0, NULL },
};

static const struct rule by_end[] = {
	[HTTP_NOT_SENT] = { 0, 0, RECEIPT_NOT_TAKEN, RESULT_AGAIN, 0, NULL },
	[HTTP_UNTRUSTED] = { 0, 0, RECEIPT_NOT_TAKEN, RESULT_STOP, ERR_DENIED,
	    "its certificate is not trusted: check the sink's ca_file" },
	[HTTP_CUT] = { 0, 0, RECEIPT_IN_DOUBT, RESULT_AGAIN, 0, NULL },
	[HTTP_REDIRECT] = { 0, 0, RECEIPT_NOT_TAKEN, RESULT_STOP, ERR_DENIED,
	    "redirects are not followed: correct the sink's url" },
};

static const struct rule *
rule_of(enum http_end end, int status)
{
	const struct rule *r = by_status;

	/* A status is an answer, however long the words behind it. */
	if (end != HTTP_ANSWERED && end != HTTP_TOO_LARGE)
		return &by_end[end];
	while (status < r->first || status > r->last)
		r++;
	return r;
}

/* A count of seconds, at most POLICY_WAIT_MAX_S; or -1. */
static int64_t
seconds(const char *s)
{
	int64_t n = 0;

	if (!*s)
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		n = n * 10 + (*s - '0');
		if (n > POLICY_WAIT_MAX_S)
			n = POLICY_WAIT_MAX_S;
	}
	return n;
}

static int64_t
wait_of(const char *retry_after, int64_t now)
{
	int64_t at, s;

	if (!retry_after)
		return -1;
	if (!timestamp_parse_http(retry_after, &at))
		s = seconds(retry_after);
	else if (at - now > POLICY_WAIT_MAX_S)
		s = POLICY_WAIT_MAX_S;
	else
		s = at > now ? at - now : 0;
	return s < 0 ? -1 : s * 1000;
}

void
policy_judge(enum http_end end, int status, const char *retry_after,
    int64_t now, struct result *r)
{
	const struct rule *rule = rule_of(end, status);

	r->outcome = rule->outcome;
	r->next = rule->next;
	r->stop = rule->stop;
	r->advice = rule->advice;
	r->wait_ms = wait_of(retry_after, now);
}
