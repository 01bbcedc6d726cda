#include "clock.h"
#include "fresh.h"
#include "gap.h"
#include "page.h"
#include "window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MAX = 16 };

struct seen {
	int64_t ids[MAX];
	size_t n;
	struct window last;
};

static int
see(const struct window *w, void *arg, struct err *e)
{
	struct seen *s = arg;

	(void)e;
	s->ids[s->n++] = w->id;
	s->last = *w;
	s->last.next_token = w->next_token ? strdup(w->next_token) : NULL;
	return 0;
}

static int
stop_at_once(const struct window *w, void *arg, struct err *e)
{
	(void)w, (void)e;
	++*(int *)arg;
	return 7;
}

static int64_t
put(struct fresh *f, enum window_origin origin, int64_t from, int64_t to)
{
	struct window w = {
		.log = TTP_URL,
		.from_at = from,
		.to_at = to,
		.origin = origin,
		.run_id = f->run_id,
		.planned_at = 5,
		.page_size = 100,
	};

	if (window_put(f->db, &w, &f->e))
		fail_msg("%s", f->e.msg);
	assert_int_equal(w.attempt, 1);
	return w.id;
}

static void
close_as(struct fresh *f, int64_t id, enum window_state state)
{
	if (window_close(f->db, id, state,
		state == WINDOW_COMPLETE ? WINDOW_NO_TOTAL
					 : WINDOW_NOT_RECONCILED,
		-1, &f->e))
		fail_msg("%s", f->e.msg);
}

static void
put_page(struct fresh *f, int64_t window_id, int64_t fetched_at)
{
	static const unsigned char digest[32];
	struct page p = {
		.window_id = window_id,
		.attempt = 1,
		.number = 1,
		.run_id = f->run_id,
		.request = "{}",
		.http_status = 200,
		.fetched_at = fetched_at,
		.digest = digest,
		.body = "{}",
		.body_bytes = 2,
		.total = -1,
	};

	if (page_put(f->db, &p, &f->e))
		fail_msg("%s", f->e.msg);
}

static void
the_frontier_is_the_end_of_live_windows_and_retention_gaps(void **state)
{
	struct fresh *f = *state;
	struct gap gap = { TTP_URL, 900, 1000, 0, f->run_id, 5, NULL, 0 };
	bool any = true;
	int64_t at;

	window_frontier(f->db, TTP_URL, &any, &at, &f->e);
	assert_false(any);

	put(f, WINDOW_LIVE, 100, 200);
	put(f, WINDOW_BACKFILL, 500, 600);
	window_frontier(f->db, TTP_URL, &any, &at, &f->e);
	assert_true(any);
	assert_int_equal(at, 200);

	gap_put(f->db, &gap, &f->e);
	window_frontier(f->db, TTP_URL, &any, &at, &f->e);
	assert_int_equal(at, 1000);

	gap.to_at = 2000;
	gap.window_id = 1; /* an unreadable one moves nothing */
	gap_put(f->db, &gap, &f->e);
	window_frontier(f->db, TTP_URL, &any, &at, &f->e);
	assert_int_equal(at, 1000);
	window_frontier(f->db, TTP_ATTACHMENT, &any, &at, &f->e);
	assert_false(any);
	assert_string_equal(f->e.msg, "");
}

static void
open_windows_come_with_fewest_failures_then_oldest_first(void **state)
{
	struct fresh *f = *state;
	struct seen s = { 0 };
	struct window w = { .failures = 1, .attempt = 1, .page_size = 100 };
	int64_t newer, older, failed, closed;
	int calls = 0;

	newer = put(f, WINDOW_LIVE, 300, 400);
	failed = put(f, WINDOW_LIVE, 0, 100);
	older = put(f, WINDOW_LIVE, 200, 300);
	closed = put(f, WINDOW_LIVE, 400, 500);
	close_as(f, closed, WINDOW_COMPLETE);
	w.id = failed;
	assert_int_equal(window_update(f->db, &w, &f->e), 0);

	assert_int_equal(window_each_open(f->db, see, &s, &f->e), 0);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.ids[0], older);
	assert_int_equal(s.ids[1], newer);
	assert_int_equal(s.ids[2], failed);
	assert_int_equal(
	    window_each_open(f->db, stop_at_once, &calls, &f->e), 7);
	assert_int_equal(calls, 1);
}

static void
what_changes_while_a_window_is_read_comes_back(void **state)
{
	struct fresh *f = *state;
	struct seen s = { 0 };
	char token[] = "tok'en";
	struct window w = {
		.page_size = 50,
		.attempt = 4,
		.refusals = 2,
		.recounts = 1,
		.failures = 3,
		.next_token = token,
		.pages = 7,
		.records = 321,
	};

	w.id = put(f, WINDOW_BACKFILL, 100, 200);
	assert_int_equal(window_update(f->db, &w, &f->e), 0);
	assert_int_equal(window_each_open(f->db, see, &s, &f->e), 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.last.id, w.id);
	assert_int_equal(s.last.log, TTP_URL);
	assert_int_equal(s.last.from_at, 100);
	assert_int_equal(s.last.to_at, 200);
	assert_int_equal(s.last.origin, WINDOW_BACKFILL);
	assert_int_equal(s.last.parent_id, 0);
	assert_int_equal(s.last.planned_at, 5);
	assert_int_equal(s.last.page_size, 50);
	assert_int_equal(s.last.attempt, 4);
	assert_int_equal(s.last.refusals, 2);
	assert_int_equal(s.last.recounts, 1);
	assert_int_equal(s.last.failures, 3);
	assert_string_equal(s.last.next_token, "tok'en");
	assert_int_equal(s.last.pages, 7);
	assert_int_equal(s.last.records, 321);
	window_free(&s.last);
}

static void
windows_are_numbered_as_they_end_and_end_once(void **state)
{
	struct fresh *f = *state;
	int64_t a = put(f, WINDOW_LIVE, 0, 100);
	int64_t b = put(f, WINDOW_LIVE, 100, 200);
	int64_t open;

	clock_set(77);
	close_as(f, b, WINDOW_LOST);
	window_count_open(f->db, TTP_URL, &open, &f->e);
	assert_int_equal(open, 1);
	assert_int_equal(
	    window_close(f->db, a, WINDOW_COMPLETE, WINDOW_EXACT, 12, &f->e),
	    0);
	assert_int_equal(
	    fresh_int(f, "SELECT closed_order FROM window WHERE from_at = 0"),
	    2);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM window WHERE total = 12"
			     " AND reconciled = 'exact' AND closed_at = 77"),
	    1);
	assert_int_equal(window_close(f->db, a, WINDOW_LOST,
			     WINDOW_NOT_RECONCILED, -1, &f->e),
	    -1);
	assert_int_equal(f->e.kind, ERR_BUG);
	assert_string_equal(f->e.msg, "window 1 is not open");
}

static void
windows_read_early_are_found_until_they_have_a_reread(void **state)
{
	struct fresh *f = *state;
	struct seen s = { 0 };
	struct window reread = {
		.from_at = 100,
		.to_at = 200,
		.origin = WINDOW_REREAD,
		.run_id = f->run_id,
		.page_size = 1,
	};
	int64_t early, late, open, old;

	old = put(f, WINDOW_LIVE, 40, 100);
	early = put(f, WINDOW_LIVE, 100, 200);
	late = put(f, WINDOW_LIVE, 200, 300);
	open = put(f, WINDOW_LIVE, 300, 400);
	put_page(f, old, 100);
	put_page(f, early, 249);
	put_page(f, late, 350);
	put_page(f, open, 400);
	close_as(f, old, WINDOW_COMPLETE);
	close_as(f, early, WINDOW_COMPLETE);
	close_as(f, late, WINDOW_COMPLETE);

	assert_int_equal(
	    window_each_early(f->db, TTP_URL, 50, 50, see, &s, &f->e), 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.ids[0], early);

	reread.reread_of = early;
	assert_int_equal(window_put(f->db, &reread, &f->e), 0);
	s.n = 0;
	assert_int_equal(
	    window_each_early(f->db, TTP_URL, 50, 50, see, &s, &f->e), 0);
	assert_int_equal(s.n, 0);
}

static void
a_backfill_is_known_while_open_or_of_this_second(void **state)
{
	struct fresh *f = *state;
	int64_t id = put(f, WINDOW_BACKFILL, 100, 200);
	bool yes;

	put(f, WINDOW_LIVE, 200, 300);
	window_has_backfill(f->db, TTP_URL, 100, 200, 6, &yes, &f->e);
	assert_true(yes);
	close_as(f, id, WINDOW_COMPLETE);
	window_has_backfill(f->db, TTP_URL, 100, 200, 6, &yes, &f->e);
	assert_false(yes);
	window_has_backfill(f->db, TTP_URL, 100, 200, 5, &yes, &f->e);
	assert_true(yes);
	window_has_backfill(f->db, TTP_URL, 200, 300, 5, &yes, &f->e);
	assert_false(yes);
	window_has_backfill(f->db, TTP_ATTACHMENT, 100, 200, 5, &yes, &f->e);
	assert_false(yes);
}

static void
a_window_needs_a_second_at_least(void **state)
{
	struct fresh *f = *state;
	struct window w = { .run_id = f->run_id, .page_size = 1 };

	assert_int_equal(window_put(f->db, &w, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_DATA);
	assert_string_equal(
	    f->e.msg, "database: CHECK constraint failed: from_at < to_at");
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fresh_set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    the_frontier_is_the_end_of_live_windows_and_retention_gaps),
		TEST(open_windows_come_with_fewest_failures_then_oldest_first),
		TEST(what_changes_while_a_window_is_read_comes_back),
		TEST(windows_are_numbered_as_they_end_and_end_once),
		TEST(windows_read_early_are_found_until_they_have_a_reread),
		TEST(a_backfill_is_known_while_open_or_of_this_second),
		TEST(a_window_needs_a_second_at_least),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
