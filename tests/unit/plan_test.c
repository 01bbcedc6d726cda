#include "config.h"
#include "err.h"
#include "plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { NOW = 10000000, DAY = 86400, MONTH = 30 * DAY };

static const struct config_mimecast config = {
	.settle_s = 120,
	.overlap_s = 1800,
	.window_s = 3600,
	.lookback_s = DAY,
	.retention_s = MONTH,
};

static const struct {
	const char *name;
	bool has_frontier;
	int64_t frontier;
	struct plan_span lost;
	struct plan_span live;
} cases[] = {
	{ "the first run looks back", false, 0, { NOW - DAY, NOW - DAY },
	    { NOW - DAY, NOW - 120 } },
	{ "a later run goes on at the frontier", true, NOW - 500,
	    { NOW - 500, NOW - 500 }, { NOW - 500, NOW - 120 } },
	{ "what has not settled waits", true, NOW - 120,
	    { NOW - 120, NOW - 120 }, { NOW - 120, NOW - 120 } },
	{ "a clock that went back plans nothing", true, NOW + 900,
	    { NOW + 900, NOW + 900 }, { NOW + 900, NOW + 900 } },
	{ "an outage as long as retention loses nothing", true, NOW - MONTH,
	    { NOW - MONTH, NOW - MONTH }, { NOW - MONTH, NOW - 120 } },
	{ "a longer one loses what is older", true, NOW - MONTH - 7,
	    { NOW - MONTH - 7, NOW - MONTH }, { NOW - MONTH, NOW - 120 } },
};

static void
time_is_due_from_the_frontier_until_it_has_settled(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct plan p = plan_live(
		    &config, cases[i].has_frontier, cases[i].frontier, NOW);

		if (p.lost.from_at != cases[i].lost.from_at ||
		    p.lost.to_at != cases[i].lost.to_at ||
		    p.live.from_at != cases[i].live.from_at ||
		    p.live.to_at != cases[i].live.to_at)
			fail_msg("%s", cases[i].name);
	}
}

static void
a_first_run_looks_back_no_further_than_retention(void **state)
{
	struct config_mimecast c = config;
	struct plan p;

	(void)state;
	c.lookback_s = MONTH + 10;
	p = plan_live(&c, false, 0, NOW);
	assert_int_equal(p.lost.from_at, p.lost.to_at);
	assert_int_equal(p.live.from_at, NOW - MONTH + PLAN_MARGIN_S);
}

static void
tiles_leave_no_second_out_and_take_none_twice(void **state)
{
	struct plan_span span = { 1000, 9000 };
	struct plan_span tile;
	int64_t at = 1000;
	int n = 0;

	(void)state;
	for (; plan_tile(&span, 3600, &tile); n++) {
		assert_int_equal(tile.from_at, at);
		assert_in_range(tile.to_at - tile.from_at, 1, 3600);
		at = tile.to_at;
	}
	assert_int_equal(at, 9000);
	assert_int_equal(n, 3);
}

static const struct {
	struct plan_span window;
	struct plan_span lost;
	struct plan_span rest;
} expiring[] = {
	{ { NOW - MONTH, NOW }, { NOW - MONTH, NOW - MONTH },
	    { NOW - MONTH, NOW } },
	{ { NOW - MONTH - 5, NOW - MONTH + 5 },
	    { NOW - MONTH - 5, NOW - MONTH },
	    { NOW - MONTH, NOW - MONTH + 5 } },
	{ { NOW - 31 * DAY, NOW - MONTH }, { NOW - 31 * DAY, NOW - MONTH },
	    { NOW - MONTH, NOW - MONTH } },
	{ { NOW - 36 * DAY, NOW - 35 * DAY },
	    { NOW - 36 * DAY, NOW - 35 * DAY },
	    { NOW - 35 * DAY, NOW - 35 * DAY } },
};

static void
an_open_window_loses_what_retention_took(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof expiring / sizeof expiring[0]; i++) {
		struct plan_span rest = expiring[i].window;
		struct plan_span lost = plan_expire(&config, &rest, NOW);

		assert_int_equal(lost.from_at, expiring[i].lost.from_at);
		assert_int_equal(lost.to_at, expiring[i].lost.to_at);
		assert_int_equal(rest.from_at, expiring[i].rest.from_at);
		assert_int_equal(rest.to_at, expiring[i].rest.to_at);
	}
}

static void
a_window_is_late_when_it_is_overlap_s_old(void **state)
{
	(void)state;
	assert_false(plan_is_late(&config, NOW - 1799, NOW));
	assert_true(plan_is_late(&config, NOW - 1800, NOW));
}

static const struct {
	const char *text;
	const char *msg; /* NULL: accepted */
} ranges[] = {
	{ "1970-01-01T00:00:10Z..1970-01-01T01:00:20+01:00", NULL },
	{ "1970-01-01T00:00:10Z",
	    "--backfill 1970-01-01T00:00:10Z: FROM..TO is needed, as in "
	    "2026-02-01T00:00:00Z..2026-02-02T00:00:00Z" },
	{ "1970-01-01..1970-01-02",
	    "--backfill 1970-01-01..1970-01-02: FROM..TO is needed, as in "
	    "2026-02-01T00:00:00Z..2026-02-02T00:00:00Z" },
	{ "1970-01-01T00:00:10..1970-01-01T00:00:20Z",
	    "--backfill 1970-01-01T00:00:10..1970-01-01T00:00:20Z: FROM..TO "
	    "is needed, as in 2026-02-01T00:00:00Z..2026-02-02T00:00:00Z" },
	{ "1970-01-01T00:00:10Z..1970-01-01T00:00:10Z",
	    "--backfill 1970-01-01T00:00:10Z..1970-01-01T00:00:10Z: FROM is "
	    "not before TO" },
};

static void
a_range_is_two_times_with_zones(void **state)
{
	struct plan_span span;

	(void)state;
	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		struct err e = { 0 };
		int rc = plan_parse_range(ranges[i].text, &span, &e);

		assert_string_equal(e.msg, ranges[i].msg ? ranges[i].msg : "");
		assert_int_equal(rc, ranges[i].msg ? -1 : 0);
		assert_int_equal(e.kind, rc ? ERR_USAGE : ERR_NONE);
	}
	plan_parse_range(ranges[0].text, &span, NULL);
	assert_int_equal(span.from_at, 10);
	assert_int_equal(span.to_at, 20);
}

static const struct {
	struct plan_span range;
	const char *msg;
} backfills[] = {
	{ { NOW - MONTH, NOW - 120 }, "" },
	{ { NOW - MONTH - 1, NOW - 120 },
	    "--backfill: the source no longer keeps that time: FROM may be "
	    "1970-03-27T17:46:40Z at the earliest" },
	{ { NOW - DAY, NOW - 119 },
	    "--backfill: that time has not settled yet: TO may be "
	    "1970-04-26T17:44:40Z at the latest" },
};

static void
a_backfill_lies_between_retention_and_settling(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof backfills / sizeof backfills[0]; i++) {
		struct err e = { 0 };

		plan_check_backfill(&config, &backfills[i].range, NOW, &e);
		assert_string_equal(e.msg, backfills[i].msg);
		assert_int_equal(
		    e.kind, *backfills[i].msg ? ERR_USAGE : ERR_NONE);
	}
}

static const struct {
	int64_t skew;
	int64_t now;
	const char *msg;
} clocks[] = {
	{ 0, NOW, "" },
	{ -300, NOW - 300, "" },
	{ 300, NOW, "" },
	{ 301, 0,
	    "clock: it is 301 seconds ahead of the service's, nothing was "
	    "planned: set the clock of this machine" },
	{ -301, 0,
	    "clock: it is 301 seconds behind the service's, nothing was "
	    "planned: set the clock of this machine" },
};

static void
now_is_the_earlier_of_two_clocks_that_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
		struct err e = { 0 };
		int64_t now = 0;

		plan_now(NOW + clocks[i].skew, NOW, &now, &e);
		assert_string_equal(e.msg, clocks[i].msg);
		assert_int_equal(e.kind, *clocks[i].msg ? ERR_IO : ERR_NONE);
		assert_int_equal(now, clocks[i].now);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    time_is_due_from_the_frontier_until_it_has_settled),
		cmocka_unit_test(
		    a_first_run_looks_back_no_further_than_retention),
		cmocka_unit_test(tiles_leave_no_second_out_and_take_none_twice),
		cmocka_unit_test(an_open_window_loses_what_retention_took),
		cmocka_unit_test(a_window_is_late_when_it_is_overlap_s_old),
		cmocka_unit_test(a_range_is_two_times_with_zones),
		cmocka_unit_test(
		    a_backfill_lies_between_retention_and_settling),
		cmocka_unit_test(now_is_the_earlier_of_two_clocks_that_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
