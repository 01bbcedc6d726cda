#include "attempt.h"
#include "batch.h"
#include "buf.h"
#include "clock.h"
#include "context.h"
#include "db.h"
#include "format.h"
#include "quota.h"
#include "receipt.h"
#include "result.h"

#include <string.h>

static int
begin(const struct context *x, struct batch *b, bool idempotent,
    const struct quota *q, int64_t now, struct quota_wait *w, struct err *e)
{
	bool doubt;

	if (quota_take(x->db, q, now, w, e))
		return -1;
	if (w->not_before)
		return 0;
	if (receipt_get_doubt(x->db, b->batch_id, b->attempts, &doubt, e))
		return -1;
	return batch_put_attempt(x->db, b, doubt && !idempotent, e);
}

int
attempt_begin(const struct context *x, struct batch *b, bool idempotent,
    const struct quota *q, int64_t now, struct quota_wait *w, struct err *e)
{
	if (db_begin(x->db, e))
		return -1;
	return db_end(x->db, begin(x, b, idempotent, q, now, w, e), e);
}

static int
put_receipt(const struct context *x, const struct batch *b,
    const struct result *r, struct err *e)
{
	struct receipt receipt = { .batch_id = b->batch_id,
		.attempt = b->attempts,
		.run_id = x->run_id,
		.latency_ms = r->latency_ms,
		.outcome = r->outcome,
		.http_status = r->http_status,
		.request_id = r->request_id[0] ? r->request_id : NULL,
		.detail = r->detail,
		.body_start = r->body_start,
		.body_start_len = r->body_start_len };

	memcpy(receipt.body_digest, r->body_digest, DIGEST_SIZE);
	return receipt_put(x->db, &receipt, e);
}

static int
put_half(const struct context *x, const struct batch *parent, int64_t first,
    int64_t alerts, const struct buf *body, bool possible_duplicate,
    struct err *e)
{
	struct batch b = { .sink_id = parent->sink_id,
		.parent_id = parent->batch_id,
		.generation = parent->generation,
		.format = parent->format,
		.alerts = alerts,
		.bytes = (int64_t)body->len,
		.run_id = x->run_id,
		.possible_duplicate = possible_duplicate };

	batch_make_key(x->digest, body->data, body->len, b.generation, b.key);
	if (batch_put(x->db, &b, body->data, e) ||
	    batch_put_alerts_of(x->db, &b, parent->batch_id, first, e))
		return -1;
	return 0;
}

/*
 * Halves have keys of their own: what an earlier attempt of the whole may
 * have left with the sink, no key of theirs gives away.  So they are flagged
 * for an idempotent sink, too.
 */
static int
split(const struct context *x, struct batch *b, const struct buf *body,
    struct err *e)
{
	int64_t n = b->alerts / 2;
	struct buf first = { 0 };
	struct buf second = { 0 };
	bool doubt;
	int rc = -1;

	if (receipt_get_doubt(x->db, b->batch_id, b->attempts, &doubt, e))
		return -1;
	doubt |= b->possible_duplicate;
	format_cut(format_of(b->format), body, n, &first, &second);
	if (put_half(x, b, 0, n, &first, doubt, e) ||
	    put_half(x, b, n, b->alerts - n, &second, doubt, e) ||
	    batch_put_end(x->db, b, BATCH_SPLIT, e))
		goto out;
	rc = 0;
out:
	buf_free(&first);
	buf_free(&second);
	return rc;
}

/* When the sink asks for a wait, other runs and sinks must know, too. */
static int
put_wait(const struct context *x, const struct result *r, const struct quota *q,
    struct err *e)
{
	if (r->next != RESULT_AGAIN || r->wait_ms <= 0)
		return 0;
	return quota_hold(x->db, q, clock_now() + (r->wait_ms + 999) / 1000, e);
}

static int
end(const struct context *x, struct batch *b, const struct buf *body,
    const struct result *r, bool may_refuse, struct err *e)
{
	if (put_receipt(x, b, r, e))
		return -1;
	if (r->next == RESULT_DONE)
		return batch_put_end(x->db, b, BATCH_DELIVERED, e);
	if (r->next == RESULT_HALVE && b->alerts > 1)
		return split(x, b, body, e);
	if (r->next == RESULT_HALVE && may_refuse)
		return batch_put_end(x->db, b, BATCH_REFUSED, e);
	return 0;
}

int
attempt_end(const struct context *x, struct batch *b, const struct buf *body,
    const struct result *r, bool may_refuse, const struct quota *q,
    struct err *e)
{
	int rc;

	if (db_begin(x->db, e))
		return -1;
	rc = end(x, b, body, r, may_refuse, e);
	if (!rc)
		rc = put_wait(x, r, q, e);
	return db_end(x->db, rc, e);
}
