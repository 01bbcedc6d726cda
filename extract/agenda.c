#include "agenda.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "err.h"
#include "log.h"
#include "mem.h"
#include "plan.h"
#include "timestamp.h"

#include <stdio.h>
#include <stdlib.h>

struct maker {
	struct agenda *agenda;
	struct db *db;
	const struct config_mimecast *config;
	int64_t now;
};

static void
add_window(struct maker *m, const struct window *w)
{
	struct agenda *a = m->agenda;

	a->windows =
	    xreallocarray(a->windows, a->windows_count + 1, sizeof *a->windows);
	a->windows[a->windows_count] = *w;
	a->windows[a->windows_count].page_size = m->config->page_size;
	a->windows[a->windows_count++].next_token = NULL;
}

static void
add_gap(struct maker *m, enum ttp log, const struct plan_span *span)
{
	struct agenda *a = m->agenda;

	a->gaps = xreallocarray(a->gaps, a->gaps_count + 1, sizeof *a->gaps);
	a->gaps[a->gaps_count++] = (struct gap){
		.log = log,
		.from_at = span->from_at,
		.to_at = span->to_at,
	};
}

/* Of an open window: what the source dropped while we could not read it. */
static int
add_expired(const struct window *w, void *arg, struct err *e)
{
	struct maker *m = arg;
	struct agenda *a = m->agenda;
	struct plan_span rest = { w->from_at, w->to_at };
	struct plan_span lost = plan_expire(m->config, &rest, m->now);

	(void)e;
	if (!m->config->logs[w->log] || lost.from_at == lost.to_at ||
	    a->backfill != (w->origin == WINDOW_BACKFILL))
		return 0;
	a->expired =
	    xreallocarray(a->expired, a->expired_count + 1, sizeof *a->expired);
	a->expired[a->expired_count] =
	    (struct agenda_expired){ *w, rest.from_at };
	a->expired[a->expired_count++].window.next_token = NULL;
	return 0;
}

static int
add_reread(const struct window *w, void *arg, struct err *e)
{
	struct maker *m = arg;
	struct window reread = {
		.log = w->log,
		.from_at = w->from_at,
		.to_at = w->to_at,
		.origin = WINDOW_REREAD,
		.reread_of = w->id,
	};

	(void)e;
	if (plan_is_late(m->config, w->to_at, m->now))
		add_window(m, &reread);
	return 0;
}

static int
make_live(struct maker *m, enum ttp log, struct err *e)
{
	const struct config_mimecast *c = m->config;
	struct window w = { .log = log, .origin = WINDOW_LIVE };
	struct plan_span tile;
	struct plan plan;
	bool any = false;
	int64_t frontier = 0;

	if (m->db && window_frontier(m->db, log, &any, &frontier, e))
		return -1;
	plan = plan_live(c, any, frontier, m->now);
	if (plan.lost.from_at < plan.lost.to_at)
		add_gap(m, log, &plan.lost);
	while (plan_tile(&plan.live, c->window_s, &tile)) {
		w.from_at = tile.from_at;
		w.to_at = tile.to_at;
		add_window(m, &w);
	}
	return m->db ? window_each_early(m->db, log, m->now - c->retention_s,
			   c->overlap_s, add_reread, m, e)
		     : 0;
}

static int
make_backfill(
    struct maker *m, enum ttp log, struct plan_span span, struct err *e)
{
	struct window w = { .log = log, .origin = WINDOW_BACKFILL };
	struct plan_span tile;
	bool there = false;

	while (plan_tile(&span, m->config->window_s, &tile)) {
		if (m->db &&
		    window_has_backfill(m->db, log, tile.from_at, tile.to_at,
			clock_now(), &there, e))
			return -1;
		if (there)
			continue;
		w.from_at = tile.from_at;
		w.to_at = tile.to_at;
		add_window(m, &w);
	}
	return 0;
}

int
agenda_make(struct agenda *a, struct db *db, const struct config_mimecast *c,
    const struct plan_span *backfill, int64_t now, struct err *e)
{
	struct maker m = { a, db, c, now };
	int rc = 0;

	a->backfill = backfill != NULL;
	a->settled_at = now - c->settle_s;
	if (db && window_each_open(db, add_expired, &m, e))
		return -1;
	for (int log = 0; log < TTP_COUNT && rc == 0; log++) {
		if (!c->logs[log])
			continue;
		rc = backfill ? make_backfill(&m, (enum ttp)log, *backfill, e)
			      : make_live(&m, (enum ttp)log, e);
	}
	return rc;
}

void
agenda_free(struct agenda *a)
{
	free(a->windows);
	free(a->gaps);
	free(a->expired);
	*a = (struct agenda){ 0 };
}

int64_t
agenda_gaps(const struct agenda *a)
{
	int64_t n = (int64_t)a->gaps_count;

	for (size_t i = 0; i < a->expired_count; i++)
		n += a->expired[i].window.origin != WINDOW_REREAD;
	return n;
}

static int
close_window(struct db *db, int64_t id, enum window_state state, struct err *e)
{
	return window_close(db, id, state, WINDOW_NOT_RECONCILED, -1, e);
}

/* Put a part of a window that was replaced; *id is its own. */
static int
put_part(struct db *db, const struct window *whole, int64_t from_at,
    int64_t to_at, int64_t run_id, int64_t *id, struct err *e)
{
	struct window part = *whole;

	part.parent_id = whole->id;
	part.from_at = from_at;
	part.to_at = to_at;
	part.run_id = run_id;
	part.planned_at = clock_now();
	if (window_put(db, &part, e))
		return -1;
	*id = part.id;
	return 0;
}

/* *lost_id: the window that is lost, which may be all of it. */
static int
cut(struct db *db, const struct agenda_expired *x, int64_t run_id,
    int64_t *lost_id, struct err *e)
{
	const struct window *w = &x->window;
	int64_t rest_id;

	*lost_id = w->id;
	if (x->kept_from == w->to_at)
		return close_window(db, w->id, WINDOW_LOST, e);
	if (close_window(db, w->id, WINDOW_REPLACED, e) ||
	    put_part(db, w, w->from_at, x->kept_from, run_id, lost_id, e) ||
	    close_window(db, *lost_id, WINDOW_LOST, e))
		return -1;
	return put_part(db, w, x->kept_from, w->to_at, run_id, &rest_id, e);
}

int
agenda_expire(struct db *db, const struct agenda_expired *x, int64_t run_id,
    int64_t *gaps, struct err *e)
{
	struct gap gap = {
		.log = x->window.log,
		.from_at = x->window.from_at,
		.to_at = x->kept_from,
		.run_id = run_id,
		.found_at = clock_now(),
	};
	int64_t lost_id;

	if (cut(db, x, run_id, &lost_id, e))
		return -1;
	if (x->window.origin == WINDOW_REREAD)
		return 0;
	/* A gap of retention would move the frontier. */
	if (x->window.origin == WINDOW_BACKFILL)
		gap.window_id = lost_id;
	++*gaps;
	return gap_put(db, &gap, e);
}

static int
store(struct agenda *a, struct db *db, int64_t run_id, struct err *e)
{
	int64_t gaps = 0;

	for (size_t i = 0; i < a->expired_count; i++)
		if (agenda_expire(db, &a->expired[i], run_id, &gaps, e))
			return -1;
	for (size_t i = 0; i < a->gaps_count; i++) {
		a->gaps[i].run_id = run_id;
		a->gaps[i].found_at = clock_now();
		if (gap_put(db, &a->gaps[i], e))
			return -1;
	}
	for (size_t i = 0; i < a->windows_count; i++) {
		a->windows[i].run_id = run_id;
		a->windows[i].planned_at = clock_now();
		if (window_put(db, &a->windows[i], e))
			return -1;
	}
	return 0;
}

int
agenda_store(struct agenda *a, struct db *db, int64_t run_id, struct err *e)
{
	if (a->windows_count + a->gaps_count + a->expired_count == 0)
		return 0;
	if (db_begin(db, e))
		return -1;
	return db_end(db, store(a, db, run_id, e), e);
}

static void
print(const char *verb, enum ttp log, int64_t from_at, int64_t to_at,
    const char *origin, const char *why)
{
	char from[TIMESTAMP_SIZE], to[TIMESTAMP_SIZE];

	printf("%s %s %s..%s %s: %s\n", verb, ttp_log(log)->name,
	    timestamp_iso(from_at, from), timestamp_iso(to_at, to), origin,
	    why);
}

struct printer {
	const struct agenda *agenda;
	const struct config_mimecast *config;
};

/* What an open window has left to be read. */
static int64_t
kept_from(const struct agenda *a, const struct window *w)
{
	for (size_t i = 0; i < a->expired_count; i++)
		if (a->expired[i].window.id == w->id)
			return a->expired[i].kept_from;
	return w->from_at;
}

static int
print_open(const struct window *w, void *arg, struct err *e)
{
	static const char lost[] = "open, and no longer kept by the source";
	const struct printer *p = arg;
	const char *origin = window_origin_name(w->origin);
	int64_t from = kept_from(p->agenda, w);

	(void)e;
	if (!p->config->logs[w->log] ||
	    (p->agenda->backfill && w->origin != WINDOW_BACKFILL))
		return 0;
	if (w->from_at < from)
		print("lose", w->log, w->from_at, from, origin, lost);
	if (w->to_at > p->agenda->settled_at)
		print("wait", w->log, from, w->to_at, origin,
		    "open, and not settled by the service's clock");
	else if (from < w->to_at)
		print("read", w->log, from, w->to_at, origin,
		    w->pages ? "open, some pages are there"
			     : "open, no page is there yet");
	return 0;
}

int
agenda_print(const struct agenda *a, struct db *db,
    const struct config_mimecast *c, struct err *e)
{
	static const char *const why[] = {
		[WINDOW_LIVE] = "not asked for yet",
		[WINDOW_REREAD] = "once more, for rows that came late",
		[WINDOW_BACKFILL] = "asked for with --backfill",
		[WINDOW_REPLAY] = "",
	};
	struct printer p = { a, c };

	for (size_t i = 0; i < a->gaps_count; i++)
		print("lose", a->gaps[i].log, a->gaps[i].from_at,
		    a->gaps[i].to_at, "live",
		    "not asked for yet, and no longer kept by the source");
	if (db && window_each_open(db, print_open, &p, e))
		return -1;
	for (size_t i = 0; i < a->windows_count; i++)
		print("read", a->windows[i].log, a->windows[i].from_at,
		    a->windows[i].to_at,
		    window_origin_name(a->windows[i].origin),
		    why[a->windows[i].origin]);
	return 0;
}
