#include "slot.h"
#include "agenda.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "digest.h"
#include "err.h"
#include "gap.h"
#include "http.h"
#include "log.h"
#include "mem.h"
#include "page.h"
#include "patience.h"
#include "plan.h"
#include "timestamp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	TRIES = 5, /* of a request that gets no answer */
	TRIES_UNREADABLE = 3,
	REFUSALS = 3, /* of a window's tokens, until it is halved */
	PAGES_MAX = 100000, /* of a window, until it is halved */
	GAP_BODY_MAX = 1 << 20,
	REQUEST_ID_MAX = 200
};

void
slot_take(struct slot *s, const struct window *w)
{
	assert(s->window.id == 0);
	s->window = *w;
	if (w->next_token) {
		s->window.next_token = xstrdup(w->next_token);
		repeat_next(&s->repeat, w->next_token);
	}
}

static void
drop_answer(struct slot *s)
{
	http_answer_free(s->answer);
	s->answer = NULL;
}

void
slot_free(struct slot *s)
{
	window_free(&s->window);
	buf_free(&s->request);
	repeat_free(&s->repeat);
	drop_answer(s);
	*s = (struct slot){ 0 };
}

int
slot_send(
    struct slot *s, struct slot_run *run, int64_t timeout_ms, struct err *e)
{
	buf_clear(&s->request);
	mimecast_page_request(&s->request, &s->window);
	s->generation = mimecast_generation(run->mimecast);
	if (mimecast_ask(run->mimecast, s->window.log, &s->request, timeout_ms,
		s, s->request_id, e))
		return -1;
	s->under_way = true;
	return 0;
}

/* The window stays open for another run, and no more of its log is read. */
static void
stop_log(struct slot *s, struct slot_run *run)
{
	const struct window *w = &s->window;
	struct err *stopped = &run->logs[w->log].stopped;
	char from[TIMESTAMP_SIZE], to[TIMESTAMP_SIZE];

	if (!stopped->kind) {
		*stopped = s->reply.err;
		err_add(stopped, "%s: %s..%s", ttp_log(w->log)->name,
		    timestamp_iso(w->from_at, from),
		    timestamp_iso(w->to_at, to));
	}
	slot_free(s);
}

/* The same; in the next run the others come first. */
static int
put_off(struct slot *s, struct slot_run *run, struct err *e)
{
	s->window.failures++;
	if (window_update(run->db, &s->window, e))
		return -1;
	stop_log(s, run);
	return 0;
}

/* Begin the window again; its pages of this attempt stay as they are. */
static int
restart(struct slot *s, struct slot_run *run, struct err *e)
{
	struct window *w = &s->window;

	w->attempt++;
	free(w->next_token);
	w->next_token = NULL;
	w->pages = 0;
	w->records = 0;
	repeat_free(&s->repeat);
	s->failures = 0;
	s->doubted = false;
	s->due_ms = 0;
	return window_update(run->db, w, e);
}

static int
put_part(const struct window *w, int64_t from_at, int64_t to_at,
    struct slot_run *run, struct err *e)
{
	struct window part = {
		.log = w->log,
		.from_at = from_at,
		.to_at = to_at,
		.origin = w->origin,
		.parent_id = w->id,
		.reread_of = w->reread_of,
		.run_id = run->run_id,
		.planned_at = clock_now(),
		.page_size = run->config->page_size,
		.failures = w->failures,
	};

	return window_put(run->db, &part, e);
}

/* Two windows take the place of this one. */
static int
split(struct slot *s, int64_t middle, struct slot_run *run, struct err *e)
{
	const struct window *w = &s->window;

	if (window_update(run->db, w, e) ||
	    window_close(run->db, w->id, WINDOW_REPLACED, WINDOW_NOT_RECONCILED,
		-1, e) ||
	    put_part(w, w->from_at, middle, run, e) ||
	    put_part(w, middle, w->to_at, run, e))
		return -1;
	slot_free(s);
	return 0;
}

static int
lose(struct slot *s, struct slot_run *run, struct err *e)
{
	const struct window *w = &s->window;
	const struct buf *body = &s->answer->body;
	struct gap gap = {
		.log = w->log,
		.from_at = w->from_at,
		.to_at = w->to_at,
		.window_id = w->id,
		.run_id = run->run_id,
		.found_at = clock_now(),
		.body = body->len ? body->data : NULL,
		.body_bytes =
		    body->len < GAP_BODY_MAX ? body->len : GAP_BODY_MAX,
	};
	char from[TIMESTAMP_SIZE];

	log_warn("%s: the second %s cannot be read: %s", ttp_log(w->log)->name,
	    timestamp_iso(w->from_at, from), s->reply.err.msg);
	if (window_close(
		run->db, w->id, WINDOW_LOST, WINDOW_NOT_RECONCILED, -1, e))
		return -1;
	/* What a reread fails to read was read once already. */
	if (w->origin != WINDOW_REREAD) {
		if (gap_put(run->db, &gap, e))
			return -1;
		run->logs[w->log].gaps++;
	}
	slot_free(s);
	return 0;
}

static int
halve_or_lose(struct slot *s, struct slot_run *run, struct err *e)
{
	struct window *w = &s->window;

	if (w->to_at - w->from_at > 1) {
		w->failures++; /* so that those without trouble come first */
		return split(
		    s, w->from_at + (w->to_at - w->from_at) / 2, run, e);
	}
	if (run->logs[s->window.log].pages == 0)
		return put_off(s, run, e);
	return lose(s, run, e);
}

static int
shrink(struct slot *s, struct slot_run *run, struct err *e)
{
	struct window *w = &s->window;

	if (s->reply.kind == REPLY_UNREADABLE && run->logs[w->log].pages == 0)
		return put_off(s, run, e);
	if (w->page_size == 1)
		return halve_or_lose(s, run, e);
	log_note("%s: pages of %lld records from now on: %s",
	    ttp_log(w->log)->name, (long long)w->page_size / 2,
	    s->reply.err.msg);
	w->page_size /= 2;
	w->failures++;
	if (restart(s, run, e))
		return -1;
	slot_free(s);
	return 0;
}

static int
refuse_token(struct slot *s, struct slot_run *run, struct err *e)
{
	if (++s->window.refusals >= REFUSALS)
		return halve_or_lose(s, run, e);
	log_note("%s: page token refused, the window starts again: %s",
	    ttp_log(s->window.log)->name, s->reply.err.msg);
	return restart(s, run, e);
}

static enum window_reconciled
reconcile(const struct page_totals *t, int64_t records)
{
	if (t->given == 0)
		return WINDOW_NO_TOTAL;
	return t->least == t->greatest && t->least == records ? WINDOW_EXACT
							      : WINDOW_MISMATCH;
}

static int
complete(struct slot *s, struct slot_run *run, struct err *e)
{
	struct window *w = &s->window;
	enum window_reconciled reconciled;
	struct page_totals t;

	if (page_totals_get(run->db, w->id, w->attempt, &t, e))
		return -1;
	reconciled = reconcile(&t, w->records);
	if (reconciled == WINDOW_MISMATCH && w->recounts == 0) {
		w->recounts++;
		return restart(s, run, e);
	}
	if (window_update(run->db, w, e) ||
	    window_close(run->db, w->id, WINDOW_COMPLETE, reconciled,
		t.given > 0 && t.least == t.greatest ? t.least : -1, e))
		return -1;
	run->logs[w->log].completed++;
	slot_free(s);
	return 0;
}

/* From outside, and meant for people: anything odd is left out. */
static const char *
request_id_of(const struct slot *s)
{
	const char *id = http_header(s->answer, "x-request-id");

	if (!id)
		return s->request_id[0] ? s->request_id : NULL;
	if (strlen(id) > REQUEST_ID_MAX)
		return NULL;
	for (const char *p = id; *p; p++)
		if (*p < ' ' || *p > '~')
			return NULL;
	return id;
}

static int
put_page(struct slot *s, struct slot_run *run, const char *next, struct err *e)
{
	const struct http_answer *a = s->answer;
	unsigned char digest[DIGEST_SIZE];
	struct window *w = &s->window;
	struct page page = {
		.window_id = w->id,
		.attempt = w->attempt,
		.number = w->pages + 1,
		.run_id = run->run_id,
		.request = s->request.data,
		.page_token = w->next_token,
		.http_status = a->status,
		.request_id = request_id_of(s),
		.server_date = reply_date(a),
		.fetched_at = clock_now(),
		.digest = digest,
		.body = a->body.data,
		.body_bytes = a->body.len,
		.records = s->envelope.records,
		.total = s->envelope.total,
		.next_token = next,
	};

	digest_of(run->digest, a->body.data, a->body.len, digest);
	if (page_put(run->db, &page, e))
		return -1;
	w->pages++;
	w->records += page.records;
	run->logs[w->log].pages++;
	run->logs[w->log].records += page.records;
	run->logs[w->log].bytes += (int64_t)page.body_bytes;
	return 0;
}

/* The window ends later than what has settled by the service's clock. */
static int
wait_to_settle(
    struct slot *s, int64_t settled_at, struct slot_run *run, struct err *e)
{
	log_note("%s: a window ends ahead of the service's clock: its end is "
		 "left for another run",
	    ttp_log(s->window.log)->name);
	if (run->settled_at > settled_at)
		run->settled_at = settled_at;
	if (settled_at > s->window.from_at)
		return split(s, settled_at, run, e);
	if (restart(s, run, e))
		return -1;
	slot_free(s);
	return 0;
}

/* Retention has overtaken its start since it was planned. */
static int
expire(struct slot *s, int64_t date, struct slot_run *run, struct err *e)
{
	int64_t kept_from = date - run->config->retention_s + PLAN_MARGIN_S;
	struct agenda_expired x = {
		.window = s->window,
		.kept_from =
		    kept_from < s->window.to_at ? kept_from : s->window.to_at,
	};

	x.window.next_token = NULL;
	if (window_update(run->db, &s->window, e) ||
	    agenda_expire(
		run->db, &x, run->run_id, &run->logs[s->window.log].gaps, e))
		return -1;
	slot_free(s);
	return 0;
}

/*
 * What the service's clock makes of a window whose first page was put: it
 * alone says what has settled and what is still kept.  Frees the slot if the
 * window is not to be read on.
 */
static int
judge_time(struct slot *s, struct slot_run *run, struct err *e)
{
	const struct config_mimecast *c = run->config;
	int64_t date = reply_date(s->answer);

	if (date == 0)
		date = clock_now();
	if (plan_check_date(clock_now(), date, e))
		return -1;
	if (s->window.to_at > date)
		return wait_to_settle(s, date - c->settle_s, run, e);
	if (s->window.from_at < date - c->retention_s)
		return expire(s, date, run, e);
	return 0;
}

/* next is the window's from here on. */
static int
move_on(struct slot *s, struct slot_run *run, char *next, struct err *e)
{
	struct window *w = &s->window;

	free(w->next_token);
	w->next_token = next;
	s->failures = 0;
	s->doubted = false;
	s->due_ms = 0;
	if (w->pages == 1 && judge_time(s, run, e))
		return -1;
	if (w->id == 0)
		return 0;
	if (!next || s->envelope.records == 0)
		return complete(s, run, e);
	if (w->pages < PAGES_MAX)
		return window_advance(run->db, w, e);
	err_set(&s->reply.err, ERR_RETRY, "more than %d pages", PAGES_MAX);
	return halve_or_lose(s, run, e);
}

static int
apply_page(struct slot *s, struct slot_run *run, struct err *e)
{
	struct buf text = { 0 };

	if (s->envelope.next.type == SCAN_STRING)
		scan_text(&s->envelope.next, SCAN_CLEAN, &text);
	if (text.data && s->envelope.records > 0 &&
	    repeat_next(&s->repeat, text.data)) {
		err_set(&s->reply.err, ERR_RETRY, "the page token came before");
		buf_free(&text);
		return refuse_token(s, run, e);
	}
	if (put_page(s, run, text.data, e)) {
		buf_free(&text);
		return -1;
	}
	return move_on(s, run, text.data, e);
}

static int
ask_again(struct slot *s, struct slot_run *run, struct err *e)
{
	int64_t pause_ms;

	if (++s->failures >= TRIES)
		return put_off(s, run, e);
	log_note("%s: %s", ttp_log(s->window.log)->name, s->reply.err.msg);
	pause_ms = patience_backoff_ms(run->patience, s->failures);
	if (pause_ms < s->reply.wait_ms)
		pause_ms = s->reply.wait_ms;
	s->due_ms = clock_monotonic_ms() + pause_ms;
	if (s->due_ms >= run->patience->deadline_ms)
		stop_log(s, run);
	return 0;
}

static int
apply_refusal(struct slot *s, struct slot_run *run, struct err *e)
{
	if (s->window.next_token)
		return refuse_token(s, run, e);
	return put_off(s, run, e);
}

static void
apply_doubt(struct slot *s, struct slot_run *run)
{
	if (s->doubted) {
		stop_log(s, run);
		return;
	}
	log_note("%s: %s", ttp_log(s->window.log)->name, s->reply.err.msg);
	s->doubted = true;
	mimecast_distrust(run->mimecast, s->generation);
}

static int
apply(struct slot *s, struct slot_run *run, struct err *e)
{
	switch (s->reply.kind) {
	case REPLY_GOOD:
		return apply_page(s, run, e);
	case REPLY_AGAIN:
		return ask_again(s, run, e);
	case REPLY_UNREADABLE:
		if (s->failures + 1 >= TRIES_UNREADABLE)
			return shrink(s, run, e);
		return ask_again(s, run, e);
	case REPLY_TOO_LARGE:
		return shrink(s, run, e);
	case REPLY_REFUSED:
		return apply_refusal(s, run, e);
	case REPLY_DOUBTED:
		apply_doubt(s, run);
		return 0;
	case REPLY_STOP:
		stop_log(s, run);
		return 0;
	case REPLY_QUOTA:
		s->due_ms = clock_monotonic_ms() +
		    patience_backoff_ms(run->patience, 1);
		return 0;
	}
	return err_set(e, ERR_BUG, "an answer of no kind");
}

int
slot_apply(struct slot *s, struct slot_run *run, struct err *e)
{
	int64_t id = s->window.id;

	s->under_way = false;
	if (apply(s, run, e))
		return err_add(e, "window %lld", (long long)id);
	drop_answer(s);
	return 0;
}
