#include "extract.h"
#include "agenda.h"
#include "budget.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "digest.h"
#include "err.h"
#include "fetch.h"
#include "gap.h"
#include "log.h"
#include "mimecast.h"
#include "patience.h"
#include "plan.h"
#include "slot.h"
#include "summary.h"

#include <stdio.h>
#include <string.h>

struct extract {
	struct db *db; /* NULL: there is none yet */
	int64_t run_id;
	const struct config_mimecast *config;
	struct plan_span range; /* of --backfill */
	bool backfill;
	struct mimecast *mimecast;
	struct patience patience;
	int64_t not_before; /* of patience, as it is stored */
	struct agenda agenda;
	struct slot_run slots;
};

static int
open_all(struct extract *x, const struct config_tenant *t,
    const struct extract_options *opt, struct err *e)
{
	x->config = &t->mimecast;
	x->patience = patience_start(x->config->deadline_s);
	x->backfill = opt->backfill != NULL;
	if (x->backfill && plan_parse_range(opt->backfill, &x->range, e))
		return -1;
	return mimecast_open(&x->mimecast, x->config, e);
}

static void
close_all(struct extract *x)
{
	mimecast_close(x->mimecast);
	agenda_free(&x->agenda);
}

/* What the service told the last run about its quota holds for this one. */
static int
recall_quota(struct extract *x, struct err *e)
{
	struct budget b;

	if (!x->db)
		return 0;
	if (budget_get(x->db, mimecast_host(x->mimecast), "quota", &b, e))
		return -1;
	patience_quota_until(&x->patience, b.not_before);
	x->not_before = x->patience.not_before;
	return 0;
}

static int
save_quota(struct extract *x, struct err *e)
{
	struct budget b = { .not_before = x->patience.not_before };

	if (b.not_before == x->not_before)
		return 0;
	if (db_begin(x->db, e))
		return -1;
	return db_end(x->db,
	    budget_put(x->db, mimecast_host(x->mimecast), "quota", &b, e), e);
}

static int
plan(struct extract *x, struct err *e)
{
	int64_t now = clock_now();
	int64_t server_date;

	/* The host may be another one once it is located. */
	if (recall_quota(x, e) ||
	    mimecast_locate(x->mimecast, &x->patience, &server_date, e) ||
	    recall_quota(x, e) ||
	    mimecast_renew(x->mimecast, &x->patience, &server_date, e) ||
	    (server_date && plan_now(clock_now(), server_date, &now, e)))
		return -1;
	if (!server_date)
		log_warn("the service gives no Date: the clock of this machine "
			 "is not checked");
	if (x->backfill && plan_check_backfill(x->config, &x->range, now, e))
		return -1;
	return agenda_make(&x->agenda, x->db, x->config,
	    x->backfill ? &x->range : NULL, now, e);
}

static int
plan_and_store(struct extract *x, struct err *e)
{
	if (plan(x, e))
		return -1;
	return agenda_store(&x->agenda, x->db, x->run_id, e);
}

/* e becomes the worst of what stopped the logs; the others are printed. */
static void
merge_logs(struct extract *x, struct err *e)
{
	for (int i = 0; i < TTP_COUNT; i++) {
		const struct err *stopped = &x->slots.logs[i].stopped;
		struct err before = *e;

		if (!stopped->kind)
			continue;
		err_merge(e, stopped);
		if (e->kind != before.kind && before.kind)
			log_error("%s", before.msg);
		else if (before.kind)
			log_error("%s", stopped->msg);
	}
}

static int
fetch(struct extract *x, struct err *e)
{
	int rc;

	x->slots.db = x->db;
	x->slots.run_id = x->run_id;
	x->slots.config = x->config;
	x->slots.mimecast = x->mimecast;
	x->slots.patience = &x->patience;
	x->slots.quota_left = -1;
	x->slots.settled_at = x->agenda.settled_at;
	if (digest_open(&x->slots.digest, e))
		return -1;
	rc = fetch_run(&x->slots, x->backfill, e);
	merge_logs(x, e);
	digest_close(x->slots.digest);
	return e->kind ? -1 : rc;
}

/*
 * Gaps are told until a run that told them has ended well.  run: how this
 * one ends.
 */
static int
report_gaps(struct extract *x, struct err *run, struct err *e)
{
	struct gap_unreported u;
	struct err gap = { 0 };

	if (gap_unreported_get(x->db, &u, e))
		return -1;
	if (u.gaps == 0)
		return 0;
	err_set(&gap, ERR_GAP,
	    "%lld seconds of source time are lost, in %lld gaps: m2s-audit "
	    "coverage lists them",
	    (long long)u.seconds, (long long)u.gaps);
	if (run->kind)
		log_error("%s",
		    err_worst(run->kind, ERR_GAP) == ERR_GAP ? run->msg
							     : gap.msg);
	err_merge(run, &gap);
	return run->kind == ERR_GAP ? gap_report(x->db, x->run_id, e) : 0;
}

static void
sum_log(struct summary *s, enum ttp log, const struct slot_log *l, int64_t open)
{
	const struct {
		const char *name;
		int64_t n;
	} figures[] = {
		{ "completed", l->completed },
		{ "open", open },
		{ "pages", l->pages },
		{ "records", l->records },
		{ "bytes", l->bytes },
	};
	char name[64];

	for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
		snprintf(name, sizeof name, "%s.%s", ttp_log(log)->name,
		    figures[i].name);
		summary_int(s, name, figures[i].n);
	}
}

static int
sum_up(struct extract *x, struct summary *s, struct err *e)
{
	int64_t open[TTP_COUNT] = { 0 };
	struct slot_log all = { 0 };
	int64_t all_open = 0;

	for (int i = 0; i < TTP_COUNT; i++) {
		const struct slot_log *l = &x->slots.logs[i];

		if (!x->config->logs[i])
			continue;
		if (window_count_open(x->db, (enum ttp)i, &open[i], e))
			return -1;
		all_open += open[i];
		all.completed += l->completed;
		all.pages += l->pages;
		all.records += l->records;
		all.bytes += l->bytes;
		all.gaps += l->gaps;
	}
	summary_int(s, "windows_planned", (int64_t)x->agenda.windows_count);
	summary_int(s, "windows_completed", all.completed);
	summary_int(s, "windows_open", all_open);
	summary_int(s, "gaps_found", all.gaps + agenda_gaps(&x->agenda));
	summary_int(s, "pages", all.pages);
	summary_int(s, "records", all.records);
	summary_int(s, "bytes", all.bytes);
	summary_int(s, "requests", mimecast_requests(x->mimecast));
	for (int i = 0; i < TTP_COUNT; i++)
		if (x->config->logs[i])
			sum_log(s, (enum ttp)i, &x->slots.logs[i], open[i]);
	return 0;
}

int
extract_run(struct db *db, int64_t run_id, const struct config_tenant *t,
    const struct extract_options *opt, struct summary *s, struct err *e)
{
	struct extract x = { .db = db, .run_id = run_id };
	struct err broken = { 0 };
	int rc = -1;

	if (open_all(&x, t, opt, e))
		goto out;
	if (plan_and_store(&x, e) == 0)
		fetch(&x, e);
	if (save_quota(&x, &broken) || sum_up(&x, s, &broken))
		err_merge(e, &broken);
	if (report_gaps(&x, e, &broken))
		err_merge(e, &broken);
	rc = e->kind ? -1 : 0;
out:
	close_all(&x);
	return rc;
}

int
extract_dry_run(struct db *db, const struct config_tenant *t,
    const struct extract_options *opt, struct summary *s, struct err *e)
{
	struct extract x = { .db = db };
	int rc = -1;

	if (open_all(&x, t, opt, e) || plan(&x, e))
		goto out;
	if (!opt->json && agenda_print(&x.agenda, db, x.config, e))
		goto out;
	summary_int(s, "windows_planned", (int64_t)x.agenda.windows_count);
	summary_int(s, "gaps_found", agenda_gaps(&x.agenda));
	rc = 0;
out:
	close_all(&x);
	return rc;
}
