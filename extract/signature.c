#include "signature.h"
#include "digest.h"
#include "mem.h"
#include "secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void
signature_date(int64_t at, char out[SIGNATURE_DATE_SIZE])
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)at;
	struct tm tm;

	gmtime_r(&t, &tm);
	snprintf(out, SIGNATURE_DATE_SIZE, "%s, %02d %s %d %02d:%02d:%02d UTC",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void
signature_id(char out[SIGNATURE_ID_SIZE])
{
	unsigned char b[16];
	char hex[33];

	digest_random(b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	digest_hex(b, sizeof b, hex);
	snprintf(out, SIGNATURE_ID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex,
	    hex + 8, hex + 12, hex + 16, hex + 20);
}

bool
signature_make(struct signature *s, int64_t at, const char *path,
    const char *app_key, const char *secret_key)
{
	char *text;
	bool ok;

	signature_date(at, s->date);
	signature_id(s->id);
	text = xasprintf("%s:%s:%s:%s", s->date, s->id, path, app_key);
	ok = digest_sign(secret_key, text, s->text);
	secret_wipe(text, strlen(text));
	free(text);
	return ok;
}
