#include "resend.h"
#include "buf.h"
#include "context.h"
#include "db.h"
#include "receipt.h"

#include <stdbool.h>

/* One transaction ends after so much: it bounds the WAL. */
enum { SOME_BYTES = 8 << 20 };

static int
is_doubtful(
    const struct context *x, const struct batch *b, bool *yes, struct err *e)
{
	bool doubt;

	if (receipt_get_doubt(x->db, b->batch_id, b->attempts, &doubt, e))
		return -1;
	*yes = doubt || b->possible_duplicate || b->state == BATCH_DELIVERED;
	return 0;
}

static int
put_repeat(const struct context *x, const struct batch *b, struct err *e)
{
	struct batch again = { .sink_id = b->sink_id,
		.repeats_id = b->batch_id,
		.generation = b->generation + 1,
		.format = b->format,
		.alerts = b->alerts,
		.bytes = b->bytes,
		.run_id = x->run_id };
	struct buf body = { 0 };
	int rc = -1;

	if (batch_get_body(x->db, b, x->digest, &body, e) ||
	    is_doubtful(x, b, &again.possible_duplicate, e))
		goto out;
	batch_make_key(
	    x->digest, body.data, body.len, again.generation, again.key);
	if (batch_put(x->db, &again, body.data, e) ||
	    batch_put_alerts_of(x->db, &again, b->batch_id, 0, e))
		goto out;
	rc = 0;
out:
	buf_free(&body);
	return rc;
}

/* Those after *after and up to last, some at a time; none: *after is last. */
static int
put_some(const struct context *x, int64_t sink_id, enum batch_state ended,
    int64_t *after, int64_t last, struct err *e)
{
	int64_t bytes = 0;
	struct batch b;
	bool found = true;

	while (bytes < SOME_BYTES) {
		if (batch_get_ended(
			x->db, sink_id, ended, *after, last, &b, &found, e))
			return -1;
		if (!found) {
			*after = last;
			return 0;
		}
		if (put_repeat(x, &b, e))
			return -1;
		*after = b.batch_id;
		bytes += b.bytes;
	}
	return 0;
}

int
resend(const struct context *x, int64_t sink_id, enum batch_state ended,
    struct err *e)
{
	int64_t after = 0;
	int64_t last;

	if (db_int(x->db, "SELECT coalesce(max(batch_id), 0) FROM batch", &last,
		e))
		return -1;
	while (after < last) {
		if (db_begin(x->db, e))
			return -1;
		if (db_end(
			x->db, put_some(x, sink_id, ended, &after, last, e), e))
			return -1;
	}
	return 0;
}
