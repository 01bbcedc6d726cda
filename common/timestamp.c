#include "timestamp.h"

#include <string.h>

static const int64_t day_s = 86400;

struct civil {
	int64_t year;
	int month, day, hour, minute, second;
};

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
static int64_t
days_of(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static struct civil
civil_of(int64_t at)
{
	static const int64_t first = -62167219200; /* year 0000 */
	static const int64_t last = 253402300799; /* the end of 9999 */
	struct civil c;
	int64_t days, left, era, doe, yoe, doy, mp;

	at = at < first ? first : at > last ? last : at;
	days = at / day_s;
	left = at % day_s;
	if (left < 0) {
		left += day_s;
		days--;
	}
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	c.day = (int)(doy - (153 * mp + 2) / 5 + 1);
	c.month = (int)(mp < 10 ? mp + 3 : mp - 9);
	c.year = yoe + era * 400 + (c.month <= 2);
	c.hour = (int)(left / 3600);
	c.minute = (int)(left / 60 % 60);
	c.second = (int)(left % 60);
	return c;
}

/* The value of exactly n digits at s, or -1. */
static int
digits(const char *s, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

static int
month_days(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool
exists(const struct civil *c)
{
	return c->year >= 0 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	    c->day <= month_days(c->year, c->month) && c->hour >= 0 &&
	    c->hour <= 23 && c->minute >= 0 && c->minute <= 59 &&
	    c->second >= 0 && c->second <= 60;
}

static int64_t
seconds_of(const struct civil *c)
{
	return days_of(c->year, c->month, c->day) * day_s +
	    (int64_t)c->hour * 3600 + (int64_t)c->minute * 60 +
	    (c->second == 60 ? 59 : c->second);
}

/* The offset at s, which ends the text, in seconds. */
static bool
parse_offset(const char *s, size_t n, int *offset_s)
{
	int hour, minute;

	if (n == 1 && (s[0] == 'Z' || s[0] == 'z')) {
		*offset_s = 0;
		return true;
	}
	if ((n != 5 && (n != 6 || s[3] != ':')) || (s[0] != '+' && s[0] != '-'))
		return false;
	hour = digits(s + 1, 2);
	minute = digits(s + n - 2, 2);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
		return false;
	*offset_s = (hour * 60 + minute) * 60 * (s[0] == '-' ? -1 : 1);
	return true;
}

bool
timestamp_parse(const char *s, size_t n, int64_t *at)
{
	struct civil c;
	int offset_s;
	size_t i = 19;

	if (n < 20 || s[4] != '-' || s[7] != '-' ||
	    (s[10] != 'T' && s[10] != 't') || s[13] != ':' || s[16] != ':')
		return false;
	c.year = digits(s, 4);
	c.month = digits(s + 5, 2);
	c.day = digits(s + 8, 2);
	c.hour = digits(s + 11, 2);
	c.minute = digits(s + 14, 2);
	c.second = digits(s + 17, 2);
	if (!exists(&c))
		return false;
	if (s[i] == '.') {
		size_t start = ++i;

		while (i < n && s[i] >= '0' && s[i] <= '9')
			i++;
		if (i == start)
			return false;
	}
	if (!parse_offset(s + i, n - i, &offset_s))
		return false;
	*at = seconds_of(&c) - offset_s;
	return true;
}

/* Write n in so many digits, then a byte; returns what is behind them. */
static char *
put_digits(char *out, int n, int count, char then)
{
	for (int i = count - 1; i >= 0; i--) {
		out[i] = (char)('0' + n % 10);
		n /= 10;
	}
	out[count] = then;
	return out + count + 1;
}

/* Once for each alert that is sent: snprintf would cost ten times as much. */
static char *
format(int64_t at, const char *zone, char out[TIMESTAMP_SIZE])
{
	struct civil c = civil_of(at);
	char *p = out;

	p = put_digits(p, (int)c.year, 4, '-');
	p = put_digits(p, c.month, 2, '-');
	p = put_digits(p, c.day, 2, 'T');
	p = put_digits(p, c.hour, 2, ':');
	p = put_digits(p, c.minute, 2, ':');
	p = put_digits(p, c.second, 2, '\0');
	memcpy(p - 1, zone, strlen(zone) + 1);
	return out;
}

char *
timestamp_iso(int64_t at, char out[TIMESTAMP_SIZE])
{
	return format(at, "Z", out);
}

char *
timestamp_mimecast(int64_t at, char out[TIMESTAMP_SIZE])
{
	return format(at, "+0000", out);
}

bool
timestamp_parse_http(const char *s, int64_t *at)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = { 0 };
	const char *month = NULL;

	if (strlen(s) != 29 || s[3] != ',' || s[4] != ' ' || s[7] != ' ' ||
	    s[11] != ' ' || s[16] != ' ' || s[19] != ':' || s[22] != ':' ||
	    strcmp(s + 25, " GMT") != 0)
		return false;
	for (size_t i = 0; i < 12 && !month; i++)
		if (strncmp(months + 3 * i, s + 8, 3) == 0)
			month = months + 3 * i;
	if (!month)
		return false;
	c.year = digits(s + 12, 4);
	c.month = (int)(month - months) / 3 + 1;
	c.day = digits(s + 5, 2);
	c.hour = digits(s + 17, 2);
	c.minute = digits(s + 20, 2);
	c.second = digits(s + 23, 2);
	if (!exists(&c))
		return false;
	*at = seconds_of(&c);
	return true;
}
