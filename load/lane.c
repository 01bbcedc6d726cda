#include "lane.h"
#include "attempt.h"
#include "clock.h"
#include "config.h"
#include "context.h"
#include "db.h"
#include "digest.h"
#include "log.h"
#include "result.h"
#include "sink_type.h"
#include "timestamp.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	TRIES_MAX = 5, /* of one batch in one run */
	ATTEMPT_MS = 60000,
	BACKOFF_MS = 500, /* doubled with each try */
	REJECTED_MAX = 16, /* single alerts by a sink that accepts nothing */
};

static const char later[] = "run m2s-load again later";

void
lane_open(struct lane *l, const struct config_sink *c,
    const struct sink_type *type, const struct sink *sink)
{
	*l = (struct lane){ .config = c, .type = type, .sink = *sink };
	l->quota = quota_of(c);
	l->deadline_ms = clock_monotonic_ms() + c->deadline_s * 1000;
	if (type->open(&l->conn, c, &l->err)) {
		err_add(&l->err, "sink %s", c->name);
		l->done = true;
	}
}

void
lane_close(struct lane *l)
{
	if (l->conn)
		l->type->close(l->conn);
	buf_free(&l->body);
	seal_free(&l->kept);
}

void
lane_stop(struct lane *l, enum err_kind kind, const char *fmt, ...)
{
	char why[sizeof l->err.msg];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	l->done = true;
	err_set(&l->err, kind, "%s", why);
	if (l->in_hand)
		err_add(&l->err, "batch %lld", (long long)l->batch.batch_id);
	err_add(&l->err, "sink %s", l->config->name);
}

/* Take the next batch in hand, if there is one. */
static int
take(struct lane *l, const struct context *x, struct err *e)
{
	struct seal_sum sealed;

	l->tries = 0;
	if (batch_get_next(
		x->db, l->sink.sink_id, x->run_id, &l->batch, &l->in_hand, e))
		return -1;
	if (l->in_hand)
		return 0;
	if (seal_some(x, l->config, &l->sink, &sealed, &l->kept, e))
		return -1;
	if (sealed.batches == 0)
		return 0;
	return batch_get_next(
	    x->db, l->sink.sink_id, x->run_id, &l->batch, &l->in_hand, e);
}

/* Half of the time to a whole of it, so that many do not come at once. */
static int64_t
backoff_ms(unsigned tries)
{
	int64_t ms = (int64_t)BACKOFF_MS << (tries - 1);
	unsigned char random;

	digest_random(&random, sizeof random);
	return ms / 2 + ms / 2 * random / 255;
}

/* What we have waited for has come, also where -T has stopped the clock. */
static int64_t
now_of(const struct lane *l)
{
	int64_t now = clock_now();

	return now > l->reached ? now : l->reached;
}

/* Wait for whole seconds, which have then come. */
static void
wait_s(struct lane *l, int64_t seconds)
{
	l->reached = now_of(l) + seconds;
	l->not_before_ms = clock_monotonic_ms() + seconds * 1000;
}

/* The quota allows no attempt yet. */
static void
hold_back(struct lane *l, const struct quota_wait *w)
{
	int64_t seconds = w->not_before - now_of(l);
	char text[TIMESTAMP_SIZE];

	if (clock_monotonic_ms() + seconds * 1000 > l->deadline_ms)
		lane_stop(l, ERR_RETRY,
		    w->asked ? "it wants no request before %s: run m2s-load "
			       "again then"
			     : "its budget allows no request before %s: run "
			       "m2s-load again then",
		    timestamp_iso(w->not_before, text));
	else
		wait_s(l, seconds);
}

static void
wait_or_stop(struct lane *l, const struct result *r)
{
	int64_t now = clock_monotonic_ms();
	int64_t wait_ms;

	l->tries++;
	wait_ms = r->wait_ms < 0 ? backoff_ms(l->tries) : r->wait_ms;
	if (l->tries == TRIES_MAX)
		lane_stop(l, ERR_RETRY, "%s: given up after %d attempts: %s",
		    r->detail, TRIES_MAX, later);
	else if (now + wait_ms > l->deadline_ms)
		lane_stop(l, ERR_RETRY, "%s: no time is left to try again: %s",
		    r->detail, later);
	else if (r->wait_ms > 0)
		wait_s(l, (r->wait_ms + 999) / 1000);
	else
		l->not_before_ms = now + wait_ms;
}

/* What the record of an attempt means for the way on. */
static void
go_on(struct lane *l, const struct result *r)
{
	switch (r->next) {
	case RESULT_DONE:
		l->sum.delivered += l->batch.alerts;
		l->sum.bytes += l->batch.bytes;
		l->sum.batches++;
		l->in_hand = false;
		break;
	case RESULT_HALVE:
		if (l->batch.state == BATCH_REFUSED)
			l->sum.refused++;
		if (l->batch.state == BATCH_SENDING)
			l->set_aside = true;
		memcpy(l->rejection, r->detail, sizeof l->rejection);
		l->in_hand = false;
		break;
	case RESULT_AGAIN:
		wait_or_stop(l, r);
		break;
	case RESULT_STOP:
		lane_stop(l, r->stop, "%s: %s", r->detail, r->advice);
		break;
	}
}

static int
deliver(
    struct lane *l, const struct context *x, int64_t timeout_ms, struct err *e)
{
	struct result r = { .wait_ms = -1 };

	l->sum.attempts++;
	if (l->type->send(l->conn, &l->batch, &l->body, timeout_ms, &r, e) ||
	    attempt_end(
		x, &l->batch, &l->body, &r, l->sum.delivered > 0, &l->quota, e))
		return -1;
	log_note("sink %s: batch %lld: attempt %lld: %s", l->config->name,
	    (long long)l->batch.batch_id, (long long)l->batch.attempts,
	    r.detail);
	go_on(l, &r);
	return 0;
}

/* What was sealed in this run is here; all else is read and checked. */
static int
get_body(struct lane *l, const struct context *x, struct err *e)
{
	if (seal_take(&l->kept, l->batch.batch_id, &l->body))
		return 0;
	return batch_get_body(x->db, &l->batch, x->digest, &l->body, e);
}

static int
try(struct lane *l, const struct context *x, struct err *e)
{
	int64_t left_ms = l->deadline_ms - clock_monotonic_ms();
	bool idempotent = l->config->idempotent || l->type->idempotent;
	struct quota_wait wait;

	if (left_ms <= 0) {
		lane_stop(l, ERR_RETRY, "its deadline_s has passed: %s", later);
		return 0;
	}
	if (left_ms > ATTEMPT_MS)
		left_ms = ATTEMPT_MS;
	if (get_body(l, x, e) ||
	    attempt_begin(
		x, &l->batch, idempotent, &l->quota, now_of(l), &wait, e))
		return -1;
	if (wait.not_before) {
		hold_back(l, &wait);
		return 0;
	}
	return deliver(l, x, left_ms, e);
}

static void
accepts_nothing(struct lane *l)
{
	lane_stop(l, ERR_DENIED,
	    "it accepts nothing (%s): no alert is marked refused: ask its "
	    "administrator",
	    l->rejection);
}

/*
 * A sink that rejects alert after alert and accepts none is not asked about
 * all the others, or its batches would all end up as single alerts.
 */
static int
check_rejections(struct lane *l, const struct context *x, struct err *e)
{
	struct batch_left left;

	if (l->done || l->in_hand || !l->set_aside || l->sum.delivered)
		return 0;
	if (batch_get_left(x->db, l->sink.sink_id, &left, e))
		return -1;
	if (left.rejected >= REJECTED_MAX)
		accepts_nothing(l);
	return 0;
}

/*
 * All had their turn: what is unfinished are single alerts that were rejected
 * before the sink accepted any.
 */
static int
refuse_set_aside(struct lane *l, const struct context *x, struct err *e)
{
	bool found = false;
	int rc;

	if (db_begin(x->db, e))
		return -1;
	do {
		rc = batch_get_rejected(
		    x->db, l->sink.sink_id, &l->batch, &found, e);
		if (!rc && found)
			rc = batch_put_end(x->db, &l->batch, BATCH_REFUSED, e);
		if (!rc && found)
			l->sum.refused++;
	} while (!rc && found);
	return db_end(x->db, rc, e);
}

static int
finish(struct lane *l, const struct context *x, struct err *e)
{
	l->done = true;
	if (l->set_aside && l->sum.delivered == 0) {
		accepts_nothing(l);
		return 0;
	}
	if (l->set_aside && refuse_set_aside(l, x, e))
		return -1;
	if (l->sum.refused)
		lane_stop(l, ERR_PARTIAL,
		    "alerts refused: %lld (the last: %s): v_delivery has them",
		    (long long)l->sum.refused, l->rejection);
	return 0;
}

int
lane_step(struct lane *l, const struct context *x, struct err *e)
{
	int rc = 0;

	if (!l->in_hand)
		rc = take(l, x, e);
	if (!rc && l->in_hand)
		rc = try(l, x, e) || check_rejections(l, x, e) ? -1 : 0;
	else if (!rc)
		rc = finish(l, x, e);
	buf_free(&l->body);
	return rc;
}
