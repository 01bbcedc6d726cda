#include "fetch.h"
#include "budget.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "err.h"
#include "http.h"
#include "log.h"
#include "mem.h"
#include "patience.h"
#include "slot.h"
#include "timestamp.h"

#include <stdio.h>
#include <stdlib.h>

enum { WAIT_MS = 250, TIMEOUT_MS = 120000, PROGRESS_MS = 200 };

struct fetch {
	struct slot_run *run;
	struct scan *scan;
	struct slot *slots;
	size_t slots_count;
	bool only_backfill;
	int64_t started_ms;
	int64_t shown_ms; /* when progress was */
	struct err halt; /* why no request is sent any more, or ERR_NONE */
};

static struct slot *
free_slot(struct fetch *f)
{
	for (size_t i = 0; i < f->slots_count; i++)
		if (f->slots[i].window.id == 0)
			return &f->slots[i];
	return NULL;
}

static bool
is_taken(const struct fetch *f, int64_t window_id)
{
	for (size_t i = 0; i < f->slots_count; i++)
		if (f->slots[i].window.id == window_id)
			return true;
	return false;
}

/* Ends the walk with 1 when no slot is free. */
static int
take(const struct window *w, void *arg, struct err *e)
{
	struct fetch *f = arg;
	const struct slot_run *run = f->run;

	(void)e;
	if (!run->config->logs[w->log] || run->logs[w->log].stopped.kind ||
	    (f->only_backfill && w->origin != WINDOW_BACKFILL) ||
	    w->to_at > run->settled_at || is_taken(f, w->id))
		return 0;
	slot_take(free_slot(f), w);
	return free_slot(f) ? 0 : 1;
}

static int
fill(struct fetch *f, struct err *e)
{
	if (f->halt.kind || !free_slot(f))
		return 0;
	return window_each_open(f->run->db, take, f, e) < 0 ? -1 : 0;
}

static size_t
count_under_way(const struct fetch *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->slots_count; i++)
		n += f->slots[i].under_way;
	return n;
}

/* What is not under way stays open for another run. */
static void
give_up_waiting(struct fetch *f)
{
	for (size_t i = 0; i < f->slots_count; i++)
		if (!f->slots[i].under_way)
			slot_free(&f->slots[i]);
}

/* A token is asked for when all is quiet, which is twice an hour. */
static int
authorize(struct fetch *f, struct err *e)
{
	int64_t date;

	if (mimecast_ready(f->run->mimecast) || count_under_way(f) > 0)
		return 0;
	return mimecast_renew(f->run->mimecast, f->run->patience, &date, e);
}

/* Send what is due.  *wait_ms: until more may be due. */
static int
send_due(struct fetch *f, int64_t *wait_ms, struct err *e)
{
	int64_t now = clock_monotonic_ms();

	*wait_ms = WAIT_MS;
	if (!mimecast_ready(f->run->mimecast))
		return 0;
	for (size_t i = 0; i < f->slots_count; i++) {
		struct slot *s = &f->slots[i];
		int64_t due = s->due_ms > f->run->patience->quota_ms
		    ? s->due_ms
		    : f->run->patience->quota_ms;

		if (s->window.id == 0 || s->under_way)
			continue;
		if (due > now) {
			if (due - now < *wait_ms)
				*wait_ms = due - now;
			continue;
		}
		if (slot_send(s, f->run,
			patience_timeout_ms(f->run->patience, TIMEOUT_MS), e))
			return -1;
	}
	return 0;
}

static int
send_if_allowed(struct fetch *f, int64_t *wait_ms, struct err *e)
{
	*wait_ms = WAIT_MS;
	if (!f->halt.kind)
		patience_check(f->run->patience, &f->halt);
	if (f->halt.kind) {
		give_up_waiting(f);
		return 0;
	}
	if (authorize(f, e))
		return -1;
	return send_due(f, wait_ms, e);
}

/* Wait for an answer, then take all that are there. */
static int
collect(struct fetch *f, int64_t wait_ms, size_t *n, struct err *e)
{
	struct http_answer *answer;
	void *owner;
	struct slot *s;

	for (*n = 0;; ++*n, wait_ms = 0) {
		if (mimecast_wait(
			f->run->mimecast, wait_ms, &answer, &owner, e))
			return -1;
		if (!answer)
			return 0;
		s = owner;
		s->answer = answer;
		reply_judge_page(
		    &s->reply, &s->envelope, f->scan, answer, s->window.log);
		if (s->reply.quota_left >= 0)
			f->run->quota_left = s->reply.quota_left;
	}
}

static int
apply_all(struct fetch *f, struct err *e)
{
	for (size_t i = 0; i < f->slots_count; i++)
		if (f->slots[i].answer && slot_apply(&f->slots[i], f->run, e))
			return -1;
	return 0;
}

/* Slots that wait while another one stopped their log. */
static void
drop_stopped(struct fetch *f)
{
	for (size_t i = 0; i < f->slots_count; i++) {
		struct slot *s = &f->slots[i];

		if (s->window.id && !s->under_way &&
		    f->run->logs[s->window.log].stopped.kind)
			slot_free(s);
	}
}

static bool
note_quota(struct fetch *f)
{
	bool any = false;

	for (size_t i = 0; i < f->slots_count; i++) {
		const struct slot *s = &f->slots[i];

		if (!s->answer || s->reply.kind != REPLY_QUOTA)
			continue;
		patience_quota(f->run->patience, s->reply.wait_ms);
		any = true;
	}
	return any;
}

static int
put_quota(struct fetch *f, struct err *e)
{
	struct budget b = { .not_before = f->run->patience->not_before };

	return budget_put(
	    f->run->db, mimecast_host(f->run->mimecast), "quota", &b, e);
}

static int
store(struct fetch *f, struct err *e)
{
	bool quota = note_quota(f);
	int rc;

	if (db_begin(f->run->db, e))
		return -1;
	rc = apply_all(f, e);
	if (rc == 0 && quota)
		rc = put_quota(f, e);
	drop_stopped(f);
	return db_end(f->run->db, rc, e);
}

static bool
is_idle(const struct fetch *f)
{
	for (size_t i = 0; i < f->slots_count; i++)
		if (f->slots[i].window.id)
			return false;
	return true;
}

/* One of the windows that are being read; the oldest, mostly. */
static const struct window *
window_in_hand(const struct fetch *f)
{
	for (size_t i = 0; i < f->slots_count; i++)
		if (f->slots[i].window.id)
			return &f->slots[i].window;
	return NULL;
}

static void
print_progress(const struct fetch *f, int64_t now_ms)
{
	const struct window *w = window_in_hand(f);
	struct slot_log all = { 0 };
	char quota[48] = "";
	char from[TIMESTAMP_SIZE] = "";

	for (int i = 0; i < TTP_COUNT; i++) {
		all.completed += f->run->logs[i].completed;
		all.pages += f->run->logs[i].pages;
		all.records += f->run->logs[i].records;
	}
	if (f->run->quota_left >= 0)
		snprintf(quota, sizeof quota, ", quota left %lld",
		    (long long)f->run->quota_left);
	log_progress("%s %s: %lld windows, %lld pages, %lld records, %lld/s%s",
	    w ? ttp_log(w->log)->name : "all",
	    w ? timestamp_iso(w->from_at, from) : "read",
	    (long long)all.completed, (long long)all.pages,
	    (long long)all.records,
	    (long long)(all.records * 1000 / (now_ms - f->started_ms + 1)),
	    quota);
}

static void
show_progress(struct fetch *f)
{
	int64_t now_ms = clock_monotonic_ms();

	if (now_ms - f->shown_ms < PROGRESS_MS && !is_idle(f))
		return;
	f->shown_ms = now_ms;
	print_progress(f, now_ms);
}

static int
turn(struct fetch *f, bool *done, struct err *e)
{
	int64_t wait_ms = 0;
	size_t n;

	if (fill(f, e))
		return -1;
	if (!is_idle(f) && send_if_allowed(f, &wait_ms, e))
		return -1;
	*done = is_idle(f);
	if (*done)
		return 0;
	if (collect(f, wait_ms, &n, e) || (n > 0 && store(f, e)))
		return -1;
	show_progress(f);
	return 0;
}

int
fetch_run(struct slot_run *run, bool only_backfill, struct err *e)
{
	struct fetch f = {
		.run = run,
		.scan = xcalloc(1, sizeof *f.scan),
		.slots_count = (size_t)run->config->parallel,
		.only_backfill = only_backfill,
		.started_ms = clock_monotonic_ms(),
	};
	bool done = false;
	int rc;

	f.slots = xcalloc(f.slots_count, sizeof *f.slots);
	do
		rc = turn(&f, &done, e);
	while (rc == 0 && !done);
	log_progress("%s", ""); /* the figures of the result follow */
	if (rc == 0 && f.halt.kind) {
		*e = f.halt;
		rc = -1;
	}
	for (size_t i = 0; i < f.slots_count; i++)
		slot_free(&f.slots[i]);
	free(f.slots);
	free(f.scan);
	return rc;
}
