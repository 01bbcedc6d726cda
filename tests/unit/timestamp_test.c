#include "timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const struct {
	const char *text;
	int64_t at;
} good[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "2015-11-16T14:49:18+0000", 1447685358 },
	{ "2015-11-16T14:49:18+00:00", 1447685358 },
	{ "2015-11-16t14:49:18z", 1447685358 },
	{ "2015-11-16T14:49:18.999999999Z", 1447685358 },
	{ "2015-11-16T15:49:18+0100", 1447685358 },
	{ "2015-11-16T09:19:18-05:30", 1447685358 },
	{ "2016-12-31T23:59:60Z", 1483228799 },
	{ "2024-02-29T00:00:00Z", 1709164800 },
	{ "2000-02-29T00:00:00Z", 951782400 },
	{ "1969-12-31T23:59:59Z", -1 },
	{ "0000-01-01T00:00:00Z", -62167219200 },
	{ "0001-01-01T00:00:00Z", -62135596800 },
	{ "9999-12-31T23:59:59Z", 253402300799 },
	{ "2106-02-07T06:28:16Z", 4294967296 },
	{ "2024-01-01T00:00:00+14:00", 1704016800 },
	{ "2024-01-01T00:00:00-23:59", 1704153540 },
};

static const char *const bad[] = {
	"",
	"2015-11-16",
	"2015-11-16T14:49:18", /* no zone */
	"2015-11-16 14:49:18Z", /* no T */
	"2015-11-16T14:49:18 +0000", /* space */
	" 2015-11-16T14:49:18Z",
	"2015-11-16T14:49:18Z ",
	"2015-02-30T00:00:00Z",
	"2015-02-29T00:00:00Z",
	"1900-02-29T00:00:00Z",
	"2015-13-01T00:00:00Z",
	"2015-00-01T00:00:00Z",
	"2015-01-00T00:00:00Z",
	"2015-01-01T24:00:00Z",
	"2015-01-01T00:60:00Z",
	"2015-01-01T00:00:61Z",
	"2015-01-01T00:00:00.Z", /* a fraction of nothing */
	"2015-01-01T00:00:00,5Z",
	"2015-01-01T00:00:00+24:00",
	"2015-01-01T00:00:00+00:60",
	"2015-01-01T00:00:00+1",
	"2015-01-01T00:00:00+00",
	"2015-01-01T00:00:00+0:000",
	"2015-01-01T00:00:00UTC",
	"+015-01-01T00:00:00Z",
	"-001-01-01T00:00:00Z",
	"15-11-16T14:49:18+0000",
	"12015-11-16T14:49:18+0000",
	"1447685358",
	"11/16/2015 02:49:18 PM",
	"2015-11-16T02:49:18PM+0000",
};

static void
every_form_that_a_record_may_use_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		int64_t at = -12345;

		if (!timestamp_parse(good[i].text, strlen(good[i].text), &at) ||
		    at != good[i].at)
			fail_msg("%s: %lld", good[i].text, (long long)at);
	}
}

static void
whatever_is_no_time_with_a_zone_is_refused(void **state)
{
	int64_t at;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (timestamp_parse(bad[i], strlen(bad[i]), &at))
			fail_msg("accepted: %s", bad[i]);
}

static void
the_length_given_rules_not_a_nul(void **state)
{
	int64_t at;

	(void)state;
	assert_true(timestamp_parse("1970-01-01T00:00:01Zjunk", 20, &at));
	assert_int_equal(at, 1);
	assert_false(timestamp_parse("1970-01-01T00:00:01Z\0", 21, &at));
}

/* Every day of 1600 to 2400, against the C library. */
static void
days_agree_with_the_c_library(void **state)
{
	(void)state;
	for (int64_t at = -11676096000; at < 13569465600; at += 86400 + 3661) {
		time_t t = (time_t)at;
		char text[TIMESTAMP_SIZE], want[TIMESTAMP_SIZE];
		struct tm tm;
		int64_t back;

		gmtime_r(&t, &tm);
		strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%SZ", &tm);
		assert_string_equal(timestamp_iso(at, text), want);
		assert_true(timestamp_parse(text, strlen(text), &back));
		assert_int_equal(back, at);
	}
}

static void
years_outside_four_digits_are_saturated(void **state)
{
	char text[TIMESTAMP_SIZE];

	(void)state;
	assert_string_equal(
	    timestamp_iso(INT64_MAX, text), "9999-12-31T23:59:59Z");
	assert_string_equal(
	    timestamp_iso(INT64_MIN, text), "0000-01-01T00:00:00Z");
	assert_string_equal(
	    timestamp_mimecast(0, text), "1970-01-01T00:00:00+0000");
}

static void
http_dates_are_read_in_the_preferred_form_only(void **state)
{
	int64_t at;

	(void)state;
	assert_true(timestamp_parse_http("Tue, 24 Nov 2015 12:50:11 GMT", &at));
	assert_int_equal(at, 1448369411);
	assert_false(
	    timestamp_parse_http("Tue, 24 Nov 2015 12:50:11 UTC", &at));
	assert_false(
	    timestamp_parse_http("Tuesday, 24-Nov-15 12:50:11 GMT", &at));
	assert_false(
	    timestamp_parse_http("Tue, 31 Feb 2015 12:50:11 GMT", &at));
	assert_false(
	    timestamp_parse_http("Tue, 24 nov 2015 12:50:11 GMT", &at));
	assert_false(timestamp_parse_http("", &at));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_that_a_record_may_use_is_read),
		cmocka_unit_test(whatever_is_no_time_with_a_zone_is_refused),
		cmocka_unit_test(the_length_given_rules_not_a_nul),
		cmocka_unit_test(days_agree_with_the_c_library),
		cmocka_unit_test(years_outside_four_digits_are_saturated),
		cmocka_unit_test(
		    http_dates_are_read_in_the_preferred_form_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
