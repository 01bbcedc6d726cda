/* What a mapping is warned about. */
#include "buf.h"
#include "err.h"
#include "mapping_file.h"
#include "mapping_lint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define THREAT(id) "\"threatId\":\"" id "\",\"threatName\":\"N\""
#define DEFAULT(id) "{\"alertType\":\"U\"," THREAT(id) "}"
#define RULE(type, match, id)                                                  \
	"{\"alertType\":\"" type "\",\"match\":\"" match "\"," THREAT(id) "}"
#define OK "T1598.003"

static const struct {
	const char *rules;
	const char *attachment; /* the threat id of its default */
	const char *warnings; /* each with a line feed behind it */
} cases[] = {
	{ "", OK, "" },
	{ RULE("a", "exact", "T1078") "," RULE("b", "exact", "TA0001"), OK,
	    "" },
	{ RULE("a", "exact", "T1598.03"), OK,
	    "f: rule 1 (a): threatId T1598.03 is none of ATT&CK's: T1234, "
	    "T1234.001 or TA0001 is its shape\n" },
	{ RULE("a", "exact", "t1598") "," RULE("b", "prefix", "TA01"), OK,
	    "f: rule 1 (a): threatId t1598 is none of ATT&CK's: T1234, "
	    "T1234.001 or TA0001 is its shape\n"
	    "f: rule 2 (b): threatId TA01 is none of ATT&CK's: T1234, "
	    "T1234.001 or TA0001 is its shape\n" },
	{ "", "T159x",
	    "f: rule 2 (U): threatId T159x is none of ATT&CK's: T1234, "
	    "T1234.001 or TA0001 is its shape\n" },
	{ RULE("a", "exact", OK) "," RULE("b", "exact", OK) "," RULE(
	      "a", "exact", OK),
	    OK, "f: rule 3 (a) is never met: rule 1 (exact a) is met first\n" },
	/* an exact rule beats any prefix, and may refine it */
	{ RULE("a", "prefix", OK) "," RULE("ab", "exact", OK), OK, "" },
	{ RULE("ab", "prefix", OK) "," RULE("a", "prefix", OK), OK, "" },
	{ RULE("a", "prefix", OK) "," RULE("ab", "prefix", OK) "," RULE(
	      "b", "prefix", OK),
	    OK,
	    "f: rule 2 (ab) is never met: rule 1 (prefix a) is met first\n" },
	{ RULE("a", "prefix", OK) "," RULE("a", "prefix", OK), OK,
	    "f: rule 2 (a) is never met: rule 1 (prefix a) is met first\n" },
	/* a prefix beats an expression wherever it stands */
	{ RULE("^ab.*d", "regex", OK) "," RULE("ab", "prefix", OK), OK,
	    "f: rule 1 (^ab.*d) is never met: rule 2 (prefix ab) is met "
	    "first\n" },
	{ RULE("^ab?d", "regex", OK) "," RULE("ab", "prefix", OK), OK, "" },
	{ RULE("^abd|x", "regex", OK) "," RULE("ab", "prefix", OK), OK, "" },
	{ RULE("ab", "regex", OK) "," RULE("ab", "prefix", OK), OK, "" },
	{ RULE("^a.c", "regex", OK) "," RULE("a.", "prefix", OK), OK, "" },
	{ RULE("a+", "regex", OK) "," RULE("a+", "regex", OK), OK,
	    "f: rule 2 (a+) is never met: rule 1 (regex a+) is met first\n" },
	{ RULE("a", "regex", OK) "," RULE("a", "exact", OK) "," RULE(
	      "a", "prefix", OK),
	    OK, "" },
};

static void
note(void *arg, const char *msg)
{
	buf_printf(arg, "%s\n", msg);
}

static void
lint(const struct mapping_file *f, const char *want)
{
	struct buf got = { 0 };

	buf_puts(&got, "");
	mapping_lint(f, note, &got);
	assert_string_equal(got.data, want);
	buf_free(&got);
}

static void
rules_that_cannot_be_meant_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct mapping_file f;
		struct buf text = { 0 };
		struct err e;

		buf_printf(&text,
		    "{\"version\":\"1\",\"attack_version\":\"16\","
		    "\"rules\":[%s],\"defaults\":{\"url\":%s,\"attachment\":"
		    "{\"alertType\":\"U\",\"threatId\":\"%s\","
		    "\"threatName\":\"N\"},\"impersonation\":%s}}",
		    cases[i].rules, DEFAULT(OK), cases[i].attachment,
		    DEFAULT(OK));
		if (mapping_file_parse(&f, "f", text.data, text.len, &e))
			fail_msg("%s", e.msg);
		lint(&f, cases[i].warnings);
		mapping_file_free(&f);
		buf_free(&text);
	}
}

/* Odd as some of its ids are. */
static void
the_published_table_is_clean(void **state)
{
	struct mapping_file f;
	struct err e;

	(void)state;
	assert_int_equal(mapping_file_published(&f, &e), 0);
	lint(&f, "");
	mapping_file_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_that_cannot_be_meant_are_named),
		cmocka_unit_test(the_published_table_is_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
