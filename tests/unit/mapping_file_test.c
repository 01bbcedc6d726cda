/* Mapping files: what is taken, and where what is wrong is said to be. */
#include "buf.h"
#include "err.h"
#include "mapping_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD "{\"version\":\"1\",\"attack_version\":\"16\","
#define THREAT "\"threatId\":\"T1\",\"threatName\":\"N\""
#define DEFAULT "{\"alertType\":\"U\"," THREAT "}"
#define DEFAULTS                                                               \
	"\"defaults\":{\"url\":" DEFAULT ",\"attachment\":" DEFAULT            \
	",\"impersonation\":" DEFAULT "}}"
#define RULES(r) HEAD "\"rules\":[" r "]," DEFAULTS
#define RULE(more) "{\"alertType\":\"a\"," THREAT more "}"

static const struct {
	const char *text;
	const char *msg; /* NULL: accepted */
} cases[] = {
	{ RULES(""), NULL },
	{ RULES(RULE(",\"match\":\"exact\"")), NULL },
	{ RULES(RULE(",\"match\":\"prefix\",\"severity\":0")), NULL },
	{ RULES(RULE(",\"match\":\"regex\",\"severity\":10")), NULL },
	{ RULES(RULE(",\"match\":\"exact\",\"comment\":\"why\"")), NULL },
	{ "{\"comment\":\"x\"," DEFAULTS, "f:1:1: a mapping needs version" },
	{ "", "f:1:1: cut short" },
	{ "{", "f:1:2: cut short" },
	{ "[]", "f:1:1: a mapping must be an object" },
	{ RULES("") " x", "f:1:251: more text after the value" },
	{ HEAD "\n\"rules\":{}," DEFAULTS, "f:2:9: rules must be an array" },
	{ HEAD "\"rules\":[]}", "f:1:1: a mapping needs defaults" },
	{ HEAD "\n\n  \"version\":\"2\"}", "f:3:3: version comes twice" },
	{ HEAD "\"extra\":1}", "f:1:38: an unknown name: \"extra\"" },
	{ HEAD "\"rules\":[\n 5]," DEFAULTS,
	    "f:2:2: a rule must be an object" },
	{ RULES("\n{\"alertType\":1}"), "f:2:14: alertType must be a string" },
	{ RULES("\n{\"alertType\":\"a\"}"), "f:2:1: a rule needs match" },
	{ RULES("\n" RULE(",\"match\":\"fuzzy\"")),
	    "f:2:59: match must be exact, prefix or regex" },
	{ RULES("\n" RULE(",\"match\":\"exact\",\"severity\":11")),
	    "f:2:78: severity must be a whole number from 0 to 10" },
	{ RULES("\n" RULE(",\"match\":\"exact\",\"severity\":1.0")),
	    "f:2:78: severity must be a whole number from 0 to 10" },
	{ RULES("\n" RULE(",\"match\":\"exact\",\"severity\":-1")),
	    "f:2:78: severity must be a whole number from 0 to 10" },
	{ RULES("\n" RULE(",\"match\":\"exact\",\"severity\":\"5\"")),
	    "f:2:78: severity must be a number" },
	{ RULES("\n" RULE(",\"match\":\"exact\",\"comment\":1")),
	    "f:2:77: comment must be a string" },
	{ RULES("\n{\"alertType\":\" \",\"match\":\"exact\"," THREAT "}"),
	    "f:2:14: alertType must not be empty" },
	{ RULES("\n{\"alertType\":\"\\u0000\",\"match\":\"exact\"," THREAT "}"),
	    "f:2:14: alertType holds what is no text (bad UTF-8, a lone "
	    "surrogate or NUL)" },
	{ RULES("\n{\"alertType\":\"(\",\"match\":\"regex\"," THREAT "}"),
	    "f:2:26: the regular expression is wrong at byte 2: a ( without "
	    "its )" },
	{ HEAD "\"rules\":[],\n\"defaults\":{\"url\":" DEFAULT "}}",
	    "f:2:12: defaults needs attachment" },
	{ HEAD "\"rules\":[],\n\"defaults\":{\"mail\":{}}}",
	    "f:2:13: an unknown name: \"mail\"" },
	{ HEAD "\"rules\":[],\n\"defaults\":{\"url\":{\"match\":\"exact\"},"
	       "\"attachment\":" DEFAULT ",\"impersonation\":" DEFAULT "}}",
	    "f:2:20: an unknown name: \"match\"" },
};

static void
what_is_wrong_is_named_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *text = cases[i].text;
		struct mapping_file f;
		struct err e = { 0 };
		int rc = mapping_file_parse(&f, "f", text, strlen(text), &e);

		if (cases[i].msg) {
			assert_string_equal(e.msg, cases[i].msg);
			assert_int_equal(rc, -1);
			assert_int_equal(e.kind, ERR_DATA);
		} else if (rc) {
			fail_msg("%s: %s", text, e.msg);
		} else {
			mapping_file_free(&f);
		}
	}
}

static void
no_beginning_of_a_mapping_is_one(void **state)
{
	static const char text[] = RULES(RULE(",\"match\":\"exact\""));

	(void)state;
	for (size_t n = 0; n < sizeof text - 1; n++) {
		struct mapping_file f;
		struct err e = { 0 };

		assert_int_equal(mapping_file_parse(&f, "f", text, n, &e), -1);
		assert_non_null(strstr(e.msg, "cut short"));
	}
}

static void
a_mapping_is_read_whole(void **state)
{
	static const char text[] =
	    HEAD "\"rules\":["
		 "{\"alertType\":\"x\\/\\u00e9\",\"match\":\"prefix\","
		 "\"threatId\":\"T1078\",\"threatName\":\"Valid Accounts\","
		 "\"severity\":9}]," DEFAULTS;
	const struct mapping_rule *r;
	struct mapping_file f;
	struct err e;

	(void)state;
	assert_int_equal(
	    mapping_file_parse(&f, "some file", text, sizeof text - 1, &e), 0);
	assert_string_equal(f.mapping.version, "1");
	assert_string_equal(f.mapping.attack_version, "16");
	assert_string_equal(f.mapping.source, "some file");
	assert_string_equal(f.mapping.body, text);
	assert_int_equal(f.rules_count, 4);
	r = &f.rules[0];
	assert_int_equal(r->rule_no, 1);
	assert_string_equal(r->alert_type, "x/\xc3\xa9");
	assert_int_equal(r->match, MAPPING_PREFIX);
	assert_string_equal(r->threat_id, "T1078");
	assert_string_equal(r->threat_name, "Valid Accounts");
	assert_int_equal(r->severity, 9);
	r = &f.rules[3];
	assert_int_equal(r->rule_no, 4);
	assert_int_equal(r->match, MAPPING_DEFAULT);
	assert_int_equal(r->log, TTP_IMPERSONATION);
	assert_int_equal(r->severity, MAPPING_BY_VERDICT);
	mapping_file_free(&f);
}

/* Source: the destination's published table (gathered 2026-11-24). */
static const struct {
	const char *type, *id, *name;
} published[] = {
	{ "Impersonation Attempt", "T1598.003", "Spearphishing Link" },
	{ "Unsafe Email Attachment", "T1598.002", "Spearphishing Attachment" },
	{ "URL Protection", "T1598.003", "Spearphishing Link" },
	{ "Default URL Protection", "T1598.003", "Spearphishing Link" },
	{ "IP Temporarily Blacklisted", "TA0001", "Initial Access" },
	{ "Submitter failed to authenticate", "T1078", "Valid Accounts" },
	{ "Anti-Spoofing policy - Inbound not allowed", "T1598.003",
	    "Spearphishing Link" },
	{ "Invalid Recipient", "TA0005", "Defense Evasion" },
	{ "Exceeding outbound thread limit", "T1041",
	    "Exfiltration Over C2 Channel" },
	{ "Message bounced due to Content Examination Policy", "T1598",
	    "Phishing for Information" },
	{ "Default Inbound URL Protect Definition", "T1598.003",
	    "Spearphishing Link" },
	{ "URL Protection", "T1598.003", "Spearphishing Link" },
	{ "Unsafe Email Attachment", "T1598.002", "Spearphishing Attachment" },
	{ "Impersonation Attempt", "T1598.003", "Spearphishing Link" },
};

static void
the_built_in_table_is_the_published_one(void **state)
{
	size_t n = sizeof published / sizeof published[0];
	struct mapping_file f;
	struct err e;

	(void)state;
	assert_int_equal(mapping_file_published(&f, &e), 0);
	assert_string_equal(f.mapping.source, "built-in");
	assert_int_equal(f.rules_count, n);
	for (size_t i = 0; i < n; i++) {
		const struct mapping_rule *r = &f.rules[i];

		assert_string_equal(r->alert_type, published[i].type);
		assert_string_equal(r->threat_id, published[i].id);
		assert_string_equal(r->threat_name, published[i].name);
		assert_int_equal(r->severity, MAPPING_BY_VERDICT);
		assert_int_equal(
		    r->match, i < 11 ? MAPPING_EXACT : MAPPING_DEFAULT);
	}
	mapping_file_free(&f);
}

static void
a_file_is_read_or_refused(void **state)
{
	char path[] = "/tmp/mapping_file_test.XXXXXX";
	int fd = mkstemp(path);
	FILE *out = fdopen(fd, "wb");
	struct mapping_file f;
	struct err e = { 0 };
	char want[200];

	(void)state;
	assert_non_null(out);
	fputs(RULES(""), out);
	fflush(out);
	assert_int_equal(mapping_file_open(&f, path, &e), 0);
	assert_string_equal(f.mapping.source, path);
	mapping_file_free(&f);

	assert_int_equal(fseek(out, 1 << 20, SEEK_SET), 0);
	fputc(' ', out);
	fclose(out);
	assert_int_equal(mapping_file_open(&f, path, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	snprintf(want, sizeof want,
	    "%s: larger than a mapping may be (1048576 bytes)", path);
	assert_string_equal(e.msg, want);

	unlink(path);
	assert_int_equal(mapping_file_open(&f, path, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.msg, "No such file or directory");
}

static void
a_mapping_has_a_hundred_expressions_at_most(void **state)
{
	(void)state;
	for (int n = 100; n <= 101; n++) {
		struct buf text = { 0 };
		struct mapping_file f;
		struct err e = { 0 };
		int rc;

		buf_puts(&text, HEAD "\"rules\":[");
		for (int i = 0; i < n; i++)
			buf_printf(&text, "%s\n%s", i ? "," : "",
			    RULE(",\"match\":\"regex\""));
		buf_puts(&text, "]," DEFAULTS);
		rc = mapping_file_parse(&f, "f", text.data, text.len, &e);
		buf_free(&text);
		assert_int_equal(rc, n == 100 ? 0 : -1);
		if (rc == 0)
			mapping_file_free(&f);
		else
			assert_string_equal(e.msg,
			    "f:102:59: more than 100 regular expressions");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_named_with_its_place),
		cmocka_unit_test(no_beginning_of_a_mapping_is_one),
		cmocka_unit_test(a_mapping_is_read_whole),
		cmocka_unit_test(the_built_in_table_is_the_published_one),
		cmocka_unit_test(a_file_is_read_or_refused),
		cmocka_unit_test(a_mapping_has_a_hundred_expressions_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
