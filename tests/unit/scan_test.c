#include "../fuzz/differences.h"
#include "buf.h"
#include "scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define T(s) s, sizeof(s) - 1
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct scan s;

/* In memory of exactly its size, so that sanitizers see one byte too many. */
static char *
exact(const char *text, size_t n)
{
	char *p = malloc(n);

	if (n > 0 && p)
		memcpy(p, text, n);
	return p;
}

static bool
is_accepted(const char *text, size_t n, struct scan_value *v)
{
	scan_open(&s, text, n, 64);
	return scan_value(&s, v) && scan_end(&s);
}

static const char cut[] = "cut short";
static const char no_value[] = "expected a value";
static const char no_word[] = "a word that JSON does not have";
static const char no_digit[] = "a number without a digit where one is due";
static const char no_name[] = "expected a name in an object";
static const char no_colon[] = "expected : after a name";
static const char no_comma_object[] = "expected , or } in an object";
static const char no_comma_array[] = "expected , or ] in an array";
static const char control[] = "a control character in a string";
static const char bad_escape[] = "a bad escape in a string";
static const char more[] = "more text after the value";

static const struct {
	const char *name;
	const char *text;
	size_t n;
	const char *fault; /* NULL: accepted */
	size_t at; /* of the fault */
	unsigned flags; /* of what is accepted */
} grammar[] = {
	{ "null", T("null"), NULL, 0, 0 },
	{ "true", T("true"), NULL, 0, 0 },
	{ "false", T("false"), NULL, 0, 0 },
	{ "white space of all kinds", T(" \t\r\n[ \t\r\n1 \t\r\n] \t\r\n"),
	    NULL, 0, 0 },
	{ "nothing", T(""), cut, 0, 0 },
	{ "white space only", T(" \n"), cut, 2, 0 },
	{ "a word cut short", T("tru"), cut, 3, 0 },
	{ "a word in capitals", T("True"), no_value, 0, 0 },
	{ "a word misspelt", T("nul1"), no_word, 3, 0 },
	{ "a word that goes on", T("nulll"), more, 4, 0 },
	{ "not a number", T("NaN"), no_value, 0, 0 },
	{ "infinity", T("-Infinity"), no_digit, 1, 0 },
	{ "two values", T("1 2"), more, 2, 0 },
	{ "bytes behind", T("{}\n}"), more, 3, 0 },
	{ "a comment", T("/**/1"), no_value, 0, 0 },
	{ "a form feed", T("\f1"), no_value, 0, 0 },
	{ "a space that is not ASCII", T("\xc2\xa0[]"), no_value, 0, 0 },
	{ "a NUL byte behind", T("1\0"), more, 1, 0 },

	{ "zero", T("0"), NULL, 0, 0 },
	{ "minus zero", T("-0"), NULL, 0, 0 },
	{ "an integer", T("-1203"), NULL, 0, 0 },
	{ "a fraction", T("0.050"), NULL, 0, 0 },
	{ "an exponent", T("1e5"), NULL, 0, 0 },
	{ "an exponent with plus", T("1.5E+05"), NULL, 0, 0 },
	{ "an exponent with minus", T("-0e-0"), NULL, 0, 0 },
	{ "an integer past 64 bits", T("18446744073709551616"), NULL, 0, 0 },
	{ "a real out of range", T("-1e99999"), NULL, 0, 0 },
	{ "a real below the least", T("1e-99999"), NULL, 0, 0 },
	{ "a minus alone", T("-"), cut, 1, 0 },
	{ "a minus and a space", T("- 1"), no_digit, 1, 0 },
	{ "a plus", T("+1"), no_value, 0, 0 },
	{ "a zero in front", T("01"), more, 1, 0 },
	{ "a zero in front, negative", T("[-01]"), no_comma_array, 3, 0 },
	{ "a point alone", T("."), no_value, 0, 0 },
	{ "no digit before the point", T("-.5"), no_digit, 1, 0 },
	{ "no digit after the point", T("[1.]"), no_digit, 3, 0 },
	{ "a point and an exponent", T("1.e1"), no_digit, 2, 0 },
	{ "an exponent without digits", T("[1e]"), no_digit, 3, 0 },
	{ "an exponent with a sign only", T("[1e+]"), no_digit, 4, 0 },
	{ "an exponent cut short", T("1e-"), cut, 3, 0 },
	{ "two points", T("1.2.3"), more, 3, 0 },
	{ "hexadecimal", T("0x10"), more, 1, 0 },

	{ "an empty string", T("\"\""), NULL, 0, 0 },
	{ "a string", T("\"a'/ ~\x7f\""), NULL, 0, 0 },
	{ "every escape", T("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00Af\""), NULL, 0,
	    SCAN_ESCAPED },
	{ "the first and the last of UTF-8",
	    T("\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80"
	      "\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""),
	    NULL, 0, 0 },
	{ "a surrogate pair", T("\"\\ud83d\\uDE00\""), NULL, 0, SCAN_ESCAPED },
	{ "the first and the last pair", T("\"\\ud800\\udc00\\udbff\\udfff\""),
	    NULL, 0, SCAN_ESCAPED },
	{ "a noncharacter", T("\"\\uffff\\ufeff\""), NULL, 0, SCAN_ESCAPED },
	{ "a high surrogate alone", T("\"\\ud800\""), NULL, 0,
	    SCAN_ESCAPED | SCAN_ANOMALY },
	{ "a low surrogate alone", T("\"\\udfff\""), NULL, 0,
	    SCAN_ESCAPED | SCAN_ANOMALY },
	{ "a high surrogate and text", T("\"\\udbffx\""), NULL, 0,
	    SCAN_ESCAPED | SCAN_ANOMALY },
	{ "a high surrogate and another escape", T("\"\\ud83d\\n\""), NULL, 0,
	    SCAN_ESCAPED | SCAN_ANOMALY },
	{ "two high surrogates and a low one", T("\"\\ud83d\\ud83d\\ude00\""),
	    NULL, 0, SCAN_ESCAPED | SCAN_ANOMALY },
	{ "a pair the wrong way round", T("\"\\ude00\\ud83d\""), NULL, 0,
	    SCAN_ESCAPED | SCAN_ANOMALY },
	{ "an escaped NUL", T("\"\\u0000\""), NULL, 0,
	    SCAN_ESCAPED | SCAN_ANOMALY },
	{ "a continuation byte alone", T("\"\x80\""), NULL, 0, SCAN_ANOMALY },
	{ "UTF-8 cut by the quote", T("\"\xe2\x82\""), NULL, 0, SCAN_ANOMALY },
	{ "UTF-8 cut by a letter", T("\"\xf0\x9f\x98x\""), NULL, 0,
	    SCAN_ANOMALY },
	{ "an overlong slash", T("\"\xc0\xaf\""), NULL, 0, SCAN_ANOMALY },
	{ "an overlong NUL", T("\"\xe0\x80\x80\""), NULL, 0, SCAN_ANOMALY },
	{ "a surrogate in UTF-8", T("\"\xed\xa0\x80\""), NULL, 0,
	    SCAN_ANOMALY },
	{ "past the last code point", T("\"\xf4\x90\x80\x80\""), NULL, 0,
	    SCAN_ANOMALY },
	{ "bytes of no encoding", T("\"\xfe\xff\""), NULL, 0, SCAN_ANOMALY },
	{ "a string not closed", T("\"abc"), cut, 4, 0 },
	{ "UTF-8 cut by the end", T("\"\xe2\x82"), cut, 3, 0 },
	{ "a string not closed but escaped", T("\"a\\\""), cut, 4, 0 },
	{ "an escape cut short", T("\"\\u12"), cut, 5, 0 },
	{ "a backslash at the end", T("\"\\"), cut, 2, 0 },
	{ "an unknown escape", T("\"a\\x41\""), bad_escape, 2, 0 },
	{ "an escaped NUL byte", T("\"\\\0\""), bad_escape, 1, 0 },
	{ "an escape in capitals", T("\"\\U0041\""), bad_escape, 1, 0 },
	{ "three hex digits", T("\"\\u041\""), bad_escape, 1, 0 },
	{ "a letter past f", T("\"\\u004g\""), bad_escape, 1, 0 },
	{ "a bad escape after a high surrogate", T("\"\\ud83d\\u12\""),
	    bad_escape, 7, 0 },
	{ "a line feed", T("\"a\n\""), control, 2, 0 },
	{ "a NUL byte in a string", T("\"a\0\""), control, 2, 0 },
	{ "the last control", T("\"12345678\x1f\""), control, 9, 0 },
	{ "single quotes", T("'a'"), no_value, 0, 0 },

	{ "an empty array", T("[ ]"), NULL, 0, 0 },
	{ "an array of all", T("[{},[],\"\",0,true,false,null]"), NULL, 0, 0 },
	{ "an anomaly inside", T("[1,{\"a\":[\"\xff\"]}]"), NULL, 0,
	    SCAN_ANOMALY },
	{ "an escape inside", T("[\"\\n\"]"), NULL, 0, 0 },
	{ "an array not closed", T("[1"), cut, 2, 0 },
	{ "an array not closed, a comma", T("[1,"), cut, 3, 0 },
	{ "a comma at the end", T("[1,]"), no_value, 3, 0 },
	{ "a comma at the start", T("[,1]"), no_value, 1, 0 },
	{ "two commas", T("[1,,2]"), no_value, 3, 0 },
	{ "no comma", T("[1 2]"), no_comma_array, 3, 0 },
	{ "an array closed as an object", T("[1}"), no_comma_array, 2, 0 },
	{ "a colon in an array", T("[\"a\":1]"), no_comma_array, 4, 0 },
	{ "a close too many", T("[]]"), more, 2, 0 },
	{ "a close alone", T("]"), no_value, 0, 0 },

	{ "an empty object", T("{ }"), NULL, 0, 0 },
	{ "an object", T("{\"a\":{\"b\":[]},\"\":1}"), NULL, 0, 0 },
	{ "a name that repeats", T("{\"a\":1,\"a\":2}"), NULL, 0, 0 },
	{ "an anomaly in a name", T("{\"\\u0000\":1}"), NULL, 0, SCAN_ANOMALY },
	{ "an object not closed", T("{"), cut, 1, 0 },
	{ "an object cut in a name", T("{\"a"), cut, 3, 0 },
	{ "an object cut after a name", T("{\"a\""), cut, 4, 0 },
	{ "an object cut after a colon", T("{\"a\":"), cut, 5, 0 },
	{ "an object cut after a value", T("{\"a\":1"), cut, 6, 0 },
	{ "an object cut after a comma", T("{\"a\":1,"), cut, 7, 0 },
	{ "a name without quotes", T("{a:1}"), no_name, 1, 0 },
	{ "a number for a name", T("{1:1}"), no_name, 1, 0 },
	{ "a comma at the end of an object", T("{\"a\":1,}"), no_name, 7, 0 },
	{ "a comma at the start of an object", T("{,}"), no_name, 1, 0 },
	{ "no colon", T("{\"a\" 1}"), no_colon, 5, 0 },
	{ "no value", T("{\"a\"}"), no_colon, 4, 0 },
	{ "no value after the colon", T("{\"a\":}"), no_value, 5, 0 },
	{ "two colons", T("{\"a\"::1}"), no_value, 5, 0 },
	{ "no comma in an object", T("{\"a\":1 \"b\":2}"), no_comma_object, 7,
	    0 },
	{ "an object closed as an array", T("{\"a\":1]"), no_comma_object, 6,
	    0 },
	{ "a bad escape in a name", T("{\"\\q\":1}"), bad_escape, 2, 0 },

	{ "a byte order mark", T("\xef\xbb\xbf{}"), NULL, 0, 0 },
	{ "a byte order mark alone", T("\xef\xbb\xbf"), cut, 3, 0 },
	{ "two byte order marks", T("\xef\xbb\xbf\xef\xbb\xbf{}"), no_value, 3,
	    0 },
	{ "a byte order mark behind", T("{}\xef\xbb\xbf"), more, 2, 0 },
	{ "a byte order mark cut short", T("\xef\xbb"), no_value, 0, 0 },
	{ "UTF-16", T("\xff\xfe[\0]\0"), no_value, 0, 0 },
};

static void
scan_accepts_the_grammar_and_nothing_else(void **state)
{
	size_t met[DIFFERENCES] = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(grammar); i++) {
		char *text = exact(grammar[i].text, grammar[i].n);
		const char *fault = grammar[i].fault;
		const char *what;
		struct scan_value v = { 0 };
		bool accepted = is_accepted(text, grammar[i].n, &v);

		if (accepted != !fault)
			fail_msg("%s: %s", grammar[i].name,
			    s.fault ? s.fault : "accepted");
		if (fault &&
		    (strcmp(s.fault, fault) != 0 || s.at != grammar[i].at))
			fail_msg(
			    "%s: %s at %zu", grammar[i].name, s.fault, s.at);
		if (!fault && v.flags != grammar[i].flags)
			fail_msg("%s: flags %u", grammar[i].name, v.flags);
		what = disagreement(text, grammar[i].n, met);
		if (what)
			fail_msg("%s: %s", grammar[i].name, what);
		free(text);
	}
}

static const char record[] =
    "\xef\xbb\xbf {\"url\" : \"https:\\/\\/example.net\", \"hits\":-1.5e3,"
    "\"tagMap\":{\"a:b\":[[],\"\xff\"]},\"d\\u0061te\":null,\"\":[true]}\n";

static const struct {
	const char *key;
	const char *value;
	enum scan_type type;
	unsigned flags;
} members[] = {
	{ "\"url\"", "\"https:\\/\\/example.net\"", SCAN_STRING, SCAN_ESCAPED },
	{ "\"hits\"", "-1.5e3", SCAN_NUMBER, 0 },
	{ "\"tagMap\"", "{\"a:b\":[[],\"\xff\"]}", SCAN_OBJECT, SCAN_ANOMALY },
	{ "\"d\\u0061te\"", "null", SCAN_NULL, 0 },
	{ "\"\"", "[true]", SCAN_ARRAY, 0 },
};

static void
assert_place(const struct scan_value *v, const char *want)
{
	assert_int_equal(v->length, strlen(want));
	assert_memory_equal(v->text, want, v->length);
	assert_ptr_equal(v->text, record + v->offset);
}

static void
scan_shows_members_in_order_and_in_place(void **state)
{
	struct scan_value key, v;
	size_t i = 0;

	(void)state;
	scan_open(&s, record, sizeof(record) - 1, 64);
	assert_int_equal(scan_peek(&s), SCAN_OBJECT);
	assert_int_equal(s.at, 3);
	assert_true(scan_enter(&s));
	for (; scan_member(&s, &key); i++) {
		assert_true(i < COUNT(members));
		assert_int_equal(key.type, SCAN_STRING);
		assert_place(&key, members[i].key);
		assert_int_equal(scan_peek(&s), members[i].type);
		assert_true(scan_value(&s, &v));
		assert_int_equal(v.type, members[i].type);
		assert_int_equal(v.flags, members[i].flags);
		assert_place(&v, members[i].value);
	}
	assert_int_equal(i, COUNT(members));
	assert_true(scan_end(&s));
	assert_int_equal(s.at, sizeof(record) - 1);
}

/* Is the name written as that word? */
static bool
is_so(const struct scan_value *key, const char *word)
{
	return key->length == strlen(word) + 2 &&
	    memcmp(key->text + 1, word, strlen(word)) == 0;
}

/* A guess makes it quicker, and nothing else. */
static void
scan_member_likely_reads_what_scan_member_reads(void **state)
{
	static const char *const texts[] = { "{\"ab\":1}", "{ \"ab\" : 1}",
		"{\"a\":1}", "{\"abc\":1}", "{\"\":1}", "{\"a\\u0062\":1}",
		"{\"ab\\\"\":1}", "{\"ab\"1}", "{\"ab\"", "{\"ab", "{\"", "{",
		"{}", "{ab\":1}", "{1:1}", "{\"ab\\x\":1}" };
	static const char *const guesses[] = { "ab", "a", "abc", "" };
	struct scan_value a = { 0 }, b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(texts) * COUNT(guesses); i++) {
		const char *guess = guesses[i % COUNT(guesses)];
		size_t n = strlen(texts[i / COUNT(guesses)]);
		char *text = exact(texts[i / COUNT(guesses)], n);
		const char *fault;
		bool read;
		size_t at;

		scan_open(&s, text, n, 64);
		scan_enter(&s);
		read = scan_member(&s, &a);
		fault = s.fault;
		at = s.at;
		scan_open(&s, text, n, 64);
		scan_enter(&s);
		assert_int_equal(
		    scan_member_likely(&s, &b, guess, strlen(guess)), read);
		assert_ptr_equal(s.fault, fault);
		assert_int_equal(s.at, at);
		if (read) {
			assert_int_equal(b.type, a.type);
			assert_int_equal(
			    b.flags & ~(unsigned)SCAN_LIKELY, a.flags);
			assert_int_equal(
			    (b.flags & SCAN_LIKELY) != 0, is_so(&b, guess));
			assert_int_equal(b.offset, a.offset);
			assert_int_equal(b.length, a.length);
			assert_ptr_equal(b.text, a.text);
		}
		free(text);
	}
}

static void
scan_tells_every_cut_of_a_record(void **state)
{
	struct scan_value v;

	(void)state;
	for (size_t n = 3; n < sizeof(record) - 2; n++) {
		char *text = exact(record, n);

		assert_false(is_accepted(text, n, &v));
		assert_string_equal(s.fault, "cut short");
		assert_int_equal(s.at, n);
		free(text);
	}
}

static void
scan_enters_and_passes_over_in_any_mixture(void **state)
{
	static const char text[] =
	    "[[],{\"a\":[1,{\"b\":{}}],\"c\":[[2]]},[[[]],3]]";

	(void)state;
	for (uint64_t choice = 0; choice < 4096; choice++) {
		scan_open(&s, text, sizeof(text) - 1, 64);
		assert_true(walk(&s, choice));
		assert_int_equal(s.at, sizeof(text) - 1);
	}
}

static void
scan_refuses_what_is_not_there(void **state)
{
	struct scan_value v;

	(void)state;
	scan_open(&s, "1", 1, 64);
	assert_false(scan_enter(&s));
	assert_string_equal(s.fault, "expected an object or array");
	scan_open(&s, "[1]", 3, 64);
	assert_true(scan_enter(&s));
	assert_false(scan_member(&s, &v));
	assert_string_equal(s.fault, "expected an object");
	scan_open(&s, "{\"a\":1}", 7, 64);
	assert_true(scan_enter(&s));
	assert_false(scan_element(&s));
	assert_string_equal(s.fault, "expected an array");
	assert_int_equal(s.at, 1);
	scan_open(&s, NULL, 0, 64);
	assert_int_equal(scan_peek(&s), SCAN_NONE);
	assert_false(scan_value(&s, &v));
}

static void
scan_does_nothing_after_a_fault(void **state)
{
	struct scan_value v;

	(void)state;
	scan_open(&s, "[1 [2]]", 7, 64);
	assert_true(scan_enter(&s));
	assert_true(scan_element(&s));
	assert_true(scan_value(&s, &v));
	assert_false(scan_element(&s));
	assert_int_equal(scan_peek(&s), SCAN_NONE);
	assert_false(scan_value(&s, &v));
	assert_false(scan_enter(&s));
	assert_false(scan_member(&s, &v));
	assert_false(scan_element(&s));
	assert_false(scan_end(&s));
	assert_string_equal(s.fault, no_comma_array);
	assert_int_equal(s.at, 3);
}

static const struct {
	const char *string;
	const char *as_is;
	size_t as_is_n;
	const char *clean;
} texts[] = {
	{ "\"\"", T(""), "" },
	{ "\"plain, \xe2\x82\xac\"", T("plain, \xe2\x82\xac"),
	    "plain, \xe2\x82\xac" },
	{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", T("\"\\/\b\f\n\r\t"),
	    "\"\\/\b\f\n\r\t" },
	{ "\"\\u0041\\u00e9\\u20AC\"", T("A\xc3\xa9\xe2\x82\xac"),
	    "A\xc3\xa9\xe2\x82\xac" },
	{ "\"\\ud83d\\ude00\\ud800\\udc00\\udbff\\udfff\"",
	    T("\xf0\x9f\x98\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
	    "\xf0\x9f\x98\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
	{ "\"a\\ud83dz\"", T("a\xed\xa0\xbdz"), "a\xef\xbf\xbdz" },
	{ "\"\\ude00\\ud83d\\n\"", T("\xed\xb8\x80\xed\xa0\xbd\n"),
	    "\xef\xbf\xbd\xef\xbf\xbd\n" },
	{ "\"\\ud83d\\ud83d\\ude00\"", T("\xed\xa0\xbd\xf0\x9f\x98\x80"),
	    "\xef\xbf\xbd\xf0\x9f\x98\x80" },
	{ "\"a\\u0000z\"", T("a\0z"), "a\xef\xbf\xbdz" },
	{ "\"\xc0\xaf\"", T("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\"\xe2\x82\"", T("\xe2\x82"), "\xef\xbf\xbd" },
	{ "\"\xf0\x9f\x98\\/\"", T("\xf0\x9f\x98/"), "\xef\xbf\xbd/" },
	{ "\"\xff 12345678 \x80\"", T("\xff 12345678 \x80"),
	    "\xef\xbf\xbd 12345678 \xef\xbf\xbd" },
};

static void
scan_text_resolves_escapes_and_keeps_or_cleans_faults(void **state)
{
	struct buf b = { 0 };
	struct scan_value v;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_true(
		    is_accepted(texts[i].string, strlen(texts[i].string), &v));
		buf_clear(&b);
		buf_puts(&b, ">");
		scan_text(&v, SCAN_AS_IS, &b);
		assert_int_equal(b.len, texts[i].as_is_n + 1);
		assert_memory_equal(b.data + 1, texts[i].as_is, b.len);
		buf_clear(&b);
		scan_text(&v, SCAN_CLEAN, &b);
		assert_int_equal(b.len, strlen(texts[i].clean));
		assert_string_equal(b.data, texts[i].clean);
	}
	buf_free(&b);
}

static const struct {
	const char *json;
	const char *ascii;
	bool is;
} equal[] = {
	{ "\"date\"", "date", true },
	{ "\"d\\u0061te\"", "date", true },
	{ "\"\\u0064ate\"", "date", true },
	{ "\"\"", "", true },
	{ "\"a\\/b\"", "a/b", true },
	{ "\"dat\"", "date", false },
	{ "\"dates\"", "date", false },
	{ "\"Date\"", "date", false },
	{ "\"d\\u0061t\"", "date", false },
	{ "\"d\\u0061tes\"", "date", false },
	{ "\"date\\u0000\"", "date", false },
	{ "\"\\u0000\"", "", false },
	{ "\"d\\u0161te\"", "date", false },
	{ "\"\"", "a", false },
	{ "1", "1", false },
	{ "[]", "", false },
};

static void
scan_is_compares_the_text_not_its_spelling(void **state)
{
	struct scan_value v;

	(void)state;
	for (size_t i = 0; i < COUNT(equal); i++) {
		assert_true(
		    is_accepted(equal[i].json, strlen(equal[i].json), &v));
		assert_int_equal(scan_is(&v, equal[i].ascii), equal[i].is);
	}
}

/* n levels: arrays, objects, or both in turn. */
static void
put_nested(struct buf *b, size_t n, bool arrays, bool objects)
{
	buf_clear(b);
	for (size_t i = 0; i < n; i++)
		buf_puts(b, arrays && (!objects || i % 2) ? "[" : "{\"\":");
	buf_puts(b, "1");
	for (size_t i = n; i-- > 0;)
		buf_puts(b, arrays && (!objects || i % 2) ? "]" : "}");
}

static const struct {
	size_t levels;
	unsigned depth_max;
	unsigned flags;
	bool accepted;
} depths[] = {
	{ 0, 0, 0, true },
	{ 1, 0, SCAN_DEEP, true },
	{ 64, 64, 0, true },
	{ 65, 64, SCAN_DEEP, true },
	{ 10000, 64, SCAN_DEEP, true },
	{ 10000, 10000, 0, true },
	{ SCAN_LEVELS, 64, SCAN_DEEP, true },
	{ SCAN_LEVELS, SCAN_LEVELS, 0, true },
	{ SCAN_LEVELS + 1, 64, 0, false },
};

static void
scan_flags_depth_and_bounds_it(void **state)
{
	struct buf b = { 0 };
	struct scan_value v;

	(void)state;
	for (size_t i = 0; i < COUNT(depths) * 3; i++) {
		size_t d = i / 3;

		put_nested(&b, depths[d].levels, i % 3 != 0, i % 3 != 1);
		scan_open(&s, b.data, b.len, depths[d].depth_max);
		assert_int_equal(
		    scan_value(&s, &v) && scan_end(&s), depths[d].accepted);
		if (depths[d].accepted)
			assert_int_equal(v.flags, depths[d].flags);
		else
			assert_string_equal(s.fault, "nested too deeply");
		scan_open(&s, b.data, b.len, depths[d].depth_max);
		assert_int_equal(walk(&s, UINT64_MAX), depths[d].accepted);
	}
	buf_free(&b);
}

static void
scan_bounds_depth_inside_what_was_entered(void **state)
{
	struct buf b = { 0 };
	struct scan_value v;

	(void)state;
	put_nested(&b, SCAN_LEVELS + 1, true, false);
	scan_open(&s, b.data, b.len, 64);
	for (size_t i = 0; i < SCAN_LEVELS; i++)
		assert_true(scan_enter(&s) && scan_element(&s));
	assert_false(scan_value(&s, &v));
	assert_string_equal(s.fault, "nested too deeply");
	assert_int_equal(s.at, SCAN_LEVELS);
	buf_free(&b);
}

/* A level entered is not a level of what is passed over inside it. */
static void
scan_counts_depth_from_the_value_passed_over(void **state)
{
	struct scan_value v;

	(void)state;
	scan_open(&s, "[[[[1]]],[[1]]]", 15, 2);
	assert_true(scan_enter(&s));
	assert_true(scan_element(&s));
	assert_true(scan_value(&s, &v));
	assert_int_equal(v.flags, SCAN_DEEP);
	assert_true(scan_element(&s));
	assert_true(scan_value(&s, &v));
	assert_int_equal(v.flags, 0);
	assert_false(scan_element(&s));
	assert_true(scan_end(&s));
}

static void
scan_reads_strings_of_ten_megabytes(void **state)
{
	static const char *const parts[] = { "x", "\\n", "\xe2\x82\xac" };
	enum { SIZE = 10 * 1000 * 1000 };
	struct buf b = { 0 }, text = { 0 };
	struct scan_value v;

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++) {
		buf_clear(&b);
		buf_clear(&text);
		buf_putc(&b, '"');
		while (b.len < SIZE)
			buf_puts(&b, parts[i]);
		buf_putc(&b, '"');
		assert_true(is_accepted(b.data, b.len, &v));
		assert_int_equal(v.length, b.len);
		scan_text(&v, SCAN_CLEAN, &text);
		assert_int_equal(text.len,
		    parts[i][0] == '\\' ? (b.len - 2) / 2 : b.len - 2);
	}
	buf_free(&text);
	buf_free(&b);
}

static uint64_t seed = 20261124;

/* Below n; xorshift64*. */
static unsigned
below(unsigned n)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (unsigned)((seed * 0x2545f4914f6cdd1d) >> 33) % n;
}

#define PICK(table) (table)[below(COUNT(table))]

static void
put_string(struct buf *b)
{
	static const char *const usual[] = { "a", "date", "12345678", " ",
		"\\n", "\\/", "\\\"", "\\\\", "\\u0041", "\xc3\xa9",
		"\xe2\x82\xac", "\xf0\x9f\x98\x80", "\\ud83d\\ude00",
		"\\\\u0000", "{[]}:," };
	static const char *const odd[] = { "\\ud83d", "\\ude00", "\\u0000",
		"\xff", "\x80", "\xc0\xaf", "\xe2\x82", "\xed\xa0\x80",
		"\xf4\x90\x80\x80" };

	buf_putc(b, '"');
	for (unsigned i = below(4); i > 0; i--)
		buf_puts(b, below(60) ? PICK(usual) : PICK(odd));
	buf_putc(b, '"');
}

static void
put_scalar(struct buf *b)
{
	static const char *const words[] = { "true", "false", "null" };
	static const char *const numbers[] = { "0", "-0", "-1", "12.50", "1e5",
		"1E+5", "-0.5e-3", "0.1", "9223372036854775807",
		"-9223372036854775808", "123456789.123456789", "1e-400",
		"1.7976931348623157e308" };
	static const char *const odd[] = { "9223372036854775808",
		"-9223372036854775809", "1e309", "-1e400" };

	switch (below(4)) {
	case 0:
		buf_puts(b, PICK(words));
		break;
	case 1:
		buf_puts(b, below(60) ? PICK(numbers) : PICK(odd));
		break;
	default:
		put_string(b);
	}
}

static void
put_space(struct buf *b)
{
	static const char *const spaces[] = { " ", "\n", "\r\n\t" };

	if (below(8) == 0)
		buf_puts(b, PICK(spaces));
}

static void
put_value(struct buf *b, unsigned levels) /* NOLINT(misc-no-recursion) */
{
	bool object = below(2);

	put_space(b);
	if (levels == 0 || below(3) == 0) {
		put_scalar(b);
	} else {
		buf_putc(b, object ? '{' : '[');
		for (unsigned i = below(4); i > 0; i--) {
			if (object) {
				put_string(b);
				put_space(b);
				buf_putc(b, ':');
			}
			put_value(b, levels - 1);
			if (i > 1)
				buf_putc(b, ',');
		}
		buf_putc(b, object ? '}' : ']');
	}
	put_space(b);
}

/* Change a byte, take one out, or cut the rest off. */
static void
mutate(struct buf *b)
{
	static const char bytes[] = "{}[]:,\"\\/u0123456789.-+eEtrufalsn \n\t"
				    "\x01\x1f\x7f\x80\xc3\xe2\xed\xf0\xff";
	size_t at = below((unsigned)b->len);

	switch (below(8)) {
	case 0:
		buf_reserve(b, 0);
		b->len = at;
		break;
	case 1:
		memmove(b->data + at, b->data + at + 1, b->len - at - 1);
		b->len--;
		break;
	default:
		b->data[at] = bytes[below(sizeof(bytes))]; /* a NUL too */
	}
}

static void
make_text(struct buf *b)
{
	buf_clear(b);
	if (below(10000) == 0) {
		put_nested(b, 2040 + below(16), below(2), true);
		return;
	}
	if (below(200) == 0)
		buf_puts(b, "\xef\xbb\xbf");
	put_value(b, below(5));
	if (below(2))
		for (unsigned i = 1 + below(3); i > 0 && b->len > 0; i--)
			mutate(b);
}

static void
scan_and_jansson_differ_where_the_list_says_so(void **state)
{
	enum { TEXTS = 200000 };
	size_t met[DIFFERENCES] = { 0 };
	size_t accepted = 0;
	struct buf b = { 0 };
	struct scan_value v;

	(void)state;
	for (size_t i = 0; i < TEXTS; i++) {
		const char *what;

		make_text(&b);
		what = disagreement(b.data, b.len, met);
		if (what)
			fail_msg(
			    "text %zu: %s: %.*s", i, what, (int)b.len, b.data);
		accepted += is_accepted(b.data, b.len, &v);
	}
	buf_free(&b);
	assert_in_range(accepted, TEXTS / 3, TEXTS - TEXTS / 5);
	for (size_t i = 0; i < DIFFERENCES; i++)
		if (met[i] == 0)
			fail_msg("never met: %s", differences[i].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scan_accepts_the_grammar_and_nothing_else),
		cmocka_unit_test(scan_shows_members_in_order_and_in_place),
		cmocka_unit_test(
		    scan_member_likely_reads_what_scan_member_reads),
		cmocka_unit_test(scan_tells_every_cut_of_a_record),
		cmocka_unit_test(scan_enters_and_passes_over_in_any_mixture),
		cmocka_unit_test(scan_refuses_what_is_not_there),
		cmocka_unit_test(scan_does_nothing_after_a_fault),
		cmocka_unit_test(
		    scan_text_resolves_escapes_and_keeps_or_cleans_faults),
		cmocka_unit_test(scan_is_compares_the_text_not_its_spelling),
		cmocka_unit_test(scan_flags_depth_and_bounds_it),
		cmocka_unit_test(scan_bounds_depth_inside_what_was_entered),
		cmocka_unit_test(scan_counts_depth_from_the_value_passed_over),
		cmocka_unit_test(scan_reads_strings_of_ten_megabytes),
		cmocka_unit_test(
		    scan_and_jansson_differ_where_the_list_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
