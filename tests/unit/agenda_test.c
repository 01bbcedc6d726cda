#include "agenda.h"
#include "clock.h"
#include "config.h"
#include "fresh.h"
#include "page.h"
#include "plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { NOW = 10000000, DAY = 86400, MONTH = 30 * DAY };

static const struct config_mimecast config = {
	.logs = { [TTP_URL] = true, [TTP_ATTACHMENT] = true },
	.settle_s = 120,
	.overlap_s = 1800,
	.window_s = 3600,
	.lookback_s = 7200,
	.retention_s = MONTH,
	.page_size = 100,
};

/* Plan and store at a time; how many windows were planned. */
static size_t
plan_at(struct fresh *f, const struct plan_span *backfill, int64_t now)
{
	struct agenda a = { 0 };
	size_t n;

	clock_set(now);
	if (agenda_make(&a, f->db, &config, backfill, now, &f->e) ||
	    agenda_store(&a, f->db, f->run_id, &f->e))
		fail_msg("%s", f->e.msg);
	n = a.windows_count;
	agenda_free(&a);
	return n;
}

/* Read all that is open, in one page each. */
static void
read_all(struct fresh *f)
{
	static const char pages[] =
	    "INSERT INTO page (window_id, attempt, number, run_id, request,"
	    " http_status, fetched_at, body_digest, body_bytes, records)"
	    " SELECT window_id, 1, 1, run_id, '{}', 200, planned_at,"
	    " zeroblob(32), 2, 0 FROM window WHERE state = 'open';"
	    "INSERT INTO page_body SELECT page_id, x'7b7d' FROM page"
	    " WHERE page_id NOT IN (SELECT page_id FROM page_body);"
	    "UPDATE window SET state = 'complete', reconciled = 'no_total',"
	    " pages = 1, closed_at = planned_at, closed_order = window_id"
	    " WHERE state = 'open'";

	if (db_exec(f->db, pages, &f->e))
		fail_msg("%s", f->e.msg);
}

static void
nothing_violates(struct fresh *f)
{
	assert_int_equal(
	    fresh_int(f, "SELECT count(*) FROM v_violation_time"), 0);
	assert_int_equal(
	    fresh_int(f, "SELECT count(*) FROM v_violation_window"), 0);
}

static void
a_second_run_at_the_same_time_plans_nothing(void **state)
{
	struct fresh *f = *state;

	assert_int_equal(plan_at(f, NULL, NOW), 4);
	assert_int_equal(plan_at(f, NULL, NOW), 0);
	read_all(f);
	assert_int_equal(plan_at(f, NULL, NOW), 0);
	assert_int_equal(
	    fresh_int(f, "SELECT sum(to_at - from_at) FROM window"),
	    2 * (7200 - 120));
	nothing_violates(f);
}

static void
a_window_read_when_it_was_young_is_read_once_more(void **state)
{
	struct fresh *f = *state;

	plan_at(f, NULL, NOW);
	read_all(f);
	/* Its end is 120 seconds old: 1680 more, and it is due. */
	assert_int_equal(plan_at(f, NULL, NOW + 1679), 2);
	assert_int_equal(plan_at(f, NULL, NOW + 1680), 4);
	assert_int_equal(
	    fresh_int(f,
		"SELECT count(*) FROM window AS r JOIN window AS w"
		" ON r.reread_of = w.window_id WHERE r.origin = 'reread'"
		" AND r.from_at = w.from_at AND r.to_at = w.to_at"),
	    2);
	assert_int_equal(plan_at(f, NULL, NOW + 1680), 0);
	nothing_violates(f);
}

static void
an_outage_beyond_retention_makes_a_gap_and_no_hole(void **state)
{
	struct fresh *f = *state;
	int64_t later = NOW + MONTH + DAY;

	plan_at(f, NULL, NOW);
	read_all(f);
	plan_at(f, NULL, later);
	assert_int_equal(
	    fresh_int(f,
		"SELECT count(*) FROM gap WHERE reason = 'retention'"
		" AND from_at = 9999880 AND to_at = 10086400"),
	    2);
	assert_int_equal(
	    fresh_int(
		f, "SELECT min(from_at) FROM window WHERE state = 'open'"),
	    later - MONTH);
	assert_int_equal(plan_at(f, NULL, later), 0);
	nothing_violates(f);
}

static void
an_open_window_beyond_retention_is_cut_and_lost(void **state)
{
	struct fresh *f = *state;

	plan_at(f, NULL, NOW); /* from NOW - 7200 */
	plan_at(f, NULL, NOW - 7200 + MONTH + 3600 + 100);
	assert_int_equal(
	    fresh_int(f, "SELECT count(*) FROM window WHERE state = 'lost'"),
	    4);
	assert_int_equal(
	    fresh_int(
		f, "SELECT count(*) FROM window WHERE state = 'replaced'"),
	    2);
	assert_int_equal(fresh_int(f,
			     "SELECT sum(to_at - from_at) FROM gap"
			     " WHERE reason = 'retention'"),
	    2 * 3700);
	nothing_violates(f);
}

static void
a_backfill_is_tiled_and_leaves_the_frontier(void **state)
{
	struct fresh *f = *state;
	struct plan_span range = { NOW - 5 * DAY, NOW - 5 * DAY + 4000 };
	bool any;
	int64_t at;

	assert_int_equal(plan_at(f, &range, NOW), 4);
	assert_int_equal(plan_at(f, &range, NOW), 0);
	window_frontier(f->db, TTP_URL, &any, &at, &f->e);
	assert_false(any);
	assert_int_equal(
	    fresh_int(
		f, "SELECT count(*) FROM window WHERE origin = 'backfill'"),
	    4);
	assert_int_equal(plan_at(f, &range, NOW + 1), 0); /* they are open */
	read_all(f);
	assert_int_equal(plan_at(f, &range, NOW), 0);
	assert_int_equal(plan_at(f, &range, NOW + 1), 4);
	nothing_violates(f);
}

static void
an_expired_backfill_moves_no_frontier(void **state)
{
	struct fresh *f = *state;
	struct plan_span range = { NOW - MONTH, NOW - MONTH + 4000 };
	bool any;
	int64_t at;

	plan_at(f, &range, NOW);
	range.from_at += 8000;
	range.to_at += 8000;
	plan_at(f, &range, NOW + 3700);
	window_frontier(f->db, TTP_URL, &any, &at, &f->e);
	assert_false(any);
	assert_int_equal(
	    fresh_int(
		f, "SELECT count(*) FROM gap WHERE reason = 'unreadable'"),
	    4);
	nothing_violates(f);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fresh_set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_second_run_at_the_same_time_plans_nothing),
		TEST(a_window_read_when_it_was_young_is_read_once_more),
		TEST(an_outage_beyond_retention_makes_a_gap_and_no_hole),
		TEST(an_open_window_beyond_retention_is_cut_and_lost),
		TEST(a_backfill_is_tiled_and_leaves_the_frontier),
		TEST(an_expired_backfill_moves_no_frontier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
