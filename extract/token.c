#include "token.h"
#include "buf.h"
#include "clock.h"
#include "err.h"
#include "http.h"
#include "insist.h"
#include "mem.h"
#include "patience.h"
#include "reply.h"
#include "secret.h"
#include "text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
	LIFE_S = 1799, /* where the answer does not say */
	EARLY_S = 60,
	ANSWER_CAP = 1 << 20,
	TIMEOUT_MS = 60000
};

bool
token_is_good(const struct token *t)
{
	return t->text && clock_now() < t->ends_at - EARLY_S;
}

void
token_forget(struct token *t)
{
	if (t->text)
		secret_wipe(t->text, strlen(t->text));
	free(t->text);
	t->text = NULL;
}

static void
put_form(struct buf *b, const char *name, const char *value)
{
	buf_puts(b, name);
	buf_putc(b, '=');
	text_put_form(b, value);
}

static int
take(struct token *t, const struct http_answer *a, struct err *e)
{
	json_t *root = json_loadb(a->body.data, a->body.len, 0, NULL);
	const char *token =
	    json_string_value(json_object_get(root, "access_token"));
	json_t *life = json_object_get(root, "expires_in");
	int64_t life_s =
	    json_is_integer(life) ? json_integer_value(life) : LIFE_S;
	int rc = -1;

	if (!token || !*token || !text_is_printable(token)) {
		err_set(e, ERR_RETRY, "the answer holds no access_token");
		goto out;
	}
	if (life_s <= EARLY_S || life_s > INT32_MAX)
		life_s = LIFE_S;
	token_forget(t);
	t->text = xstrdup(token);
	t->ends_at = clock_now() + life_s;
	t->generation++;
	rc = 0;
out:
	json_decref(root);
	return rc;
}

static int
ask(const struct token_source *s, int64_t timeout_ms,
    struct http_answer **answer, struct err *e)
{
	static const char *const headers[] = {
		"Content-Type: application/x-www-form-urlencoded",
		"Accept: application/json",
		NULL,
	};
	char *url = xasprintf("%s/oauth/token", s->base_url);
	struct buf form = { 0 };
	struct http_request r = {
		.method = "POST",
		.url = url,
		.headers = headers,
		.answer_cap = ANSWER_CAP,
		.timeout_ms = timeout_ms,
	};
	int rc;

	buf_reserve(&form, 32768); /* so that no copy is left behind */
	put_form(&form, "client_id", s->client_id);
	put_form(&form, "&client_secret", s->client_secret);
	put_form(&form, "&grant_type", "client_credentials");
	r.body = form.data;
	r.body_len = form.len;
	rc = http_call(s->http, &r, answer, e);
	secret_wipe(form.data, form.len);
	buf_free(&form);
	free(url);
	return rc;
}

struct renewal {
	struct token *token;
	const struct token_source *source;
};

static void
refuse(struct reply *r, int status)
{
	r->kind = REPLY_STOP;
	err_set(&r->err, ERR_AUTH,
	    "status %d: the service refuses the credentials: check "
	    "client_id_file and client_secret_file",
	    status);
}

/* Ask once.  A token that was got makes it REPLY_GOOD. */
static int
renew_once(void *arg, const struct patience *p, struct reply *r, struct err *e)
{
	struct renewal *n = arg;
	struct token *t = n->token;
	struct http_answer *a = NULL;

	if (ask(n->source, patience_timeout_ms(p, TIMEOUT_MS), &a, e))
		return -1;
	t->requests++;
	t->server_date = reply_date(a);
	reply_judge(r, a);
	if (r->kind == REPLY_GOOD && take(t, a, &r->err))
		r->kind = REPLY_AGAIN;
	else if (r->kind == REPLY_DOUBTED ||
	    (r->kind == REPLY_REFUSED && a->status == 400))
		refuse(r, a->status);
	if (a->body.data)
		secret_wipe(a->body.data, a->body.len);
	http_answer_free(a);
	return 0;
}

int
token_renew(struct token *t, const struct token_source *s, struct patience *p,
    struct err *e)
{
	struct renewal n = { t, s };

	return insist(renew_once, &n, "token", p, e);
}
