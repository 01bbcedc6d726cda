/* Which rule an alert's type meets. */
#include "err.h"
#include "threat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct mapping_rule rules[] = {
	{ .rule_no = 1, .match = MAPPING_REGEX, .alert_type = "^Inbound .*d$" },
	{ .rule_no = 2, .match = MAPPING_PREFIX, .alert_type = "Inbound URL" },
	{ .rule_no = 3, .match = MAPPING_PREFIX, .alert_type = "Inbound" },
	{ .rule_no = 4, .match = MAPPING_EXACT, .alert_type = "Inbound URL x" },
	{ .rule_no = 5, .match = MAPPING_EXACT, .alert_type = "B" },
	{ .rule_no = 6, .match = MAPPING_EXACT, .alert_type = "A" },
	{ .rule_no = 7, .match = MAPPING_EXACT, .alert_type = "B" },
	{ .rule_no = 8, .match = MAPPING_REGEX, .alert_type = "b{2}|[0-9]" },
	{ .rule_no = 9, .match = MAPPING_DEFAULT, .log = TTP_URL },
	{ .rule_no = 10, .match = MAPPING_DEFAULT, .log = TTP_ATTACHMENT },
	{ .rule_no = 11, .match = MAPPING_DEFAULT, .log = TTP_IMPERSONATION },
};

static const struct {
	enum ttp log;
	const char *type;
	int64_t rule_no;
} cases[] = {
	{ TTP_URL, "A", 6 },
	{ TTP_URL, "B", 5 },
	{ TTP_URL, "a", 9 },
	{ TTP_URL, "A ", 9 },
	{ TTP_URL, "Inbound URL x", 4 },
	{ TTP_URL, "Inbound URL y", 2 },
	{ TTP_URL, "Inbound URL refused", 2 },
	{ TTP_URL, "Inbound mail refused", 3 },
	{ TTP_URL, "Inboun", 9 },
	{ TTP_URL, "an Inbound", 9 },
	{ TTP_URL, "a number 7", 8 },
	{ TTP_URL, "abba", 8 },
	{ TTP_ATTACHMENT, "abba", 8 },
	{ TTP_ATTACHMENT, "other", 10 },
	{ TTP_IMPERSONATION, "other", 11 },
};

static void
exact_beats_prefix_beats_regex_beats_default(void **state)
{
	struct threats *t;
	struct err e;

	(void)state;
	assert_int_equal(
	    threat_open(&t, rules, sizeof rules / sizeof rules[0], &e), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[64];

		/* What follows the type is no part of it. */
		snprintf(text, sizeof text, "%s!", cases[i].type);
		assert_int_equal(
		    threat_find(t, cases[i].log, text, strlen(cases[i].type))
			->rule_no,
		    cases[i].rule_no);
	}
	assert_int_equal(threat_default(t, TTP_ATTACHMENT)->rule_no, 10);
	threat_close(t);
}

/* What an expression does not see costs nothing. */
static void
expressions_see_the_first_kilobyte(void **state)
{
	static char text[THREAT_REGEX_BYTES + 100];
	struct threats *t;
	struct err e;

	(void)state;
	assert_int_equal(
	    threat_open(&t, rules, sizeof rules / sizeof rules[0], &e), 0);
	memset(text, 'x', sizeof text);
	text[THREAT_REGEX_BYTES - 1] = '7';
	assert_int_equal(
	    threat_find(t, TTP_URL, text, sizeof text)->rule_no, 8);
	text[THREAT_REGEX_BYTES - 1] = 'x';
	text[THREAT_REGEX_BYTES] = '7';
	assert_int_equal(
	    threat_find(t, TTP_URL, text, sizeof text)->rule_no, 9);
	threat_close(t);
}

static void
a_wrong_expression_is_refused(void **state)
{
	static const struct mapping_rule wrong = {
		.rule_no = 1, .match = MAPPING_REGEX, .alert_type = "("
	};
	struct threats *t;
	struct err e;

	(void)state;
	assert_int_equal(threat_open(&t, &wrong, 1, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	assert_string_equal(e.msg,
	    "the regular expression is wrong at byte 2: a ( without its )");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_beats_prefix_beats_regex_beats_default),
		cmocka_unit_test(expressions_see_the_first_kilobyte),
		cmocka_unit_test(a_wrong_expression_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
