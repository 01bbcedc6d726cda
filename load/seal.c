#include "seal.h"
#include "batch.h"
#include "buf.h"
#include "config.h"
#include "context.h"
#include "db.h"
#include "digest.h"
#include "err.h"
#include "format.h"
#include "item.h"
#include "mem.h"
#include "owed.h"
#include "sink.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One transaction ends after so much: it bounds memory and the WAL. */
enum { SOME_BYTES = 8 << 20 };

/* A batch in the making. */
struct draft {
	struct buf body;
	struct buf item;
	struct batch_alert *alerts;
	size_t n, cap;
	bool in_doubt; /* the sink may have some of them */
};

static void
draft_free(struct draft *d)
{
	buf_free(&d->body);
	buf_free(&d->item);
	free(d->alerts);
}

static void
draft_add(struct draft *d, const struct format *f, const struct item *i)
{
	if (d->n == d->cap) {
		d->cap = d->cap ? 2 * d->cap : 512;
		d->alerts = xreallocarray(d->alerts, d->cap, sizeof *d->alerts);
	}
	d->alerts[d->n].alert_no = i->alert_no;
	d->alerts[d->n].mapping_id = i->mapping_id;
	buf_puts(&d->body, d->n ? f->join : f->open);
	buf_put(&d->body, d->item.data, d->item.len);
	d->in_doubt |= i->in_doubt;
	d->n++;
}

static bool
fits(const struct draft *d, const struct format *f, size_t max)
{
	return d->body.len + strlen(f->join) + d->item.len + strlen(f->close) <=
	    max;
}

/* Fill it from what is owed.  No alerts in it: nothing more is owed. */
static int
draft_fill(
    struct draft *d, struct owed *o, const struct config_sink *c, struct err *e)
{
	const struct format *f = format_of(c->format);
	struct item i;
	int rc = 0;

	d->n = 0;
	d->in_doubt = false;
	buf_clear(&d->body);
	while (
	    d->n < (size_t)c->batch_alerts && (rc = owed_next(o, &i, e)) == 1) {
		buf_clear(&d->item);
		f->put(&d->item, &i);
		if (d->n && !fits(d, f, (size_t)c->batch_bytes)) {
			owed_again(o);
			break;
		}
		draft_add(d, f, &i);
	}
	if (d->n)
		buf_puts(&d->body, f->close);
	return rc < 0 ? -1 : 0;
}

bool
seal_take(struct seal_kept *k, int64_t batch_id, struct buf *out)
{
	for (int i = 0; i < SEAL_SOME; i++) {
		if (k->batch_id[i] != batch_id)
			continue;
		buf_free(out);
		*out = k->body[i];
		k->body[i] = (struct buf){ 0 };
		k->batch_id[i] = 0;
		return true;
	}
	return false;
}

void
seal_free(struct seal_kept *k)
{
	for (int i = 0; i < SEAL_SOME; i++)
		buf_free(&k->body[i]);
	memset(k, 0, sizeof *k);
}

/* What was kept there before is the draft's memory from now on. */
static void
keep(struct seal_kept *k, int64_t i, int64_t batch_id, struct draft *d)
{
	struct buf spare = k->body[i];

	k->batch_id[i] = batch_id;
	k->body[i] = d->body;
	d->body = spare;
}

static void
add_up(struct seal_sum *sum, const struct draft *d)
{
	sum->batches++;
	sum->alerts += (int64_t)d->n;
	sum->bytes += (int64_t)d->body.len;
}

static int
store(const struct context *x, const struct config_sink *c,
    const struct sink *sink, const struct draft *d, int64_t *batch_id,
    struct err *e)
{
	struct batch b = { .sink_id = sink->sink_id,
		.format = c->format,
		.alerts = (int64_t)d->n,
		.bytes = (int64_t)d->body.len,
		.run_id = x->run_id,
		.possible_duplicate = d->in_doubt };

	digest_of(x->digest, d->body.data, d->body.len, b.key);
	if (batch_put(x->db, &b, d->body.data, e) ||
	    batch_put_alerts(x->db, b.batch_id, d->alerts, d->n, e))
		return -1;
	*batch_id = b.batch_id;
	return 0;
}

/* Inside a transaction. */
static int
store_some(const struct context *x, const struct config_sink *c,
    const struct sink *sink, struct seal_sum *sum, int64_t *sealed_to,
    struct seal_kept *k, struct err *e)
{
	struct draft d = { 0 };
	struct owed *o = NULL;
	int64_t batch_id;
	int rc = -1;

	if (owed_open(&o, x->db, sink, x->tenant, e))
		goto out;
	while (sum->batches < SEAL_SOME && sum->bytes < SOME_BYTES) {
		if (draft_fill(&d, o, c, e))
			goto out;
		if (d.n == 0)
			break;
		if (store(x, c, sink, &d, &batch_id, e))
			goto out;
		*sealed_to = d.alerts[d.n - 1].alert_no;
		add_up(sum, &d);
		if (k)
			keep(k, sum->batches - 1, batch_id, &d);
	}
	rc = 0;
out:
	owed_close(o);
	draft_free(&d);
	return rc;
}

int
seal_some(const struct context *x, const struct config_sink *c,
    struct sink *sink, struct seal_sum *sum, struct seal_kept *k, struct err *e)
{
	int64_t sealed_to = sink->sealed_to;
	int rc;

	memset(sum, 0, sizeof *sum);
	if (k)
		memset(k->batch_id, 0, sizeof k->batch_id);
	if (db_begin(x->db, e))
		return -1;
	rc = store_some(x, c, sink, sum, &sealed_to, k, e);
	if (!rc && sum->batches)
		rc = sink_put_sealed(x->db, sink->sink_id, sealed_to, e);
	if (db_end(x->db, rc, e)) {
		if (k)
			memset(k->batch_id, 0, sizeof k->batch_id);
		return -1;
	}
	sink->sealed_to = sealed_to;
	return 0;
}

int
seal_count(const struct context *x, const struct config_sink *c,
    const struct sink *sink, struct seal_sum *sum, struct err *e)
{
	struct draft d = { 0 };
	struct owed *o = NULL;
	int rc = -1;

	if (owed_open(&o, x->db, sink, x->tenant, e))
		goto out;
	do {
		if (draft_fill(&d, o, c, e))
			goto out;
		if (d.n)
			add_up(sum, &d);
	} while (d.n);
	rc = 0;
out:
	owed_close(o);
	draft_free(&d);
	return rc;
}
