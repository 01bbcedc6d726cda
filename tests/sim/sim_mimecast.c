/* The simulator of Mimecast: the front ends of API 1.0 and API 2.0. */
#include "answer.h"
#include "bearer.h"
#include "die.h"
#include "event.h"
#include "generate.h"
#include "ledger.h"
#include "option.h"
#include "page.h"
#include "query.h"
#include "recordfile.h"
#include "server.h"
#include "signature.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char JSON_TYPE[] = "application/json";
static const char FORM_TYPE[] = "application/x-www-form-urlencoded";

struct options {
	struct server_options server;
	const char *client_id, *client_secret_file;
	const char *app_id, *app_key_file, *access_key_file, *secret_key_file;
	const char *roles;
	int64_t token_life_s, retention_s, page_max;
	int64_t seed, records, start, from, to;
	bool to_inclusive, newest_first, list, print_span;
};

struct mimecast {
	const struct options *options;
	char *client_secret; /* owned; NULL: any will do */
	struct signature_keys keys;
	struct bearer_table bearers;
	struct event_set events;
	struct buf *texts; /* owned; of the record files */
	size_t files;
	struct page_source source;
	uint64_t calls;
};

static void
refused(struct answer *a, const struct request *q, const char *code)
{
	ledger_text(&a->lines, "refused");
	ledger_number(&a->lines, a->status);
	ledger_text(&a->lines, q->path);
	ledger_text(&a->lines, code);
	ledger_end(&a->lines);
}

static void
refuse(struct answer *a, const struct request *q, unsigned status,
    const char *code, const char *message)
{
	answer_fail(a, status, code, message);
	refused(a, q, code);
}

static void
refuse_flat(struct answer *a, const struct request *q, unsigned status,
    const char *code, const char *message)
{
	answer_flat_fail(a, status, code, message);
	refused(a, q, code);
}

static bool
form_is(const struct request *q, const char *name, const char *want)
{
	struct buf value = { 0 };
	bool same;

	same = bearer_form(&value, q->body, q->size, name) == 1 &&
	    (!want || strcmp(buf_cstr(&value), want) == 0);
	buf_free(&value);
	return same;
}

static void
answer_token(struct mimecast *m, const struct request *q, struct answer *a)
{
	const struct options *o = m->options;
	int64_t expires = q->now + o->token_life_s;

	if (!request_has_type(q, FORM_TYPE)) {
		refuse_flat(a, q, 400, "InvalidRequest", "Content-Type");
		return;
	}
	if (!form_is(q, "grant_type", "client_credentials")) {
		refuse_flat(a, q, 400, "UnsupportedGrantType", "grant_type");
		return;
	}
	if (!form_is(q, "client_id", o->client_id) ||
	    !form_is(q, "client_secret", m->client_secret)) {
		refuse_flat(a, q, 401, "InvalidClientIdentifier",
		    "Client credentials are invalid");
		return;
	}
	buf_printf(&a->body,
	    "{\"access_token\":\"%s\",\"token_type\":\"Bearer\","
	    "\"expires_in\":%lld,\"scope\":\"\"}",
	    bearer_issue(&m->bearers, expires), (long long)o->token_life_s);
	ledger_text(&a->lines, "token");
	ledger_time(&a->lines, expires);
	ledger_end(&a->lines);
}

/* The address asked about: data[0].emailAddress, or NULL. */
static const char *
address_of(const json_t *root)
{
	const json_t *data = json_object_get(root, "data");

	return json_string_value(
	    json_object_get(json_array_get(data, 0), "emailAddress"));
}

static void
answer_discovery(const struct request *q, struct answer *a)
{
	json_t *root = json_loadb(q->body, q->size, 0, NULL);
	const char *wrong = signature_headers(q);
	const char *address = address_of(root);
	struct buf base = { 0 };

	if (!wrong && !request_has_type(q, JSON_TYPE))
		wrong = "Content-Type is not application/json";
	if (!wrong && !address)
		wrong = "data[0].emailAddress is missing";
	if (wrong) {
		refuse(a, q, 400, "err_validation", wrong);
		goto out;
	}
	request_base(q, &base);
	buf_text(&a->body,
	    "{\"meta\":{\"status\":200},\"data\":[{"
	    "\"authenticate\":[\"Basic-Cloud\"],"
	    "\"emailAddress\":");
	buf_json(&a->body, address);
	/* An address that the service does not know has no region. */
	if (strncmp(address, "unknown@", 8) != 0) {
		buf_text(&a->body, ",\"region\":{\"code\":\"sim\",\"api\":");
		buf_json(&a->body, base.bytes);
		buf_byte(&a->body, '}');
	}
	buf_text(&a->body, "}],\"fail\":[]}");
	ledger_text(&a->lines, "discovery");
	ledger_end(&a->lines);
out:
	json_decref(root);
	buf_free(&base);
}

/* API 1.0; true if the call may go on. */
static bool
check_signature(struct mimecast *m, const struct request *q, struct answer *a)
{
	const char *wrong = signature_headers(q);

	if (wrong) {
		refuse(a, q, 400, "err_validation", wrong);
		return false;
	}
	if (strcmp(request_header(q, "x-mc-app-id"), m->keys.app_id) != 0) {
		refuse(a, q, 200, "err_developer_key", "Invalid app id");
		return false;
	}
	if (!signature_good(&m->keys, q)) {
		refuse(a, q, 401, "err_xdk_invalid_signature",
		    "0004 Invalid Signature");
		return false;
	}
	return true;
}

/* API 2.0; true if the call may go on. */
static bool
check_bearer(struct mimecast *m, const struct request *q, struct answer *a)
{
	switch (bearer_check(&m->bearers, q)) {
	case BEARER_GOOD:
		return true;
	case BEARER_EXPIRED:
		refuse_flat(
		    a, q, 401, "token_expired", "The access token has expired");
		return false;
	case BEARER_UNKNOWN:
		refuse_flat(a, q, 401, "token_verification_failed",
		    "The access token could not be verified");
		return false;
	default:
		refuse_flat(
		    a, q, 401, "Unauthorized Request", "No access token");
		return false;
	}
}

static bool
check_caller(struct mimecast *m, const struct request *q, struct answer *a)
{
	const char *authorization = request_header(q, "Authorization");

	if (m->keys.app_id && authorization &&
	    strncmp(authorization, "MC ", 3) == 0)
		return check_signature(m, q, a);
	return check_bearer(m, q, a);
}

static bool
granted(const char *roles, enum log log)
{
	const char *name = log_name(log);
	size_t n = strlen(name), span;

	for (const char *p = roles; *p; p += span + (p[span] == ',')) {
		span = strcspn(p, ",");
		if (span == n && memcmp(p, name, n) == 0)
			return true;
	}
	return false;
}

static void
put_limits(struct mimecast *m, struct answer *a)
{
	char left[24];

	snprintf(
	    left, sizeof(left), "%u", (unsigned)(300 - m->calls++ % 300 - 1));
	answer_header(a, "x-ratelimit-limit", "300");
	answer_header(a, "x-ratelimit-remaining", left);
}

static void
answer_logs(
    struct mimecast *m, enum log log, const struct request *q, struct answer *a)
{
	struct query query = { .log = log };
	char message[QUERY_MESSAGE];
	const char *code;

	put_limits(m, a);
	if (!check_caller(m, q, a))
		return;
	if (!granted(m->options->roles, log)) {
		refuse_flat(a, q, 403, "app_forbidden",
		    "The application has no role for this log");
		return;
	}
	if (!request_has_type(q, JSON_TYPE)) {
		refuse(a, q, 400, "err_validation",
		    "Content-Type is not application/json");
		return;
	}
	if (query_parse(
		&query, q->body, q->size, m->options->page_max, message)) {
		refuse(a, q, 400, "err_validation", message);
	} else {
		code = page_answer(&m->source, &query, q, a);
		if (code)
			refused(a, q, code);
	}
	query_free(&query);
}

static void
handle(void *cls, const struct request *q, struct answer *a)
{
	struct mimecast *m = cls;
	char path[64];

	if (strcmp(q->method, "POST") != 0) {
		refuse_flat(a, q, 405, "MethodNotAllowed", "use POST");
		return;
	}
	if (strcmp(q->path, "/oauth/token") == 0) {
		answer_token(m, q, a);
		return;
	}
	if (strcmp(q->path, "/api/login/discover-authentication") == 0) {
		answer_discovery(q, a);
		return;
	}
	for (int log = 0; log < LOG_COUNT; log++) {
		snprintf(path, sizeof(path), "/api/ttp/%s/get-logs",
		    log_name((enum log)log));
		if (strcmp(q->path, path) == 0) {
			answer_logs(m, (enum log)log, q, a);
			return;
		}
	}
	refuse_flat(a, q, 404, "NotFound", "no such path");
}

static void
load_events(struct mimecast *m, char **files, size_t count)
{
	const struct options *o = m->options;
	uint32_t number = (uint32_t)(o->start + o->records);
	struct generate_plan plan = { .seed = (uint64_t)o->seed,
		.start = (uint32_t)o->start,
		.records = (uint32_t)o->records,
		.from = o->from,
		.to = o->to };

	if (o->start < 0 || o->records < 0 || o->start > INT32_MAX ||
	    o->records > INT32_MAX)
		die(DIE_USAGE, "--start, --records: out of range");
	if (o->records > 0 && o->from >= o->to)
		die(DIE_USAGE, "--records needs --from before --to");
	generate_events(&m->events, &plan);
	m->texts = calloc(count + 1, sizeof(m->texts[0]));
	if (!m->texts)
		die(DIE_IO, "out of memory");
	m->files = count;
	for (size_t i = 0; i < count; i++)
		recordfile_load(&m->events, files[i], &m->texts[i], &number);
	event_seal(&m->events);
	m->source.events = &m->events;
	m->source.retention_s = o->retention_s;
	m->source.to_inclusive = o->to_inclusive;
	m->source.newest_first = o->newest_first;
}

static void
list_event(struct mimecast *m, const struct event *e, struct buf *out)
{
	page_record_line(&m->source, e, out);
	/* What was meant and what is judged are two opinions. */
	if (!e->text &&
	    generate_kind(m->events.seed, e) != m->source.scratch.kind)
		die(DIE_BUG, "event %u is not what it was meant to be: %s",
		    (unsigned)e->number, buf_cstr(&m->source.text));
	fwrite(out->bytes, 1, out->size, stdout);
	buf_clear(out);
}

static void
list_events(struct mimecast *m)
{
	const struct event_set *s = &m->events;
	struct buf out = { 0 };

	for (int log = 0; log < LOG_COUNT; log++) {
		for (size_t i = 0; i < s->list[log].count; i++)
			list_event(m, &s->list[log].row[i], &out);
	}
	for (size_t i = 0; i < s->wholes; i++) {
		for (size_t k = 0; k < s->whole[i].inners; k++)
			list_event(m, &s->whole[i].inner[k], &out);
	}
	buf_free(&out);
}

static void
print_span(const struct mimecast *m)
{
	int64_t first, last;

	if (!event_span(&m->events, &first, &last))
		die(DIE_DATA, "no events");
	printf("span %lld %lld\n", (long long)first, (long long)last);
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
		{ "--client-id", OPTION_TEXT, &o->client_id },
		{ "--client-secret-file", OPTION_TEXT, &o->client_secret_file },
		{ "--app-id", OPTION_TEXT, &o->app_id },
		{ "--app-key-file", OPTION_TEXT, &o->app_key_file },
		{ "--access-key-file", OPTION_TEXT, &o->access_key_file },
		{ "--secret-key-file", OPTION_TEXT, &o->secret_key_file },
		{ "--token-life", OPTION_NUMBER, &o->token_life_s },
		{ "--roles", OPTION_TEXT, &o->roles },
		{ "--seed", OPTION_NUMBER, &o->seed },
		{ "--records", OPTION_NUMBER, &o->records },
		{ "--start", OPTION_NUMBER, &o->start },
		{ "--from", OPTION_NUMBER, &o->from },
		{ "--to", OPTION_NUMBER, &o->to },
		{ "--page-max", OPTION_NUMBER, &o->page_max },
		{ "--retention", OPTION_NUMBER, &o->retention_s },
		{ "--to-inclusive", OPTION_FLAG, &o->to_inclusive },
		{ "--newest-first", OPTION_FLAG, &o->newest_first },
		{ "--list", OPTION_FLAG, &o->list },
		{ "--print-span", OPTION_FLAG, &o->print_span },
		{ NULL, OPTION_FLAG, NULL },
	};

	return option_parse(rows, argc, argv);
}

static void
load_keys(struct mimecast *m)
{
	const struct options *o = m->options;

	if (o->client_secret_file)
		m->client_secret = option_secret(o->client_secret_file);
	if (!o->app_id)
		return;
	if (!o->app_key_file || !o->access_key_file || !o->secret_key_file)
		die(DIE_USAGE,
		    "--app-id needs --app-key-file, "
		    "--access-key-file and --secret-key-file");
	signature_load(&m->keys, o->app_id, o->app_key_file, o->access_key_file,
	    o->secret_key_file);
}

static void
mimecast_free(struct mimecast *m)
{
	record_free(&m->source.scratch);
	buf_free(&m->source.text);
	event_free(&m->events);
	for (size_t i = 0; i < m->files; i++)
		buf_free(&m->texts[i]);
	free(m->texts);
	signature_free(&m->keys);
	free(m->client_secret);
	free(m);
}

int
main(int argc, char **argv)
{
	struct options o = { .server = { .clock = -1, .handle = handle },
		.client_id = "client",
		.roles = "url,attachment,impersonation",
		.token_life_s = 1799,
		.retention_s = (int64_t)30 * 86400,
		.page_max = 500,
		.seed = 1 };
	struct mimecast *m = calloc(1, sizeof(*m));
	int operand = parse(&o, argc, argv);

	if (!m)
		die(DIE_IO, "out of memory");
	m->options = &o;
	load_keys(m);
	load_events(m, argv + operand, (size_t)(argc - operand));
	o.server.cls = m;
	if (o.print_span)
		print_span(m);
	else if (o.list)
		list_events(m);
	else
		server_run(&o.server);
	mimecast_free(m);
	return 0;
}
