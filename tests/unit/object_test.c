#include "err.h"
#include "fresh.h"
#include "object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct object_field fields[] = {
	{ "n", OBJECT_INT, 0, 0 },
	{ "t", OBJECT_TEXT, 0, 1 },
	{ "h", OBJECT_HEX, 2, 1 },
	{ "l", OBJECT_LIST, 0, 0 },
};

enum { FIELDS = sizeof fields / sizeof fields[0] };

static const struct {
	const char *text;
	const char *msg; /* NULL: accepted */
} cases[] = {
	{ "{\"n\":1,\"t\":\"x\",\"h\":\"00ff\",\"l\":[]}", NULL },
	{ " { \"n\" : -12 , \"t\":null, \"h\":null, \"l\":[1,[2]] } ", NULL },
	{ "", "row: no JSON object" },
	{ "[]", "row: no JSON object" },
	{ "{}", "row: \"n\" is missing or not in its place" },
	{ "{\"t\":\"x\",\"n\":1,\"h\":null,\"l\":[]}",
	    "row: \"n\" is missing or not in its place" },
	{ "{\"n\":1.0,\"t\":null,\"h\":null,\"l\":[]}",
	    "row: \"n\" is no integer" },
	{ "{\"n\":1e3,\"t\":null,\"h\":null,\"l\":[]}",
	    "row: \"n\" is no integer" },
	{ "{\"n\":1234567890123456789,\"t\":null,\"h\":null,\"l\":[]}",
	    "row: \"n\" is no integer" },
	{ "{\"n\":null,\"t\":null,\"h\":null,\"l\":[]}",
	    "row: \"n\" is no integer" },
	{ "{\"n\":\"1\",\"t\":null,\"h\":null,\"l\":[]}",
	    "row: \"n\" is no integer" },
	{ "{\"n\":1,\"t\":2,\"h\":null,\"l\":[]}", "row: \"t\" is no text" },
	{ "{\"n\":1,\"t\":\"\\u0000\",\"h\":null,\"l\":[]}",
	    "row: \"t\" is no text" },
	{ "{\"n\":1,\"t\":\"\\ud800\",\"h\":null,\"l\":[]}",
	    "row: \"t\" is no text" },
	{ "{\"n\":1,\"t\":\"\xff\",\"h\":null,\"l\":[]}",
	    "row: \"t\" is no text" },
	{ "{\"n\":1,\"t\":null,\"h\":\"00\",\"l\":[]}",
	    "row: \"h\" is not in hex, or of another size" },
	{ "{\"n\":1,\"t\":null,\"h\":\"00FF\",\"l\":[]}",
	    "row: \"h\" is not in hex, or of another size" },
	{ "{\"n\":1,\"t\":null,\"h\":null,\"l\":{}}",
	    "row: \"l\" is no array" },
	{ "{\"n\":1,\"t\":null,\"h\":null,\"l\":null}",
	    "row: \"l\" is no array" },
	{ "{\"n\":1,\"t\":null,\"h\":null,\"l\":[],\"m\":1}",
	    "row: it says too much" },
	{ "{\"n\":1,\"t\":null,\"h\":null,\"l\":[]", "row: cut short" },
	{ "{\"n\":1,\"t\":null,\"h\":null,\"l\":[]} x",
	    "row: more text after the value" },
};

static void
an_object_is_exactly_what_its_fields_say(void **state)
{
	struct object o;

	(void)state;
	object_open(&o, fields, FIELDS);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct slice text = { cases[i].text,
			strlen(cases[i].text) };
		struct err e = { 0 };
		int rc = object_parse(&o, "row", text, &e);

		assert_int_equal(rc, cases[i].msg ? -1 : 0);
		assert_string_equal(e.msg, cases[i].msg ? cases[i].msg : "");
		assert_int_equal(e.kind, cases[i].msg ? ERR_DATA : ERR_NONE);
	}
	object_close(&o);
}

static void
what_a_row_is_written_as_is_read_again(void **state)
{
	struct fresh *f = *state;
	struct buf text = { 0 };
	struct stmt *s = NULL;
	struct object o;

	object_open(&o, fields, FIELDS);
	assert_int_equal(stmt_prepare(&s, f->db,
			     "SELECT -7 AS n,"
			     " 'a\"\\' || char(10, 233, 8238) AS t,"
			     " lower(hex(x'0aff')) AS h",
			     &f->e),
	    0);
	assert_int_equal(stmt_step(s, &f->e), 1);
	buf_puts(&text, "{");
	object_put(&text, s);
	buf_puts(&text, ",\"l\":[1,2]}");
	assert_int_equal(object_parse(&o, "row",
			     (struct slice){ text.data, text.len }, &f->e),
	    0);
	assert_int_equal(o.values[0].n, -7);
	assert_string_equal(
	    o.values[1].bytes.data, "a\"\\\n\xc3\xa9\xe2\x80\xae");
	assert_int_equal(o.values[2].bytes.len, 2);
	assert_memory_equal(o.values[2].bytes.data, "\x0a\xff", 2);
	stmt_free(s);
	object_close(&o);
	buf_free(&text);
}

static void
a_list_gives_its_elements(void **state)
{
	static const char text[] = "[ 1, {\"a\":[]}, \"x\" ]";
	static const char *const want[] = { "1", "{\"a\":[]}", "\"x\"" };
	struct slice element;
	struct err e = { 0 };
	struct list l;

	(void)state;
	assert_int_equal(
	    list_open(&l, (struct slice){ text, sizeof text - 1 }, &e), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(list_next(&l, &element, &e), 1);
		assert_int_equal(element.len, strlen(want[i]));
		assert_memory_equal(element.data, want[i], element.len);
	}
	assert_int_equal(list_next(&l, &element, &e), 0);
	list_close(&l);
	assert_int_equal(list_open(&l, (struct slice){ "{}", 2 }, &e), -1);
	assert_int_equal(list_open(&l, (struct slice){ "[1", 2 }, &e), 0);
	assert_int_equal(list_next(&l, &element, &e), 1);
	assert_int_equal(list_next(&l, &element, &e), -1);
	assert_string_equal(e.msg, "cut short");
	list_close(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_is_exactly_what_its_fields_say),
		cmocka_unit_test_setup_teardown(
		    what_a_row_is_written_as_is_read_again, fresh_set_up,
		    fresh_tear_down),
		cmocka_unit_test(a_list_gives_its_elements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
