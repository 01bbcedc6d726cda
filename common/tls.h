/*
 * Streams to a peer over TCP, with TLS 1.2 or newer where it is wanted, always
 * verified, its host name included.  The one file that includes openssl/ssl.h
 * is tls.c.
 */
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct tls;

struct tls_options {
	const char *host; /* a name or an address, IPv6 without brackets */
	const char *port;
	bool plain; /* TCP alone */
	const char *ca_file; /* NULL: the system's store */
	const char *client_cert_file; /* NULL: none */
	const char *client_key_file;
};

/* How a delivery ended. */
enum tls_end {
	TLS_HANDED_OVER, /* all was sent, and the peer closed in order */
	TLS_NOT_SENT, /* no connection: no byte of the data left */
	TLS_UNTRUSTED, /* a certificate did not do: the peer's, or our own */
	TLS_CUT /* reset, closed too early or silent after a byte was sent */
};

struct tls_report {
	enum tls_end end;
	bool close_notify; /* the peer ended the TLS stream itself, too */
	size_t sent; /* bytes of the data that were given to the stream */
	char detail[256]; /* for people */
};

/*
 * Prepare deliveries to one peer; nothing is sent.  From now on SIGPIPE is
 * ignored.  Strings are copied.
 *
 * Errors: ERR_CONFIG for a file that does not do; ERR_IO if OpenSSL cannot be
 * set up.
 */
int tls_open(struct tls **out, const struct tls_options *opt, struct err *e);
void tls_close(struct tls *t);

/*
 * Open a connection, send all of the data, close the write side, and wait for
 * the peer to close its own.  A peer that has not read everything resets the
 * connection when it closes; one that has ends it in order: that is all the
 * receipt there is.  What the peer says is read and dropped.
 *
 * Finding the addresses of a name takes its own time; all else ends after
 * timeout_ms.
 */
void tls_deliver(struct tls *t, const void *data, size_t n, int64_t timeout_ms,
    struct tls_report *r);

#endif
