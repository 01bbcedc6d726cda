/*
 * The simulator of a syslog receiver: TCP or TLS on 127.0.0.1, a connection at
 * a time.  What came on a connection is appended to a file when it is whole.
 */
#include "buf.h"
#include "die.h"
#include "option.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

enum { EARLY_BYTES = 1000 };

struct options {
	const char *cert_file, *key_file; /* both NULL: plain TCP */
	const char *client_ca_file; /* a client certificate is demanded */
	const char *out_file;
	int64_t port;
	struct option_list faults; /* NTH:ACTION */
};

struct syslog {
	const struct options *options;
	SSL_CTX *ctx; /* NULL: plain TCP */
	int out;
	long connections;
};

struct peer {
	int fd;
	SSL *ssl; /* NULL: plain TCP */
	struct buf data;
};

static void
set_up_tls(struct syslog *s)
{
	const struct options *o = s->options;

	s->ctx = SSL_CTX_new(TLS_server_method());
	if (!s->ctx ||
	    SSL_CTX_use_certificate_chain_file(s->ctx, o->cert_file) != 1 ||
	    SSL_CTX_use_PrivateKey_file(
		s->ctx, o->key_file, SSL_FILETYPE_PEM) != 1)
		die(DIE_IO, "the certificate or key does not do");
	if (!o->client_ca_file)
		return;
	if (SSL_CTX_load_verify_file(s->ctx, o->client_ca_file) != 1)
		die(DIE_IO, "the client authority does not do");
	SSL_CTX_set_verify(
	    s->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

static int
listen_on(int64_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int yes = 1;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&a, &size))
		die(DIE_IO, "listen: %s", strerror(errno));
	printf("port %d\n", ntohs(a.sin_port));
	fflush(stdout);
	return fd;
}

/* The action for this connection, or "". */
static const char *
fault_of(const struct syslog *s)
{
	const struct option_list *list = &s->options->faults;

	for (size_t i = 0; i < list->count; i++) {
		const char *colon = strchr(list->at[i], ':');

		if (!colon)
			die(DIE_USAGE, "--fault wants NTH:ACTION");
		if (list->at[i][0] == '*' ||
		    strtol(list->at[i], NULL, 10) == s->connections)
			return colon + 1;
	}
	return "";
}

static ssize_t
receive(struct peer *p, char *data, size_t size)
{
	if (!p->ssl)
		return recv(p->fd, data, size, 0);
	return SSL_read(p->ssl, data, (int)size);
}

/* Until the end, or until there is that much; false: cut off. */
static bool
receive_all(struct peer *p, size_t most)
{
	char data[8192];
	ssize_t n;

	while (p->data.size < most) {
		size_t room = most - p->data.size;

		n = receive(p, data, room < sizeof(data) ? room : sizeof(data));
		if (n <= 0)
			return p->ssl ? SSL_get_error(p->ssl, (int)n) ==
				SSL_ERROR_ZERO_RETURN
				      : n == 0;
		buf_put(&p->data, data, (size_t)n);
	}
	return true;
}

static void
reset(struct peer *p)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void
wait_for_the_end(void)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };

	poll(&p, 1, -1);
	exit(0);
}

static void
keep(struct syslog *s, struct peer *p)
{
	if (p->data.size > 0 &&
	    write(s->out, p->data.bytes, p->data.size) != (ssize_t)p->data.size)
		die(DIE_IO, "write: %s", strerror(errno));
}

/* The handshake is over. */
static void
serve(struct syslog *s, struct peer *p, const char *fault)
{
	if (strcmp(fault, "hang") == 0)
		wait_for_the_end();
	if (strcmp(fault, "reset") == 0) {
		reset(p);
		return;
	}
	if (strcmp(fault, "early") == 0) {
		receive_all(p, EARLY_BYTES);
		return;
	}
	if (!receive_all(p, SIZE_MAX))
		return;
	keep(s, p);
	if (strcmp(fault, "reset-after") == 0)
		reset(p);
	else if (p->ssl && strcmp(fault, "no-notify") != 0)
		SSL_shutdown(p->ssl);
}

static void
answer(struct syslog *s, int fd)
{
	struct peer p = { .fd = fd };
	const char *fault;

	s->connections++;
	fault = fault_of(s);
	if (strcmp(fault, "refuse") == 0) {
		close(fd);
		return;
	}
	if (s->ctx) {
		p.ssl = SSL_new(s->ctx);
		SSL_set_fd(p.ssl, fd);
	}
	if (!p.ssl || SSL_accept(p.ssl) == 1)
		serve(s, &p, fault);
	SSL_free(p.ssl);
	close(fd);
	buf_free(&p.data);
}

static void
run(struct syslog *s, int listener)
{
	struct pollfd p[] = { { .fd = 0, .events = POLLIN },
		{ .fd = listener, .events = POLLIN } };

	while (poll(p, 2, -1) > 0 && !p[0].revents) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0)
			answer(s, fd);
	}
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	const struct option_row rows[] = {
		{ "--cert", OPTION_TEXT, &o.cert_file },
		{ "--key", OPTION_TEXT, &o.key_file },
		{ "--client-ca", OPTION_TEXT, &o.client_ca_file },
		{ "--out", OPTION_TEXT, &o.out_file },
		{ "--port", OPTION_NUMBER, &o.port },
		{ "--fault", OPTION_LIST, &o.faults },
		{ NULL, OPTION_FLAG, NULL },
	};
	struct syslog s = { .options = &o };

	if (option_parse(rows, argc, argv) != argc || !o.out_file)
		die(DIE_USAGE, "--out is wanted, and no operands");
	signal(SIGPIPE, SIG_IGN);
	if (o.cert_file)
		set_up_tls(&s);
	s.out = open(o.out_file, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (s.out < 0)
		die(DIE_IO, "%s: %s", o.out_file, strerror(errno));
	run(&s, listen_on(o.port));
	SSL_CTX_free(s.ctx);
	return 0;
}
