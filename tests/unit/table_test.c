/* What a row looks like in each format, whatever it holds. */
#include "buf.h"
#include "fresh.h"
#include "table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
	const char *name;
	enum table_format format;
	const char *tenant;
	const char *sql;
	const char *text;
} cases[] = {
	{ "names, tabs, no text for NULL", TABLE_TABS, NULL,
	    "SELECT 1 AS one, NULL AS two, 'x' AS three UNION ALL"
	    " SELECT -2, 1.5, ''",
	    "one\ttwo\tthree\n1\t\tx\n-2\t1.5\t\n" },
	{ "no row: the names alone", TABLE_TABS, NULL,
	    "SELECT 1 AS one WHERE 0", "one\n" },
	{ "blobs are hex", TABLE_TABS, NULL, "SELECT x'00ff' AS b",
	    "b\n00ff\n" },
	{ "a tab, a newline and an escape stay in their cell", TABLE_TABS, NULL,
	    "SELECT 'a' || char(9, 10, 27) || '[2Jb' AS t",
	    "t\na\\x09\\x0a\\x1b[2Jb\n" },
	{ "a text goes on behind a NUL", TABLE_TABS, NULL,
	    "SELECT CAST(x'610062' AS TEXT) AS t", "t\na\\x00b\n" },
	{ "bytes that are no text are shown", TABLE_TABS, NULL,
	    "SELECT CAST(x'61ff' AS TEXT) AS t", "t\na\\xff\n" },
	{ "a name that would act on a terminal does not", TABLE_TABS, NULL,
	    "SELECT 1 AS \"a\tb\"", "a\\x09b\n1\n" },
	{ "a tenant is a column", TABLE_TABS, "acme", "SELECT 1 AS one",
	    "tenant\tone\nacme\t1\n" },
	{ "CSV quotes commas and quotes", TABLE_CSV, NULL,
	    "SELECT 'a,b' AS \"x,y\", 'say \"yes\"' AS q, NULL AS n",
	    "\"x,y\",q,n\n\"a,b\",\"say \"\"yes\"\"\",\n" },
	{ "CSV defuses formulas, in texts only", TABLE_CSV, NULL,
	    "SELECT '=1+1' AS a, '+1' AS b, '-1' AS c, '@x' AS d,"
	    " char(9) || '=1' AS e, char(13) || '=1' AS f, -1 AS g,"
	    " '1=1' AS h, '=a,b' AS i",
	    "a,b,c,d,e,f,g,h,i\n'=1+1,'+1,'-1,'@x,'\\x09=1,'\\x0d=1,-1,"
	    "1=1,\"'=a,b\"\n" },
	{ "CSV has the tenant, too", TABLE_CSV, "acme", "SELECT 1 AS one",
	    "tenant,one\nacme,1\n" },
	{ "JSON keeps the types", TABLE_JSON, NULL,
	    "SELECT 1 AS i, 1.5 AS r, 'x' AS t, x'0a' AS b, NULL AS n"
	    " UNION ALL SELECT 2, -9e999, '', x'', NULL",
	    "[{\"i\": 1, \"r\": 1.5, \"t\": \"x\", \"b\": \"0a\","
	    " \"n\": null}, {\"i\": 2, \"r\": null, \"t\": \"\","
	    " \"b\": \"\", \"n\": null}]" },
	{ "JSON escapes, and has U+FFFD for what is no text", TABLE_JSON, NULL,
	    "SELECT CAST(x'22000aff' AS TEXT) AS \"q\"\"\"",
	    "[{\"q\\\"\": \"\\\"\\u0000\\u000a\xef\xbf\xbd\"}]" },
	{ "JSON of no row is an empty array", TABLE_JSON, NULL,
	    "SELECT 1 WHERE 0", "[]" },
	{ "JSON with a tenant", TABLE_JSON, "acme", "SELECT 1 AS one",
	    "[{\"tenant\": \"acme\", \"one\": 1}]" },
	{ "a list leaves out what is not there", TABLE_LIST, NULL,
	    "SELECT 1 AS one, NULL AS two, 'c' AS three, '' AS four"
	    " UNION ALL SELECT 2, 'b', NULL, NULL",
	    "  one    1\n  three  c\n\n  one    2\n  two    b\n" },
	{ "a list of no row says so", TABLE_LIST, NULL,
	    "SELECT 1 AS one WHERE 0", "  none\n" },
	{ "a box has its columns aligned, numbers to the right", TABLE_BOX,
	    NULL,
	    "SELECT 1 AS n, 'gr\xc3\xbc\xc3\x9f' AS text UNION ALL"
	    " SELECT 22, 'x'",
	    "┌────┬──────┐\n"
	    "│ n  │ text │\n"
	    "├────┼──────┤\n"
	    "│  1 │ grüß │\n"
	    "│ 22 │ x    │\n"
	    "└────┴──────┘\n" },
	{ "a box with a tenant and no row", TABLE_BOX, "acme",
	    "SELECT 1 AS one WHERE 0",
	    "┌────────┬─────┐\n"
	    "│ tenant │ one │\n"
	    "├────────┼─────┤\n"
	    "└────────┴─────┘\n" },
};

static void
each_format_shows_each_value(void **state)
{
	struct fresh *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct table t = { .format = cases[i].format,
			.tenant = cases[i].tenant };
		struct stmt *s = NULL;
		char *text = NULL;
		size_t n = 0;

		t.out = open_memstream(&text, &n);
		assert_int_equal(
		    stmt_prepare(&s, f->db, cases[i].sql, &f->e), 0);
		assert_int_equal(table_put(&t, s, NULL, &f->e), 0);
		fclose(t.out);
		if (strcmp(text, cases[i].text) != 0)
			fail_msg("%s: %s", cases[i].name, text);
		free(text);
		stmt_free(s);
	}
}

static void
rows_are_counted(void **state)
{
	static const enum table_format formats[] = { TABLE_TABS, TABLE_BOX };
	struct fresh *f = *state;

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct table t = { .format = formats[i] };
		struct stmt *s = NULL;
		int64_t rows = 40;

		t.out = fopen("/dev/null", "w");
		stmt_prepare(&s, f->db, "SELECT 1 UNION SELECT 2", &f->e);
		assert_int_equal(table_put(&t, s, &rows, &f->e), 0);
		assert_int_equal(rows, 42);
		fclose(t.out);
		stmt_free(s);
	}
}

static void
a_failing_statement_is_an_error_in_each_format(void **state)
{
	struct fresh *f = *state;

	for (int i = TABLE_TABS; i <= TABLE_JSON; i++) {
		struct table t = { .format = (enum table_format)i };
		struct stmt *s = NULL;

		f->e = (struct err){ 0 };
		t.out = fopen("/dev/null", "w");
		stmt_prepare_first(
		    &s, f->db, "SELECT abs(-9223372036854775808)", NULL, &f->e);
		assert_int_equal(table_put(&t, s, NULL, &f->e), -1);
		assert_int_equal(f->e.kind, ERR_USAGE);
		assert_string_equal(f->e.msg, "SQL: integer overflow");
		fclose(t.out);
		stmt_free(s);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_format_shows_each_value),
		cmocka_unit_test(rows_are_counted),
		cmocka_unit_test(
		    a_failing_statement_is_an_error_in_each_format),
	};

	return cmocka_run_group_tests(tests, fresh_set_up, fresh_tear_down);
}
