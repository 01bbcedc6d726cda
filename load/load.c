#include "load.h"
#include "cli.h"
#include "clock.h"
#include "config.h"
#include "context.h"
#include "digest.h"
#include "enrol.h"
#include "err.h"
#include "format.h"
#include "lane.h"
#include "log.h"
#include "mem.h"
#include "owed.h"
#include "seal.h"
#include "sink_type.h"
#include "summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NAP_MS = 100 };

static int
not_built(const struct config *c, const struct config_tenant *t, unsigned sink,
    const char *key, const char *value, struct err *e)
{
	char path[128];

	snprintf(path, sizeof path, "tenants[%u].sinks[%u].%s",
	    (unsigned)(t - c->tenants), sink, key);
	return config_err(
	    c, path, e, "%s is not built into this version", value);
}

static int
check_built(
    const struct config *c, const struct config_tenant *t, struct err *e)
{
	for (unsigned i = 0; i < t->sinks_count; i++) {
		const struct config_sink *s = &t->sinks[i];

		if (!sink_type_of(s))
			return not_built(c, t, i, "type", "syslog", e);
		if (s->auth == CONFIG_AUTH_SOPHOS)
			return not_built(c, t, i, "auth", "sophos", e);
		if (!format_of(s->format))
			return not_built(c, t, i, "format", "cef", e);
	}
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
run_lanes(const struct context *x, const struct config_tenant *t,
    struct summary *s, struct err *e)
{
	const unsigned n = t->sinks_count;
	struct sink *sinks = xcalloc(n, sizeof *sinks);
	struct lane *lanes = xcalloc(n, sizeof *lanes);
	unsigned opened = 0;
	int rc = -1;

	if (enrol(x, t, sinks, e))
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
load_run(struct db *db, int64_t run_id, const struct config *c,
    const struct config_tenant *t, struct summary *s, struct err *e)
{
	struct context x = { .db = db, .tenant = t->name, .run_id = run_id };
	int rc;

	if (check_built(c, t, e) || digest_open(&x.digest, e))
		return -1;
	rc = run_lanes(&x, t, s, e);
	digest_close(x.digest);
	return rc;
}

static int
plan_sink(const struct context *x, const struct config_sink *c,
    struct summary *s, struct err *e)
{
	struct batch_left left;
	struct seal_sum sum;
	int64_t sink_id;

	if (enrol_count(x, c, &sink_id, &sum, e) ||
	    batch_get_left(x->db, sink_id, &left, e))
		return -1;
	put_int(s, c->name, "owed", left.alerts + sum.alerts);
	put_int(s, c->name, "batches", left.batches + sum.batches);
	put_int(s, c->name, "in_doubt", left.in_doubt);
	return 0;
}

int
load_plan(struct db *db, const struct config *c, const struct config_tenant *t,
    struct summary *s, struct err *e)
{
	const struct context x = { .db = db, .tenant = t->name };

	if (check_built(c, t, e))
		return -1;
	for (unsigned i = 0; i < t->sinks_count; i++)
		if (plan_sink(&x, &t->sinks[i], s, e))
			return -1;
	return 0;
}
