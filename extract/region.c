#include "region.h"
#include "buf.h"
#include "clock.h"
#include "err.h"
#include "http.h"
#include "insist.h"
#include "mem.h"
#include "patience.h"
#include "reply.h"
#include "signature.h"
#include "text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_CAP = 1 << 20, TIMEOUT_MS = 60000 };

static const char path[] = "/api/login/discover-authentication";

struct search {
	struct region *region;
	const struct region_source *source;
	const char *date_url; /* of region_ask_date */
};

static int
ask(struct search *q, int64_t timeout_ms, struct http_answer **a, struct err *e)
{
	const struct region_source *s = q->source;
	char id[SIGNATURE_ID_SIZE], date[SIGNATURE_DATE_SIZE];
	char *url = xasprintf("%s%s", s->discovery_url, path);
	struct buf body = { 0 };
	char *headers[] = {
		xstrdup("Content-Type: application/json"),
		xstrdup("Accept: application/json"),
		xasprintf("x-mc-app-id: %s", s->app_id),
		NULL, /* x-mc-req-id */
		NULL, /* x-mc-date */
		NULL,
	};
	struct http_request r = {
		.method = "POST",
		.url = url,
		.headers = (const char *const *)headers,
		.answer_cap = ANSWER_CAP,
		.timeout_ms = timeout_ms,
	};
	int rc;

	signature_id(id);
	signature_date(clock_now(), date);
	headers[3] = xasprintf("x-mc-req-id: %s", id);
	headers[4] = xasprintf("x-mc-date: %s", date);
	buf_puts(&body, "{\"data\":[{\"emailAddress\":");
	text_put_json(&body, s->email, strlen(s->email));
	buf_puts(&body, "}]}");
	r.body = body.data;
	r.body_len = body.len;
	rc = http_call(s->http, &r, a, e);
	for (int i = 0; headers[i]; i++)
		free(headers[i]);
	buf_free(&body);
	free(url);
	return rc;
}

/* The first code of either envelope of errors, or NULL. */
static const char *
code_of(const json_t *root)
{
	const json_t *fail = json_array_get(json_object_get(root, "fail"), 0);
	const json_t *first =
	    json_array_get(json_object_get(fail, "errors"), 0);

	return json_string_value(json_object_get(first ? first : fail, "code"));
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* May what the service names be asked? */
static int
check_url(const char *url, const struct region_source *s, struct err *e)
{
	char host[300];

	if (strlen(url) > 200 || !http_host(url, host) || strchr(url, '?') ||
	    strchr(url, '#'))
		return err_set(e, ERR_DENIED,
		    "the service names a region without a proper URL: give "
		    "base_url");
	if (http_is_loopback(s->discovery_url) && !http_is_loopback(url))
		return err_set(e, ERR_DENIED,
		    "a loopback host names %s, which is none", host);
	if (!begins(url, "https://") && !http_is_loopback(url))
		return err_set(e, ERR_DENIED,
		    "the service names %s without https: give base_url", host);
	return 0;
}

static void
take_url(struct search *q, const char *url, struct reply *r)
{
	size_t n = strlen(url);

	if (check_url(url, q->source, &r->err)) {
		r->kind = REPLY_STOP;
		return;
	}
	while (url[n - 1] == '/')
		n--;
	free(q->region->base_url);
	q->region->base_url = xasprintf("%.*s", (int)n, url);
}

static void
take(struct search *q, const struct http_answer *a, struct reply *r)
{
	json_t *root = json_loadb(a->body.data, a->body.len, 0, NULL);
	const json_t *first = json_array_get(json_object_get(root, "data"), 0);
	const char *url = json_string_value(
	    json_object_get(json_object_get(first, "region"), "api"));
	const char *code = code_of(root);

	if (url) {
		take_url(q, url, r);
	} else if (code && strcmp(code, "err_developer_key") == 0) {
		r->kind = REPLY_DOUBTED;
		err_set(&r->err, ERR_AUTH,
		    "err_developer_key: the service does not accept the "
		    "application: check app_id_file");
	} else if (code || !first) {
		r->kind = REPLY_AGAIN;
		err_set(&r->err, ERR_RETRY, "the answer names no region%s%.60s",
		    code ? ": " : "", code ? code : "");
	} else {
		r->kind = REPLY_STOP;
		err_set(&r->err, ERR_CONFIG,
		    "the service knows no region for the address: check "
		    "email, or give base_url");
	}
	json_decref(root);
}

static int
find_once(void *arg, const struct patience *p, struct reply *r, struct err *e)
{
	struct search *q = arg;
	struct http_answer *a = NULL;

	if (ask(q, patience_timeout_ms(p, TIMEOUT_MS), &a, e))
		return -1;
	q->region->requests++;
	q->region->server_date = reply_date(a);
	reply_judge(r, a);
	if (r->kind == REPLY_GOOD)
		take(q, a, r);
	http_answer_free(a);
	return 0;
}

int
region_find(struct region *r, const struct region_source *s, struct patience *p,
    struct err *e)
{
	struct search q = { .region = r, .source = s };

	return insist(find_once, &q, "discovery", p, e);
}

static int
date_once(void *arg, const struct patience *p, struct reply *r, struct err *e)
{
	struct search *q = arg;
	struct http_answer *a = NULL;
	struct http_request request = {
		.method = "GET",
		.url = q->date_url,
		.answer_cap = ANSWER_CAP,
		.timeout_ms = patience_timeout_ms(p, TIMEOUT_MS),
	};

	if (http_call(q->source->http, &request, &a, e))
		return -1;
	q->region->requests++;
	q->region->server_date = reply_date(a);
	reply_judge(r, a);
	/* Whatever else it says, it says when. */
	if (q->region->server_date)
		*r = (struct reply){ .kind = REPLY_GOOD };
	http_answer_free(a);
	return 0;
}

int
region_ask_date(struct region *r, struct http *http, const char *base_url,
    struct patience *p, struct err *e)
{
	struct region_source s = { .http = http };
	char *url = xasprintf("%s/", base_url);
	struct search q = { .region = r, .source = &s, .date_url = url };
	int rc = insist(date_once, &q, "clock", p, e);

	free(url);
	return rc;
}

void
region_free(struct region *r)
{
	free(r->base_url);
	*r = (struct region){ 0 };
}
