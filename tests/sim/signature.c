#include "signature.h"

#include "die.h"
#include "digest.h"
#include "moment.h"
#include "option.h"
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
signature_load(struct signature_keys *k, const char *app_id,
    const char *app_key_file, const char *access_key_file,
    const char *secret_key_file)
{
	char *secret = option_secret(secret_key_file);

	k->app_id = app_id;
	k->app_key = option_secret(app_key_file);
	k->access_key = option_secret(access_key_file);
	if (digest_unbase64(&k->secret, secret))
		die(DIE_USAGE, "%s: not base64", secret_key_file);
	free(secret);
}

/* "Tue, 24 Nov 2015 12:50:11 UTC" and nothing that only looks like it. */
static bool
is_date(const char *text)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	char iso[MOMENT_SIZE], again[MOMENT_SIZE];
	unsigned m = 0;
	int64_t t;

	if (strlen(text) != 29)
		return false;
	while (m < 12 && memcmp(text + 8, months[m], 3) != 0)
		m++;
	snprintf(iso, sizeof(iso), "%.4s-%02u-%.2sT%.8sZ", text + 12, m + 1,
	    text + 5, text + 17);
	if (!moment_parse(iso, strlen(iso), &t))
		return false;
	moment_http(t, "UTC", again);
	return strcmp(again, text) == 0;
}

static bool
is_uuid(const char *text)
{
	for (int i = 0; i < 36; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
		} else if (!text[i] ||
		    !strchr("0123456789abcdefABCDEF", text[i])) {
			return false;
		}
	}
	return text[36] == '\0';
}

const char *
signature_headers(const struct request *q)
{
	const char *app = request_header(q, "x-mc-app-id");
	const char *id = request_header(q, "x-mc-req-id");
	const char *date = request_header(q, "x-mc-date");

	if (!app || !*app)
		return "x-mc-app-id is missing";
	if (!id || !is_uuid(id))
		return "x-mc-req-id is no UUID";
	if (!date || !is_date(date))
		return "x-mc-date is no date";
	return NULL;
}

bool
signature_good(const struct signature_keys *k, const struct request *q)
{
	const char *given = request_header(q, "Authorization");
	struct buf text = { 0 }, want = { 0 };
	bool good;

	buf_printf(&text, "%s:%s:%s:%s", request_header(q, "x-mc-date"),
	    request_header(q, "x-mc-req-id"), q->path, k->app_key);
	buf_printf(&want, "MC %s:", k->access_key);
	digest_hmac_sha1(&want, &k->secret, text.bytes);
	good = given && strcmp(given, want.bytes) == 0;
	buf_free(&text);
	buf_free(&want);
	return good;
}

void
signature_free(struct signature_keys *k)
{
	free(k->app_key);
	free(k->access_key);
	buf_free(&k->secret);
}
