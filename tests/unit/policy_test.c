#include "policy.h"
#include "result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	int first, last;
	enum receipt_outcome outcome;
	enum result_next next;
	enum err_kind stop;
} statuses[] = {
	{ 200, 299, RECEIPT_ACKNOWLEDGED, RESULT_DONE, ERR_NONE },
	{ 400, 400, RECEIPT_REJECTED, RESULT_HALVE, ERR_NONE },
	{ 401, 401, RECEIPT_NOT_TAKEN, RESULT_STOP, ERR_AUTH },
	{ 402, 407, RECEIPT_NOT_TAKEN, RESULT_STOP, ERR_DENIED },
	{ 408, 408, RECEIPT_IN_DOUBT, RESULT_AGAIN, ERR_NONE },
	{ 409, 412, RECEIPT_NOT_TAKEN, RESULT_STOP, ERR_DENIED },
	{ 413, 413, RECEIPT_REJECTED, RESULT_HALVE, ERR_NONE },
	{ 414, 421, RECEIPT_NOT_TAKEN, RESULT_STOP, ERR_DENIED },
	{ 422, 422, RECEIPT_REJECTED, RESULT_HALVE, ERR_NONE },
	{ 423, 424, RECEIPT_NOT_TAKEN, RESULT_STOP, ERR_DENIED },
	{ 425, 425, RECEIPT_IN_DOUBT, RESULT_AGAIN, ERR_NONE },
	{ 426, 428, RECEIPT_NOT_TAKEN, RESULT_STOP, ERR_DENIED },
	{ 429, 429, RECEIPT_NOT_TAKEN, RESULT_AGAIN, ERR_NONE },
	{ 430, 499, RECEIPT_NOT_TAKEN, RESULT_STOP, ERR_DENIED },
	{ 500, 599, RECEIPT_IN_DOUBT, RESULT_AGAIN, ERR_NONE },
	{ 600, 999, RECEIPT_IN_DOUBT, RESULT_AGAIN, ERR_NONE },
};

static void
every_status_has_its_rule(void **state)
{
	struct result r;

	(void)state;
	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
		for (int s = statuses[i].first; s <= statuses[i].last; s++) {
			policy_judge(HTTP_ANSWERED, s, NULL, 0, &r);
			assert_int_equal(r.outcome, statuses[i].outcome);
			assert_int_equal(r.next, statuses[i].next);
			assert_int_equal(r.stop, statuses[i].stop);
			assert_int_equal(
			    r.advice != NULL, r.next == RESULT_STOP);
			assert_int_equal(r.wait_ms, -1);
		}
}

static const struct {
	enum http_end end;
	int status;
	enum receipt_outcome outcome;
	enum result_next next;
	enum err_kind stop;
} ends[] = {
	{ HTTP_NOT_SENT, 0, RECEIPT_NOT_TAKEN, RESULT_AGAIN, ERR_NONE },
	{ HTTP_UNTRUSTED, 0, RECEIPT_NOT_TAKEN, RESULT_STOP, ERR_DENIED },
	{ HTTP_CUT, 0, RECEIPT_IN_DOUBT, RESULT_AGAIN, ERR_NONE },
	{ HTTP_CUT, 200, RECEIPT_IN_DOUBT, RESULT_AGAIN, ERR_NONE },
	{ HTTP_REDIRECT, 302, RECEIPT_NOT_TAKEN, RESULT_STOP, ERR_DENIED },
	{ HTTP_TOO_LARGE, 200, RECEIPT_ACKNOWLEDGED, RESULT_DONE, ERR_NONE },
	{ HTTP_TOO_LARGE, 500, RECEIPT_IN_DOUBT, RESULT_AGAIN, ERR_NONE },
};

static void
every_end_has_its_rule(void **state)
{
	struct result r;

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		policy_judge(ends[i].end, ends[i].status, NULL, 0, &r);
		assert_int_equal(r.outcome, ends[i].outcome);
		assert_int_equal(r.next, ends[i].next);
		assert_int_equal(r.stop, ends[i].stop);
		assert_int_equal(r.advice != NULL, r.next == RESULT_STOP);
	}
}

static const struct {
	const char *retry_after;
	int64_t wait_ms;
} waits[] = {
	{ NULL, -1 },
	{ "", -1 },
	{ "0", 0 },
	{ "120", 120000 },
	{ "86400", 86400000 },
	{ "86401", 86400000 },
	{ "99999999999999999999", 86400000 },
	{ "-1", -1 },
	{ "1.5", -1 },
	{ "soon", -1 },
	{ "Sun, 01 Mar 2026 12:00:30 GMT", 30000 },
	{ "Sun, 01 Mar 2026 11:00:00 GMT", 0 },
	{ "Mon, 02 Mar 2026 12:00:01 GMT", 86400000 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", 86400000 },
};

static void
retry_after_is_seconds_or_a_date(void **state)
{
	const int64_t now = 1772366400; /* Sun, 01 Mar 2026 12:00:00 GMT */
	struct result r;

	(void)state;
	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
		policy_judge(HTTP_ANSWERED, 503, waits[i].retry_after, now, &r);
		assert_int_equal(r.wait_ms, waits[i].wait_ms);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_its_rule),
		cmocka_unit_test(every_end_has_its_rule),
		cmocka_unit_test(retry_after_is_seconds_or_a_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
