#include "reply.h"
#include "clock.h"
#include "http.h"
#include "timestamp.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t WAIT_MAX_MS = (int64_t)REPLY_WAIT_MAX_S * 1000;

enum { QUOTA_MS = 30000, QUOTA_MIN_MS = 100 };

/* Source: Mimecast's API 2.0, application roles (gathered 2026-11-24). */
static const char *const roles[TTP_COUNT] = {
	[TTP_URL] = "grant the application the role "
		    "Monitoring | URL Protection | Read",
	[TTP_ATTACHMENT] = "grant the application the role "
			   "Monitoring | Attachment Protection | Read",
	[TTP_IMPERSONATION] = "grant the application the role "
			      "Monitoring | Impersonation Protection | Read",
};

/* What the body says beside the status; "" where there is nothing. */
struct words {
	const char *code;
	const char *message;
	const char *denied; /* our advice on a 403 */
};

static bool
number(const char *text, int64_t *n)
{
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*n = strtoll(text, &end, 10);
	return *end == '\0' && errno == 0;
}

static int64_t
limit(int64_t ms)
{
	return ms > WAIT_MAX_MS ? WAIT_MAX_MS : ms;
}

/* Retry-After in milliseconds; 0: there is none. */
static int64_t
retry_after_ms(const struct http_answer *a)
{
	const char *text = http_header(a, "Retry-After");
	int64_t n;

	if (number(text, &n))
		return n > REPLY_WAIT_MAX_S ? WAIT_MAX_MS : n * 1000;
	if (text && timestamp_parse_http(text, &n) && n > clock_now())
		return n - clock_now() > REPLY_WAIT_MAX_S
		    ? WAIT_MAX_MS
		    : (n - clock_now()) * 1000;
	return 0;
}

static int64_t
quota_ms(const struct http_answer *a)
{
	int64_t ms;

	if (!number(http_header(a, "X-RateLimit-Reset"), &ms))
		ms = retry_after_ms(a);
	if (ms == 0 && !http_header(a, "X-RateLimit-Reset"))
		ms = QUOTA_MS;
	ms = limit(ms);
	return ms < QUOTA_MIN_MS ? QUOTA_MIN_MS : ms;
}

static void
set(struct reply *r, enum reply_kind kind, enum err_kind err, int status,
    const struct words *w, const char *advice)
{
	r->kind = kind;
	err_set(&r->err, err, "status %d%s%s%s%s%s%s", status,
	    *w->code ? " " : "", w->code, *w->message ? ": " : "", w->message,
	    *advice ? ": " : "", advice);
}

static void
judge_status(struct reply *r, const struct http_answer *a, int status,
    const struct words *w)
{
	if (status == 200) {
		r->kind = REPLY_GOOD;
	} else if (status == 418 ||
	    strcmp(w->code, "err_xdk_binding_expired") == 0) {
		set(r, REPLY_STOP, ERR_AUTH, status, w,
		    "the access key has expired: set the service user's "
		    "Authentication Cache TTL to Never Expires and make new "
		    "keys");
	} else if (status == 429) {
		set(r, REPLY_QUOTA, ERR_RETRY, status, w, "quota used up");
		r->wait_ms = quota_ms(a);
	} else if (status == 401) {
		set(r, REPLY_DOUBTED, ERR_AUTH, status, w,
		    "the service does not accept our authorization: check the "
		    "credentials");
	} else if (status == 403) {
		set(r, REPLY_STOP, ERR_DENIED, status, w, w->denied);
	} else if (status == 404) {
		set(r, REPLY_REFUSED, ERR_DENIED, status, w,
		    "there is no such call: check base_url");
	} else if (status >= 400 && status < 500 && status != 408) {
		set(r, REPLY_REFUSED, ERR_DENIED, status, w,
		    "the service refuses the request");
	} else {
		set(r, REPLY_AGAIN, ERR_RETRY, status, w, "");
		r->wait_ms = retry_after_ms(a);
	}
}

static void
judge_end(struct reply *r, const struct http_answer *a)
{
	switch (a->end) {
	case HTTP_UNTRUSTED:
		r->kind = REPLY_STOP;
		err_set(&r->err, ERR_DENIED,
		    "%s: its certificate is not accepted: check base_url and "
		    "ca_file",
		    a->detail);
		return;
	case HTTP_REDIRECT:
		r->kind = REPLY_STOP;
		err_set(&r->err, ERR_DENIED,
		    "%s: it is not followed: check base_url", a->detail);
		return;
	case HTTP_TOO_LARGE:
		r->kind = REPLY_TOO_LARGE;
		break;
	default:
		r->kind = REPLY_AGAIN;
		break;
	}
	err_set(&r->err, ERR_RETRY, "%s", a->detail);
}

void
reply_judge(struct reply *r, const struct http_answer *a)
{
	static const struct words none = { "", "",
		"the service refuses: ask its administrator" };

	*r = (struct reply){ 0 };
	if (a->end == HTTP_ANSWERED)
		judge_status(r, a, a->status, &none);
	else
		judge_end(r, a);
}

/* The words of a proxy or of a page that says "be back soon". */
static bool
is_html(const struct http_answer *a)
{
	const char *type = http_header(a, "Content-Type");
	const struct buf *b = &a->body;
	size_t i = 0;

	while (i < b->len && strchr(" \t\r\n", b->data[i]) && b->data[i])
		i++;
	return (i < b->len && b->data[i] == '<') ||
	    (type && strncmp(type, "text/html", 9) == 0);
}

static bool
is_doubt(const char *code)
{
	static const char *const codes[] = {
		"err_developer_key", /* known to come without a reason, too */
		"err_xdk_invalid_signature",
		"token_expired",
		"token_verification_failed",
		"Unauthorized Request",
		"InvalidClientIdentifier",
	};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return false;
}

/* A status of 200 that is no page. */
static void
judge_body(struct reply *r, const struct http_answer *a,
    const struct envelope *v, const struct words *w, const struct err *why)
{
	r->err = *why;
	r->err.kind = ERR_RETRY;
	if (is_html(a)) {
		r->kind = REPLY_AGAIN;
		err_set(&r->err, ERR_RETRY, "HTML came where JSON was due");
	} else if (why->kind == ERR_DATA) {
		r->kind = REPLY_UNREADABLE;
	} else if (v->status > 0 && v->status < 600 && v->status != 200) {
		judge_status(r, a, (int)v->status, w);
	} else if (is_doubt(w->code)) {
		set(r, REPLY_DOUBTED, ERR_AUTH, a->status, w,
		    "the service does not accept our authorization: check the "
		    "credentials");
	} else if (strcmp(w->code, "err_xdk_binding_expired") == 0) {
		judge_status(r, a, 418, w);
	} else {
		r->kind = REPLY_AGAIN;
	}
}

void
reply_judge_page(struct reply *r, struct envelope *v, struct scan *s,
    const struct http_answer *a, enum ttp log)
{
	struct words w = { v->code, v->message, roles[log] };
	struct err why = { 0 };
	int rc;

	*r = (struct reply){ .quota_left = -1 };
	*v = (struct envelope){ .total = -1, .records = -1 };
	number(http_header(a, "X-RateLimit-Remaining"), &r->quota_left);
	if (a->end != HTTP_ANSWERED) {
		judge_end(r, a);
		return;
	}
	rc = envelope_read(v, s, a->body.data, a->body.len, ttp_log(log), &why);
	if (a->status != 200)
		judge_status(r, a, a->status, &w);
	else if (rc)
		judge_body(r, a, v, &w, &why);
	else
		r->kind = REPLY_GOOD;
}

int64_t
reply_date(const struct http_answer *a)
{
	const char *text = http_header(a, "Date");
	int64_t at;

	return text && timestamp_parse_http(text, &at) ? at : 0;
}
