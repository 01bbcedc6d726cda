/* When so many records are invalid that somebody should look. */
#include "err.h"
#include "tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
	int64_t invalid, valid; /* of url */
	double ratio;
	const char *msg; /* NULL: accepted */
} cases[] = {
	{ 0, 0, 0, NULL },
	{ 99, 0, 0.05, NULL },
	{ 5, 95, 0.05, NULL },
	{ 100, 0, 1, NULL },
	{ 6, 94, 0.05,
	    "url: 6 of 100 records are invalid, most often url.url.empty (5); "
	    "max_invalid_ratio is 0.05: look at v_invalid" },
	{ 1, 999, 0,
	    "url: 1 of 1000 records are invalid, most often record.depth (1); "
	    "max_invalid_ratio is 0: look at v_invalid" },
};

static void
too_many_invalid_records_are_told_of(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct tally t = { 0 };
		struct err e = { 0 };
		int rc;

		t.reasons[TTP_URL][REASON_DEPTH] = cases[i].invalid > 0;
		t.reasons[TTP_URL][REASON_URL_URL_EMPTY] =
		    cases[i].invalid - (cases[i].invalid > 0);
		t.reasons[TTP_URL][REASON_SEEN] = cases[i].valid;
		rc = tally_check(&t, cases[i].ratio, &e);
		assert_int_equal(rc, cases[i].msg ? -1 : 0);
		assert_string_equal(e.msg, cases[i].msg ? cases[i].msg : "");
		assert_int_equal(e.kind, cases[i].msg ? ERR_PARTIAL : ERR_NONE);
	}
}

static void
each_log_is_counted_by_itself(void **state)
{
	struct tally t = { 0 };
	struct err e = { 0 };

	(void)state;
	t.reasons[TTP_URL][REASON_NEW] = 1000;
	t.reasons[TTP_ATTACHMENT][REASON_NOT_OBJECT] = 60;
	t.reasons[TTP_ATTACHMENT][REASON_NEW] = 40;
	t.reasons[TTP_IMPERSONATION][REASON_IMPERSONATION_TIME_EMPTY] = 100;
	assert_int_equal(tally_records(&t), 1200);
	assert_int_equal(tally_check(&t, 0.5, &e), -1);
	assert_string_equal(e.msg,
	    "attachment: 60 of 100 records are invalid, most often "
	    "record.not_object (60); impersonation: 100 of 100 records are "
	    "invalid, most often impersonation.eventTime.empty (100); "
	    "max_invalid_ratio is 0.5: look at v_invalid");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_many_invalid_records_are_told_of),
		cmocka_unit_test(each_log_is_counted_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
