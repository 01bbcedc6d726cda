#include "buf.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What is well-formed, and how long its ill-formed runs are. */
static const struct {
	const char *bytes;
	size_t good, bad;
} sequences[] = {
	{ "a", 1, 1 },
	{ "\xc3\xa4", 2, 2 },
	{ "\xe6\x97\xa5", 3, 3 },
	{ "\xf0\x9f\x98\x80", 4, 4 },
	{ "\xf4\x8f\xbf\xbf", 4, 4 },
	{ "\x80", 0, 1 },
	{ "\xc0\xaf", 0, 1 }, /* overlong */
	{ "\xe0\x80\xaf", 0, 1 }, /* overlong */
	{ "\xed\xa0\x80", 0, 1 }, /* a surrogate */
	{ "\xf4\x90\x80\x80", 0, 1 },
	{ "\xf5\x80\x80\x80", 0, 1 },
	{ "\xff", 0, 1 },
	{ "\xc3", 0, 1 },
	{ "\xe6\x97", 0, 2 },
	{ "\xf0\x9f\x98", 0, 3 },
	{ "\xf0\x9f\x41", 0, 2 },
};

static void
utf8_is_what_unicode_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
		const char *s = sequences[i].bytes;

		assert_int_equal(text_utf8(s, strlen(s)), sequences[i].good);
		assert_int_equal(text_bad_utf8(s, strlen(s)), sequences[i].bad);
	}
	assert_int_equal(text_utf8("", 0), 0);
}

static void
every_code_point_is_written_as_well_formed_utf8(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (uint32_t c = 1; c <= 0x10ffff; c += c < 0x3000 ? 1 : 97) {
		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		buf_clear(&b);
		text_put_code(&b, c);
		assert_int_equal(text_utf8(b.data, b.len), b.len);
	}
	buf_free(&b);
}

static void
json_strings_are_escaped(void **state)
{
	struct buf b = { 0 };

	(void)state;
	text_put_json(&b, "a\"b\\c\n\x01\x1f</x>\xc3\xa4", 14);
	assert_string_equal(
	    b.data, "\"a\\\"b\\\\c\\u000a\\u0001\\u001f</x>\xc3\xa4\"");
	buf_clear(&b);
	text_put_json_clean(&b, "x\xffy\xe6\x97", 5);
	assert_string_equal(b.data, "\"x\xef\xbf\xbdy\xef\xbf\xbd\"");
	buf_clear(&b);
	text_put_json_clean(&b, "\"\\\x1b[\xc2\x9b\xe2\x80\xae\xc3\xa4", 11);
	assert_string_equal(
	    b.data, "\"\\\"\\\\\\u001b[\\u009b\\u202e\xc3\xa4\"");
	buf_free(&b);
}

static const struct {
	const char *text, *shown;
} terminal[] = {
	{ "plain \xc3\xa4 \xe6\x97\xa5", "plain \xc3\xa4 \xe6\x97\xa5" },
	{ "\x1b[2J", "\\x1b[2J" },
	{ "a\rb\nc\td", "a\\x0db\\x0ac\\x09d" },
	{ "\x7f", "\\x7f" },
	{ "\xc2\x9b"
	  "31m",
	    "\\xc2\\x9b31m" }, /* C1: CSI */
	{ "\xe2\x80\xae"
	  "gpj",
	    "\\xe2\\x80\\xaegpj" }, /* right to left */
	{ "\xff\xfe", "\\xff\\xfe" },
};

static void
a_terminal_is_shown_text_and_nothing_it_would_act_on(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof terminal / sizeof terminal[0]; i++) {
		buf_clear(&b);
		text_put_visible(
		    &b, terminal[i].text, strlen(terminal[i].text));
		assert_string_equal(b.data, terminal[i].shown);
	}
	buf_free(&b);
}

static void
words_are_compared_trimmed_and_folded(void **state)
{
	(void)state;
	assert_true(text_is("clean", 5, "clean"));
	assert_true(text_is(" \tCLEAN\r\n", 9, "clean"));
	assert_false(text_is("unclean", 7, "clean"));
	assert_false(text_is("clean!", 6, "clean"));
	assert_false(text_is("", 0, "clean"));
	assert_false(text_is("cl ean", 6, "clean"));
	assert_true(text_is("  ", 2, ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_is_what_unicode_says),
		cmocka_unit_test(
		    every_code_point_is_written_as_well_formed_utf8),
		cmocka_unit_test(json_strings_are_escaped),
		cmocka_unit_test(
		    a_terminal_is_shown_text_and_nothing_it_would_act_on),
		cmocka_unit_test(words_are_compared_trimmed_and_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
