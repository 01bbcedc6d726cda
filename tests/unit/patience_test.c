#include "clock.h"
#include "err.h"
#include "patience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
waits_double_up_to_a_limit_less_a_part_by_chance(void **state)
{
	static const int64_t most[] = { 500, 1000, 2000, 4000, 8000, 16000,
		30000, 30000, 30000 };

	struct patience p = patience_start(900);

	(void)state;
	for (unsigned i = 0; i < sizeof most / sizeof most[0]; i++)
		for (int again = 0; again < 50; again++)
			assert_in_range(patience_backoff_ms(&p, i + 1),
			    most[i] / 2, most[i]);
}

/* How the n-th waits of two runs differ, the second one at that time. */
static unsigned
count_differences(int64_t now)
{
	struct patience p, q;
	unsigned n = 0;

	clock_set(1000);
	p = patience_start(900);
	clock_set(now);
	q = patience_start(900);
	for (unsigned i = 1; i < 20; i++)
		n += patience_backoff_ms(&p, i) != patience_backoff_ms(&q, i);
	return n;
}

static void
chance_follows_from_a_clock_that_was_set(void **state)
{
	(void)state;
	assert_int_equal(count_differences(1000), 0);
	assert_true(count_differences(1001) > 10);
}

static void
a_deadline_that_has_passed_ends_the_run(void **state)
{
	struct patience p = patience_start(0);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(patience_check(&p, &e), -1);
	assert_int_equal(e.kind, ERR_RETRY);
	assert_string_equal(e.msg, "deadline_s has passed: run again to go on");
}

static void
a_quota_behind_the_deadline_ends_the_run(void **state)
{
	struct patience p = patience_start(60);
	struct err e = { 0 };

	(void)state;
	clock_set(1000);
	patience_quota(&p, 59000);
	assert_int_equal(patience_check(&p, &e), 0);
	patience_quota(&p, 60100);
	assert_int_equal(p.not_before, 1061);
	assert_int_equal(patience_check(&p, &e), -1);
	assert_int_equal(e.kind, ERR_RETRY);
	assert_string_equal(e.msg,
	    "the service's quota is used up until 1970-01-01T00:17:41Z: run "
	    "again then");
}

static void
a_quota_is_never_made_shorter(void **state)
{
	struct patience p = patience_start(900);
	int64_t until;

	(void)state;
	clock_set(1000);
	patience_quota(&p, 50000);
	until = p.quota_ms;
	patience_quota(&p, 100);
	assert_int_equal(p.quota_ms, until);
	assert_int_equal(p.not_before, 1050);
}

static void
the_quota_of_the_last_run_holds_until_it_ends(void **state)
{
	struct patience p = patience_start(900);

	(void)state;
	clock_set(1000);
	patience_quota_until(&p, 1000);
	assert_int_equal(p.quota_ms, 0);
	patience_quota_until(&p, 1030);
	assert_in_range(p.quota_ms - clock_monotonic_ms(), 29000, 30000);
}

static void
the_quota_of_a_clock_that_was_ahead_is_not_believed(void **state)
{
	struct patience p = patience_start(900);

	(void)state;
	clock_set(1000);
	patience_quota_until(&p, 1000 + 86401);
	assert_int_equal(p.quota_ms, 0);
	assert_int_equal(p.not_before, 0);
	patience_quota_until(&p, 1000 + 86400);
	assert_int_equal(p.not_before, 1000 + 86400);
}

static void
sleeping_ends_when_it_should_and_not_behind_the_deadline(void **state)
{
	struct patience p = patience_start(5);
	int64_t now = clock_monotonic_ms();
	struct err e = { 0 };

	(void)state;
	assert_int_equal(patience_sleep(&p, now + 150, &e), 0);
	assert_true(clock_monotonic_ms() >= now + 150);
	patience_quota(&p, 150);
	assert_int_equal(patience_sleep(&p, 0, &e), 0);
	assert_true(clock_monotonic_ms() >= now + 300);
	assert_int_equal(patience_sleep(&p, p.deadline_ms, &e), -1);
	assert_int_equal(e.kind, ERR_RETRY);
	assert_string_equal(e.msg,
	    "deadline_s leaves no time to try again: run again to go on");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    waits_double_up_to_a_limit_less_a_part_by_chance),
		cmocka_unit_test(chance_follows_from_a_clock_that_was_set),
		cmocka_unit_test(a_deadline_that_has_passed_ends_the_run),
		cmocka_unit_test(a_quota_behind_the_deadline_ends_the_run),
		cmocka_unit_test(a_quota_is_never_made_shorter),
		cmocka_unit_test(the_quota_of_the_last_run_holds_until_it_ends),
		cmocka_unit_test(
		    the_quota_of_a_clock_that_was_ahead_is_not_believed),
		cmocka_unit_test(
		    sleeping_ends_when_it_should_and_not_behind_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
