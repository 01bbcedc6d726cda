#include "insist.h"
#include "clock.h"
#include "err.h"
#include "log.h"
#include "patience.h"
#include "reply.h"

#include <stdbool.h>

enum { TRIES = 5 };

/* When to ask again after r. */
static int64_t
due_after(const struct reply *r, unsigned failures, struct patience *p)
{
	int64_t pause_ms = patience_backoff_ms(p, failures);

	if (r->kind == REPLY_QUOTA)
		patience_quota(p, r->wait_ms);
	if (pause_ms < r->wait_ms)
		pause_ms = r->wait_ms;
	return clock_monotonic_ms() + pause_ms;
}

static bool
is_worth_asking(const struct reply *r, unsigned failures)
{
	return r->kind == REPLY_AGAIN || r->kind == REPLY_QUOTA ||
	    (r->kind == REPLY_DOUBTED && failures == 0);
}

int
insist(insist_fn *fn, void *arg, const char *what, struct patience *p,
    struct err *e)
{
	struct reply r = { 0 };
	unsigned failures = 0;
	int64_t due_ms = 0;

	do {
		if (patience_sleep(p, due_ms, e))
			return r.err.kind ? err_add(e, "%s", r.err.msg) : -1;
		if (fn(arg, p, &r, e))
			return -1;
		if (!is_worth_asking(&r, failures))
			break;
		log_note("%s: %s", what, r.err.msg);
		due_ms = due_after(&r, ++failures, p);
	} while (failures < TRIES);
	if (r.kind == REPLY_GOOD)
		return 0;
	*e = r.err;
	return -1;
}
