/* The longest run of records that the border of two pages repeats. */
#include "record.h"
#include "seam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
put_page(struct seam *s, int64_t page_id, const char *letters)
{
	seam_page(s, page_id);
	for (; *letters; letters++) {
		unsigned char digest[DIGEST_SIZE] = { 0 };

		digest[DIGEST_SIZE - 1] = (unsigned char)*letters;
		seam_add(s, digest);
	}
}

static const struct {
	const char *previous;
	const char *page;
	size_t repeated;
} cases[] = {
	{ "", "", 0 },
	{ "", "A", 0 },
	{ "A", "", 0 },
	{ "AB", "CD", 0 },
	{ "AB", "AC", 0 },
	{ "AB", "BA", 1 },
	{ "AB", "ABC", 2 },
	{ "CAB", "AB", 2 },
	{ "ABAB", "ABAB", 4 },
	{ "XABAB", "ABABA", 4 },
	{ "XABA", "ABABA", 3 },
	{ "AAA", "AAAAA", 3 },
	{ "AAAB", "AAAB", 4 },
	{ "AAAB", "AAB", 3 },
	{ "AAAB", "AAC", 0 },
};

static void
the_longest_run_is_found(void **state)
{
	struct seam s = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = strlen(cases[i].previous);
		size_t repeated = cases[i].repeated;

		seam_begin(&s);
		put_page(&s, 7, cases[i].previous);
		assert_int_equal(seam_repeated(&s), 0);
		put_page(&s, 9, cases[i].page);
		assert_int_equal(seam_repeated(&s), repeated);
		for (size_t at = 0; at < repeated; at++)
			assert_int_equal(seam_original(&s, repeated, at),
			    record_id(7, (int64_t)(n - repeated + at)));
	}
	seam_free(&s);
}

static void
a_page_of_too_many_records_is_not_compared(void **state)
{
	static char letters[SEAM_RECORDS_MAX + 2];
	struct seam s = { 0 };

	(void)state;
	memset(letters, 'A', SEAM_RECORDS_MAX);
	put_page(&s, 1, letters);
	put_page(&s, 2, letters);
	assert_int_equal(seam_repeated(&s), SEAM_RECORDS_MAX);
	letters[SEAM_RECORDS_MAX] = 'A';
	put_page(&s, 3, letters);
	assert_int_equal(seam_repeated(&s), 0);
	put_page(&s, 4, "A");
	assert_int_equal(seam_repeated(&s), 0);
	put_page(&s, 5, "A");
	assert_int_equal(seam_repeated(&s), 1);
	seam_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_run_is_found),
		cmocka_unit_test(a_page_of_too_many_records_is_not_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
