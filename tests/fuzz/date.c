/*
 * Any bytes as a time: timestamp.c against templates and the C library's
 * calendar.
 */
#define _DEFAULT_SOURCE /* timegm */
#include "fuzz.h"
#include "timestamp.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

/* 0 stands for any digit, T for T or t, + for either sign. */
static bool
fits(const char *s, size_t n, const char *template)
{
	if (n != strlen(template))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool ok = template[i] == '0' ? s[i] >= '0' && s[i] <= '9'
		    : template[i] == 'T'     ? s[i] == 'T' || s[i] == 't'
		    : template[i] == 'Z'     ? s[i] == 'Z' || s[i] == 'z'
		    : template[i] == '+'     ? s[i] == '+' || s[i] == '-'
					     : s[i] == template[i];

		if (!ok)
			return false;
	}
	return true;
}

static int
number(const char *s, int n)
{
	int v = 0;

	while (n-- > 0)
		v = v * 10 + (*s++ - '0');
	return v;
}

/* A date that does not exist is another one after normalization. */
static bool
seconds_of(const struct tm *want, int64_t *at)
{
	struct tm tm = *want, back;
	time_t t = timegm(&tm);

	*at = t;
	return gmtime_r(&t, &back) && back.tm_year == want->tm_year &&
	    back.tm_mon == want->tm_mon && back.tm_mday == want->tm_mday &&
	    back.tm_hour == want->tm_hour && back.tm_min == want->tm_min &&
	    back.tm_sec == want->tm_sec;
}

static bool
zone(const char *s, size_t n, int64_t *offset_s)
{
	int hours, minutes;

	*offset_s = 0;
	if (fits(s, n, "Z"))
		return true;
	if (!fits(s, n, "+0000") && !fits(s, n, "+00:00"))
		return false;
	hours = number(s + 1, 2);
	minutes = number(s + n - 2, 2);
	*offset_s = (s[0] == '-' ? -60L : 60L) * (hours * 60 + minutes);
	return hours < 24 && minutes < 60;
}

static bool
second_opinion(const char *s, size_t n, int64_t *at)
{
	struct tm tm = { 0 };
	int64_t offset_s;
	size_t i = 19;

	if (n < 19 || !fits(s, 19, "0000-00-00T00:00:00"))
		return false;
	tm.tm_year = number(s, 4) - 1900;
	tm.tm_mon = number(s + 5, 2) - 1;
	tm.tm_mday = number(s + 8, 2);
	tm.tm_hour = number(s + 11, 2);
	tm.tm_min = number(s + 14, 2);
	tm.tm_sec = number(s + 17, 2);
	if (tm.tm_sec == 60)
		tm.tm_sec = 59;
	if (i + 1 < n && s[i] == '.' && fits(s + i + 1, 1, "0"))
		for (i++; i < n && fits(s + i, 1, "0");)
			i++;
	if (!zone(s + i, n - i, &offset_s) || !seconds_of(&tm, at))
		return false;
	*at -= offset_s;
	return true;
}

static void
there_and_back(int64_t at)
{
	static const int64_t first = -62167219200, last = 253402300799;
	char text[TIMESTAMP_SIZE];
	int64_t back;

	at = at < first ? first : at > last ? last : at;
	timestamp_iso(at, text);
	FUZZ_CHECK(timestamp_parse(text, strlen(text), &back) && back == at);
	timestamp_mimecast(at, text);
	FUZZ_CHECK(timestamp_parse(text, strlen(text), &back) && back == at);
}

static void
http(const char *s, size_t n)
{
	char text[40] = { 0 }, back[40];
	struct tm tm;
	int64_t at;
	time_t t;

	if (n >= sizeof text)
		return;
	if (n > 0)
		memcpy(text, s, n);
	if (!timestamp_parse_http(text, &at))
		return;
	t = (time_t)at;
	FUZZ_CHECK(gmtime_r(&t, &tm));
	strftime(back, sizeof back, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	if (memcmp(text + 23, "60", 2) == 0)
		memcpy(text + 23, "59", 2);
	/* The name of the day is not looked at, nor a year's zeros shown. */
	FUZZ_CHECK(memcmp(text + 5, back + 5, 7) == 0);
	FUZZ_CHECK(number(text + 12, 4) == tm.tm_year + 1900);
	FUZZ_CHECK(strcmp(text + 16, strrchr(back, ' ') - 9) == 0);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	const char *s = (const char *)data;
	int64_t ours = 0, theirs = 0;
	bool accepted = timestamp_parse(s, n, &ours);

	FUZZ_CHECK(second_opinion(s, n, &theirs) == accepted);
	if (accepted) {
		FUZZ_CHECK(ours == theirs);
		there_and_back(ours);
	}
	http(s, n);
	return 0;
}
