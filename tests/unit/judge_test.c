/* Judging: the rules, their order, dates and verdicts; and event.c. */
#include "event.h"
#include "judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct scan scan;

static enum reason
judge_text(struct event *ev, enum ttp log, const char *text)
{
	event_open(ev, rules_of(log));
	event_scan(&scan, text, strlen(text));
	assert_true(event_read(ev, &scan));
	assert_int_equal(ev->length, strlen(text));
	return judge(ev);
}

#define DATE "\"date\":\"2021-10-16T14:45:34+0000\""
#define TIME "\"eventTime\":\"2021-10-16T14:45:34+0000\""
#define CLICK "\"userEmailAddress\":\"u\",\"url\":\"l\",\"scanResult\":\"m\""
#define FILE_ "\"recipientAddress\":\"r\",\"fileName\":\"f\",\"result\":\"m\""
#define MAIL "\"senderAddress\":\"s\",\"recipientAddress\":\"r\""

static const struct {
	const char *text;
	enum ttp log;
	enum reason reason;
} cases[] = {
	{ "{" CLICK "," DATE "}", TTP_URL, REASON_NEW },
	{ "{" FILE_ "," DATE "}", TTP_ATTACHMENT, REASON_NEW },
	{ "{" MAIL "," TIME "}", TTP_IMPERSONATION, REASON_NEW },

	{ "null", TTP_URL, REASON_NOT_OBJECT },
	{ "\"{}\"", TTP_URL, REASON_NOT_OBJECT },
	{ "[{}]", TTP_URL, REASON_NOT_OBJECT },
	{ "1e400", TTP_URL, REASON_NOT_OBJECT },

	/* each required field, in order */
	{ "{}", TTP_URL, REASON_URL_USER_EMPTY },
	{ "{\"userEmailAddress\":\"u\"}", TTP_URL, REASON_URL_URL_EMPTY },
	{ "{\"userEmailAddress\":\"u\",\"url\":\"l\"}", TTP_URL,
	    REASON_URL_DATE_EMPTY },
	{ "{\"userEmailAddress\":\"u\",\"url\":\"l\"," DATE "}", TTP_URL,
	    REASON_URL_RESULT_EMPTY },
	{ "{\"userEmailAddress\":\"u\",\"url\":\"l\",\"date\":\"?\"}", TTP_URL,
	    REASON_URL_RESULT_EMPTY },
	{ "{" CLICK ",\"date\":\"?\"}", TTP_URL, REASON_URL_DATE_UNPARSABLE },
	{ "{}", TTP_ATTACHMENT, REASON_ATTACHMENT_RECIPIENT_EMPTY },
	{ "{\"recipientAddress\":\"r\"}", TTP_ATTACHMENT,
	    REASON_ATTACHMENT_NAME_EMPTY },
	{ "{\"recipientAddress\":\"r\",\"fileName\":\"f\"," DATE "}",
	    TTP_ATTACHMENT, REASON_ATTACHMENT_RESULT_EMPTY },
	{ "{" FILE_ "}", TTP_ATTACHMENT, REASON_ATTACHMENT_DATE_EMPTY },
	{ "{" FILE_ ",\"date\":\"2021-10-16\"}", TTP_ATTACHMENT,
	    REASON_ATTACHMENT_DATE_UNPARSABLE },
	{ "{}", TTP_IMPERSONATION, REASON_IMPERSONATION_SENDER_EMPTY },
	{ "{\"senderAddress\":\"s\"," TIME "}", TTP_IMPERSONATION,
	    REASON_IMPERSONATION_RECIPIENT_EMPTY },
	{ "{" MAIL "," DATE "}", TTP_IMPERSONATION,
	    REASON_IMPERSONATION_TIME_EMPTY },
	{ "{" MAIL ",\"eventTime\":\"now\"}", TTP_IMPERSONATION,
	    REASON_IMPERSONATION_TIME_UNPARSABLE },

	/* what is empty */
	{ "{" CLICK "," DATE ",\"url\":null}", TTP_URL, REASON_URL_URL_EMPTY },
	{ "{" CLICK "," DATE ",\"url\":5}", TTP_URL, REASON_URL_URL_EMPTY },
	{ "{" CLICK "," DATE ",\"url\":[\"x\"]}", TTP_URL,
	    REASON_URL_URL_EMPTY },
	{ "{" CLICK "," DATE ",\"url\":\"\"}", TTP_URL, REASON_URL_URL_EMPTY },
	{ "{" CLICK "," DATE ",\"url\":\" \\t\\r\\n\\u0020\"}", TTP_URL,
	    REASON_URL_URL_EMPTY },
	{ "{" CLICK "," DATE ",\"url\":\"\\u00a0\"}", TTP_URL, REASON_NEW },
	{ "{" CLICK "," DATE ",\"url\":\"\\u0000\"}", TTP_URL, REASON_NEW },
	{ "{" CLICK "," DATE ",\"url\":\"\xff\"}", TTP_URL, REASON_NEW },
	{ "{" CLICK ",\"date\":1634395534}", TTP_URL, REASON_URL_DATE_EMPTY },

	/* white space of all kinds is none of the text */
	{ "{\r\n" CLICK " ,\t" DATE "\r\n}", TTP_URL, REASON_NEW },
	{ "{" CLICK "," DATE ",\"url\":\"a\\r\\nb\"}", TTP_URL, REASON_NEW },
	{ "{" CLICK "," DATE ",\"userEmailAddress\":true}", TTP_URL,
	    REASON_URL_USER_EMPTY },
	{ "{" CLICK "," DATE ",\"scanResult\":1}", TTP_URL,
	    REASON_URL_RESULT_EMPTY },
	{ "{" MAIL ",\"eventTime\":1634395534}", TTP_IMPERSONATION,
	    REASON_IMPERSONATION_TIME_EMPTY },

	/* names: escaped, in other cases, repeated */
	{ "{" CLICK ",\"d\\u0061te\":\"2021-10-16T14:45:34Z\"}", TTP_URL,
	    REASON_NEW },
	{ "{" CLICK ",\"Date\":\"2021-10-16T14:45:34Z\"}", TTP_URL,
	    REASON_URL_DATE_EMPTY },
	{ "{" CLICK ",\"date\":\"?\"," DATE "}", TTP_URL, REASON_NEW },
	{ "{" CLICK "," DATE ",\"date\":null}", TTP_URL,
	    REASON_URL_DATE_EMPTY },

	/* verdicts */
	{ "{" CLICK "," DATE ",\"scanResult\":\" Clean\\n\"}", TTP_URL,
	    REASON_VERDICT_CLEAN },
	{ "{" CLICK "," DATE ",\"scanResult\":\"S\\u0041FE\"}", TTP_URL,
	    REASON_VERDICT_SAFE },
	{ "{" CLICK "," DATE ",\"scanResult\":\"cleaned\"}", TTP_URL,
	    REASON_NEW },
	{ "{" CLICK "," DATE ",\"scanResult\":\"clean\\u0000\"}", TTP_URL,
	    REASON_NEW },
	{ "{" CLICK "," DATE ",\"result\":\"clean\"}", TTP_URL, REASON_NEW },
	{ "{" FILE_ "," DATE ",\"result\":\"safe\"}", TTP_ATTACHMENT,
	    REASON_VERDICT_SAFE },
	{ "{" FILE_ "," DATE ",\"result\":\"timeout\"}", TTP_ATTACHMENT,
	    REASON_NEW },
	{ "{" FILE_ "," DATE ",\"scanResult\":\"safe\"}", TTP_ATTACHMENT,
	    REASON_NEW },
	{ "{" MAIL "," TIME ",\"result\":\"safe\"}", TTP_IMPERSONATION,
	    REASON_NEW },
};

static void
the_first_rule_that_fails_is_the_reason(void **state)
{
	struct event ev = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum reason got = judge_text(&ev, cases[i].log, cases[i].text);

		if (got != cases[i].reason)
			fail_msg("%s: %s", cases[i].text, reason_name(got));
	}
	event_close(&ev);
}

static const struct {
	const char *date;
	int64_t at; /* -1: unparsable */
} dates[] = {
	{ "2021-10-16T14:45:34+0000", 1634395534 },
	{ "2021-10-16T14:45:34.123456789Z", 1634395534 },
	{ "2021-10-16t14:45:34z", 1634395534 },
	{ "2021-10-16T16:15:34+01:30", 1634395534 },
	{ "2021-10-16T00:45:34-1400", 1634395534 },
	{ "2021-10-16T14:45:34+0\\u003000", 1634395534 },
	{ "2016-12-31T23:59:60Z", 1483228799 },
	{ "2000-02-29T00:00:00Z", 951782400 },
	{ "2024-01-01T00:00:00+14:00", 1704016800 },
	{ "1970-01-01T00:00:00Z", 0 },
	{ "1969-12-31T23:59:58Z", -2 },
	{ "2106-02-07T06:28:16Z", 4294967296 },
	{ "9999-12-31T23:59:59Z", 253402300799 },
	{ "0001-01-01T00:00:00Z", -62135596800 },
	{ "2021-02-30T00:00:00Z", -1 },
	{ "2100-02-29T00:00:00Z", -1 },
	{ "2021-10-16T24:00:00Z", -1 },
	{ "2021-10-16T14:45:34", -1 },
	{ " 2021-10-16T14:45:34Z", -1 },
	{ "2021-10-16T14:45:34Z ", -1 },
	{ "2021-10-16 14:45:34Z", -1 },
	{ "2021-10-16T14:45Z", -1 },
	{ "2021-10-16T14:45:34.Z", -1 },
	{ "2021-10-16T14:45:34+00", -1 },
	{ "2021-10-16T14:45:34 +0000", -1 },
	{ "1634395534", -1 },
};

static void
times_are_read_or_refused(void **state)
{
	struct event ev = { 0 };
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		enum reason reason;

		snprintf(text, sizeof text, "{%s,\"date\":\"%s\"}", CLICK,
		    dates[i].date);
		reason = judge_text(&ev, TTP_URL, text);
		if (dates[i].at == -1) {
			assert_false(ev.has_time);
			assert_int_equal(reason, REASON_URL_DATE_UNPARSABLE);
		} else {
			assert_int_equal(reason, REASON_NEW);
			assert_int_equal(ev.at, dates[i].at);
		}
	}
	event_close(&ev);
}

static void
an_invalid_record_keeps_the_time_it_has(void **state)
{
	struct event ev = { 0 };

	(void)state;
	assert_int_equal(
	    judge_text(&ev, TTP_URL, "{" DATE "}"), REASON_URL_USER_EMPTY);
	assert_true(ev.has_time);
	assert_int_equal(ev.at, 1634395534);
	event_close(&ev);
}

/* depth counts the record itself. */
static void
nested(struct buf *out, int depth)
{
	buf_clear(out);
	buf_puts(out, "{" CLICK "," DATE ",\"tagMap\":");
	for (int i = 1; i < depth; i++)
		buf_puts(out, i % 2 ? "[" : "{\"x\":");
	if (depth % 2)
		buf_putc(out, '0');
	for (int i = depth - 1; i >= 1; i--)
		buf_putc(out, i % 2 ? ']' : '}');
	buf_putc(out, '}');
}

static void
a_record_may_nest_64_levels(void **state)
{
	struct event ev = { 0 };
	struct buf text = { 0 };

	(void)state;
	for (int depth = 63; depth <= 67; depth += 2) {
		nested(&text, depth);
		assert_int_equal(judge_text(&ev, TTP_URL, text.data),
		    depth <= EVENT_LEVELS ? REASON_NEW : REASON_DEPTH);
	}
	nested(&text, 10001);
	assert_int_equal(judge_text(&ev, TTP_URL, text.data), REASON_DEPTH);
	assert_true(ev.has_time);
	/* The rule before it has its word first, the ones behind it not. */
	assert_int_equal(
	    judge_text(&ev, TTP_ATTACHMENT, text.data), REASON_DEPTH);
	buf_free(&text);
	event_close(&ev);
}

static void
depth_does_not_lean_on_what_is_around_the_record(void **state)
{
	struct event ev = { 0 };
	struct buf text = { 0 };
	struct buf page = { 0 };

	(void)state;
	nested(&text, 63);
	for (int i = 0; i < 10; i++)
		buf_putc(&page, '[');
	buf_put(&page, text.data, text.len);
	event_open(&ev, rules_of(TTP_URL));
	event_scan(&scan, page.data, page.len);
	for (int i = 0; i < 10; i++) {
		assert_true(scan_enter(&scan));
		assert_true(scan_element(&scan));
	}
	assert_true(event_read(&ev, &scan));
	assert_int_equal(judge(&ev), REASON_NEW);
	assert_int_equal(ev.offset, 10);
	buf_free(&text);
	buf_free(&page);
	event_close(&ev);
}

static void
text_faults_are_flagged_wherever_they_are(void **state)
{
	static const struct {
		const char *more;
		bool anomaly;
	} texts[] = {
		{ "", false },
		{ ",\"subject\":\"\\ud83d\\ude00\"", false },
		{ ",\"subject\":\"\xff\"", true },
		{ ",\"subject\":\"\\ud800\"", true },
		{ ",\"subject\":\"a\\u0000b\"", true },
		{ ",\"subject\":\"\xc0\xaf\"", true },
		{ ",\"unknown\":[{\"x\":\"\\udfff\"}]", true },
		{ ",\"\xfe\":1", true },
		{ ",\"tagMap\":{\"\\u0000\":1}", true },
	};
	struct event ev = { 0 };
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		snprintf(
		    text, sizeof text, "{%s,%s%s}", CLICK, DATE, texts[i].more);
		assert_int_equal(judge_text(&ev, TTP_URL, text), REASON_NEW);
		assert_int_equal(ev.text_anomaly, texts[i].anomaly);
	}
	event_close(&ev);
}

/* Members in another order each time, and more than are remembered. */
static void
fields_are_found_in_any_order(void **state)
{
	struct event ev = { 0 };
	struct buf text = { 0 };

	(void)state;
	for (int first = 0; first < 100; first++) {
		buf_clear(&text);
		buf_putc(&text, '{');
		for (int i = 0; i < first; i++)
			buf_printf(&text, "\"unknown%d\":%d,", i, i);
		buf_printf(&text, "%s,\"date\":\"?\"}", CLICK);
		assert_int_equal(judge_text(&ev, TTP_URL, text.data),
		    REASON_URL_DATE_UNPARSABLE);
	}
	buf_free(&text);
	event_close(&ev);
}

static const struct {
	const char *value;
	const char *text; /* NULL: absent */
} texts[] = {
	{ "\"plain\"", "plain" },
	{ "\" \"", " " },
	{ "\"\"", NULL },
	{ "null", NULL },
	{ "[\"x\"]", NULL },
	{ "true", NULL },
	{ "\"a\\/b\\r\\n\\u00e9\"", "a/b\r\n\xc3\xa9" },
	{ "\"a\\u0000b\"",
	    "a\xef\xbf\xbd"
	    "b" },
	{ "\"\\ud800\"", "\xef\xbf\xbd" },
	{ "\"\xff\xc3\xa9\"", "\xef\xbf\xbd\xc3\xa9" },
};

static void
text_is_given_out_clean(void **state)
{
	struct event ev = { 0 };
	struct buf into = { 0 };
	char text[100];

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct alert_text got;

		snprintf(text, sizeof text, "{\"userEmailAddress\":%s}",
		    texts[i].value);
		judge_text(&ev, TTP_URL, text);
		got = event_text(&ev, 0, &into);
		if (!texts[i].text) {
			assert_null(got.data);
			continue;
		}
		assert_int_equal(got.len, strlen(texts[i].text));
		assert_memory_equal(got.data, texts[i].text, got.len);
	}
	buf_free(&into);
	event_close(&ev);
}

static const struct {
	const char *more;
	enum type_rule rule;
	const char *type; /* NULL: none */
} types[] = {
	{ "", TYPE_DEFAULT, NULL },
	{ ",\"creationMethod\":\" \",\"reason\":\"r\"", TYPE_DEFAULT, NULL },
	{ ",\"creationMethod\":\"User Click\"", TYPE_CREATION_METHOD,
	    "User Click" },
	{ ",\"creationMethod\":\"User Click\",\"reason\":\"r\"",
	    TYPE_CREATION_METHOD, "User Click" },
	{ ",\"ttpDefinition\":\"d\",\"creationMethod\":\"c\"",
	    TYPE_TTP_DEFINITION, "d" },
	{ ",\"ttpDefinition\":\"d\",\"reason\":\"\\t\"", TYPE_TTP_DEFINITION,
	    "d" },
	{ ",\"ttpDefinition\":\"d\",\"reason\":\"r\"", TYPE_REASON, "r" },
	{ ",\"ttpDefinition\":[\"d\"],\"creationMethod\":\"c\"",
	    TYPE_CREATION_METHOD, "c" },
};

static void
a_click_is_named_by_the_published_rule(void **state)
{
	struct event ev = { 0 };
	struct buf into = { 0 };
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct rules_type type;
		struct alert_text name;

		snprintf(text, sizeof text, "{%s%s}", CLICK, types[i].more);
		judge_text(&ev, TTP_URL, text);
		type = ev.rules->type(&ev);
		assert_int_equal(type.rule, types[i].rule);
		assert_null(type.fixed);
		if (!types[i].type)
			continue;
		name = event_text(&ev, type.field, &into);
		assert_int_equal(name.len, strlen(types[i].type));
		assert_memory_equal(name.data, types[i].type, name.len);
	}
	buf_free(&into);
	event_close(&ev);
}

static void
other_alerts_have_one_name_a_log(void **state)
{
	struct event ev = { 0 };

	(void)state;
	judge_text(&ev, TTP_ATTACHMENT, "{}");
	assert_string_equal(
	    ev.rules->type(&ev).fixed, "Unsafe Email Attachment");
	assert_int_equal(ev.rules->type(&ev).rule, TYPE_FIXED);
	judge_text(&ev, TTP_IMPERSONATION, "{}");
	assert_string_equal(ev.rules->type(&ev).fixed, "Impersonation Attempt");
	assert_int_equal(ev.rules->type(&ev).rule, TYPE_FIXED);
	event_close(&ev);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_rule_that_fails_is_the_reason),
		cmocka_unit_test(times_are_read_or_refused),
		cmocka_unit_test(an_invalid_record_keeps_the_time_it_has),
		cmocka_unit_test(a_record_may_nest_64_levels),
		cmocka_unit_test(
		    depth_does_not_lean_on_what_is_around_the_record),
		cmocka_unit_test(text_faults_are_flagged_wherever_they_are),
		cmocka_unit_test(fields_are_found_in_any_order),
		cmocka_unit_test(text_is_given_out_clean),
		cmocka_unit_test(a_click_is_named_by_the_published_rule),
		cmocka_unit_test(other_alerts_have_one_name_a_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
