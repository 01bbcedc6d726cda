#include "quota.h"
#include "budget.h"
#include "http.h"
#include "policy.h"

#include <stddef.h>

enum { PERIODS = 4 };

struct period {
	const char *name;
	int64_t length_s;
	int64_t limit; /* 0: none */
};

static void
list_periods(const struct quota *q, struct period out[PERIODS])
{
	out[0] = (struct period){ "second", 1, q->limits.second };
	out[1] = (struct period){ "minute", 60, q->limits.minute };
	out[2] = (struct period){ "hour", 3600, q->limits.hour };
	out[3] = (struct period){ "day", 86400, q->limits.day };
}

struct quota
quota_of(const struct config_sink *c)
{
	struct quota q = { .limits = c->budget };
	const char *url = c->auth == CONFIG_AUTH_SOPHOS ? c->api_url : c->url;

	if (c->type != CONFIG_HTTPS || !http_host(url, q.host))
		q.host[0] = '\0';
	return q;
}

/* Read a period's row; one that is over, or lies ahead, begins anew. */
static int
read(struct db *db, const struct quota *q, const struct period *p, int64_t now,
    struct budget *b, struct err *e)
{
	if (budget_get(db, q->host, p->name, b, e))
		return -1;
	if (now < b->started_at || now >= b->started_at + p->length_s)
		*b = (struct budget){ .started_at = now };
	return 0;
}

/* One that lies further ahead than any wait is of a clock that was wrong. */
static bool
is_held(const struct budget *b, int64_t now)
{
	return b->not_before > now && b->not_before - now <= POLICY_WAIT_MAX_S;
}

static int
look(struct db *db, const struct quota *q, const struct period *periods,
    int64_t now, struct quota_wait *w, struct err *e)
{
	struct budget b;

	*w = (struct quota_wait){ 0 };
	if (budget_get(db, q->host, "quota", &b, e))
		return -1;
	if (is_held(&b, now))
		*w = (struct quota_wait){ b.not_before, true };
	for (int i = 0; i < PERIODS; i++) {
		const struct period *p = &periods[i];

		if (!p->limit)
			continue;
		if (read(db, q, p, now, &b, e))
			return -1;
		if (b.used >= p->limit &&
		    b.started_at + p->length_s > w->not_before)
			*w = (struct quota_wait){ b.started_at + p->length_s,
				false };
	}
	return 0;
}

int
quota_take(struct db *db, const struct quota *q, int64_t now,
    struct quota_wait *w, struct err *e)
{
	struct period periods[PERIODS];
	struct budget b;

	*w = (struct quota_wait){ 0 };
	if (!q->host[0])
		return 0;
	list_periods(q, periods);
	if (look(db, q, periods, now, w, e))
		return -1;
	for (int i = 0; i < PERIODS && !w->not_before; i++) {
		if (!periods[i].limit)
			continue;
		if (read(db, q, &periods[i], now, &b, e))
			return -1;
		b.used++;
		if (budget_put(db, q->host, periods[i].name, &b, e))
			return -1;
	}
	return 0;
}

int
quota_hold(
    struct db *db, const struct quota *q, int64_t not_before, struct err *e)
{
	const struct budget b = { .not_before = not_before };

	return q->host[0] ? budget_put(db, q->host, "quota", &b, e) : 0;
}
