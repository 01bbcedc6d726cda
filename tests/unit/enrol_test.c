#include "alerts.h"
#include "config.h"
#include "context.h"
#include "digest.h"
#include "enrol.h"
#include "seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* One run after another on one database, each with its configuration. */
struct runs {
	struct fresh *f;
	struct context x;
	struct config_sink sinks[2];
	struct config_tenant t;
	struct sink enrolled[2];
};

static struct runs *
runs_of(struct fresh *f)
{
	static struct runs r;

	r = (struct runs){
		.f = f,
		.x = { .db = f->db, .tenant = "acme", .run_id = f->run_id },
		.sinks = { { .name = "main" }, { .name = "other" } },
	};
	for (int i = 0; i < 2; i++) {
		r.sinks[i].batch_alerts = 100;
		r.sinks[i].batch_bytes = 1000000;
	}
	r.t.sinks = r.sinks;
	assert_int_equal(digest_open(&r.x.digest, &f->e), 0);
	return &r;
}

/* A run with the first n sinks, which seals what they owe. */
static void
run(struct runs *r, unsigned n)
{
	struct seal_sum sum, planned[2];
	int64_t sink_id, all;

	r->t.sinks_count = n;
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(enrol_count(&r->x, &r->sinks[i], &sink_id,
				     &planned[i], &r->f->e),
		    0);
	all = fresh_int(r->f, "SELECT count(*) FROM batch_alert");
	/* A run that is cut off here has lost nothing. */
	assert_int_equal(enrol(&r->x, &r->t, r->enrolled, &r->f->e), 0);
	assert_int_equal(enrol(&r->x, &r->t, r->enrolled, &r->f->e), 0);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(seal_some(&r->x, &r->sinks[i], &r->enrolled[i],
				     &sum, NULL, &r->f->e),
		    0);
		all += planned[i].alerts;
	}
	/* What enrol_count foretold is what came. */
	assert_int_equal(
	    fresh_int(r->f, "SELECT count(*) FROM batch_alert"), all);
	assert_int_equal(
	    fresh_int(r->f, "SELECT count(*) FROM v_violation_delivery"), 0);
}

/* The alerts in the batches of a sink, in order. */
static void
assert_owed(struct runs *r, const char *name, const char *want)
{
	struct stmt *s = NULL;

	assert_int_equal(
	    stmt_prepare(&s, r->f->db,
		"SELECT coalesce(group_concat(alert_no, ' '), '') FROM"
		" (SELECT alert_no FROM batch_alert JOIN batch USING (batch_id)"
		" JOIN sink USING (sink_id) WHERE name = :name"
		" ORDER BY batch_id, position)",
		&r->f->e),
	    0);
	stmt_bind_text(s, ":name", name);
	assert_int_equal(stmt_step(s, &r->f->e), 1);
	assert_string_equal(stmt_text(s, 0), want);
	stmt_free(s);
}

/* What a sink gets of alerts 1 to 4 before it, and 5 and 6 after. */
static const struct {
	enum config_from from;
	int64_t from_at;
	const char *want;
} news[] = {
	{ CONFIG_FROM_ALL, 0, "1 2 3 4 5 6" },
	{ CONFIG_FROM_NOW, 0, "5 6" },
	{ CONFIG_FROM_DATE, 3, "3 4 5 6" },
	{ CONFIG_FROM_DATE, 100, "5 6" },
};

static void
a_new_sink_is_owed_what_from_says(void **state)
{
	struct runs *r = runs_of(*state);

	for (size_t i = 0; i < sizeof news / sizeof news[0]; i++) {
		alerts_exec(r->f,
		    "DELETE FROM batch_alert; DELETE FROM batch_body;"
		    "DELETE FROM batch; DELETE FROM sink;"
		    "DELETE FROM alert_mapping; DELETE FROM alert");
		r->sinks[0].from = news[i].from;
		r->sinks[0].from_at = news[i].from_at;
		alerts_put(r->f, 1, 4);
		run(r, 1);
		alerts_put(r->f, 5, 6);
		run(r, 1);
		assert_owed(r, "main", news[i].want);
	}
	digest_close(r->x.digest);
}

/*
 * What a sink gets that was there for alerts 1 to 3 but sealed only 1, away
 * for 4 to 6, and there again for 7.
 */
static const struct {
	enum config_from from;
	int64_t from_at;
	const char *want;
} returns[] = {
	{ CONFIG_FROM_ALL, 0, "1 2 3 4 5 6 7" },
	{ CONFIG_FROM_NOW, 0, "1 2 3 7" },
	{ CONFIG_FROM_DATE, 5, "1 2 3 5 6 7" },
	{ CONFIG_FROM_DATE, 100, "1 2 3 7" },
};

static void
a_sink_that_comes_back_is_owed_what_from_says(void **state)
{
	struct runs *r = runs_of(*state);

	for (size_t i = 0; i < sizeof returns / sizeof returns[0]; i++) {
		alerts_exec(r->f,
		    "DELETE FROM batch_alert; DELETE FROM batch_body;"
		    "DELETE FROM batch; DELETE FROM sink;"
		    "DELETE FROM alert_mapping; DELETE FROM alert");
		r->sinks[1].from = CONFIG_FROM_ALL;
		alerts_put(r->f, 1, 1);
		run(r, 2);
		alerts_put(r->f, 2, 3);
		run(r, 1); /* without the other */
		assert_int_equal(
		    fresh_int(r->f,
			"SELECT owed_until FROM sink WHERE name = 'other'"),
		    3);
		alerts_put(r->f, 4, 6);
		run(r, 1);
		r->sinks[1].from = returns[i].from;
		r->sinks[1].from_at = returns[i].from_at;
		run(r, 2);
		alerts_put(r->f, 7, 7);
		run(r, 2);
		assert_owed(r, "other", returns[i].want);
		assert_owed(r, "main", "1 2 3 4 5 6 7");
		assert_int_equal(
		    fresh_int(r->f,
			"SELECT count(*) FROM sink WHERE active_until IS NULL"
			" AND owed_until IS NULL"),
		    2);
	}
	digest_close(r->x.digest);
}

/* It was from now on, and comes back with a date before its first time. */
static void
what_was_not_owed_before_stays_so(void **state)
{
	struct runs *r = runs_of(*state);

	alerts_put(r->f, 1, 3);
	r->sinks[1].from = CONFIG_FROM_NOW;
	run(r, 2);
	run(r, 1);
	alerts_put(r->f, 4, 5);
	r->sinks[1].from = CONFIG_FROM_DATE;
	r->sinks[1].from_at = 2;
	run(r, 2);
	assert_owed(r, "other", "4 5");
	digest_close(r->x.digest);
}

static void
a_run_without_news_changes_no_sink(void **state)
{
	struct runs *r = runs_of(*state);

	alerts_put(r->f, 1, 3);
	run(r, 2);
	run(r, 1);
	alerts_exec(r->f, "CREATE TEMP TABLE before AS SELECT * FROM sink");
	run(r, 1);
	assert_int_equal(fresh_int(r->f,
			     "SELECT count(*) FROM (SELECT * FROM sink"
			     " EXCEPT SELECT * FROM before)"),
	    0);
	digest_close(r->x.digest);
}

static void
a_sink_keeps_its_type(void **state)
{
	struct runs *r = runs_of(*state);

	run(r, 1);
	r->sinks[0].type = CONFIG_HTTPS;
	assert_int_equal(enrol(&r->x, &r->t, r->enrolled, &r->f->e), -1);
	assert_int_equal(r->f->e.kind, ERR_CONFIG);
	assert_string_equal(r->f->e.msg,
	    "sink main was of type file before and is https now: give it "
	    "another name");
	digest_close(r->x.digest);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fresh_set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_sink_is_owed_what_from_says),
		TEST(a_sink_that_comes_back_is_owed_what_from_says),
		TEST(what_was_not_owed_before_stays_so),
		TEST(a_run_without_news_changes_no_sink),
		TEST(a_sink_keeps_its_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
