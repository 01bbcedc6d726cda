#include "repeat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* How many tokens pass of a chain that leads into a circle; -1: 10,000. */
static int
steps(int lead, int circle)
{
	struct repeat r = { 0 };
	char token[32];
	int i;

	for (i = 0; i < 10000; i++) {
		int at =
		    i < lead || circle == 0 ? i : lead + (i - lead) % circle;

		snprintf(token, sizeof token, "token %d", at);
		if (repeat_next(&r, token))
			break;
	}
	repeat_free(&r);
	return i < 10000 ? i : -1;
}

static void
a_chain_that_goes_on_never_repeats(void **state)
{
	(void)state;
	assert_int_equal(steps(0, 0), -1);
}

static void
a_token_that_stays_is_found_at_once(void **state)
{
	(void)state;
	assert_int_equal(steps(0, 1), 1);
}

static void
every_circle_is_found_soon(void **state)
{
	(void)state;
	for (int lead = 0; lead < 40; lead++)
		for (int circle = 1; circle < 40; circle++)
			assert_in_range(
			    steps(lead, circle), 1, 3 * (lead + circle) + 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_that_goes_on_never_repeats),
		cmocka_unit_test(a_token_that_stays_is_found_at_once),
		cmocka_unit_test(every_circle_is_found_soon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
