#include "mimecast.h"
#include "buf.h"
#include "cli.h"
#include "clock.h"
#include "config.h"
#include "err.h"
#include "http.h"
#include "mem.h"
#include "region.h"
#include "secret.h"
#include "signature.h"
#include "text.h"
#include "timestamp.h"
#include "token.h"
#include "window.h"

#include <stdlib.h>
#include <string.h>

struct mimecast {
	const struct config_mimecast *config;
	struct http *http;
	char host[300];
	const char *base_url; /* of the configuration or region; or NULL */
	struct region region; /* API 1.0 */
	char *client_id; /* API 2.0 */
	char *client_secret;
	struct token token;
	char *app_id; /* API 1.0 */
	char *app_key;
	char *access_key;
	char *secret_key;
	int64_t requests;
};

static int
read_secrets(struct mimecast *m, struct err *e)
{
	const struct config_mimecast *c = m->config;

	if (c->api == CONFIG_API_2)
		return secret_read(&m->client_id, c->client_id_file, e) ||
			secret_read(&m->client_secret, c->client_secret_file, e)
		    ? -1
		    : 0;
	return secret_read(&m->app_id, c->app_id_file, e) ||
		secret_read(&m->app_key, c->app_key_file, e) ||
		secret_read(&m->access_key, c->access_key_file, e) ||
		secret_read(&m->secret_key, c->secret_key_file, e)
	    ? -1
	    : 0;
}

/* NULL: it is to be discovered. */
static void
set_base_url(struct mimecast *m, const char *base_url)
{
	m->base_url = base_url;
	http_host(base_url ? base_url : m->config->discovery_url, m->host);
}

int
mimecast_open(
    struct mimecast **out, const struct config_mimecast *c, struct err *e)
{
	struct http_options opt = {
		.ca_file = c->ca_file,
		.parallel = (long)c->parallel,
		.give_up = cli_stopping,
	};
	struct mimecast *m = xcalloc(1, sizeof *m);
	int rc = -1;

	m->config = c;
	set_base_url(m, c->base_url);
	if (read_secrets(m, e) || http_open(&m->http, &opt, e))
		goto out;
	*out = m;
	m = NULL;
	rc = 0;
out:
	mimecast_close(m);
	return rc;
}

void
mimecast_close(struct mimecast *m)
{
	if (!m)
		return;
	token_forget(&m->token);
	secret_free(m->client_id);
	secret_free(m->client_secret);
	secret_free(m->app_id);
	secret_free(m->app_key);
	secret_free(m->access_key);
	secret_free(m->secret_key);
	http_close(m->http);
	region_free(&m->region);
	free(m);
}

const char *
mimecast_host(const struct mimecast *m)
{
	return m->host;
}

bool
mimecast_ready(const struct mimecast *m)
{
	return m->config->api == CONFIG_API_1 || token_is_good(&m->token);
}

int64_t
mimecast_generation(const struct mimecast *m)
{
	return m->token.generation;
}

void
mimecast_distrust(struct mimecast *m, int64_t generation)
{
	if (generation == m->token.generation)
		token_forget(&m->token);
}

int64_t
mimecast_requests(const struct mimecast *m)
{
	return m->requests + m->token.requests + m->region.requests;
}

int
mimecast_locate(
    struct mimecast *m, struct patience *p, int64_t *server_date, struct err *e)
{
	struct region_source source = {
		.http = m->http,
		.discovery_url = m->config->discovery_url,
		.email = m->config->email,
		.app_id = m->app_id,
	};

	*server_date = 0;
	if (m->config->api == CONFIG_API_2)
		return 0;
	if (m->base_url) {
		if (region_ask_date(&m->region, m->http, m->base_url, p, e))
			return err_add(e, "clock");
	} else {
		if (region_find(&m->region, &source, p, e))
			return err_add(e, "discovery");
		set_base_url(m, m->region.base_url);
	}
	*server_date = m->region.server_date;
	return 0;
}

int
mimecast_renew(
    struct mimecast *m, struct patience *p, int64_t *server_date, struct err *e)
{
	struct token_source source = {
		.http = m->http,
		.base_url = m->base_url,
		.client_id = m->client_id,
		.client_secret = m->client_secret,
	};

	if (m->config->api == CONFIG_API_1)
		return 0;
	if (token_renew(&m->token, &source, p, e))
		return err_add(e, "token");
	*server_date = m->token.server_date;
	return 0;
}

void
mimecast_page_request(struct buf *out, const struct window *w)
{
	const char *filter = ttp_log(w->log)->filter;
	char from[TIMESTAMP_SIZE], to[TIMESTAMP_SIZE];

	buf_printf(out, "{\"meta\":{\"pagination\":{\"pageSize\":%lld",
	    (long long)w->page_size);
	if (w->next_token) {
		buf_puts(out, ",\"pageToken\":");
		text_put_json(out, w->next_token, strlen(w->next_token));
	}
	buf_printf(out,
	    "}},\"data\":[{\"oldestFirst\":true,\"from\":\"%s\",\"to\":\"%s\"",
	    timestamp_mimecast(w->from_at, from),
	    timestamp_mimecast(w->to_at, to));
	if (filter)
		buf_printf(out, ",\"route\":\"all\",\"%s\":\"all\"", filter);
	buf_puts(out, "}]}");
}

enum { HEADERS = 8 };

static int
put_signature(struct mimecast *m, const char *path, char *headers[HEADERS],
    char id[MIMECAST_ID_SIZE], struct err *e)
{
	struct signature s;

	if (!signature_make(&s, clock_now(), path, m->app_key, m->secret_key))
		return err_set(
		    e, ERR_CONFIG, "secret_key_file: it holds no base64");
	headers[2] =
	    xasprintf("Authorization: MC %s:%s", m->access_key, s.text);
	headers[3] = xasprintf("x-mc-app-id: %s", m->app_id);
	headers[4] = xasprintf("x-mc-date: %s", s.date);
	headers[5] = xasprintf("x-mc-req-id: %s", s.id);
	memcpy(id, s.id, MIMECAST_ID_SIZE);
	return 0;
}

int
mimecast_ask(struct mimecast *m, enum ttp log, const struct buf *body,
    int64_t timeout_ms, void *owner, char id[MIMECAST_ID_SIZE], struct err *e)
{
	const char *path = ttp_log(log)->path;
	char *url = xasprintf("%s%s", m->base_url, path);
	char *headers[HEADERS] = {
		xstrdup("Content-Type: application/json"),
		xstrdup("Accept: application/json"),
	};
	struct http_request r = {
		.method = "POST",
		.url = url,
		.headers = (const char *const *)headers,
		.body = body->data,
		.body_len = body->len,
		.answer_cap = (size_t)m->config->page_bytes,
		.timeout_ms = timeout_ms,
	};
	int rc = 0;

	id[0] = '\0';
	if (m->config->api == CONFIG_API_1)
		rc = put_signature(m, path, headers, id, e);
	else
		headers[2] =
		    xasprintf("Authorization: Bearer %s", m->token.text);
	if (rc == 0)
		rc = http_start(m->http, &r, owner, e);
	m->requests += rc == 0;
	for (int i = 0; headers[i]; i++) {
		secret_wipe(headers[i], strlen(headers[i]));
		free(headers[i]);
	}
	free(url);
	return rc;
}

int
mimecast_wait(struct mimecast *m, int64_t timeout_ms, struct http_answer **out,
    void **owner, struct err *e)
{
	return http_wait(m->http, timeout_ms, out, owner, e);
}
