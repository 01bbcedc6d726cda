#define _GNU_SOURCE /* SOCK_NONBLOCK */
#include "tls.h"
#include "clock.h"
#include "err.h"
#include "mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/sockios.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

enum { NAP_NS = 5000000 };

struct tls {
	char *host;
	char *port;
	SSL_CTX *ctx; /* NULL: plain */
};

/* One connection. */
struct link {
	const struct tls *tls;
	int fd; /* -1: none */
	SSL *ssl; /* NULL: none, or plain */
	int64_t end_ms; /* of the monotonic clock */
	bool sending; /* the first byte of the data may have left */
	struct tls_report *report;
};

/* OpenSSL's first word on what went wrong. */
static const char *
reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_error());

	return text ? text : "no reason given";
}

static int
use_file(int done, const char *path, struct err *e)
{
	if (done != 1)
		err_set(e, ERR_CONFIG, "%s: %s", path, reason());
	ERR_clear_error();
	return done == 1 ? 0 : -1;
}

static int
set_files(SSL_CTX *ctx, const struct tls_options *opt, struct err *e)
{
	if (opt->ca_file &&
	    use_file(
		SSL_CTX_load_verify_file(ctx, opt->ca_file), opt->ca_file, e))
		return -1;
	if (!opt->ca_file && SSL_CTX_set_default_verify_paths(ctx) != 1)
		return err_set(
		    e, ERR_IO, "the system's certificates: %s", reason());
	if (!opt->client_cert_file)
		return 0;
	if (use_file(
		SSL_CTX_use_certificate_chain_file(ctx, opt->client_cert_file),
		opt->client_cert_file, e) ||
	    use_file(SSL_CTX_use_PrivateKey_file(
			 ctx, opt->client_key_file, SSL_FILETYPE_PEM),
		opt->client_key_file, e))
		return -1;
	return 0;
}

/* A key with a passphrase is refused, rather than asked for at a terminal. */
static int
no_passphrase(char *out, int size, int writing, void *arg)
{
	(void)out, (void)size, (void)writing, (void)arg;
	return -1;
}

int
tls_open(struct tls **out, const struct tls_options *opt, struct err *e)
{
	struct tls *t = xcalloc(1, sizeof *t);

	signal(SIGPIPE, SIG_IGN);
	t->host = xstrdup(opt->host);
	t->port = xstrdup(opt->port);
	if (opt->plain) {
		*out = t;
		return 0;
	}
	t->ctx = SSL_CTX_new(TLS_client_method());
	if (!t->ctx ||
	    SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION) != 1) {
		err_set(e, ERR_IO, "OpenSSL cannot be set up");
		goto fail;
	}
	SSL_CTX_set_default_passwd_cb(t->ctx, no_passphrase);
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(t->ctx,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (set_files(t->ctx, opt, e))
		goto fail;
	*out = t;
	return 0;
fail:
	tls_close(t);
	return -1;
}

void
tls_close(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	free(t->host);
	free(t->port);
	free(t);
}

/* The delivery has failed; returns -1. */
static int
fail(struct link *l, enum tls_end end, const char *why)
{
	struct tls_report *r = l->report;

	r->end = end;
	snprintf(r->detail, sizeof r->detail, "%s:%s: %s", l->tls->host,
	    l->tls->port, why);
	return -1;
}

/* The same for whatever is not about trust. */
static int
break_off(struct link *l, const char *why)
{
	return fail(l, l->sending ? TLS_CUT : TLS_NOT_SENT, why);
}

static int
await(struct link *l, short events)
{
	struct pollfd p = { .fd = l->fd, .events = events };
	int64_t left_ms;
	int n;

	do {
		left_ms = l->end_ms - clock_monotonic_ms();
		if (left_ms <= 0)
			return break_off(l, "timed out");
		n = poll(&p, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);
	} while (n == 0 || (n < 0 && errno == EINTR));
	return n < 0 ? break_off(l, strerror(errno)) : 0;
}

static int
socket_error(int fd)
{
	int error = 0;
	socklen_t n = sizeof error;

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) ? errno : error;
}

static int
connect_to(struct link *l, const struct addrinfo *a)
{
	int error = 0;

	l->fd = socket(a->ai_family,
	    a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
	if (l->fd < 0)
		return break_off(l, strerror(errno));
	if (connect(l->fd, a->ai_addr, a->ai_addrlen)) {
		error = errno;
		if (error == EINPROGRESS)
			error =
			    await(l, POLLOUT) ? ETIMEDOUT : socket_error(l->fd);
	}
	if (!error)
		return 0;
	close(l->fd);
	l->fd = -1;
	return break_off(l, strerror(error));
}

static int
connect_any(struct link *l)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int rc = getaddrinfo(l->tls->host, l->tls->port, &hints, &list);

	if (rc)
		return break_off(l, gai_strerror(rc));
	rc = -1;
	for (const struct addrinfo *a = list; a && rc; a = a->ai_next)
		rc = connect_to(l, a);
	freeaddrinfo(list);
	return rc;
}

/* What the peer finds wrong with our certificate, or with having none. */
static bool
is_about_us(void)
{
	switch (ERR_GET_REASON(ERR_peek_error())) {
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		return true;
	default:
		return false;
	}
}

/*
 * A peer that does not accept our certificate says so and resets the
 * connection; we may meet the reset first, while sending.
 */
static bool
was_about_us(struct link *l)
{
	char dropped;

	ERR_clear_error();
	return SSL_read(l->ssl, &dropped, 1) <= 0 && is_about_us();
}

/*
 * After a call of OpenSSL that did not succeed: 0 to call it again, or -1.
 * The peer reads no data before it has accepted our certificate, so what it
 * says about that is no doubt, whenever it comes.
 */
static int
go_on(struct link *l, int done)
{
	int error = errno;
	long verified = SSL_get_verify_result(l->ssl);

	switch (SSL_get_error(l->ssl, done)) {
	case SSL_ERROR_WANT_READ:
		return await(l, POLLIN);
	case SSL_ERROR_WANT_WRITE:
		return await(l, POLLOUT);
	case SSL_ERROR_SSL:
		if (verified != X509_V_OK)
			return fail(l, TLS_UNTRUSTED,
			    X509_verify_cert_error_string(verified));
		if (is_about_us())
			return fail(l, TLS_UNTRUSTED, reason());
		return break_off(l, reason());
	case SSL_ERROR_SYSCALL:
		if (l->sending && was_about_us(l))
			return fail(l, TLS_UNTRUSTED, reason());
		return break_off(
		    l, error ? strerror(error) : "closed by the peer");
	default:
		return break_off(l, "closed by the peer");
	}
}

/* Whom to expect: an address must be in the certificate as an address. */
static bool
set_host(SSL *ssl, char *host)
{
	unsigned char address[16];

	if (inet_pton(AF_INET, host, address) == 1 ||
	    inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(
			   SSL_get0_param(ssl), host) == 1;
	return SSL_set1_host(ssl, host) == 1 &&
	    SSL_set_tlsext_host_name(ssl, host) == 1;
}

static int
shake_hands(struct link *l)
{
	int done;

	if (!l->tls->ctx)
		return 0;
	l->ssl = SSL_new(l->tls->ctx);
	if (!l->ssl || SSL_set_fd(l->ssl, l->fd) != 1 ||
	    !set_host(l->ssl, l->tls->host))
		return break_off(l, "OpenSSL cannot be set up");
	for (;;) {
		ERR_clear_error();
		errno = 0;
		done = SSL_connect(l->ssl);
		if (done == 1)
			return 0;
		if (go_on(l, done))
			return -1;
	}
}

/* Send some; 0: not now. */
static int
send_some(struct link *l, const char *data, size_t n, size_t *sent)
{
	ssize_t done;

	*sent = 0;
	ERR_clear_error();
	errno = 0;
	if (l->ssl) {
		if (n > INT_MAX)
			n = INT_MAX;
		done = SSL_write(l->ssl, data, (int)n);
		if (done <= 0)
			return go_on(l, (int)done);
	} else {
		done = send(l->fd, data, n, MSG_NOSIGNAL);
		if (done < 0 && errno != EAGAIN && errno != EINTR)
			return break_off(l, strerror(errno));
		if (done < 0)
			return await(l, POLLOUT);
	}
	*sent = (size_t)done;
	return 0;
}

static int
send_all(struct link *l, const char *data, size_t n)
{
	size_t sent;

	l->sending = true;
	while (l->report->sent < n) {
		if (send_some(
			l, data + l->report->sent, n - l->report->sent, &sent))
			return -1;
		l->report->sent += sent;
	}
	return 0;
}

static int
close_our_side(struct link *l)
{
	int done;

	while (l->ssl) {
		ERR_clear_error();
		errno = 0;
		done = SSL_shutdown(l->ssl);
		if (done >= 0)
			break;
		if (go_on(l, done))
			return -1;
	}
	if (shutdown(l->fd, SHUT_WR))
		return break_off(l, strerror(errno));
	return 0;
}

/* Read until the peer ends the TLS stream, or its connection without it. */
static int
drain_tls(struct link *l)
{
	char dropped[4096];
	int done;

	for (;;) {
		ERR_clear_error();
		errno = 0;
		done = SSL_read(l->ssl, dropped, sizeof dropped);
		if (done > 0)
			continue;
		if (SSL_get_error(l->ssl, done) == SSL_ERROR_ZERO_RETURN) {
			l->report->close_notify = true;
			return 0;
		}
		if (ERR_GET_REASON(ERR_peek_error()) ==
		    SSL_R_UNEXPECTED_EOF_WHILE_READING)
			return 0;
		if (go_on(l, done))
			return -1;
	}
}

static int
drain_tcp(struct link *l)
{
	char dropped[4096];
	ssize_t n;

	for (;;) {
		n = recv(l->fd, dropped, sizeof dropped, 0);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return break_off(l, strerror(errno));
		if (n < 0 && await(l, POLLIN))
			return -1;
	}
}

/*
 * A peer that closes while some of the data is still on its way closes in
 * order, too; its reset comes after that.  So wait until its system has
 * confirmed every byte.
 */
static int
await_confirmation(struct link *l)
{
	const struct timespec nap = { 0, NAP_NS };
	int unconfirmed = 0;
	int error;

	for (;;) {
		if (ioctl(l->fd, SIOCOUTQ, &unconfirmed))
			return break_off(l, strerror(errno));
		error = socket_error(l->fd);
		if (error)
			return break_off(l, strerror(error));
		if (unconfirmed == 0)
			return 0;
		if (clock_monotonic_ms() > l->end_ms)
			return break_off(l, "timed out");
		nanosleep(&nap, NULL);
	}
}

static int
deliver(struct link *l, const void *data, size_t n)
{
	if (connect_any(l) || shake_hands(l) || send_all(l, data, n) ||
	    close_our_side(l))
		return -1;
	if ((l->ssl && drain_tls(l)) || drain_tcp(l) || await_confirmation(l))
		return -1;
	return 0;
}

void
tls_deliver(struct tls *t, const void *data, size_t n, int64_t timeout_ms,
    struct tls_report *r)
{
	struct link l = { .tls = t,
		.fd = -1,
		.end_ms = clock_monotonic_ms() + timeout_ms,
		.report = r };

	*r = (struct tls_report){ 0 };
	if (!deliver(&l, data, n)) {
		r->end = TLS_HANDED_OVER;
		snprintf(r->detail, sizeof r->detail,
		    "%s:%s: %zu bytes, closed %s", t->host, t->port, n,
		    !t->ctx               ? "in order"
			: r->close_notify ? "with close_notify"
					  : "without close_notify");
	}
	SSL_free(l.ssl);
	ERR_clear_error();
	if (l.fd >= 0)
		close(l.fd);
}
