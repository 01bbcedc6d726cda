/* The simulator of a receiver of alerts: an ingest URL, or Sophos Central. */
#include "answer.h"
#include "batch.h"
#include "bearer.h"
#include "die.h"
#include "digest.h"
#include "ledger.h"
#include "moment.h"
#include "option.h"
#include "server.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char TENANT[] = "57ca9a6b-885f-4e36-95ec-290548c26059";

struct options {
	struct server_options server;
	const char *header, *key_file;
	const char *path; /* NULL: any */
	const char *oauth;
	const char *id_type;
	int64_t token_life_s;
	bool idempotent, accept_none;
	struct option_list refuse_id, refuse_match;
};

/* A batch that was accepted under its key. */
struct accepted {
	char key[DIGEST_HEX];
	char digest[DIGEST_HEX];
};

struct sophos {
	const struct options *options;
	char *key; /* owned; NULL: no header is asked for */
	char *client_id; /* owned; NULL: no OAuth */
	char *client_secret; /* owned */
	struct bearer_table bearers;
	struct accepted *accepted; /* owned; searched from the newest */
	size_t count;
	int64_t requests;
};

/* A request for the data path on its way to an answer. */
struct delivery {
	const struct request *request;
	const char *key; /* Idempotency-Key, or "" */
	char digest[DIGEST_HEX];
	struct batch batch;
};

static void
refuse(struct answer *a, const struct request *q, unsigned status,
    const char *code, const char *message)
{
	char iso[MOMENT_SIZE];

	moment_iso(q->now, iso);
	a->status = status;
	buf_clear(&a->body);
	buf_text(&a->body, "{\"error\":");
	buf_json(&a->body, code);
	buf_text(&a->body, ",\"message\":");
	buf_json(&a->body, message);
	buf_printf(&a->body,
	    ",\"correlationId\":\"%s\",\"code\":%u,\"createdAt\":\"%s\","
	    "\"requestId\":\"%s\",\"docUrl\":\"https://docs.example/%u\"}",
	    q->id, status, iso, q->id, status);
	ledger_text(&a->lines, "refused");
	ledger_number(&a->lines, status);
	ledger_text(&a->lines, q->path);
	ledger_text(&a->lines, code);
	ledger_end(&a->lines);
}

static void
misuse(struct answer *a, const char *what, const char *key)
{
	ledger_text(&a->lines, "misuse");
	ledger_text(&a->lines, what);
	ledger_text(&a->lines, key);
	ledger_end(&a->lines);
}

static bool
form_is(const struct request *q, const char *name, const char *want)
{
	struct buf value = { 0 };
	bool same;

	same = bearer_form(&value, q->body, q->size, name) == 1 &&
	    strcmp(buf_cstr(&value), want) == 0;
	buf_free(&value);
	return same;
}

static void
answer_token(struct sophos *s, const struct request *q, struct answer *a)
{
	int64_t life = s->options->token_life_s;

	if (!request_has_type(q, "application/x-www-form-urlencoded") ||
	    !form_is(q, "grant_type", "client_credentials") ||
	    !form_is(q, "scope", "token")) {
		refuse(a, q, 400, "oauth.invalid_request", "malformed");
		return;
	}
	if (!form_is(q, "client_id", s->client_id) ||
	    !form_is(q, "client_secret", s->client_secret)) {
		refuse(
		    a, q, 401, "oauth.invalid_client_secret", "Unauthorized");
		buf_clear(&a->body);
		buf_printf(&a->body,
		    "{\"errorCode\":\"oauth.invalid_client_secret\","
		    "\"message\":\"Unauthorized\",\"trackingId\":\"%s\"}",
		    q->id);
		return;
	}
	buf_printf(&a->body,
	    "{\"access_token\":\"%s\",\"token_type\":\"bearer\","
	    "\"expires_in\":%lld,\"errorCode\":\"success\","
	    "\"message\":\"OK\",\"trackingId\":\"%s\"}",
	    bearer_issue(&s->bearers, q->now + life), (long long)life, q->id);
	ledger_text(&a->lines, "token");
	ledger_time(&a->lines, q->now + life);
	ledger_end(&a->lines);
}

static bool
check_bearer(struct sophos *s, const struct request *q, struct answer *a)
{
	if (bearer_check(&s->bearers, q) == BEARER_GOOD)
		return true;
	refuse(a, q, 401, "Unauthorized", "the access token is not valid");
	return false;
}

static void
answer_whoami(struct sophos *s, const struct request *q, struct answer *a)
{
	const char *type = s->options->id_type;
	struct buf base = { 0 };

	if (!check_bearer(s, q, a))
		return;
	request_base(q, &base);
	buf_printf(&a->body,
	    "{\"id\":\"%s\",\"idType\":\"%s\",\"apiHosts\":{\"global\":",
	    TENANT, type);
	buf_json(&a->body, base.bytes);
	/* Partners and organizations have no region of their own. */
	if (strcmp(type, "tenant") == 0) {
		buf_text(&a->body, ",\"dataRegion\":");
		buf_json(&a->body, base.bytes);
	}
	buf_text(&a->body, "}}");
	ledger_text(&a->lines, "whoami");
	ledger_end(&a->lines);
	buf_free(&base);
}

static bool
check_caller(struct sophos *s, const struct request *q, struct answer *a)
{
	const char *value;

	if (s->key) {
		value = request_header(q, s->options->header);
		if (!value || strcmp(value, s->key) != 0) {
			refuse(a, q, 401, "Unauthorized", "wrong key");
			return false;
		}
	}
	if (!s->client_id)
		return true;
	if (!check_bearer(s, q, a))
		return false;
	value = request_header(q, "X-Tenant-ID");
	if (!value || strcmp(value, TENANT) != 0) {
		refuse(a, q, 403, "Forbidden", "wrong X-Tenant-ID");
		return false;
	}
	return true;
}

static const struct accepted *
find_accepted(const struct sophos *s, const char *key)
{
	for (size_t i = s->count; i-- > 0;) {
		if (strcmp(s->accepted[i].key, key) == 0)
			return &s->accepted[i];
	}
	return NULL;
}

static void
remember(struct sophos *s, const struct delivery *d)
{
	struct accepted *row;

	s->accepted =
	    realloc(s->accepted, (s->count + 1) * sizeof(s->accepted[0]));
	if (!s->accepted)
		die(DIE_IO, "out of memory");
	row = &s->accepted[s->count++];
	snprintf(row->key, sizeof(row->key), "%s", d->key);
	memcpy(row->digest, d->digest, sizeof(row->digest));
}

static bool
is_refused(const struct options *o, const struct delivery *d)
{
	for (size_t i = 0; i < o->refuse_id.count; i++) {
		if (batch_has_id(&d->batch, o->refuse_id.at[i]))
			return true;
	}
	for (size_t i = 0; i < o->refuse_match.count; i++) {
		if (strstr(d->request->body, o->refuse_match.at[i]))
			return true;
	}
	return false;
}

/* The receiver that knows its keys: true if the answer is made. */
static bool
answer_again(const struct sophos *s, const struct delivery *d, struct answer *a)
{
	const struct accepted *before = find_accepted(s, d->key);

	if (!before)
		return false;
	if (strcmp(before->digest, d->digest) != 0) {
		misuse(a, "key of another batch", d->key);
		refuse(a, d->request, 409, "Conflict",
		    "the key belongs to another batch");
		return true;
	}
	ledger_text(&a->lines, "repeat");
	ledger_text(&a->lines, d->key);
	ledger_end(&a->lines);
	buf_text(&a->body, "{\"accepted\":0,\"repeat\":true}");
	return true;
}

static void
accept_batch(struct sophos *s, const struct delivery *d, struct answer *a)
{
	a->status = 202;
	buf_printf(&a->body, "{\"accepted\":%zu}", d->batch.count);
	if (s->options->idempotent)
		remember(s, d);
}

/* The digest of the body, or of the body and a generation behind it. */
static bool
is_key(const struct delivery *d)
{
	const struct request *q = d->request;
	char digest[DIGEST_HEX];
	struct buf text = { 0 };
	bool same = strcmp(d->key, d->digest) == 0;

	for (char digit = '1'; digit <= '9' && !same; digit++) {
		buf_clear(&text);
		buf_put(&text, q->body, q->size);
		buf_put(&text, &digit, 1);
		digest_sha256(text.bytes, text.size, digest);
		same = strcmp(d->key, digest) == 0;
	}
	buf_free(&text);
	return same;
}

/* Decides; true if the batch was taken. */
static bool
receive(struct sophos *s, struct delivery *d, struct answer *a)
{
	const struct request *q = d->request;
	char message[BATCH_MESSAGE];

	if (strcmp(q->method, "POST") != 0) {
		refuse(a, q, 405, "MethodNotAllowed", "use POST");
		return false;
	}
	if (!check_caller(s, q, a))
		return false;
	if (s->options->accept_none) {
		refuse(a, q, 403, "Forbidden", "nothing is accepted");
		return false;
	}
	if (s->options->idempotent && answer_again(s, d, a))
		return false;
	if (!is_key(d)) {
		misuse(a, "Idempotency-Key is not the digest", d->key);
		refuse(a, q, 400, "BadRequest",
		    "Idempotency-Key is not that of the body");
		return false;
	}
	if (batch_parse(&d->batch, q->body, q->size, message)) {
		refuse(a, q, 400, "BadRequest", message);
		return false;
	}
	if (is_refused(s->options, d)) {
		refuse(a, q, 422, "UnprocessableEntity", "a refused alert");
		return false;
	}
	accept_batch(s, d, a);
	return true;
}

static void
answer_batch(struct sophos *s, const struct request *q, struct answer *a)
{
	struct delivery d = { .request = q };
	struct buf *lines = &a->lines;
	bool taken;

	d.key = request_header(q, "Idempotency-Key");
	if (!d.key)
		d.key = "";
	digest_sha256(q->body, q->size, d.digest);
	s->requests++;
	taken = receive(s, &d, a);
	ledger_text(lines, "request");
	ledger_number(lines, s->requests);
	ledger_number(lines, a->status);
	ledger_text(lines, d.key);
	ledger_text(lines, d.digest);
	ledger_number(lines, (int64_t)d.batch.count);
	ledger_number(lines, (int64_t)q->size);
	ledger_end(lines);
	if (taken)
		batch_lines(&d.batch, lines);
	batch_free(&d.batch);
}

static void
handle(void *cls, const struct request *q, struct answer *a)
{
	struct sophos *s = cls;
	const char *path = s->options->path;

	if (s->client_id && strcmp(q->method, "POST") == 0 &&
	    strcmp(q->path, "/api/v2/oauth2/token") == 0)
		answer_token(s, q, a);
	else if (s->client_id && strcmp(q->method, "GET") == 0 &&
	    strcmp(q->path, "/whoami/v1") == 0)
		answer_whoami(s, q, a);
	else if (path && strcmp(q->path, path) != 0)
		refuse(a, q, 404, "NotFound", "no such path");
	else
		answer_batch(s, q, a);
}

static int
parse(struct options *o, int argc, char **argv)
{
	const struct option_row rows[] = {
		{ "--cert", OPTION_TEXT, &o->server.cert_file },
		{ "--key", OPTION_TEXT, &o->server.key_file },
		{ "--port", OPTION_NUMBER, &o->server.port },
		{ "-T", OPTION_NUMBER, &o->server.clock },
		{ "--ledger", OPTION_TEXT, &o->server.ledger_file },
		{ "--faults", OPTION_TEXT, &o->server.faults_file },
		{ "--header", OPTION_TEXT, &o->header },
		{ "--key-file", OPTION_TEXT, &o->key_file },
		{ "--path", OPTION_TEXT, &o->path },
		{ "--oauth", OPTION_TEXT, &o->oauth },
		{ "--id-type", OPTION_TEXT, &o->id_type },
		{ "--token-life", OPTION_NUMBER, &o->token_life_s },
		{ "--idempotent", OPTION_FLAG, &o->idempotent },
		{ "--accept-none", OPTION_FLAG, &o->accept_none },
		{ "--refuse-id", OPTION_LIST, &o->refuse_id },
		{ "--refuse-match", OPTION_LIST, &o->refuse_match },
		{ NULL, OPTION_FLAG, NULL },
	};

	return option_parse(rows, argc, argv);
}

static void
load_keys(struct sophos *s)
{
	const struct options *o = s->options;
	char *colon;

	if (!o->header != !o->key_file)
		die(DIE_USAGE, "--header and --key-file go together");
	if (o->key_file)
		s->key = option_secret(o->key_file);
	if (!o->oauth)
		return;
	s->client_id = strdup(o->oauth);
	if (!s->client_id)
		die(DIE_IO, "out of memory");
	colon = strchr(s->client_id, ':');
	if (!colon)
		die(DIE_USAGE, "--oauth wants CLIENT_ID:SECRET_FILE");
	*colon = '\0';
	s->client_secret = option_secret(colon + 1);
}

static void
sophos_free(struct sophos *s)
{
	free(s->key);
	free(s->client_id);
	free(s->client_secret);
	free(s->accepted);
	free(s);
}

int
main(int argc, char **argv)
{
	struct options o = { .server = { .clock = -1, .handle = handle },
		.id_type = "tenant",
		.token_life_s = 3600 };
	struct sophos *s = calloc(1, sizeof(*s));

	if (!s)
		die(DIE_IO, "out of memory");
	if (parse(&o, argc, argv) != argc)
		die(DIE_USAGE, "no operands are wanted");
	s->options = &o;
	load_keys(s);
	o.server.cls = s;
	server_run(&o.server);
	sophos_free(s);
	return 0;
}
