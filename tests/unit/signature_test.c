#include "signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "digest.h"

static const struct {
	int64_t at;
	const char *date;
} dates[] = {
	{ 1448369411, "Tue, 24 Nov 2015 12:50:11 UTC" },
	{ 1661089780, "Sun, 21 Aug 2022 13:49:40 UTC" },
	{ 0, "Thu, 01 Jan 1970 00:00:00 UTC" },
	{ 951782399, "Mon, 28 Feb 2000 23:59:59 UTC" },
	{ 951782400, "Tue, 29 Feb 2000 00:00:00 UTC" },
};

static void
dates_are_english_with_two_digits_a_day(void **state)
{
	char out[SIGNATURE_DATE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		signature_date(dates[i].at, out);
		assert_string_equal(out, dates[i].date);
	}
}

static void
an_id_is_a_random_uuid(void **state)
{
	char a[SIGNATURE_ID_SIZE], b[SIGNATURE_ID_SIZE];

	(void)state;
	signature_id(a);
	signature_id(b);
	assert_int_equal(strlen(a), 36);
	assert_string_not_equal(a, b);
	assert_int_equal(a[8], '-');
	assert_int_equal(a[13], '-');
	assert_int_equal(a[14], '4');
	assert_int_equal(a[18], '-');
	assert_non_null(strchr("89ab", a[19]));
	assert_int_equal(a[23], '-');
}

/* Source: the published example of API 1.0 (gathered 2026-11-24). */
static void
the_published_example_has_its_signature(void **state)
{
	char text[64];

	(void)state;
	assert_true(digest_sign("U2VjcmV0S2V5",
	    "Sun, 21 Aug 2022 13:49:40 UTC:3d796b76-4180-40e5-8f7c-"
	    "6e0fd643b1a9:/api/test/some-url:ApplicationKey",
	    text));
	assert_string_equal(text, "WOywLsnZlsE+D6bp/ug6uch5kxc=");
}

static void
a_call_is_signed_with_what_it_is_sent_with(void **state)
{
	struct signature s;
	char text[256], want[SIGNATURE_SIZE];

	(void)state;
	assert_true(signature_make(
	    &s, 1661089780, "/api/test/some-url", "AppKey", "U2VjcmV0S2V5"));
	snprintf(
	    text, sizeof text, "%s:%s:/api/test/some-url:AppKey", s.date, s.id);
	assert_true(digest_sign("U2VjcmV0S2V5", text, want));
	assert_string_equal(s.text, want);
	assert_string_equal(s.date, "Sun, 21 Aug 2022 13:49:40 UTC");
}

static void
a_key_that_is_no_base64_signs_nothing(void **state)
{
	struct signature s;

	(void)state;
	assert_false(signature_make(&s, 0, "/", "AppKey", "not base64!"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_english_with_two_digits_a_day),
		cmocka_unit_test(an_id_is_a_random_uuid),
		cmocka_unit_test(the_published_example_has_its_signature),
		cmocka_unit_test(a_call_is_signed_with_what_it_is_sent_with),
		cmocka_unit_test(a_key_that_is_no_base64_signs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
