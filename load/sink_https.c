/* Sink type https: each batch one POST. */
#include "batch.h"
#include "buf.h"
#include "clock.h"
#include "config.h"
#include "err.h"
#include "format.h"
#include "http.h"
#include "mem.h"
#include "policy.h"
#include "result.h"
#include "secret.h"
#include "sink_type.h"
#include "sophos.h"
#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ANSWER_CAP = 1 << 20 };

struct https {
	const struct config_sink *config;
	struct http *http;
	struct digest *digest;
	char *auth; /* auth header: a whole header; else NULL */
	struct sophos *sophos; /* auth sophos; else NULL */
	bool renewed; /* the token was refused, and since then no other */
};

static void
close_https(void *conn)
{
	struct https *h = conn;

	if (!h)
		return;
	http_close(h->http);
	digest_close(h->digest);
	if (h->auth)
		secret_wipe(h->auth, strlen(h->auth));
	free(h->auth);
	sophos_close(h->sophos);
	free(h);
}

static int
read_auth(struct https *h, struct err *e)
{
	const struct config_sink *c = h->config;
	char *key = NULL;

	if (c->auth == CONFIG_AUTH_NONE)
		return 0;
	if (c->auth == CONFIG_AUTH_SOPHOS)
		return sophos_open(&h->sophos, c, e);
	if (secret_read(&key, c->key_file, e))
		return -1;
	h->auth = xasprintf("%s: %s", c->header, key);
	secret_free(key);
	return 0;
}

static int
open_https(void **out, const struct config_sink *c, struct err *e)
{
	const struct http_options opt = { .ca_file = c->ca_file,
		.client_cert_file = c->client_cert_file,
		.client_key_file = c->client_key_file };
	struct https *h = xcalloc(1, sizeof *h);

	h->config = c;
	if (read_auth(h, e) || digest_open(&h->digest, e) ||
	    http_open(&h->http, &opt, e)) {
		close_https(h);
		return -1;
	}
	*out = h;
	return 0;
}

/* In a header that lets us in: what must stay secret; "" if there is none. */
static const char *
secret_of(const char *header)
{
	static const char authorization[] = "Authorization:";
	const char *value, *scheme_end;

	if (!header)
		return "";
	value = strchr(header, ':') + 2;
	if (strncasecmp(header, authorization, strlen(authorization)) != 0)
		return value;
	scheme_end = strchr(value, ' ');
	return scheme_end ? scheme_end + 1 : value;
}

/* A receiver that echoes the request must not bring its secret here. */
static void
blot(struct buf *b, const char *secret)
{
	size_t len = strlen(secret);

	for (size_t i = 0; len && i + len <= b->len; i++)
		if (memcmp(b->data + i, secret, len) == 0)
			memset(b->data + i, '*', len);
}

/* What the sink sent, kept as text of one line. */
static void
keep_text(char *out, size_t size, const char *text, const char *secret)
{
	struct buf raw = { 0 };
	struct buf b = { 0 };
	size_t n = 0;

	buf_puts(&raw, text);
	blot(&raw, secret);
	text_put_visible(&b, raw.data, raw.len);
	while (n < b.len) {
		size_t len = text_utf8(b.data + n, b.len - n);

		if (n + len >= size)
			break;
		n += len;
	}
	if (n)
		memcpy(out, b.data, n);
	out[n] = '\0';
	buf_free(&b);
	buf_free(&raw);
}

/* The secret is blotted before anything is cut, or its head would be left. */
static void
read_answer(const struct https *h, struct http_answer *a, struct result *r)
{
	const char *secret =
	    secret_of(h->sophos ? sophos_bearer(h->sophos) : h->auth);
	const char *id = http_header(a, "X-Request-Id");

	policy_judge(
	    a->end, a->status, http_header(a, "Retry-After"), clock_now(), r);
	r->latency_ms = a->latency_ms;
	r->http_status = a->status;
	if (id)
		keep_text(r->request_id, sizeof r->request_id, id, secret);
	keep_text(r->detail, sizeof r->detail, a->detail, secret);
	digest_of(h->digest, a->body.data, a->body.len, r->body_digest);
	blot(&a->body, secret);
	r->body_start_len = a->body.len < sizeof r->body_start
	    ? a->body.len
	    : sizeof r->body_start;
	if (r->body_start_len)
		memcpy(r->body_start, a->body.data, r->body_start_len);
}

/* A token may be withdrawn before its time: one more is asked for. */
static void
doubt_token(struct https *h, struct result *r)
{
	bool refused = r->http_status == 401;

	if (refused)
		sophos_distrust(h->sophos);
	if (refused && !h->renewed) {
		r->next = RESULT_AGAIN;
		r->wait_ms = 0;
	}
	h->renewed = refused;
}

static int
post(struct https *h, const struct batch *b, const struct buf *body,
    int64_t timeout_ms, struct result *r, struct err *e)
{
	char type[64], key[32 + DIGEST_HEX_SIZE], hex[DIGEST_HEX_SIZE];
	const char *headers[5] = { type, key, h->auth };
	struct http_request request = { .method = "POST",
		.url = h->config->url,
		.headers = headers,
		.body = body->data,
		.body_len = body->len,
		.answer_cap = ANSWER_CAP,
		.timeout_ms = timeout_ms };
	struct http_answer *a = NULL;

	if (h->sophos) {
		request.url = sophos_url(h->sophos);
		headers[2] = sophos_bearer(h->sophos);
		headers[3] = sophos_tenant(h->sophos);
	}
	snprintf(type, sizeof type, "Content-Type: %s",
	    format_of(b->format)->content_type);
	snprintf(key, sizeof key, "Idempotency-Key: %s",
	    digest_hex(b->key, sizeof b->key, hex));
	if (http_call(h->http, &request, &a, e))
		return -1;
	read_answer(h, a, r);
	http_answer_free(a);
	return 0;
}

static int
send_https(void *conn, const struct batch *b, const struct buf *body,
    int64_t timeout_ms, struct result *r, struct err *e)
{
	struct https *h = conn;
	int64_t begun = clock_monotonic_ms();
	int in = 1;

	if (h->sophos && !sophos_signed_in(h->sophos))
		in = sophos_sign_in(h->sophos, h->http, timeout_ms, r, e);
	digest_of(h->digest, "", 0, r->body_digest);
	if (in != 1)
		return in;
	timeout_ms -= clock_monotonic_ms() - begun;
	if (post(h, b, body, timeout_ms, r, e))
		return -1;
	if (h->sophos)
		doubt_token(h, r);
	return 0;
}

const struct sink_type sink_https = {
	.open = open_https,
	.close = close_https,
	.send = send_https,
};
