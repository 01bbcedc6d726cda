#include "load.h"
#include "cli.h"
#include "clock.h"
#include "config.h"
#include "context.h"
#include "digest.h"
#include "enrol.h"
#include "err.h"
#include "lane.h"
#include "log.h"
#include "mem.h"
#include "member.h"
#include "owed.h"
#include "resend.h"
#include "seal.h"
#include "sink_type.h"
#include "summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NAP_MS = 100 };

static bool
is_asked(const char *option, const struct config_sink *c)
{
	return option && (!*option || strcmp(option, c->name) == 0);
}

static int
check_name(const char *option, const char *name, const struct config_tenant *t,
    struct err *e)
{
	for (unsigned i = 0; i < t->sinks_count; i++)
		if (!option || is_asked(option, &t->sinks[i]))
			return 0;
	return err_set(
	    e, ERR_USAGE, "%s=%s: there is no sink of that name", name, option);
}

static int
check_options(
    const struct load_options *o, const struct config_tenant *t, struct err *e)
{
	if (check_name(o->retry_refused, "--retry-refused", t, e) ||
	    check_name(o->again, "--again", t, e))
		return -1;
	return 0;
}

static void
put_int(struct summary *s, const char *sink, const char *name, int64_t v)
{
	char *key = xasprintf("%s.%s", sink, name);

	summary_int(s, key, v);
	free(key);
}

static int
summarize(const struct lane *l, struct db *db, struct summary *s, struct err *e)
{
	const char *name = l->config->name;
	struct batch_left left;
	int64_t unsealed;

	if (batch_get_left(db, l->sink.sink_id, &left, e) ||
	    owed_count(db, &l->sink, &unsealed, e))
		return -1;
	put_int(s, name, "delivered", l->sum.delivered);
	put_int(s, name, "refused", l->sum.refused);
	put_int(s, name, "pending", left.alerts + unsealed);
	put_int(s, name, "in_doubt", left.in_doubt);
	put_int(s, name, "attempts", l->sum.attempts);
	put_int(s, name, "batches", l->sum.batches);
	put_int(s, name, "bytes", l->sum.bytes);
	return 0;
}

static void
nap(int64_t ms)
{
	const struct timespec t = { 0, (ms < NAP_MS ? ms : NAP_MS) * 1000000 };

	nanosleep(&t, NULL);
}

static void
stop_all(struct lane *lanes, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!lanes[i].done)
			lane_stop(&lanes[i], ERR_RETRY,
			    "stopped by a signal: run m2s-load again");
}

static void
show_progress(const struct lane *l)
{
	log_progress("sink %s: %lld alerts delivered, %lld refused",
	    l->config->name, (long long)l->sum.delivered,
	    (long long)l->sum.refused);
}

/* A step of each that may take one, until all are done. */
static int
step_all(struct lane *lanes, unsigned n, const struct context *x, struct err *e)
{
	for (;;) {
		int64_t now = clock_monotonic_ms();
		int64_t wait_ms = INT64_MAX;

		for (unsigned i = 0; i < n; i++) {
			struct lane *l = &lanes[i];

			if (l->done)
				continue;
			if (cli_stopping()) {
				stop_all(lanes, n);
				return 0;
			}
			if (l->not_before_ms <= now && lane_step(l, x, e))
				return -1;
			if (!l->done && l->not_before_ms - now < wait_ms)
				wait_ms = l->not_before_ms - now;
			show_progress(l);
		}
		if (wait_ms == INT64_MAX)
			return 0;
		if (wait_ms > 0)
			nap(wait_ms);
	}
}

/* The worst error of all sinks in e; the others are said here. */
static int
merge(const struct lane *lanes, unsigned n, struct err *e)
{
	struct err worst = { 0 };

	for (unsigned i = 0; i < n; i++)
		err_merge(&worst, &lanes[i].err);
	for (unsigned i = 0; i < n; i++)
		if (lanes[i].err.kind &&
		    strcmp(lanes[i].err.msg, worst.msg) != 0)
			log_error("%s", lanes[i].err.msg);
	if (!worst.kind)
		return 0;
	*e = worst;
	return -1;
}

static int
resend_ended(const struct context *x, const char *option,
    enum batch_state ended, const struct config_sink *c,
    const struct sink *sink, struct err *e)
{
	struct batch_ended left;

	if (!is_asked(option, c))
		return 0;
	if (resend(x, sink->sink_id, ended, e) ||
	    batch_count_ended(x->db, sink->sink_id, ended, &left, e))
		return -1;
	if (left.bodiless)
		log_warn("sink %s: batches that are not sent again: %lld: only "
			 "archives have their bytes: bring them back with "
			 "m2s-extract --replay",
		    c->name, (long long)left.bodiless);
	if (left.memberless)
		log_warn("sink %s: batches that are not sent again: %lld: "
			 "their alerts are not here yet: run m2s-transform "
			 "first",
		    c->name, (long long)left.memberless);
	return 0;
}

static int
resend_all(const struct context *x, const struct config_tenant *t,
    const struct load_options *o, const struct sink *sinks, struct err *e)
{
	for (unsigned i = 0; i < t->sinks_count; i++)
		if (resend_ended(x, o->retry_refused, BATCH_REFUSED,
			&t->sinks[i], &sinks[i], e) ||
		    resend_ended(x, o->again, BATCH_DELIVERED, &t->sinks[i],
			&sinks[i], e))
			return -1;
	return 0;
}

static int
run_lanes(const struct context *x, const struct config_tenant *t,
    const struct load_options *o, struct summary *s, struct err *e)
{
	const unsigned n = t->sinks_count;
	struct sink *sinks = xcalloc(n, sizeof *sinks);
	struct lane *lanes = xcalloc(n, sizeof *lanes);
	unsigned opened = 0;
	int rc = -1;

	if (member_resolve(x->db, e) || enrol(x, t, sinks, e) ||
	    resend_all(x, t, o, sinks, e))
		goto out;
	for (; opened < n; opened++)
		lane_open(&lanes[opened], &t->sinks[opened],
		    sink_type_of(&t->sinks[opened]), &sinks[opened]);
	if (step_all(lanes, n, x, e))
		goto out;
	for (unsigned i = 0; i < n; i++)
		if (summarize(&lanes[i], x->db, s, e))
			goto out;
	rc = merge(lanes, n, e);
out:
	for (unsigned i = 0; i < opened; i++)
		lane_close(&lanes[i]);
	free(lanes);
	free(sinks);
	return rc;
}

int
load_run(struct db *db, int64_t run_id, const struct config_tenant *t,
    const struct load_options *o, struct summary *s, struct err *e)
{
	struct context x = { .db = db, .tenant = t->name, .run_id = run_id };
	int rc;

	if (check_options(o, t, e) || digest_open(&x.digest, e))
		return -1;
	rc = run_lanes(&x, t, o, s, e);
	digest_close(x.digest);
	return rc;
}

/* Add what would be sent again. */
static int
plan_resend(const struct context *x, const char *option, enum batch_state ended,
    const struct config_sink *c, int64_t sink_id, struct batch_left *left,
    struct err *e)
{
	struct batch_ended again;

	if (!is_asked(option, c))
		return 0;
	if (batch_count_ended(x->db, sink_id, ended, &again, e))
		return -1;
	left->batches += again.batches;
	left->alerts += again.alerts;
	return 0;
}

static int
plan_sink(const struct context *x, const struct config_sink *c,
    const struct load_options *o, struct summary *s, struct err *e)
{
	struct batch_left left;
	struct seal_sum sum;
	int64_t sink_id;

	if (enrol_count(x, c, &sink_id, &sum, e) ||
	    batch_get_left(x->db, sink_id, &left, e) ||
	    plan_resend(
		x, o->retry_refused, BATCH_REFUSED, c, sink_id, &left, e) ||
	    plan_resend(x, o->again, BATCH_DELIVERED, c, sink_id, &left, e))
		return -1;
	put_int(s, c->name, "owed", left.alerts + sum.alerts);
	put_int(s, c->name, "batches", left.batches + sum.batches);
	put_int(s, c->name, "in_doubt", left.in_doubt);
	return 0;
}

int
load_plan(struct db *db, const struct config_tenant *t,
    const struct load_options *o, struct summary *s, struct err *e)
{
	const struct context x = { .db = db, .tenant = t->name };

	if (check_options(o, t, e))
		return -1;
	for (unsigned i = 0; i < t->sinks_count; i++)
		if (plan_sink(&x, &t->sinks[i], o, s, e))
			return -1;
	return 0;
}
