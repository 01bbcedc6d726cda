#include "http.h"
#include "clock.h"
#include "err.h"
#include "mem.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

enum {
	HEADERS_CAP = 64 * 1024,
	CONNECT_TIMEOUT_MS = 30000,
	WAIT_MS = 250,
};

struct http_header {
	char *name;
	char *value;
};

struct exchange {
	struct exchange *next;
	CURL *easy;
	struct curl_slist *headers;
	struct http_answer *answer;
	void *owner;
	char *where; /* the URL as messages name it */
	size_t answer_cap;
	size_t head_bytes;
	bool head_over;
	bool head_whole; /* up to its empty line */
	bool body_over;
	bool sent; /* the first byte may have left */
	int64_t started_ms;
	char error[CURL_ERROR_SIZE];
};

struct http {
	CURLM *multi;
	struct exchange *exchanges; /* those under way */
	CURL **spares; /* set up, and not in use */
	size_t spares_count;
	size_t spares_max;
	char *ca_file;
	char *client_cert_file;
	char *client_key_file;
	bool (*give_up)(void);
};

static const struct {
	CURLoption option;
	long value;
} settings[] = {
	{ CURLOPT_NOSIGNAL, 1 },
	{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
	{ CURLOPT_FOLLOWLOCATION, 0 },
	{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_SSL_VERIFYPEER, 1 },
	{ CURLOPT_SSL_VERIFYHOST, 2 },
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS },
	{ CURLOPT_TCP_KEEPALIVE, 1 },
	{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
};

/* A URL taken apart, or NULL. */
static CURLU *
url_parse(const char *url)
{
	CURLU *u = curl_url();
	CURLUcode code;

	if (!u)
		xnomem();
	code = curl_url_set(u, CURLUPART_URL, url,
	    CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER);
	if (code == CURLUE_OUT_OF_MEMORY)
		xnomem();
	if (code) {
		curl_url_cleanup(u);
		u = NULL;
	}
	return u;
}

/* *out is given back with curl_free. */
static bool
url_get(CURLU *u, CURLUPart part, unsigned flags, char **out)
{
	CURLUcode code = curl_url_get(u, part, out, flags);

	if (code == CURLUE_OUT_OF_MEMORY)
		xnomem();
	return code == CURLUE_OK;
}

static bool
url_is_loopback(CURLU *u)
{
	char *host = NULL;
	struct in_addr v4;
	bool yes;

	if (!url_get(u, CURLUPART_HOST, 0, &host))
		return false;
	yes = strcasecmp(host, "localhost") == 0 ||
	    strcmp(host, "[::1]") == 0 ||
	    (inet_pton(AF_INET, host, &v4) == 1 &&
		ntohl(v4.s_addr) >> 24 == 127);
	curl_free(host);
	return yes;
}

bool
http_is_loopback(const char *url)
{
	CURLU *u = url_parse(url);
	bool yes = u && url_is_loopback(u);

	curl_url_cleanup(u);
	return yes;
}

bool
http_host(const char *url, char out[300])
{
	CURLU *u = url_parse(url);
	char *host = NULL;
	char *port = NULL;
	bool ok = false;

	if (u && url_get(u, CURLUPART_HOST, 0, &host) &&
	    url_get(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, &port)) {
		ok = snprintf(out, 300, "%s:%s", host, port) < 300;
		for (char *p = out; *p; p++)
			*p = (char)tolower((unsigned char)*p);
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return ok;
}

/* May we talk to it, and how do messages name it? */
static int
url_check(const char *url, char **where, bool *loopback, struct err *e)
{
	CURLU *u = url_parse(url);
	char *scheme = NULL;
	char *trimmed = NULL;
	int rc = -1;

	if (!u || curl_url_set(u, CURLUPART_QUERY, NULL, 0) ||
	    curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) ||
	    !url_get(u, CURLUPART_SCHEME, 0, &scheme) ||
	    !url_get(u, CURLUPART_URL, 0, &trimmed)) {
		err_set(e, ERR_CONFIG, "not a URL that can be used");
		goto out;
	}
	*loopback = url_is_loopback(u);
	if (strcmp(scheme, "https") != 0 &&
	    !(strcmp(scheme, "http") == 0 && *loopback)) {
		err_set(e, ERR_CONFIG, "%s: not https, nor http to loopback",
		    trimmed);
		goto out;
	}
	*where = xstrdup(trimmed);
	rc = 0;
out:
	curl_free(scheme);
	curl_free(trimmed);
	curl_url_cleanup(u);
	return rc;
}

/* curl reads its files when it connects: look now, where it is an error. */
static int
check_pem(const char *path, const char *mark, struct err *e)
{
	FILE *f;
	char *line = NULL;
	size_t cap = 0;
	bool found = false;

	if (!path)
		return 0;
	f = fopen(path, "re");
	if (!f)
		return err_set(e, ERR_CONFIG, "%s: %s", path, strerror(errno));
	while (!found && getline(&line, &cap, f) >= 0)
		found =
		    strncmp(line, "-----BEGIN ", 11) == 0 && strstr(line, mark);
	free(line);
	fclose(f);
	if (!found)
		return err_set(
		    e, ERR_CONFIG, "%s: no %s in PEM form", path, mark);
	return 0;
}

static char *
copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

int
http_open(struct http **out, const struct http_options *opt, struct err *e)
{
	long parallel = opt->parallel ? opt->parallel : 1;
	struct http *h;

	if (check_pem(opt->ca_file, "CERTIFICATE", e) ||
	    check_pem(opt->client_cert_file, "CERTIFICATE", e) ||
	    check_pem(opt->client_key_file, "PRIVATE KEY", e))
		return -1;
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return err_set(e, ERR_IO, "curl cannot be set up");
	/* OpenSSL writes to sockets in a way that can raise it. */
	signal(SIGPIPE, SIG_IGN);

	h = xcalloc(1, sizeof *h);
	h->spares_max = (size_t)parallel;
	h->spares = xreallocarray(NULL, h->spares_max, sizeof(CURL *));
	h->ca_file = copy(opt->ca_file);
	h->client_cert_file = copy(opt->client_cert_file);
	h->client_key_file = copy(opt->client_key_file);
	h->give_up = opt->give_up;
	h->multi = curl_multi_init();
	/* A connection each: one that dies takes one exchange with it. */
	if (!h->multi ||
	    curl_multi_setopt(
		h->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) ||
	    curl_multi_setopt(
		h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, parallel) ||
	    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, parallel)) {
		http_close(h);
		return err_set(e, ERR_IO, "curl cannot be set up");
	}
	*out = h;
	return 0;
}

/* Making a handle and setting it up costs more than a small answer. */
static void
keep_spare(struct http *h, CURL *easy)
{
	if (!easy)
		return;
	if (h->spares_count < h->spares_max &&
	    !curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL))
		h->spares[h->spares_count++] = easy;
	else
		curl_easy_cleanup(easy);
}

/* Take an exchange out of the machinery; its answer goes too, if any. */
static void
exchange_free(struct http *h, struct exchange *x)
{
	struct exchange **p = &h->exchanges;

	while (*p && *p != x)
		p = &(*p)->next;
	if (*p) {
		*p = x->next;
		curl_multi_remove_handle(h->multi, x->easy);
	}
	keep_spare(h, x->easy);
	curl_slist_free_all(x->headers);
	http_answer_free(x->answer);
	free(x->where);
	free(x);
}

void
http_close(struct http *h)
{
	if (!h)
		return;
	while (h->exchanges)
		exchange_free(h, h->exchanges);
	while (h->spares_count)
		curl_easy_cleanup(h->spares[--h->spares_count]);
	free(h->spares);
	curl_multi_cleanup(h->multi);
	free(h->ca_file);
	free(h->client_cert_file);
	free(h->client_key_file);
	free(h);
	curl_global_cleanup();
}

/*
 * Called before each sending of the request.  curl sends again on its own
 * when a kept connection dies without an answer, although the peer may have
 * acted on the first sending: the second one is refused here.
 */
static int
before_sending(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct exchange *x = arg;
	bool again = x->sent;

	(void)ip, (void)local_ip, (void)port, (void)local_port;
	x->sent = true;
	return again ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* One line of the headers of one answer; interim ones come first. */
static size_t
on_head(char *data, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;

	n *= size;
	if (n >= 5 && memcmp(data, "HTTP/", 5) == 0)
		x->head_whole = false;
	if (n == 2 && memcmp(data, "\r\n", 2) == 0)
		x->head_whole = true;
	x->head_bytes += n;
	x->head_over = x->head_bytes > HEADERS_CAP;
	return x->head_over ? 0 : n;
}

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	struct buf *body = &x->answer->body;

	n *= size;
	x->body_over = n > x->answer_cap - body->len;
	if (x->body_over)
		return 0;
	buf_put(body, data, n);
	return n;
}

/* What is the same for every exchange of h. */
static bool
set_up(CURL *c, const struct http *h)
{
	for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
		if (curl_easy_setopt(c, settings[i].option, settings[i].value))
			return false;
	if (curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") ||
	    curl_easy_setopt(c, CURLOPT_USERAGENT, "m2s/" M2S_VERSION) ||
	    curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, ""))
		return false;
	/* The system's store is a file and a folder: ours replaces both. */
	if (h->ca_file &&
	    (curl_easy_setopt(c, CURLOPT_CAINFO, h->ca_file) ||
		curl_easy_setopt(c, CURLOPT_CAPATH, NULL)))
		return false;
	return !curl_easy_setopt(c, CURLOPT_SSLCERT, h->client_cert_file) &&
	    !curl_easy_setopt(c, CURLOPT_SSLKEY, h->client_key_file);
}

/* A handle with all of that, or NULL. */
static CURL *
take_easy(struct http *h)
{
	CURL *easy;

	if (h->spares_count)
		return h->spares[--h->spares_count];
	easy = curl_easy_init();
	if (easy && !set_up(easy, h)) {
		curl_easy_cleanup(easy);
		easy = NULL;
	}
	return easy;
}

static bool
set_headers(struct exchange *x, const char *const *headers)
{
	/* No header of this name: curl would wait for leave to send a body. */
	x->headers = curl_slist_append(NULL, "Expect:");
	for (; x->headers && headers && *headers; headers++)
		if (!curl_slist_append(x->headers, *headers))
			return false;
	return x->headers &&
	    !curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
}

static bool
set_request(struct exchange *x, const struct http_request *r)
{
	long timeout_ms = r->timeout_ms > 0 ? (long)r->timeout_ms : 1;
	long connect_ms =
	    timeout_ms < CONNECT_TIMEOUT_MS ? timeout_ms : CONNECT_TIMEOUT_MS;
	CURL *c = x->easy;

	if (curl_easy_setopt(c, CURLOPT_URL, r->url) ||
	    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, timeout_ms) ||
	    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) ||
	    !set_headers(x, r->headers))
		return false;
	if (strcmp(r->method, "GET") == 0)
		return !curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	assert(strcmp(r->method, "POST") == 0);
	return !curl_easy_setopt(c, CURLOPT_POST, 1L) &&
	    !curl_easy_setopt(
		c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len) &&
	    !curl_easy_setopt(
		c, CURLOPT_POSTFIELDS, r->body_len ? r->body : "");
}

static bool
set_callbacks(struct exchange *x)
{
	CURL *c = x->easy;

	return !curl_easy_setopt(c, CURLOPT_PRIVATE, x) &&
	    !curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->error) &&
	    !curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, before_sending) &&
	    !curl_easy_setopt(c, CURLOPT_PREREQDATA, x) &&
	    !curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_head) &&
	    !curl_easy_setopt(c, CURLOPT_HEADERDATA, x) &&
	    !curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) &&
	    !curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
}

int
http_start(
    struct http *h, const struct http_request *r, void *owner, struct err *e)
{
	struct exchange *x = xcalloc(1, sizeof *x);
	bool loopback;

	x->answer = xcalloc(1, sizeof *x->answer);
	x->answer_cap = r->answer_cap;
	x->owner = owner;
	x->started_ms = clock_monotonic_ms();
	if (url_check(r->url, &x->where, &loopback, e))
		goto fail;
	x->easy = take_easy(h);
	if (!x->easy || !set_request(x, r) || !set_callbacks(x) ||
	    /* What is meant for this machine never goes to a proxy. */
	    curl_easy_setopt(
		x->easy, CURLOPT_PROXY, loopback ? "" : (char *)NULL) ||
	    curl_multi_add_handle(h->multi, x->easy)) {
		err_set(e, ERR_IO, "%s: curl refuses the request", x->where);
		goto fail;
	}
	x->next = h->exchanges;
	h->exchanges = x;
	return 0;
fail:
	exchange_free(h, x);
	return -1;
}

static enum http_end
end_of(const struct exchange *x, CURLcode code, int status)
{
	if (status >= 300 && status < 400)
		return HTTP_REDIRECT;
	/* To curl a connection that ends among the headers is in order. */
	if (code == CURLE_OK && x->head_whole && status >= 200)
		return HTTP_ANSWERED;
	if (x->body_over)
		return HTTP_TOO_LARGE;
	if (x->sent)
		return HTTP_CUT;
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
		return HTTP_UNTRUSTED;
	default:
		return HTTP_NOT_SENT;
	}
}

static void
put_detail(const struct exchange *x, CURLcode code)
{
	struct http_answer *a = x->answer;
	const char *why = x->error[0] ? x->error : curl_easy_strerror(code);
	char *text;

	if (a->end == HTTP_ANSWERED)
		text = xasprintf("status %d", a->status);
	else if (a->end == HTTP_REDIRECT)
		text = xasprintf("status %d, a redirect", a->status);
	else if (a->end == HTTP_TOO_LARGE)
		text = xasprintf("more than %zu bytes", x->answer_cap);
	else if (x->head_over)
		text = xasprintf("more than %d bytes of headers", HEADERS_CAP);
	else if (code == CURLE_ABORTED_BY_CALLBACK)
		text = xstrdup("the connection died without an answer");
	else if (code == CURLE_OK)
		text = xstrdup("cut among the headers");
	else
		text = xstrdup(why);
	snprintf(a->detail, sizeof a->detail, "%s: %s", x->where, text);
	free(text);
}

static void
copy_headers(struct http_answer *a, CURL *easy)
{
	struct curl_header *c = NULL;

	while ((c = curl_easy_nextheader(easy, CURLH_HEADER, -1, c))) {
		a->headers = xreallocarray(
		    a->headers, a->headers_count + 1, sizeof *a->headers);
		a->headers[a->headers_count++] =
		    (struct http_header){ xstrdup(c->name), xstrdup(c->value) };
	}
}

/* The answer of one that has ended, or NULL. */
static struct http_answer *
take(struct http *h, void **owner)
{
	struct http_answer *a;
	struct exchange *x;
	CURLMsg *msg;
	long status = 0;
	int left;

	do {
		msg = curl_multi_info_read(h->multi, &left);
		if (!msg)
			return NULL;
	} while (msg->msg != CURLMSG_DONE);
	curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &x);
	curl_easy_getinfo(msg->easy_handle, CURLINFO_RESPONSE_CODE, &status);

	a = x->answer;
	a->status = (int)status;
	a->end = end_of(x, msg->data.result, a->status);
	a->latency_ms = clock_monotonic_ms() - x->started_ms;
	put_detail(x, msg->data.result);
	copy_headers(a, x->easy);
	*owner = x->owner;
	x->answer = NULL;
	exchange_free(h, x);
	return a;
}

int
http_wait(struct http *h, int64_t timeout_ms, struct http_answer **out,
    void **owner, struct err *e)
{
	int64_t end = clock_monotonic_ms() +
	    (timeout_ms < WAIT_MS ? timeout_ms : WAIT_MS);
	int64_t left;
	CURLMcode code;
	int running;

	do {
		code = curl_multi_perform(h->multi, &running);
		*out = take(h, owner);
		left = end - clock_monotonic_ms();
		if (!code && !*out && left > 0)
			code =
			    curl_multi_poll(h->multi, NULL, 0, (int)left, NULL);
	} while (!code && !*out && left > 0);
	if (code && !*out)
		return err_set(
		    e, ERR_IO, "curl: %s", curl_multi_strerror(code));
	return 0;
}

/* End an exchange that has no answer yet; the caller owns the one it gets. */
static struct http_answer *
give_up(struct http *h, struct exchange *x)
{
	struct http_answer *a = x->answer;

	a->end = HTTP_CUT;
	a->latency_ms = clock_monotonic_ms() - x->started_ms;
	snprintf(a->detail, sizeof a->detail, "%s: given up", x->where);
	x->answer = NULL;
	exchange_free(h, x);
	return a;
}

int
http_call(struct http *h, const struct http_request *r,
    struct http_answer **out, struct err *e)
{
	void *owner;

	assert(!h->exchanges);
	if (http_start(h, r, NULL, e))
		return -1;
	for (*out = NULL; !*out;) {
		if (http_wait(h, WAIT_MS, out, &owner, e))
			return -1;
		if (!*out && h->give_up && h->give_up())
			*out = give_up(h, h->exchanges);
	}
	return 0;
}

void
http_answer_free(struct http_answer *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->headers_count; i++) {
		free(a->headers[i].name);
		free(a->headers[i].value);
	}
	free(a->headers);
	buf_free(&a->body);
	free(a);
}

const char *
http_header(const struct http_answer *a, const char *name)
{
	for (size_t i = a->headers_count; i > 0; i--)
		if (strcasecmp(a->headers[i - 1].name, name) == 0)
			return a->headers[i - 1].value;
	return NULL;
}
