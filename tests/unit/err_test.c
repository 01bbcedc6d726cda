#include "err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
err_set_returns_failure_and_keeps_the_message(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(err_set(&e, ERR_IO, "disk %d", 3), -1);
	assert_int_equal(e.kind, ERR_IO);
	assert_string_equal(e.msg, "disk 3");
}

static void
err_add_puts_context_in_front(void **state)
{
	struct err e = { 0 };

	(void)state;
	err_set(&e, ERR_DATA, "no array");
	assert_int_equal(err_add(&e, "page %d", 7), -1);
	assert_string_equal(e.msg, "page 7: no array");
	assert_int_equal(e.kind, ERR_DATA);
}

static void
a_long_message_is_cut(void **state)
{
	char text[2000];
	struct err e = { 0 };

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	err_set(&e, ERR_DATA, "%s", text);
	assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
	err_add(&e, "%s", text);
	assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
}

static void
of_two_kinds_the_first_in_the_order_wins(void **state)
{
	static const enum err_kind order[] = { ERR_BUG, ERR_DATA, ERR_IO,
		ERR_CONFIG, ERR_AUTH, ERR_DENIED, ERR_USAGE, ERR_GAP, ERR_RETRY,
		ERR_PARTIAL, ERR_NO, ERR_NONE };
	const size_t n = sizeof order / sizeof order[0];

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++) {
			assert_int_equal(
			    err_worst(order[i], order[j]), order[i]);
			assert_int_equal(
			    err_worst(order[j], order[i]), order[i]);
		}
}

static void
err_merge_keeps_the_worse_and_of_equals_the_first(void **state)
{
	struct err e = { 0 }, retry = { 0 }, other = { 0 }, io = { 0 };

	(void)state;
	err_set(&retry, ERR_RETRY, "first");
	err_set(&other, ERR_RETRY, "second");
	err_set(&io, ERR_IO, "disk");
	err_merge(&e, &retry);
	err_merge(&e, &other);
	assert_string_equal(e.msg, "first");
	err_merge(&e, &io);
	assert_string_equal(e.msg, "disk");
	err_merge(&e, &retry);
	assert_string_equal(e.msg, "disk");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(err_set_returns_failure_and_keeps_the_message),
		cmocka_unit_test(err_add_puts_context_in_front),
		cmocka_unit_test(a_long_message_is_cut),
		cmocka_unit_test(of_two_kinds_the_first_in_the_order_wins),
		cmocka_unit_test(
		    err_merge_keeps_the_worse_and_of_equals_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
