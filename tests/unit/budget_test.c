#include "budget.h"
#include "fresh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
a_budget_is_kept_for_each_host_and_period(void **state)
{
	struct fresh *f = *state;
	struct budget b = { 1, 2, 3 };

	assert_int_equal(budget_put(f->db, "a:443", "quota", &b, &f->e), 0);
	b.not_before = 4;
	assert_int_equal(budget_put(f->db, "a:443", "quota", &b, &f->e), 0);
	b = (struct budget){ 9, 9, 9 };
	assert_int_equal(budget_get(f->db, "a:443", "day", &b, &f->e), 0);
	assert_int_equal(b.not_before, 0);
	assert_int_equal(budget_get(f->db, "b:443", "quota", &b, &f->e), 0);
	assert_int_equal(b.not_before, 0);
	assert_int_equal(budget_get(f->db, "a:443", "quota", &b, &f->e), 0);
	assert_int_equal(b.started_at, 1);
	assert_int_equal(b.used, 2);
	assert_int_equal(b.not_before, 4);
}

static void
an_unknown_period_is_refused(void **state)
{
	struct fresh *f = *state;
	struct budget b = { 0 };

	assert_int_equal(budget_put(f->db, "a:443", "week", &b, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_DATA);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fresh_set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_budget_is_kept_for_each_host_and_period),
		TEST(an_unknown_period_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
