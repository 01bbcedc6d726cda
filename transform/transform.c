#include "transform.h"
#include "body.h"
#include "db.h"
#include "digest.h"
#include "err.h"
#include "event.h"
#include "identity.h"
#include "judge.h"
#include "log.h"
#include "mapping_file.h"
#include "mem.h"
#include "record.h"
#include "seam.h"
#include "tally.h"
#include "unjudged.h"
#include "unknown.h"
#include "verdict.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { COMMIT_RECORDS = 10000 };

struct transform {
	struct db *db;
	const struct transform_options *options;
	struct tally *tally;
	struct tally committed; /* what of it is durable */
	struct unjudged *todo;
	struct verdict *verdict;
	struct identity *identity;
	struct digest *digest;
	struct event event;
	struct scan *scan;
	struct seam seam;
	struct unknown *unknown;
	bool in_transaction;
	bool in_page; /* its rows are not whole yet */
	int64_t pending; /* records since the last commit */
};

/* A page in hand. */
struct page {
	struct transform *t;
	struct unjudged_page row;
	const void *body;
	size_t len;
	size_t repeated; /* records at its start that a seam repeats */
	size_t count; /* records found in it */
};

static int
begin(struct transform *t, struct err *e)
{
	if (t->in_transaction)
		return 0;
	if (db_begin(t->db, e))
		return -1;
	t->in_transaction = true;
	return 0;
}

/* A page that failed half way takes the transaction with it. */
static int
commit(struct transform *t, struct err *e)
{
	int rc;

	if (!t->in_transaction)
		return 0;
	t->in_transaction = false;
	t->pending = 0;
	rc = t->in_page ? -1 : unknown_store(t->unknown, e);
	if (db_end(t->db, rc, e)) {
		*t->tally = t->committed;
		return -1;
	}
	t->committed = *t->tally;
	log_progress("judged %" PRId64 " records", tally_records(t->tally));
	return 0;
}

static int
take_body(struct page *p, struct err *e)
{
	unsigned char digest[DIGEST_SIZE];
	struct transform *t = p->t;

	if (unjudged_body(t->todo, p->row.page_id, &p->body, &p->len, e))
		return -1;
	digest_of(t->digest, p->body, p->len, digest);
	if (memcmp(digest, p->row.body_digest, DIGEST_SIZE) != 0)
		return err_set(e, ERR_DATA,
		    "its body is not the one that was stored: the database is "
		    "damaged, restore it from a copy");
	return 0;
}

static int
add_to_seam(struct event *ev, size_t position, void *arg, struct err *e)
{
	unsigned char digest[DIGEST_SIZE];
	struct page *p = arg;
	struct transform *t = p->t;

	(void)position;
	(void)e;
	if (reason_outcome(judge(ev)) == OUTCOME_INVALID)
		identity_bytes(t->identity, (const char *)p->body + ev->offset,
		    ev->length, digest);
	else
		identity_digest(t->identity, ev, digest);
	seam_add(&t->seam, digest);
	return 0;
}

static int
each_record(struct page *p, body_fn *fn, struct err *e)
{
	struct transform *t = p->t;

	return body_each(t->scan, &t->event, p->body, p->len, fn, p, e);
}

static int
read_seam(struct page *p, struct err *e)
{
	seam_page(&p->t->seam, p->row.page_id);
	p->t->event.unknown = NULL; /* or it would count twice */
	return each_record(p, add_to_seam, e);
}

static int
put_record(struct event *ev, size_t position, void *arg, struct err *e)
{
	struct page *p = arg;
	struct transform *t = p->t;
	int64_t id = record_id(p->row.page_id, (int64_t)position);

	p->count++;
	if (position < p->repeated)
		return verdict_put_repeated(t->verdict, ev, id,
		    seam_original(&t->seam, p->repeated, position), e);
	return verdict_put(t->verdict, ev, id, e);
}

static int
put_page(struct page *p, struct err *e)
{
	struct transform *t = p->t;

	if (begin(t, e))
		return -1;
	t->in_page = true;
	t->event.unknown = t->unknown;
	unknown_page(
	    t->unknown, t->event.rules->log, p->row.page_id, p->row.fetched_at);
	if (each_record(p, put_record, e))
		return -1;
	if ((int64_t)p->count != p->row.records)
		return err_set(e, ERR_DATA,
		    "%zu records in its body where %" PRId64 " were counted",
		    p->count, p->row.records);
	if (unjudged_page_done(t->todo, p->row.page_id, e))
		return -1;
	t->in_page = false;
	t->pending += p->row.records;
	t->tally->pages++;
	return 0;
}

static int
judge_page(struct page *p, bool seams, struct err *e)
{
	int rc = -1;

	p->count = 0;
	p->repeated = 0;
	if (take_body(p, e) || (seams && read_seam(p, e)))
		goto out;
	if (seams)
		p->repeated = seam_repeated(&p->t->seam);
	rc = put_page(p, e);
out:
	unjudged_body_done(p->t->todo);
	return rc ? err_add(e, "page %" PRId64, p->row.number) : 0;
}

/* Between two pages: commit if it is time, stop if we are asked to. */
static int
between_pages(struct transform *t, struct err *e)
{
	if (t->pending >= COMMIT_RECORDS && commit(t, e))
		return -1;
	if (t->options->stopping && t->options->stopping())
		return err_set(e, ERR_RETRY,
		    "stopped by a signal: the next run goes on from here");
	return 0;
}

/* The last page that an earlier run judged may end in a seam. */
static int
resume_seams(struct page *p, struct err *e)
{
	int rc = take_body(p, e) || read_seam(p, e) ? -1 : 0;

	unjudged_body_done(p->t->todo);
	return rc ? err_add(e, "page %" PRId64, p->row.number) : 0;
}

static int
judge_attempt(struct transform *t, const struct unjudged_window *w,
    int64_t attempt, struct err *e)
{
	bool final = attempt == w->attempt;
	bool seams = final && w->mismatch;
	struct page p = { .t = t };
	int found =
	    unjudged_last_judged(t->todo, w->window_id, attempt, &p.row, e);

	seam_begin(&t->seam);
	if (found < 0 ||
	    verdict_begin(t->verdict, w->window_id, attempt,
		final && w->complete, found > 0, e) ||
	    (seams && found > 0 && resume_seams(&p, e)))
		return -1;
	while ((found = unjudged_page(t->todo, w->window_id, attempt,
		    p.row.number, &p.row, e)) > 0)
		if (between_pages(t, e) || judge_page(&p, seams, e))
			return -1;
	return found;
}

static int
judge_attempts(
    struct transform *t, const struct unjudged_window *w, struct err *e)
{
	if (judge_attempt(t, w, w->attempt, e))
		return -1;
	for (int64_t attempt = 1; attempt < w->attempt; attempt++)
		if (judge_attempt(t, w, attempt, e))
			return err_add(e, "attempt %" PRId64, attempt);
	return 0;
}

static int
judge_window(
    struct transform *t, const struct unjudged_window *w, struct err *e)
{
	event_open(&t->event, rules_of(w->log));
	if (judge_attempts(t, w, e) || begin(t, e) ||
	    unjudged_window_done(t->todo, w->window_id, t->options->run_id, e))
		return err_add(e, "%s: window %" PRId64, ttp_log(w->log)->name,
		    w->window_id);
	t->tally->windows++;
	return 0;
}

static int
judge_windows(struct transform *t, struct err *e)
{
	struct unjudged_window w = { 0 };
	int found;

	while ((found = unjudged_window(t->todo, w.closed_order, &w, e)) > 0)
		if (between_pages(t, e) || judge_window(t, &w, e))
			return -1;
	return found;
}

static int
open_tables(struct transform *t, int64_t mapping_id, struct err *e)
{
	const struct verdict_run run = {
		.db = t->db,
		.run_id = t->options->run_id,
		.mapping_id = mapping_id,
		.mapping = t->options->mapping,
		.identity = t->identity,
		.tally = t->tally,
	};

	return unjudged_open(&t->todo, t->db, e) ||
		unknown_open(&t->unknown, t->db, e) ||
		verdict_open(&t->verdict, &run, e)
	    ? -1
	    : 0;
}

int
transform_run(struct db *db, const struct transform_options *options,
    struct tally *tally, struct err *e)
{
	struct transform t = { .db = db, .options = options, .tally = tally };
	const struct mapping_file *m = options->mapping;
	struct err late = { 0 };
	int64_t mapping_id;
	int rc = -1;

	t.scan = xcalloc(1, sizeof *t.scan);
	if (mapping_put(db, &m->mapping, m->rules, m->rules_count,
		options->run_id, &mapping_id, e) ||
	    digest_open(&t.digest, e) || identity_open(&t.identity, e) ||
	    open_tables(&t, mapping_id, e))
		goto out;
	rc = judge_windows(&t, e);
	if (commit(&t, &late)) {
		err_merge(e, &late);
		rc = -1;
	}
out:
	verdict_close(t.verdict);
	unjudged_close(t.todo);
	unknown_close(t.unknown);
	identity_close(t.identity);
	digest_close(t.digest);
	event_close(&t.event);
	seam_free(&t.seam);
	free(t.scan);
	return rc;
}
