#include "clock.h"
#include "config.h"
#include "digest.h"
#include "fresh.h"
#include "http.h"
#include "patience.h"
#include "slot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { NOW = 1772366400, HOUR = 3600, DAY = 86400, MONTH = 30 * DAY };

static const struct config_mimecast config = {
	.logs = { [TTP_URL] = true },
	.settle_s = 120,
	.retention_s = MONTH,
	.page_size = 100,
	.parallel = 1,
};

static struct scan scan;

struct bench {
	struct fresh *f;
	struct patience patience;
	struct slot_run run;
	struct slot slot;
};

/* A slot with a planned window that has so many pages. */
static void
take(struct bench *b, struct fresh *f, int64_t from_at, int64_t to_at,
    int64_t pages)
{
	struct window w = {
		.log = TTP_URL,
		.from_at = from_at,
		.to_at = to_at,
		.run_id = f->run_id,
		.planned_at = NOW,
		.page_size = 100,
	};

	*b = (struct bench){ .f = f, .patience = patience_start(900) };
	b->run = (struct slot_run){
		.db = f->db,
		.run_id = f->run_id,
		.config = &config,
		.patience = &b->patience,
		.settled_at = NOW - 120,
	};
	b->run.logs[TTP_URL].pages = 1;
	if (digest_open(&b->run.digest, &f->e) || window_put(f->db, &w, &f->e))
		fail_msg("%s", f->e.msg);
	w.pages = pages;
	slot_take(&b->slot, &w);
	buf_puts(&b->slot.request, "{}");
}

/* Apply an answer without a Date: our own clock counts. */
static int
apply(struct bench *b, const char *body)
{
	struct http_answer *a = xcalloc(1, sizeof *a);
	struct fresh *f = b->f;

	a->end = HTTP_ANSWERED;
	a->status = 200;
	buf_puts(&a->body, body);
	b->slot.answer = a;
	reply_judge_page(&b->slot.reply, &b->slot.envelope, &scan, a, TTP_URL);
	if (db_begin(f->db, &f->e))
		return -1;
	return db_end(f->db, slot_apply(&b->slot, &b->run, &f->e), &f->e);
}

static void
drop(struct bench *b)
{
	slot_free(&b->slot);
	digest_close(b->run.digest);
}

#define PAGE(next)                                                             \
	"{\"meta\":{\"status\":200,\"pagination\":{\"next\":\"" next "\"}},"   \
	"\"data\":[{\"clickLogs\":[{}]}],\"fail\":[]}"

static void
a_window_has_100000_pages_at_most(void **state)
{
	struct fresh *f = *state;
	struct bench b;

	clock_set(NOW);
	take(&b, f, NOW - DAY, NOW - DAY + HOUR, 99998);
	assert_int_equal(apply(&b, PAGE("a")), 0);
	assert_int_equal(b.slot.window.pages, 99999);
	assert_int_equal(apply(&b, PAGE("b")), 0);
	assert_int_equal(b.slot.window.id, 0);
	assert_int_equal(
	    fresh_int(f, "SELECT pages FROM window WHERE state = 'replaced'"),
	    100000);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM window WHERE state = 'open'"
			     " AND parent_id = 1 AND to_at - from_at = 1800"),
	    2);
	drop(&b);
}

static void
a_second_of_more_pages_is_lost(void **state)
{
	struct fresh *f = *state;
	struct bench b;

	clock_set(NOW);
	take(&b, f, NOW - DAY, NOW - DAY + 1, 99999);
	assert_int_equal(apply(&b, PAGE("a")), 0);
	assert_int_equal(b.slot.window.id, 0);
	assert_int_equal(b.run.logs[TTP_URL].gaps, 1);
	assert_int_equal(
	    fresh_int(
		f, "SELECT count(*) FROM gap WHERE reason = 'unreadable'"),
	    1);
	drop(&b);
}

static void
a_window_that_ends_ahead_of_the_clock_is_cut(void **state)
{
	struct fresh *f = *state;
	struct bench b;

	clock_set(NOW);
	take(&b, f, NOW - HOUR, NOW + 100, 0);
	assert_int_equal(apply(&b, PAGE("a")), 0);
	assert_int_equal(b.slot.window.id, 0);
	assert_int_equal(fresh_int(f,
			     "SELECT to_at FROM window WHERE state = 'open'"
			     " AND from_at = 1772366400 - 3600"),
	    NOW - 120);
	assert_int_equal(fresh_int(f,
			     "SELECT to_at FROM window WHERE state = 'open'"
			     " AND from_at = 1772366400 - 120"),
	    NOW + 100);
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM page"), 1);
	drop(&b);
}

static void
a_window_that_begins_there_waits_whole(void **state)
{
	struct fresh *f = *state;
	struct bench b;

	clock_set(NOW);
	take(&b, f, NOW - 60, NOW + 100, 0);
	assert_int_equal(apply(&b, PAGE("a")), 0);
	assert_int_equal(b.slot.window.id, 0);
	assert_int_equal(
	    fresh_int(f,
		"SELECT count(*) FROM window WHERE state = 'open'"
		" AND attempt = 2 AND pages = 0 AND next_token IS NULL"),
	    1);
	drop(&b);
}

static void
a_start_that_retention_overtook_is_lost(void **state)
{
	struct fresh *f = *state;
	struct bench b;
	int64_t edge = NOW - MONTH;

	clock_set(NOW);
	take(&b, f, edge - 10, edge + HOUR, 0);
	assert_int_equal(apply(&b, PAGE("a")), 0);
	assert_int_equal(b.slot.window.id, 0);
	assert_int_equal(b.run.logs[TTP_URL].gaps, 1);
	assert_int_equal(fresh_int(f,
			     "SELECT to_at - from_at FROM gap"
			     " WHERE reason = 'retention'"),
	    70);
	assert_int_equal(
	    fresh_int(f, "SELECT from_at FROM window WHERE state = 'open'"),
	    edge + 60);
	assert_int_equal(
	    fresh_int(f, "SELECT count(*) FROM v_violation_time"), 0);
	drop(&b);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fresh_set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_window_has_100000_pages_at_most),
		TEST(a_second_of_more_pages_is_lost),
		TEST(a_window_that_ends_ahead_of_the_clock_is_cut),
		TEST(a_window_that_begins_there_waits_whole),
		TEST(a_start_that_retention_overtook_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
