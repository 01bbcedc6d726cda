/* Expressions: the C library is the oracle of what they match. */
#include "err.h"
#include "pattern.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN

static struct pattern *
parse(const char *text)
{
	struct pattern *p = NULL;
	struct err e = { 0 };

	if (pattern_parse(&p, text, &e))
		fail_msg("%s: %s", text, e.msg);
	return p;
}

static const struct {
	const char *pattern;
	const char *in; /* found in this */
	const char *out; /* not found in this */
} cases[] = {
	{ "", "", NULL },
	{ "b", "abc", "ac" },
	{ "^b", "bc", "ab" },
	{ "b$", "ab", "bc" },
	{ "^$", "", "a" },
	{ "a.c", "xa\ncx", "ac" },
	{ "a\\.c", "a.c", "abc" },
	{ "^ab*c$", "abbbc", "abxc" },
	{ "^ab+c$", "abbc", "ac" },
	{ "^ab?c$", "ac", "abbc" },
	{ "^(ab|c)*d$", "abccabd", "abcbd" },
	{ "^(a|b)+[[:digit:]]{1,3}$", "ab123", "ab1234" },
	{ "^a{3}$", "aaa", "aaaa" },
	{ "^a{2,}$", "aaaaa", "a" },
	{ "^a{0}b$", "b", "ab" },
	{ "^a{0,2}b$", "aab", "aaab" },
	{ "^(ab|){2}c$", "abc", "abababc" },
	{ "x|^a|b$", "cb", "ba" },
	{ "^(|a)b$", "b", "aab" },
	{ "^()*a$", "a", "" },
	{ "^[]a]$", "]", "b" },
	{ "^[^]a]$", "b", "]" },
	{ "^[a-c-]+$", "a-c", "d" },
	{ "^[-a]$", "-", "b" },
	{ "^[a\\]$", "\\", "b" },
	{ "^[[:upper:]_[:digit:]]+$", "A_9", "a" },
	{ "^[[-a]$", "^", "b" },
	{ "^[^a]$", "\xc3", "a" },
	{ "a^b", NULL, "a^b" },
	{ "($a*|ba$){2}c", NULL, "bbac" },
	{ "a]b}", "a]b}", "ab" },
	{ "\\{\\{\\\\1", "{{\\1", "{{1" },
	{ "\xc3\xa9+", "caf\xc3\xa9", "cafe" },
	{ FIFTY FIFTY FIFTY FIFTY, FIFTY FIFTY FIFTY FIFTY, FIFTY },
	{ "(a*)*b", "aab", "aa" },
	{ "(a|aa)+$", "aaa", "aab" },
	{ "((a?)?)?b", "ab", "a" },
};

static void
assert_found(const char *pattern, const char *text, bool want)
{
	struct pattern *p;
	regex_t oracle;

	if (!text)
		return;
	p = parse(pattern);
	if (pattern_is_in(p, text, strlen(text)) != want)
		fail_msg("%s in %s", pattern, text);
	assert_int_equal(regcomp(&oracle, pattern, REG_EXTENDED), 0);
	if ((regexec(&oracle, text, 0, NULL, 0) == 0) != want)
		fail_msg("%s in %s, by the oracle", pattern, text);
	regfree(&oracle);
	pattern_free(p);
}

static void
expressions_match_as_posix_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_found(cases[i].pattern, cases[i].in, true);
		assert_found(cases[i].pattern, cases[i].out, false);
	}
}

static const struct {
	const char *pattern;
	const char *why; /* behind "the regular expression is wrong " */
} wrong[] = {
	{ "a(b", "at byte 4: a ( without its )" },
	{ "a)b", "at byte 2: a ) without its (" },
	{ "[a", "at byte 3: a [ without its ]" },
	{ "[]", "at byte 3: a [ without its ]" },
	{ "*a", "at byte 1: nothing that could be repeated" },
	{ "a**", "at byte 3: nothing that could be repeated" },
	{ "a|+", "at byte 3: nothing that could be repeated" },
	{ "^*", "at byte 2: nothing that could be repeated" },
	{ "{1}", "at byte 1: nothing that could be repeated" },
	{ "(a)\\1", "at byte 5: a \\ goes with special characters only" },
	{ "\\w", "at byte 2: a \\ goes with special characters only" },
	{ "\\<a", "at byte 2: a \\ goes with special characters only" },
	{ "a\\", "at byte 3: a \\ goes with special characters only" },
	{ "a{", "at byte 3: {m,n} wants numbers from 0 to 255" },
	{ "a{,3}", "at byte 5: {m,n} wants numbers from 0 to 255" },
	{ "a{3,2}", "at byte 6: {m,n} wants numbers from 0 to 255" },
	{ "a{1", "at byte 4: {m,n} wants numbers from 0 to 255" },
	{ "a{1,x}", "at byte 5: {m,n} wants numbers from 0 to 255" },
	{ "a{256}", "at byte 6: {m,n} wants numbers from 0 to 255" },
	{ "a{99999999999999}",
	    "at byte 17: {m,n} wants numbers from 0 to 255" },
	{ "((a{9}){9}){9}", "at byte 10: a second {m,n}" },
	{ "(abcdef){255}", "at byte 14: it is too large" },
	{ "[[:letter:]]", "at byte 4: no such class of characters" },
	{ "[[.a.]]", "at byte 2: [. .] and [= =] are not taken" },
	{ "[[=a=]]", "at byte 2: [. .] and [= =] are not taken" },
	{ "[\xc3\xa9]", "at byte 2: only ASCII may stand in brackets" },
	{ "[c-a]", "at byte 2: no such range" },
	{ "[a-[.b.]]", "at byte 2: no such range" },
	{ "[a-c-e]", "at byte 5: a - must be first or last in brackets" },
	{ "[--/]", "at byte 2: a - must be first or last in brackets" },
};

static void
what_is_wrong_is_refused_with_its_place(void **state)
{
	struct pattern *p;
	struct err e;
	char want[200];

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		e = (struct err){ 0 };
		if (pattern_parse(&p, wrong[i].pattern, &e) == 0)
			fail_msg("accepted: %s", wrong[i].pattern);
		assert_int_equal(e.kind, ERR_DATA);
		snprintf(want, sizeof want,
		    "the regular expression is wrong %s", wrong[i].why);
		assert_string_equal(e.msg, want);
	}
	e = (struct err){ 0 };
	assert_int_equal(
	    pattern_parse(&p, FIFTY FIFTY FIFTY FIFTY "x", &e), -1);
	assert_string_equal(
	    e.msg, "a regular expression has at most 200 bytes");
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

/* At most 13 parts; they are short. */
static void
put_random(char *out, size_t size, const char *const *parts, unsigned n)
{
	size_t len = 0;

	out[0] = '\0';
	for (unsigned i = below(14); i > 0; i--)
		len += (size_t)snprintf(
		    out + len, size - len, "%s", parts[below(n)]);
	assert_true(len < size);
}

/* Whatever is accepted means what the C library says it means. */
static void
random_expressions_agree_with_the_c_library(void **state)
{
	static const char *const parts[] = { "a", "b", ".", "(", ")", "|", "*",
		"+", "?", "{2}", "{0,2}", "{1,}", "^", "$", "[ab]", "[^a]",
		"[a-c]", "[[:alpha:]]", "\\.", "(a|b)", "]", "}", "-", "[]b]" };
	static const char *const letters[] = { "a", "b", "c", ".", "]", "}",
		"-", "ab", "\xc3\xa9" };
	size_t accepted = 0, found = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct pattern *p = NULL;
		struct err e;
		regex_t oracle;
		char pattern[160], text[64];

		put_random(pattern, sizeof pattern, parts, COUNT(parts));
		if (pattern_parse(&p, pattern, &e))
			continue;
		accepted++;
		if (regcomp(&oracle, pattern, REG_EXTENDED))
			fail_msg("accepted: %s", pattern);
		for (int j = 0; j < 4; j++) {
			bool ours, theirs;

			put_random(text, sizeof text, letters, COUNT(letters));
			ours = pattern_is_in(p, text, strlen(text));
			theirs = regexec(&oracle, text, 0, NULL, 0) == 0;
			found += ours;
			if (ours != theirs)
				fail_msg("%s in %s", pattern, text);
		}
		regfree(&oracle);
		pattern_free(p);
	}
	assert_in_range(accepted, 5000, 95000);
	assert_in_range(found, accepted / 2, accepted * 4 - accepted / 2);
}

/* The library needs minutes and 260 MiB for the first of them. */
static void
costly_expressions_cost_little(void **state)
{
	static const char *const costly[] = { "[ab]*a[ab]{190}c$", "(a*)*c",
		"(a|aa)+$c", "((a*)*)*c", "(a?){255}c", "a*a*a*a*a*c",
		"(.*)*(.*)*(.*)*c", "(a|b|ab)*c" };
	char text[1025];

	(void)state;
	for (size_t i = 0; i < sizeof text - 1; i++)
		text[i] = "ab"[below(2)];
	text[sizeof text - 1] = '\0';
	alarm(60);
	for (size_t i = 0; i < COUNT(costly); i++) {
		struct pattern *p = parse(costly[i]);

		for (int j = 0; j < 20; j++)
			assert_false(pattern_is_in(p, text, sizeof text - 1));
		pattern_free(p);
	}
	alarm(0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_match_as_posix_says),
		cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
		cmocka_unit_test(random_expressions_agree_with_the_c_library),
		cmocka_unit_test(costly_expressions_cost_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
