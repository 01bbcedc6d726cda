#include "lane.h"
#include "attempt.h"
#include "clock.h"
#include "config.h"
#include "context.h"
#include "db.h"
#include "digest.h"
#include "log.h"
#include "result.h"
#include "seal.h"
#include "sink_type.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	TRIES_MAX = 5, /* of one batch in one run */
	ATTEMPT_MS = 60000,
	BACKOFF_MS = 500, /* doubled with each try */
};

static const char later[] = "run m2s-load again later";

void
lane_open(struct lane *l, const struct config_sink *c,
    const struct sink_type *type, const struct sink *sink)
{
	*l = (struct lane){ .config = c, .type = type, .sink = *sink };
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
	if (batch_get_unfinished(
		x->db, l->sink.sink_id, l->after, &l->batch, &l->in_hand, e))
		return -1;
	if (l->in_hand)
		return 0;
	if (seal_some(x, l->config, &l->sink, &sealed, e))
		return -1;
	if (sealed.batches == 0)
		return 0;
	return batch_get_unfinished(
	    x->db, l->sink.sink_id, l->after, &l->batch, &l->in_hand, e);
}

static void
release(struct lane *l)
{
	l->after = l->batch.batch_id;
	l->in_hand = false;
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
		release(l);
		break;
	case RESULT_HALVE:
		if (l->batch.state == BATCH_REFUSED)
			l->sum.refused++;
		if (l->batch.state == BATCH_SENDING)
			l->set_aside = true;
		memcpy(l->rejection, r->detail, sizeof l->rejection);
		release(l);
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
try(struct lane *l, const struct context *x, struct err *e)
{
	int64_t left_ms = l->deadline_ms - clock_monotonic_ms();
	bool idempotent = l->config->idempotent || l->type->idempotent;
	struct result r = { .wait_ms = -1 };

	if (left_ms <= 0) {
		lane_stop(l, ERR_RETRY, "its deadline_s has passed: %s", later);
		return 0;
	}
	if (left_ms > ATTEMPT_MS)
		left_ms = ATTEMPT_MS;
	if (batch_get_body(x->db, &l->batch, x->digest, &l->body, e) ||
	    attempt_begin(x, &l->batch, idempotent, e))
		return -1;
	l->sum.attempts++;
	if (l->type->send(l->conn, &l->batch, &l->body, left_ms, &r, e) ||
	    attempt_end(x, &l->batch, &l->body, &r, l->sum.delivered > 0, e))
		return -1;
	log_note("sink %s: batch %lld: attempt %lld: %s", l->config->name,
	    (long long)l->batch.batch_id, (long long)l->batch.attempts,
	    r.detail);
	go_on(l, &r);
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
		rc = batch_get_unfinished(
		    x->db, l->sink.sink_id, 0, &l->batch, &found, e);
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
		lane_stop(l, ERR_DENIED,
		    "it accepts nothing (%s): no alert is marked refused: ask "
		    "its administrator",
		    l->rejection);
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
	if (!rc)
		rc = l->in_hand ? try(l, x, e) : finish(l, x, e);
	buf_free(&l->body);
	return rc;
}
