/*
 * Sink type syslog: each batch on a connection of its own, because the way it
 * is closed is all that a syslog receiver says.
 */
#include "batch.h"
#include "buf.h"
#include "clock.h"
#include "config.h"
#include "digest.h"
#include "err.h"
#include "mem.h"
#include "result.h"
#include "sink_type.h"
#include "tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct syslog {
	struct tls *tls;
	enum config_framing framing;
	struct buf frames;
	unsigned char no_answer[DIGEST_SIZE]; /* SHA-256 of nothing */
};

static void
close_syslog(void *conn)
{
	struct syslog *s = conn;

	if (!s)
		return;
	tls_close(s->tls);
	buf_free(&s->frames);
	free(s);
}

/* syslog+tls://host:port or syslog+tcp://[host]:port, as config checked it. */
static int
open_tls(struct tls **out, const struct config_sink *c, struct err *e)
{
	char *host = xstrdup(strstr(c->url, "://") + 3);
	char *port = strrchr(host, ':');
	struct tls_options opt = { .host = host,
		.port = port + 1,
		.plain = strncmp(c->url, "syslog+tcp:", 11) == 0,
		.ca_file = c->ca_file,
		.client_cert_file = c->client_cert_file,
		.client_key_file = c->client_key_file };
	int rc;

	*port = '\0';
	if (host[0] == '[') {
		opt.host = host + 1;
		port[-1] = '\0';
	}
	rc = tls_open(out, &opt, e);
	free(host);
	return rc;
}

static int
open_syslog(void **out, const struct config_sink *c, struct err *e)
{
	struct syslog *s = xcalloc(1, sizeof *s);
	struct digest *d = NULL;

	s->framing = c->framing;
	if (digest_open(&d, e) || open_tls(&s->tls, c, e)) {
		digest_close(d);
		close_syslog(s);
		return -1;
	}
	digest_of(d, "", 0, s->no_answer);
	digest_close(d);
	*out = s;
	return 0;
}

/*
 * A payload is messages with a line feed behind each, which is one of the two
 * framings.  Source: RFC 6587, 3.4; RFC 5425, 4.3 (read 2026-11-24).
 */
static const struct buf *
frame(struct syslog *s, const struct buf *body)
{
	const char *end = body->data + body->len;
	const char *line, *feed;

	if (s->framing == CONFIG_LF)
		return body;
	buf_clear(&s->frames);
	for (line = body->data; line < end; line = feed + 1) {
		feed = memchr(line, '\n', (size_t)(end - line));
		buf_printf(&s->frames, "%zu ", (size_t)(feed - line));
		buf_put(&s->frames, line, (size_t)(feed - line));
	}
	return &s->frames;
}

static const struct {
	enum receipt_outcome outcome;
	enum result_next next;
} meanings[] = {
	[TLS_HANDED_OVER] = { RECEIPT_HANDED_OVER, RESULT_DONE },
	[TLS_NOT_SENT] = { RECEIPT_NOT_TAKEN, RESULT_AGAIN },
	[TLS_UNTRUSTED] = { RECEIPT_NOT_TAKEN, RESULT_STOP },
	[TLS_CUT] = { RECEIPT_IN_DOUBT, RESULT_AGAIN },
};

static int
send_syslog(void *conn, const struct batch *b, const struct buf *body,
    int64_t timeout_ms, struct result *r, struct err *e)
{
	int64_t begun = clock_monotonic_ms();
	struct syslog *s = conn;
	const struct buf *frames = frame(s, body);
	struct tls_report report;

	(void)b, (void)e;
	tls_deliver(s->tls, frames->data, frames->len, timeout_ms, &report);
	r->outcome = meanings[report.end].outcome;
	r->next = meanings[report.end].next;
	r->stop = ERR_DENIED;
	r->advice = "check the sink's ca_file and client_cert_file";
	r->latency_ms = clock_monotonic_ms() - begun;
	snprintf(r->detail, sizeof r->detail, "%s", report.detail);
	memcpy(r->body_digest, s->no_answer, sizeof r->body_digest);
	return 0;
}

const struct sink_type sink_syslog = {
	.open = open_syslog,
	.close = close_syslog,
	.send = send_syslog,
};
