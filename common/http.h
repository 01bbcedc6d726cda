/*
 * HTTP requests, several at once, over libcurl: TLS 1.2 or newer, always
 * verified; no redirects; connections kept and used again; answers decoded
 * and cut off at a cap.  Proxies and other settings of the environment count
 * only where cli.c lets them through.
 *
 * A request is sent at most once, also where a kept connection dies under it.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct err;
struct http;

struct http_options {
	const char *ca_file; /* NULL: the system's store */
	const char *client_cert_file; /* NULL: none */
	const char *client_key_file;
	long parallel; /* connections at most; 0: one */
	bool (*give_up)(void); /* asked while http_call waits; or NULL */
};

struct http_request {
	const char *method; /* "GET" or "POST" */
	const char *url;
	const char *const *headers; /* "Name: value", NULL at the end */
	const void *body; /* borrowed until the answer is there */
	size_t body_len;
	size_t answer_cap; /* decoded bytes of an answer's body, at most */
	int64_t timeout_ms; /* for the whole exchange */
};

/*
 * How an exchange ended.
 *
 * ASSUMPTION: answers tell their length or come in chunks, and gzip inside
 * such a frame is whole.  libcurl takes for whole what ends by the closing of
 * the connection alone, and gzip that is cut inside an intact frame; so the
 * reader of a body checks that its format ends where the body ends.
 */
enum http_end {
	HTTP_ANSWERED, /* a whole answer, whatever its status */
	HTTP_NOT_SENT, /* no connection: no byte of the request left */
	HTTP_UNTRUSTED, /* a certificate did not do: the peer's, or our own */
	HTTP_CUT, /* reset, cut short or silent after a byte was sent */
	HTTP_TOO_LARGE, /* the body went over answer_cap */
	HTTP_REDIRECT, /* 3xx: an error, and never followed */
};

struct http_answer {
	enum http_end end;
	int status; /* 0 if none came */
	struct buf body; /* decoded; of an answer that was cut, what came */
	int64_t latency_ms;
	char detail[256]; /* for people, without URL query or credentials */
	struct http_header *headers;
	size_t headers_count;
};

/*
 * From now on SIGPIPE is ignored.  The files are looked at here and read
 * again at each connection.
 *
 * Errors: ERR_IO if curl cannot be set up; ERR_CONFIG for a file that cannot
 * be read or is not PEM.
 */
int http_open(struct http **out, const struct http_options *opt, struct err *e);
void http_close(struct http *h);

/*
 * Send a request; owner comes back with its answer.  All but the body is
 * copied.  More than opt->parallel at once are taken, but wait for a
 * connection, for which their time is not stopped.
 *
 * Errors: ERR_CONFIG for a URL that is none, holds a user's name, or is not
 * https (http will do for loopback); ERR_IO if curl refuses the request.
 * What happens to the exchange is never an error here: it is told by the
 * answer.
 */
int http_start(
    struct http *h, const struct http_request *r, void *owner, struct err *e);

/*
 * Work on all requests until one has ended, for timeout_ms and 250 ms at
 * most, so that the caller sees signals in time.  *out is then its answer,
 * owned by the caller, or NULL if none has ended yet: call again.
 *
 * Errors: ERR_IO if curl itself fails.
 */
int http_wait(struct http *h, int64_t timeout_ms, struct http_answer **out,
    void **owner, struct err *e);

/*
 * http_start and http_wait for one request, while no other is under way.
 * Once opt->give_up says so the exchange ends HTTP_CUT.
 */
int http_call(struct http *h, const struct http_request *r,
    struct http_answer **out, struct err *e);

void http_answer_free(struct http_answer *a);

/* The value of a header, its name in any case, or NULL.  The last wins. */
const char *http_header(const struct http_answer *a, const char *name);

/*
 * "api.services.mimecast.com:443": what a URL reaches, in lower case.  False:
 * no URL, no port known for its scheme, or a user's name in it.
 */
bool http_host(const char *url, char out[300]);

/* Is the URL's host 127.0.0.0/8, ::1 or localhost? */
bool http_is_loopback(const char *url);

#endif
