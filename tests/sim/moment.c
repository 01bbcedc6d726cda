#include "moment.h"

#include <stdio.h>
#include <string.h>

static int64_t
days_of(int64_t y, unsigned m, unsigned d)
{
	int64_t era;
	int64_t in_year;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	y -= era * 400;
	in_year = (153 * (int64_t)(m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return era * 146097 + y * 365 + y / 4 - y / 100 + in_year - 719468;
}

void
moment_split(int64_t t, struct moment_parts *p)
{
	int64_t days = t / 86400 - (t % 86400 < 0);
	int64_t rest = t - days * 86400;
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	p->day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	p->month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	p->year = yoe + era * 400 + (p->month <= 2);
	p->hour = (unsigned)(rest / 3600);
	p->minute = (unsigned)(rest / 60 % 60);
	p->second = (unsigned)(rest % 60);
	p->weekday = (unsigned)(((days + 4) % 7 + 7) % 7);
}

static char *
put_digits(char *out, int64_t n, int width)
{
	for (int i = width; i-- > 0; n /= 10)
		out[i] = (char)('0' + n % 10);
	return out + width;
}

/* By hand: pages of records need many, and snprintf is slow. */
void
moment_iso(int64_t t, char out[MOMENT_SIZE])
{
	struct moment_parts p;

	moment_split(t, &p);
	out = put_digits(out, p.year, 4);
	*out++ = '-';
	out = put_digits(out, p.month, 2);
	*out++ = '-';
	out = put_digits(out, p.day, 2);
	*out++ = 'T';
	out = put_digits(out, p.hour, 2);
	*out++ = ':';
	out = put_digits(out, p.minute, 2);
	*out++ = ':';
	out = put_digits(out, p.second, 2);
	*out++ = 'Z';
	*out = '\0';
}

void
moment_http(int64_t t, const char *zone, char out[MOMENT_SIZE])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct moment_parts p;

	moment_split(t, &p);
	snprintf(out, MOMENT_SIZE, "%.3s, %02u %.3s %04d %02u:%02u:%02u %.3s",
	    days + (size_t)3 * p.weekday, p.day,
	    months + (size_t)3 * (p.month - 1), (int)p.year, p.hour, p.minute,
	    p.second, zone);
}

/* n digits at *p, at most max. */
static bool
number(const char **p, const char *end, int n, unsigned max, unsigned *out)
{
	*out = 0;
	for (; n > 0; n--, (*p)++) {
		if (*p == end || **p < '0' || **p > '9')
			return false;
		*out = *out * 10 + (unsigned)(**p - '0');
	}
	return *out <= max;
}

static bool
one_of(const char **p, const char *end, const char *set)
{
	if (*p == end || **p == '\0' || !strchr(set, **p))
		return false;
	(*p)++;
	return true;
}

static bool
fraction(const char **p, const char *end)
{
	const char *from;

	if (!one_of(p, end, "."))
		return true;
	for (from = *p; one_of(p, end, "0123456789");)
		;
	return *p > from;
}

static bool
zone(const char **p, const char *end, int64_t *offset)
{
	unsigned h, m;
	int64_t sign;

	*offset = 0;
	if (one_of(p, end, "Zz"))
		return true;
	sign = *p < end && **p == '-' ? -1 : 1;
	if (!one_of(p, end, "+-") || !number(p, end, 2, 23, &h))
		return false;
	one_of(p, end, ":");
	if (!number(p, end, 2, 59, &m))
		return false;
	*offset = sign * (int64_t)(h * 3600 + m * 60);
	return true;
}

static unsigned
month_days(unsigned y, unsigned m)
{
	static const unsigned days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };

	if (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0))
		return 29;
	return days[m - 1];
}

bool
moment_parse(const char *text, size_t size, int64_t *t)
{
	const char *p = text, *end = text + size;
	unsigned y, mo, d, h, mi, s;
	int64_t offset;

	if (!number(&p, end, 4, 9999, &y) || !one_of(&p, end, "-") ||
	    !number(&p, end, 2, 12, &mo) || !one_of(&p, end, "-") ||
	    !number(&p, end, 2, 31, &d) || !one_of(&p, end, "Tt") ||
	    !number(&p, end, 2, 23, &h) || !one_of(&p, end, ":") ||
	    !number(&p, end, 2, 59, &mi) || !one_of(&p, end, ":") ||
	    !number(&p, end, 2, 60, &s) || !fraction(&p, end) ||
	    !zone(&p, end, &offset) || p != end)
		return false;
	if (mo == 0 || d == 0 || d > month_days(y, mo))
		return false;
	*t = days_of(y, mo, d) * 86400 + (int64_t)(h * 3600 + mi * 60) +
	    (s > 59 ? 59 : s) - offset;
	return true;
}

bool
moment_parse_request(const char *text, int64_t *t)
{
	size_t size = strlen(text);

	return size == 24 && text[10] == 'T' && text[17] != '6' &&
	    strcmp(text + 19, "+0000") == 0 && moment_parse(text, size, t);
}
