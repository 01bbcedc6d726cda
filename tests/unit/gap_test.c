#include "fresh.h"
#include "gap.h"
#include "window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
a_gap_keeps_what_could_not_be_read(void **state)
{
	struct fresh *f = *state;
	struct window w = { .to_at = 1, .run_id = f->run_id, .page_size = 1 };
	struct gap g = { TTP_URL, 0, 1, 0, f->run_id, 9, "\0x", 2 };

	assert_int_equal(window_put(f->db, &w, &f->e), 0);
	g.window_id = w.id;
	assert_int_equal(gap_put(f->db, &g, &f->e), 0);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM gap JOIN gap_body"
			     " USING (gap_id) WHERE reason = 'unreadable'"
			     " AND window_id = 1 AND found_at = 9"
			     " AND body = x'0078'"),
	    1);
}

static void
gaps_are_unreported_until_a_run_says_so(void **state)
{
	struct fresh *f = *state;
	struct gap g = { TTP_URL, 100, 160, 0, f->run_id, 9, NULL, 0 };
	struct gap_unreported u;

	assert_int_equal(gap_unreported_get(f->db, &u, &f->e), 0);
	assert_int_equal(u.gaps, 0);
	assert_int_equal(gap_put(f->db, &g, &f->e), 0);
	g.log = TTP_ATTACHMENT;
	assert_int_equal(gap_put(f->db, &g, &f->e), 0);
	assert_int_equal(gap_unreported_get(f->db, &u, &f->e), 0);
	assert_int_equal(u.gaps, 2);
	assert_int_equal(u.seconds, 120);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM gap WHERE window_id IS NULL"
			     " AND reason = 'retention'"),
	    2);
	assert_int_equal(gap_report(f->db, f->run_id, &f->e), 0);
	assert_int_equal(gap_unreported_get(f->db, &u, &f->e), 0);
	assert_int_equal(u.gaps, 0);
}

static void
a_gap_needs_a_second_at_least(void **state)
{
	struct fresh *f = *state;
	struct gap g = { TTP_URL, 100, 100, 0, f->run_id, 9, NULL, 0 };

	assert_int_equal(gap_put(f->db, &g, &f->e), -1);
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
		TEST(a_gap_keeps_what_could_not_be_read),
		TEST(gaps_are_unreported_until_a_run_says_so),
		TEST(a_gap_needs_a_second_at_least),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
