#include "server.h"

#include "answer.h"
#include "buf.h"
#include "die.h"
#include "digest.h"
#include "fault.h"
#include "ledger.h"
#include "moment.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

struct server {
	const struct server_options *options;
	struct fault_script *script;
	int ledger;
	int64_t clock;
	pthread_mutex_t lock; /* all of the above, and the handler */
	pthread_cond_t stop;
	bool stopping;
};

/* A body that is padded or cut short while it is sent. */
struct stream {
	struct buf body;
	size_t pad_at, pad, limit;
};

const char *
request_header(const struct request *q, const char *name)
{
	return MHD_lookup_connection_value(
	    q->connection, MHD_HEADER_KIND, name);
}

int
request_has_type(const struct request *q, const char *type)
{
	const char *value = request_header(q, "Content-Type");
	size_t n = strlen(type);

	return value && strncasecmp(value, type, n) == 0 &&
	    strchr("; \t", value[n]);
}

void
request_base(const struct request *q, struct buf *out)
{
	const char *host = request_header(q, "Host");

	buf_printf(out, "%s://%s", q->scheme, host ? host : "127.0.0.1");
}

static int64_t
now(const struct server *s)
{
	return s->clock >= 0 ? s->clock : (int64_t)time(NULL);
}

static ssize_t
read_stream(void *cls, uint64_t at, char *out, size_t max)
{
	const struct stream *s = cls;
	size_t pos = (size_t)at;
	size_t n;

	if (pos >= s->limit)
		return s->limit < s->body.size + s->pad
		    ? MHD_CONTENT_READER_END_WITH_ERROR
		    : MHD_CONTENT_READER_END_OF_STREAM;
	if (max > s->limit - pos)
		max = s->limit - pos;
	if (pos >= s->pad_at && pos < s->pad_at + s->pad) {
		n = s->pad_at + s->pad - pos;
		n = n < max ? n : max;
		memset(out, 'x', n);
		return (ssize_t)n;
	}
	n = pos < s->pad_at ? s->pad_at - pos : s->body.size + s->pad - pos;
	n = n < max ? n : max;
	memcpy(out, s->body.bytes + (pos < s->pad_at ? pos : pos - s->pad), n);
	return (ssize_t)n;
}

static void
free_stream(void *cls)
{
	struct stream *s = cls;

	buf_free(&s->body);
	free(s);
}

static struct MHD_Response *
make_stream(struct answer *a)
{
	struct stream *s = calloc(1, sizeof(*s));
	size_t size = a->body.size + a->pad;

	if (!s)
		die(DIE_IO, "out of memory");
	*s = (struct stream){ .body = a->body,
		.pad_at = a->pad_at,
		.pad = a->pad,
		.limit = size };
	a->body = (struct buf){ 0 };
	if (a->cut >= 0 && (size_t)a->cut < size)
		s->limit = (size_t)a->cut;
	return MHD_create_response_from_callback(
	    a->pad ? MHD_SIZE_UNKNOWN : size, 16384, read_stream, s,
	    free_stream);
}

static struct MHD_Response *
make_response(struct answer *a, const struct request *q)
{
	struct MHD_Response *r;
	char date[MOMENT_SIZE];

	if (a->pad > 0 || a->cut >= 0) {
		r = make_stream(a);
	} else {
		r = MHD_create_response_from_buffer(
		    a->body.size, a->body.bytes, MHD_RESPMEM_MUST_FREE);
		a->body = (struct buf){ 0 };
	}
	if (!r)
		die(DIE_IO, "out of memory");
	moment_http(q->now + a->date_skew_s, "GMT", date);
	MHD_add_response_header(r, "Date", date);
	MHD_add_response_header(r, "Content-Type", a->type);
	MHD_add_response_header(r, "x-request-id", q->id);
	for (size_t i = 0; i < a->headers; i++)
		MHD_add_response_header(
		    r, a->header[i].name, a->header[i].value);
	return r;
}

/* Closing the connection then resets it instead of ending it in order. */
static enum MHD_Result
reset(const struct request *q)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    q->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info)
		setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &at_once,
		    sizeof(at_once));
	return MHD_NO;
}

/* Holds the lock; waits ms, or for ever if it is negative, or for the end. */
static void
rest(struct server *s, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (!s->stopping) {
		if (ms < 0)
			pthread_cond_wait(&s->stop, &s->lock);
		else if (pthread_cond_timedwait(&s->stop, &s->lock, &until) ==
		    ETIMEDOUT)
			break;
	}
}

static void
note_fault(struct answer *a, const struct request *q)
{
	ledger_text(&a->lines, "fault");
	ledger_text(&a->lines, q->fault->name);
	ledger_text(&a->lines, q->path);
	ledger_text(&a->lines, q->id);
	ledger_end(&a->lines);
}

/* Holds the lock.  False: the connection is to be closed. */
static bool
work(struct server *s, struct request *q, struct answer *a)
{
	const struct fault *f = q->fault;
	enum fault_action action;

	if (!f) {
		s->options->handle(s->options->cls, q, a);
		return true;
	}
	action = f->action;
	note_fault(a, q);
	if (action == FAULT_HANG || action == FAULT_DELAY) {
		ledger_write(s->ledger, &a->lines);
		buf_clear(&a->lines);
		rest(s, action == FAULT_HANG ? -1 : f->number);
		q->now = now(s);
	}
	if (s->stopping || action == FAULT_HANG || action == FAULT_RESET)
		return false;
	if (fault_answer(f, a)) {
		s->options->handle(s->options->cls, q, a);
		fault_change(f, a);
	}
	return action != FAULT_RESET_AFTER;
}

static enum MHD_Result
reply(struct server *s, struct request *q)
{
	struct MHD_Response *r = NULL;
	enum MHD_Result rc = MHD_NO;
	struct answer a;
	bool answered;

	answer_init(&a);
	digest_uuid(q->id);
	pthread_mutex_lock(&s->lock);
	q->now = now(s);
	q->fault = fault_next(s->script, q->path);
	answered = work(s, q, &a);
	ledger_write(s->ledger, &a.lines);
	pthread_mutex_unlock(&s->lock);
	if (answered) {
		r = make_response(&a, q);
		rc = MHD_queue_response(q->connection, a.status, r);
		MHD_destroy_response(r);
	} else {
		rc = reset(q);
	}
	answer_free(&a);
	return rc;
}

/* The types of the next two functions are libmicrohttpd's. */
static enum MHD_Result
serve(void *cls, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **state)
{
	struct server *s = cls;
	struct buf *body = *state;
	struct request q;

	(void)version;
	if (!body) {
		body = calloc(1, sizeof(*body));
		if (!body)
			die(DIE_IO, "out of memory");
		*state = body;
		return MHD_YES;
	}
	if (*size > 0) {
		buf_put(body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	q = (struct request){ .connection = connection,
		.method = method,
		.path = url,
		.body = buf_cstr(body),
		.size = body->size,
		.scheme = s->options->cert_file ? "https" : "http" };
	return reply(s, &q);
}

static void
completed(void *cls, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code)
{
	struct buf *body = *state;

	(void)cls;
	(void)connection;
	(void)code;
	if (body)
		buf_free(body);
	free(body);
	*state = NULL;
}

static struct MHD_Daemon *
start(struct server *s)
{
	const struct server_options *o = s->options;
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD |
	    MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
	    MHD_USE_SUPPRESS_DATE_NO_CLOCK;
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct buf cert = { 0 }, key = { 0 };
	struct MHD_Daemon *d;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, NULL },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};

	address.sin_port = htons((uint16_t)o->port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (o->cert_file) {
		if (buf_file(&cert, o->cert_file))
			die(DIE_IO, "%s: %s", o->cert_file, strerror(errno));
		if (buf_file(&key, o->key_file))
			die(DIE_IO, "%s: %s", o->key_file, strerror(errno));
		flags |= MHD_USE_TLS;
		tls[0].ptr_value = cert.bytes;
		tls[1].ptr_value = key.bytes;
	} else {
		tls[0].option = MHD_OPTION_END;
	}
	d = MHD_start_daemon(flags, 0, NULL, NULL, serve, s,
	    MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED,
	    completed, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)131072,
	    MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	if (!d)
		die(DIE_IO, "cannot listen on port %lld, or bad certificate",
		    (long long)o->port);
	buf_free(&cert);
	buf_free(&key);
	return d;
}

static void
obey_faults(struct server *s, const char *path)
{
	struct fault_script *next = NULL;
	char message[FAULT_MESSAGE];

	if (fault_load(&next, path, message)) {
		printf("error %s\n", message);
		return;
	}
	pthread_mutex_lock(&s->lock);
	next->older = s->script;
	s->script = next;
	pthread_mutex_unlock(&s->lock);
	printf("ok\n");
}

static void
obey(struct server *s, char *line)
{
	char *end;
	long long t;

	line[strcspn(line, "\r\n")] = '\0';
	if (strncmp(line, "clock ", 6) == 0) {
		t = strtoll(line + 6, &end, 10);
		if (end > line + 6 && *end == '\0' && t >= 0) {
			pthread_mutex_lock(&s->lock);
			s->clock = t;
			pthread_mutex_unlock(&s->lock);
			printf("ok\n");
			return;
		}
	} else if (strncmp(line, "faults ", 7) == 0) {
		obey_faults(s, line + 7);
		return;
	}
	printf("error unknown command\n");
}

static void
obey_all(struct server *s)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) >= 0) {
		obey(s, line);
		fflush(stdout);
	}
	free(line);
}

static void
prepare(struct server *s, const struct server_options *o)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	char message[FAULT_MESSAGE];
	pthread_condattr_t monotonic;

	s->options = o;
	s->clock = o->clock;
	if (o->faults_file && fault_load(&s->script, o->faults_file, message))
		die(DIE_USAGE, "%s", message);
	s->ledger = ledger_open(o->ledger_file);
	sigaction(SIGPIPE, &ignore, NULL);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->stop, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

void
server_run(const struct server_options *o)
{
	struct server s = { 0 };
	const union MHD_DaemonInfo *info;
	struct MHD_Daemon *d;

	if (!o->cert_file != !o->key_file)
		die(DIE_USAGE, "--cert and --key go together");
	if (o->port < 0 || o->port > 65535)
		die(DIE_USAGE, "--port: out of range");
	prepare(&s, o);
	d = start(&s);
	info = MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT);
	printf("port %u\n", info ? (unsigned)info->port : 0);
	fflush(stdout);
	obey_all(&s);
	pthread_mutex_lock(&s.lock);
	s.stopping = true;
	pthread_cond_broadcast(&s.stop);
	pthread_mutex_unlock(&s.lock);
	MHD_stop_daemon(d);
	fault_free(s.script);
}
