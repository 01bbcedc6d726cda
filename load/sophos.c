#include "sophos.h"
#include "buf.h"
#include "clock.h"
#include "config.h"
#include "err.h"
#include "http.h"
#include "mem.h"
#include "policy.h"
#include "result.h"
#include "secret.h"
#include "text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	ANSWER_CAP = 1 << 20,
	TOKEN_LIFE_S = 3600, /* where the answer does not say */
	TOKEN_EARLY_S = 60
};

struct sophos {
	const struct config_sink *config;
	char *client_id;
	char *client_secret;
	char *bearer; /* a whole header; NULL: not signed in */
	int64_t ends_at; /* of the token */
	char *tenant; /* a whole header */
	char *url;
};

/* A request on its way to a sign-in. */
struct call {
	const char *what; /* "token" or "whoami", for messages */
	struct http_answer *answer;
	json_t *json;
	struct result *r;
};

int
sophos_open(struct sophos **out, const struct config_sink *c, struct err *e)
{
	struct sophos *s = xcalloc(1, sizeof *s);

	s->config = c;
	if (secret_read(&s->client_id, c->client_id_file, e) ||
	    secret_read(&s->client_secret, c->client_secret_file, e)) {
		sophos_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

void
sophos_distrust(struct sophos *s)
{
	if (s->bearer)
		secret_wipe(s->bearer, strlen(s->bearer));
	free(s->bearer);
	s->bearer = NULL;
}

void
sophos_close(struct sophos *s)
{
	if (!s)
		return;
	sophos_distrust(s);
	secret_free(s->client_id);
	secret_free(s->client_secret);
	free(s->tenant);
	free(s->url);
	free(s);
}

bool
sophos_signed_in(const struct sophos *s)
{
	return s->bearer && clock_now() < s->ends_at - TOKEN_EARLY_S;
}

const char *
sophos_url(const struct sophos *s)
{
	return s->url;
}

const char *
sophos_bearer(const struct sophos *s)
{
	return s->bearer;
}

const char *
sophos_tenant(const struct sophos *s)
{
	return s->tenant;
}

static void
put_form(struct buf *b, const char *name, const char *value)
{
	buf_puts(b, name);
	text_put_form(b, value);
}

/* It goes into a header or a URL as it is. */
static bool
is_visible(const char *text)
{
	return text && *text && text_is_printable(text);
}

/* The call has failed in a way that only somebody can mend. */
static int
stop(struct call *c, enum err_kind kind, const char *advice, const char *why)
{
	c->r->outcome = RECEIPT_NOT_TAKEN;
	c->r->next = RESULT_STOP;
	c->r->stop = kind;
	c->r->advice = advice;
	snprintf(c->r->detail, sizeof c->r->detail, "%s: %s", c->what, why);
	return 0;
}

/*
 * What an answer to token or whoami means: 1, and its JSON is there; else 0.
 * Whatever it is, no alert has left.
 */
static int
judge(struct call *c)
{
	const struct http_answer *a = c->answer;
	struct result *r = c->r;

	policy_judge(
	    a->end, a->status, http_header(a, "Retry-After"), clock_now(), r);
	r->outcome = RECEIPT_NOT_TAKEN;
	r->http_status = a->status;
	r->latency_ms = a->latency_ms;
	snprintf(r->detail, sizeof r->detail, "%s: %s", c->what, a->detail);
	if (r->next == RESULT_HALVE || a->status == 401)
		return stop(c, ERR_AUTH,
		    "it refuses our credentials: check client_id_file and "
		    "client_secret_file",
		    a->detail);
	if (r->next != RESULT_DONE)
		return 0;
	r->next = RESULT_AGAIN;
	c->json = json_loadb(a->body.data, a->body.len, 0, NULL);
	if (!json_is_object(c->json)) {
		snprintf(r->detail, sizeof r->detail,
		    "%s: the answer is no JSON object", c->what);
		return 0;
	}
	return 1;
}

static void
end(struct call *c)
{
	if (c->answer && c->answer->body.data)
		secret_wipe(c->answer->body.data, c->answer->body.len);
	http_answer_free(c->answer);
	json_decref(c->json);
}

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static int
send_for_token(const struct sophos *s, struct http *h, int64_t timeout_ms,
    struct http_answer **out, struct err *e)
{
	static const char *const headers[] = {
		"Content-Type: application/x-www-form-urlencoded",
		"Accept: application/json", NULL
	};
	char *url = xasprintf("%s/api/v2/oauth2/token", s->config->id_url);
	struct http_request r = { .method = "POST",
		.url = url,
		.headers = headers,
		.answer_cap = ANSWER_CAP,
		.timeout_ms = timeout_ms };
	struct buf form = { 0 };
	int rc;

	buf_reserve(&form, 32768); /* so that no copy is left behind */
	put_form(&form, "grant_type=client_credentials&scope=token&client_id=",
	    s->client_id);
	put_form(&form, "&client_secret=", s->client_secret);
	r.body = form.data;
	r.body_len = form.len;
	rc = http_call(h, &r, out, e);
	secret_wipe(form.data, form.len);
	buf_free(&form);
	free(url);
	return rc;
}

static int
take_token(struct sophos *s, const struct call *c)
{
	const char *token = text_of(c->json, "access_token");
	int64_t life_s =
	    json_integer_value(json_object_get(c->json, "expires_in"));

	if (!is_visible(token)) {
		snprintf(c->r->detail, sizeof c->r->detail,
		    "token: the answer holds no access_token");
		return 0;
	}
	if (life_s <= TOKEN_EARLY_S || life_s > INT32_MAX)
		life_s = TOKEN_LIFE_S;
	s->bearer = xasprintf("Authorization: Bearer %s", token);
	s->ends_at = clock_now() + life_s;
	return 1;
}

static int
get_token(struct sophos *s, struct http *h, int64_t timeout_ms,
    struct result *r, struct err *e)
{
	struct call c = { .what = "token", .r = r };
	int rc = -1;

	sophos_distrust(s);
	if (!send_for_token(s, h, timeout_ms, &c.answer, e))
		rc = judge(&c) ? take_token(s, &c) : 0;
	end(&c);
	return rc;
}

/*
 * A host of the answer, without the slashes at its end: https, or http to
 * this machine, and nothing behind the port.  NULL: it is none.
 */
static char *
host_of(const char *text)
{
	char *url;
	size_t n, scheme;

	if (!is_visible(text))
		return NULL;
	for (n = strlen(text); n && text[n - 1] == '/';)
		n--;
	url = xstrndup(text, n);
	scheme = strncasecmp(url, "https://", 8) == 0                      ? 8
	    : strncasecmp(url, "http://", 7) == 0 && http_is_loopback(url) ? 7
									   : 0;
	if (scheme && !strpbrk(url + scheme, "/?#@\\") && url[scheme])
		return url;
	free(url);
	return NULL;
}

static int
take_tenant(struct sophos *s, struct call *c)
{
	static const char advice[] = "give the credentials of a tenant";
	const char *id = text_of(c->json, "id");
	const char *type = text_of(c->json, "idType");
	const char *region =
	    text_of(json_object_get(c->json, "apiHosts"), "dataRegion");
	char why[128];
	char *host;

	if (type && strcmp(type, "tenant") != 0) {
		snprintf(why, sizeof why,
		    "the credentials are those of a %s, which has no "
		    "dataRegion",
		    strcmp(type, "partner") == 0            ? "partner"
			: strcmp(type, "organization") == 0 ? "organization"
							    : "stranger");
		return stop(c, ERR_DENIED, advice, why);
	}
	if (!region)
		return stop(
		    c, ERR_DENIED, advice, "the answer holds no dataRegion");
	if (!is_visible(id) || strlen(id) > 128)
		return stop(c, ERR_DENIED, advice, "the answer holds no id");
	host = host_of(region);
	if (!host)
		return stop(c, ERR_DENIED, "ask Sophos",
		    "its dataRegion is no https host");
	free(s->url);
	s->url = xasprintf("%s%s", host, s->config->path);
	free(s->tenant);
	s->tenant = xasprintf("X-Tenant-ID: %s", id);
	free(host);
	return 1;
}

static int
who_am_i(struct sophos *s, struct http *h, int64_t timeout_ms, struct result *r,
    struct err *e)
{
	char *url = xasprintf("%s/whoami/v1", s->config->api_url);
	const char *headers[] = { s->bearer, "Accept: application/json", NULL };
	const struct http_request request = { .method = "GET",
		.url = url,
		.headers = headers,
		.answer_cap = ANSWER_CAP,
		.timeout_ms = timeout_ms };
	struct call c = { .what = "whoami", .r = r };
	int rc = -1;

	if (!http_call(h, &request, &c.answer, e))
		rc = judge(&c) ? take_tenant(s, &c) : 0;
	end(&c);
	free(url);
	return rc;
}

int
sophos_sign_in(struct sophos *s, struct http *h, int64_t timeout_ms,
    struct result *r, struct err *e)
{
	int64_t begun = clock_monotonic_ms();
	int rc = get_token(s, h, timeout_ms, r, e);

	if (rc != 1)
		return rc;
	rc = who_am_i(s, h, timeout_ms - (clock_monotonic_ms() - begun), r, e);
	if (rc != 1)
		sophos_distrust(s);
	return rc;
}
