/* HTTP against a server that plays a script, clean and dirty. */
#include "buf.h"
#include "clock.h"
#include "err.h"
#include "http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { CAP = 1 << 20 };

static char dir[] = "/tmp/http_test.XXXXXX";

/* What the server does with one request, after it has read it whole. */
enum then {
	STOP, /* end of the script */
	KEEP, /* keep the connection for the next request */
	CLOSE,
	RESET,
	HANG, /* say no more until the test ends */
	FLOOD, /* a gigabyte, or as much of it as is taken */
	REFUSE, /* close before anything is read */
};

struct step {
	enum then then;
	const char *answer;
	size_t n; /* 0: a string */
};

struct server {
	int fd;
	char base[64]; /* "http://127.0.0.1:port" */
	char tls[64]; /* the same in https, which it does not speak */
	pthread_t thread;
	const struct step *script;
	int connections;
	int requests;
};

/* All that the server of this test has read; look once it is closed. */
static struct buf heard;

static bool
read_request(struct server *s, int fd)
{
	size_t start = heard.len;
	size_t want = SIZE_MAX;

	while (heard.len - start < want) {
		char in[4096];
		ssize_t n = read(fd, in, sizeof in);
		const char *end;
		const char *length;

		if (n <= 0)
			return false;
		buf_put(&heard, in, (size_t)n);
		end = strstr(heard.data + start, "\r\n\r\n");
		if (!end)
			continue;
		length = strstr(heard.data + start, "Content-Length: ");
		want = (size_t)(end + 4 - heard.data) - start +
		    (length ? strtoul(length + 16, NULL, 10) : 0);
	}
	s->requests++;
	return true;
}

static bool
say(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t done = write(fd, data, n);

		if (done <= 0)
			return false;
		data += done;
		n -= (size_t)done;
	}
	return true;
}

static void
flood(int fd)
{
	static const char zeros[1 << 16];

	for (int i = 0; i < 1 << 14; i++)
		if (!say(fd, zeros, sizeof zeros))
			return;
}

static void
hang_up(int *fd, bool reset)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (*fd < 0)
		return;
	if (reset)
		setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(*fd);
	*fd = -1;
}

static void *
play(void *arg)
{
	struct server *s = arg;
	int fd = -1;

	for (const struct step *p = s->script; p->then != STOP; p++) {
		if (fd < 0) {
			fd = accept(s->fd, NULL, NULL);
			if (fd < 0)
				return NULL; /* the test is over */
			s->connections++;
		}
		if (p->then == REFUSE || !read_request(s, fd)) {
			hang_up(&fd, false);
			continue;
		}
		if (p->answer)
			say(fd, p->answer, p->n ? p->n : strlen(p->answer));
		if (p->then == FLOOD)
			flood(fd);
		if (p->then == HANG)
			while (accept(s->fd, NULL, NULL) >= 0)
				;
		if (p->then != KEEP)
			hang_up(&fd, p->then == RESET);
	}
	hang_up(&fd, false);
	return NULL;
}

static void
server_open(struct server *s, const struct step *script)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct sockaddr *sa = (struct sockaddr *)&a;
	socklen_t n = sizeof a;

	buf_clear(&heard);
	*s = (struct server){ .script = script };
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, sa, n), 0);
	assert_int_equal(listen(s->fd, 16), 0);
	assert_int_equal(getsockname(s->fd, sa, &n), 0);
	snprintf(
	    s->base, sizeof s->base, "http://127.0.0.1:%d", ntohs(a.sin_port));
	snprintf(
	    s->tls, sizeof s->tls, "https://127.0.0.1:%d", ntohs(a.sin_port));
	assert_int_equal(pthread_create(&s->thread, NULL, play, s), 0);
}

static void
server_close(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
}

static struct http *
open_http(const struct http_options *opt)
{
	struct err e = { 0 };
	struct http *h = NULL;

	if (http_open(&h, opt, &e))
		fail_msg("%s", e.msg);
	return h;
}

static struct http *
plain(void)
{
	return open_http(&(struct http_options){ 0 });
}

/* GET, or POST where there is a body. */
static struct http_answer *
call(struct http *h, const char *base, const char *body, int64_t timeout_ms)
{
	static const char *const headers[] = { "Content-Type: text/x",
		"X-Key: k", NULL };
	struct err e = { 0 };
	struct http_answer *a = NULL;
	char url[128];

	snprintf(url, sizeof url, "%s/p/q?secret=1#f", base);
	if (http_call(h,
		&(struct http_request){
		    .method = body ? "POST" : "GET",
		    .url = url,
		    .headers = headers,
		    .body = body,
		    .body_len = body ? strlen(body) : 0,
		    .answer_cap = CAP,
		    .timeout_ms = timeout_ms,
		},
		&a, &e))
		fail_msg("%s", e.msg);
	return a;
}

/* The detail names the URL without its query, then says this somewhere. */
static void
assert_detail(const struct http_answer *a, const char *base, const char *want)
{
	char where[128];
	int n = snprintf(where, sizeof where, "%s/p/q: ", base);

	assert_memory_equal(a->detail, where, (size_t)n);
	if (!strstr(a->detail + n, want))
		fail_msg("\"%s\" instead of \"%s\"", a->detail + n, want);
}

static void
pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

#define OK_2 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static void
an_answer_comes_whole_and_the_connection_is_kept(void **state)
{
	static const struct step script[] = {
		{ KEEP,
		    "HTTP/1.1 100 Continue\r\nX-No: 1\r\n\r\n"
		    "HTTP/1.1 429 Slow\r\nX-A: 1\r\nx-a:  2 \r\n"
		    "Transfer-Encoding: chunked\r\n\r\n"
		    "3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-T: t\r\n\r\n",
		    0 },
		{ KEEP, OK_2, 0 },
		{ STOP, NULL, 0 },
	};
	struct http_answer *a;
	struct server s;
	struct http *h = plain();

	(void)state;
	server_open(&s, script);
	a = call(h, s.base, "the body", 5000);
	assert_int_equal(a->end, HTTP_ANSWERED);
	assert_int_equal(a->status, 429);
	assert_string_equal(a->body.data, "abcdefg");
	assert_string_equal(http_header(a, "X-a"), "2");
	assert_null(http_header(a, "X-No"));
	assert_null(http_header(a, "X-T"));
	assert_true(a->latency_ms >= 0 && a->latency_ms < 5000);
	assert_detail(a, s.base, "status 429");
	http_answer_free(a);

	a = call(h, s.base, NULL, 5000);
	assert_int_equal(a->end, HTTP_ANSWERED);
	assert_string_equal(a->body.data, "ok");
	http_answer_free(a);
	http_close(h);
	server_close(&s);
	assert_int_equal(s.connections, 1);
	assert_memory_equal(heard.data, "POST /p/q?secret=1 HTTP/1.1\r\n", 29);
	assert_non_null(
	    strstr(heard.data, "\r\nUser-Agent: m2s/" M2S_VERSION "\r\n"));
	assert_non_null(strstr(heard.data, "\r\nX-Key: k\r\n"));
	assert_non_null(strstr(heard.data, "\r\n\r\nthe bodyGET /p/q"));
}

static void
a_large_body_goes_without_waiting_for_leave(void **state)
{
	static const struct step script[] = { { CLOSE, OK_2, 0 },
		{ STOP, NULL, 0 } };
	static char body[3 << 20];
	struct http_answer *a;
	struct server s;
	struct http *h = plain();

	(void)state;
	memset(body, 'x', sizeof body - 1);
	server_open(&s, script);
	a = call(h, s.base, body, 5000);
	assert_int_equal(a->end, HTTP_ANSWERED);
	http_answer_free(a);
	http_close(h);
	server_close(&s);
	assert_null(strstr(heard.data, "Expect"));
	assert_true(heard.len > sizeof body - 1);
}

static void
every_way_to_end_is_told(void **state)
{
	static const struct {
		struct step step;
		enum http_end end;
		int status;
		const char *detail;
	} cases[] = {
		{ { CLOSE, NULL, 0 }, HTTP_CUT, 0, "Empty reply" },
		{ { RESET, NULL, 0 }, HTTP_CUT, 0, "reset" },
		{ { REFUSE, NULL, 0 }, HTTP_CUT, 0, "" },
		{ { HANG, NULL, 0 }, HTTP_CUT, 0, "timed out" },
		{ { HANG, "HTTP/1.1 200 OK\r\n\r\nab", 0 }, HTTP_CUT, 200,
		    "timed out" },
		{ { CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
		      0 },
		    HTTP_CUT, 200, "1 bytes remaining" },
		{ { CLOSE,
		      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		      "2\r\nab\r\n",
		      0 },
		    HTTP_CUT, 200, "outstanding read data" },
		{ { CLOSE, "HTTP/1.1 200 OK\r\nX", 0 }, HTTP_CUT, 200,
		    "cut among the headers" },
		{ { CLOSE, "HTTP/1.1 200 OK\r\nX: y\r\n", 0 }, HTTP_CUT, 200,
		    "cut among the headers" },
		{ { CLOSE, "HTTP/1.1 100 Continue\r\n\r\n", 0 }, HTTP_CUT, 100,
		    "" },
		{ { CLOSE, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n",
		      0 },
		    HTTP_CUT, 200, "cut among the headers" },
		{ { CLOSE, "gibberish\r\n\r\n", 0 }, HTTP_CUT, 0, "HTTP/0.9" },
		{ { CLOSE,
		      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
		      "Content-Length: 9\r\n\r\nnot gzip!",
		      0 },
		    HTTP_CUT, 200, "content" },
		{ { CLOSE,
		      "HTTP/1.1 302 Found\r\nLocation: /other\r\n"
		      "Content-Length: 0\r\n\r\n",
		      0 },
		    HTTP_REDIRECT, 302, "status 302, a redirect" },
		{ { CLOSE, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 0 },
		    HTTP_ANSWERED, 404, "status 404" },
		{ { FLOOD,
		      "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n",
		      0 },
		    HTTP_TOO_LARGE, 200, "more than 1048576 bytes" },
		{ { FLOOD, "HTTP/1.1 200 OK\r\n\r\n", 0 }, HTTP_TOO_LARGE, 200,
		    "more than 1048576 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct step script[] = { cases[i].step, { STOP, NULL, 0 } };
		struct http *h = plain();
		struct http_answer *a;
		struct server s;

		server_open(&s, script);
		a = call(
		    h, s.base, "x", cases[i].step.then == HANG ? 300 : 5000);
		assert_int_equal(a->end, cases[i].end);
		assert_int_equal(a->status, cases[i].status);
		assert_detail(a, s.base, cases[i].detail);
		assert_true(a->body.len <= CAP);
		http_answer_free(a);
		http_close(h);
		server_close(&s);
	}
}

static void
a_body_of_exactly_the_cap_is_taken(void **state)
{
	struct buf answer = { 0 };
	struct step script[] = { { CLOSE, NULL, 0 }, { STOP, NULL, 0 } };
	struct http *h = plain();
	struct http_answer *a;
	struct server s;

	(void)state;
	buf_printf(
	    &answer, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", CAP);
	for (int i = 0; i < CAP; i++)
		buf_putc(&answer, 'x');
	script[0].answer = answer.data;
	server_open(&s, script);
	a = call(h, s.base, NULL, 5000);
	assert_int_equal(a->end, HTTP_ANSWERED);
	assert_int_equal(a->body.len, CAP);
	http_answer_free(a);
	http_close(h);
	server_close(&s);
	buf_free(&answer);
}

static void
too_many_headers_end_the_exchange(void **state)
{
	struct buf answer = { 0 };
	struct step script[] = { { CLOSE, NULL, 0 }, { STOP, NULL, 0 } };
	struct http *h = plain();
	struct http_answer *a;
	struct server s;

	(void)state;
	buf_puts(&answer, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 10000; i++)
		buf_puts(&answer, "X: yyyyy\r\n");
	buf_puts(&answer, "\r\n");
	script[0].answer = answer.data;
	server_open(&s, script);
	a = call(h, s.base, NULL, 5000);
	assert_int_equal(a->end, HTTP_CUT);
	assert_detail(a, s.base, "more than 65536 bytes of headers");
	http_answer_free(a);
	http_close(h);
	server_close(&s);
	buf_free(&answer);
}

/* What a shell command prints, as a body packed with gzip. */
static void
gzip_answer(struct buf *b, const char *command)
{
	struct buf body = { 0 };
	char in[4096];
	size_t n;
	FILE *f = popen(command, "r"); /* NOLINT(cert-env33-c): a test */

	assert_non_null(f);
	while ((n = fread(in, 1, sizeof in, f)))
		buf_put(&body, in, n);
	assert_int_equal(pclose(f), 0);
	buf_printf(b,
	    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    body.len);
	buf_put(b, body.data, body.len);
	buf_free(&body);
}

static void
a_packed_body_is_decoded_and_its_size_bounded(void **state)
{
	static const struct {
		const char *command;
		enum http_end end;
		size_t len;
	} cases[] = {
		{ "printf '%05000d' 1 | gzip -c", HTTP_ANSWERED, 5000 },
		{ "printf '%05000d' 1 | gzip -c | sed 's/$/x/'", HTTP_CUT,
		    5000 },
		/* This libcurl does not notice; http.h tells of it. */
		{ "printf '%05000d' 1 | gzip -c | head -c 20", HTTP_ANSWERED,
		    0 },
		{ "head -c 64M /dev/zero | gzip -1c", HTTP_TOO_LARGE, CAP },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf answer = { 0 };
		struct step script[] = { { CLOSE, NULL, 0 },
			{ STOP, NULL, 0 } };
		struct http *h = plain();
		struct http_answer *a;
		struct server s;

		gzip_answer(&answer, cases[i].command);
		script[0].answer = answer.data;
		script[0].n = answer.len;
		server_open(&s, script);
		a = call(h, s.base, NULL, 5000);
		assert_int_equal(a->end, cases[i].end);
		assert_int_equal(a->body.len, cases[i].len);
		assert_true(a->body.cap / 2 < CAP);
		http_answer_free(a);
		http_close(h);
		server_close(&s);
		buf_free(&answer);
	}
}

/* Of the kind that libcurl alone would send once more, and say nothing. */
static void
a_kept_connection_that_dies_is_cut_and_nothing_is_sent_twice(void **state)
{
	static const enum then ways[] = { CLOSE, RESET };
	static const char *const bodies[] = { "the body", "", NULL };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct step script[] = { { KEEP, OK_2, 0 },
			{ ways[i / 3], NULL, 0 }, { CLOSE, OK_2, 0 },
			{ STOP, NULL, 0 } };
		struct http *h = plain();
		struct http_answer *a;
		struct server s;

		server_open(&s, script);
		a = call(h, s.base, bodies[i % 3], 5000);
		assert_int_equal(a->end, HTTP_ANSWERED);
		http_answer_free(a);
		a = call(h, s.base, bodies[i % 3], 5000);
		assert_int_equal(a->end, HTTP_CUT);
		assert_detail(a, s.base, "died without an answer");
		http_answer_free(a);
		http_close(h);
		server_close(&s);
		assert_int_equal(s.requests, 2);
	}
}

static void
a_kept_connection_found_closed_is_replaced(void **state)
{
	static const struct step script[] = { { CLOSE, OK_2, 0 },
		{ CLOSE, OK_2, 0 }, { STOP, NULL, 0 } };
	struct http *h = plain();
	struct server s;

	(void)state;
	server_open(&s, script);
	for (int i = 0; i < 2; i++) {
		struct http_answer *a = call(h, s.base, "x", 5000);

		assert_int_equal(a->end, HTTP_ANSWERED);
		http_answer_free(a);
		pause_ms(50); /* the close must have come through */
	}
	http_close(h);
	server_close(&s);
	assert_int_equal(s.requests, 2);
}

static void
no_proxy_comes_between_us_and_this_machine(void **state)
{
	static const struct step script[] = { { CLOSE, OK_2, 0 },
		{ STOP, NULL, 0 } };
	struct http *h = plain();
	struct http_answer *a;
	struct server s;

	(void)state;
	server_open(&s, script);
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	a = call(h, s.base, NULL, 5000);
	unsetenv("http_proxy");
	assert_int_equal(a->end, HTTP_ANSWERED);
	http_answer_free(a);
	http_close(h);
	server_close(&s);
}

static void
nothing_is_sent_where_no_connection_comes_about(void **state)
{
	static const struct step quiet[] = { { HANG, NULL, 0 },
		{ STOP, NULL, 0 } };
	static const struct step curt[] = { { REFUSE, NULL, 0 },
		{ STOP, NULL, 0 } };
	struct http *h = plain();
	struct http_answer *a;
	struct server s;

	(void)state;
	server_open(&s, quiet); /* a TLS handshake that is never answered */
	a = call(h, s.tls, "x", 300);
	assert_int_equal(a->end, HTTP_NOT_SENT);
	assert_detail(a, s.tls, "time");
	http_answer_free(a);
	server_close(&s);

	a = call(h, s.base, "x", 5000); /* nobody listens any more */
	assert_int_equal(a->end, HTTP_NOT_SENT);
	assert_int_equal(a->status, 0);
	assert_detail(a, s.base, "Failed to connect");
	http_answer_free(a);

	server_open(&s, curt);
	a = call(h, s.tls, "x", 5000);
	assert_int_equal(a->end, HTTP_NOT_SENT);
	http_answer_free(a);
	server_close(&s);
	http_close(h);
}

static void
a_host_that_has_no_address_is_not_sent_to(void **state)
{
	struct http *h = plain();
	struct http_answer *a = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(http_call(h,
			     &(struct http_request){ .method = "GET",
				 .url = "https://no.such.invalid/x?y=z",
				 .timeout_ms = 5000 },
			     &a, &e),
	    0);
	assert_int_equal(a->end, HTTP_NOT_SENT);
	assert_string_equal(a->detail,
	    "https://no.such.invalid/x: Could not resolve host: "
	    "no.such.invalid");
	http_answer_free(a);
	http_close(h);
}

static void
several_at_once_come_back_to_their_owners(void **state)
{
	static const char last[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n"
				   "Content-Length: 2\r\n\r\nok";
	static const struct step script[] = { { CLOSE, last, 0 },
		{ CLOSE, last, 0 }, { CLOSE, last, 0 }, { CLOSE, last, 0 },
		{ CLOSE, last, 0 }, { STOP, NULL, 0 } };
	struct http *h = open_http(&(struct http_options){ .parallel = 2 });
	struct http_answer *a;
	struct err e = { 0 };
	struct server s;
	int seen[5] = { 0 };
	int n = 0;
	void *owner;

	(void)state;
	server_open(&s, script);
	for (int i = 0; i < 5; i++)
		assert_int_equal(http_start(h,
				     &(struct http_request){ .method = "GET",
					 .url = s.base,
					 .answer_cap = 2,
					 .timeout_ms = 5000 },
				     &seen[i], &e),
		    0);
	while (n < 5) {
		assert_int_equal(http_wait(h, 5000, &a, &owner, &e), 0);
		if (!a)
			continue;
		assert_int_equal(a->end, HTTP_ANSWERED);
		++*(int *)owner;
		http_answer_free(a);
		n++;
	}
	for (int i = 0; i < 5; i++)
		assert_int_equal(seen[i], 1);
	http_close(h);
	server_close(&s);
}

static void
nothing(int signal)
{
	(void)signal;
}

static void
a_wait_lets_the_caller_see_a_signal(void **state)
{
	static const struct step script[] = { { HANG, NULL, 0 },
		{ STOP, NULL, 0 } };
	struct sigaction act = { .sa_handler = nothing };
	struct itimerval soon = { .it_value = { .tv_usec = 50000 } };
	struct http *h = plain();
	struct http_answer *a;
	struct err e = { 0 };
	struct server s;
	int64_t start;
	void *owner;

	(void)state;
	server_open(&s, script);
	assert_int_equal(
	    http_start(h,
		&(struct http_request){
		    .method = "GET", .url = s.base, .timeout_ms = 60000 },
		NULL, &e),
	    0);
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	start = clock_monotonic_ms();
	assert_int_equal(http_wait(h, 60000, &a, &owner, &e), 0);
	assert_null(a);
	assert_true(clock_monotonic_ms() - start < 1000);
	http_close(h); /* with a request under way */
	server_close(&s);
}

/* `openssl s_server` with more options, at a port of its choice. */
static pid_t
tls_open(const char *ip, const char *options, char base[64])
{
	int fd[2];
	char line[256];
	char command[512];
	pid_t pid;
	FILE *f;

	snprintf(command, sizeof command,
	    "exec openssl s_server -accept %s:0 -www %s 2>&1", ip, options);
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fd[1], STDOUT_FILENO);
		close(fd[0]);
		if (!chdir(dir))
			execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	f = fdopen(fd[0], "r");
	base[0] = '\0';
	while (!base[0] && fgets(line, sizeof line, f))
		if (strncmp(line, "ACCEPT ", 7) == 0)
			snprintf(base, 64, "https://%.*s",
			    (int)strcspn(line + 7, "\n"), line + 7);
	fclose(f);
	assert_string_not_equal(base, "");
	return pid;
}

static void
tls_close(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#define CERT(name) "-cert " name ".pem -key " name ".key"

static void
a_peer_is_always_verified(void **state)
{
	static const struct {
		const char *ip;
		const char *options;
		bool own_ca;
		enum http_end end;
		const char *detail;
	} cases[] = {
		{ "127.0.0.1", CERT("server"), true, HTTP_ANSWERED,
		    "status 200" },
		{ "127.0.0.1", CERT("server"), false, HTTP_UNTRUSTED,
		    "unable to get local issuer certificate" },
		{ "127.0.0.1", CERT("foreign"), true, HTTP_UNTRUSTED,
		    "unable to get local issuer certificate" },
		{ "127.0.0.1", CERT("expired"), true, HTTP_UNTRUSTED,
		    "certificate has expired" },
		{ "127.0.0.2", CERT("server"), true, HTTP_UNTRUSTED,
		    "no alternative certificate subject name matches" },
		{ "127.0.0.1", CERT("server") " -tls1_2", true, HTTP_ANSWERED,
		    "status 200" },
		{ "127.0.0.1",
		    CERT("server") " -tls1_1 -cipher DEFAULT@SECLEVEL=0", true,
		    HTTP_NOT_SENT, "protocol version" },
	};
	char ca[64];

	(void)state;
	snprintf(ca, sizeof ca, "%s/ca.pem", dir);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct http *h = open_http(&(struct http_options){
		    .ca_file = cases[i].own_ca ? ca : NULL });
		char base[64];
		pid_t pid = tls_open(cases[i].ip, cases[i].options, base);
		struct http_answer *a = call(h, base, NULL, 5000);

		assert_detail(a, base, cases[i].detail);
		assert_int_equal(a->end, cases[i].end);
		http_answer_free(a);
		http_close(h);
		tls_close(pid);
	}
}

static void
a_client_certificate_is_shown(void **state)
{
	struct http_options opt = { 0 };
	struct http_answer *a;
	struct http *h;
	char ca[64];
	char cert[64];
	char key[64];
	char base[64];
	pid_t pid = tls_open("127.0.0.1",
	    CERT("server") " -CAfile ca.pem -Verify 1 -verify_return_error"
			   " -purpose any",
	    base);

	(void)state;
	snprintf(ca, sizeof ca, "%s/ca.pem", dir);
	snprintf(cert, sizeof cert, "%s/server.pem", dir);
	snprintf(key, sizeof key, "%s/server.key", dir);
	opt.ca_file = ca;
	h = open_http(&opt);
	a = call(h, base, NULL, 5000);
	assert_int_equal(a->end, HTTP_CUT);
	assert_detail(a, base, "certificate required");
	http_answer_free(a);
	http_close(h);

	opt.client_cert_file = cert;
	opt.client_key_file = key;
	h = open_http(&opt);
	a = call(h, base, NULL, 5000);
	assert_detail(a, base, "status 200");
	http_answer_free(a);
	http_close(h);

	tls_close(pid);
}

static void
a_bad_file_is_named_at_once(void **state)
{
	static const struct {
		struct http_options opt;
		const char *msg;
	} cases[] = {
		{ { .ca_file = "/nonexistent/ca.pem" },
		    "/nonexistent/ca.pem: No such file or directory" },
		{ { .ca_file = "/dev/null" },
		    "/dev/null: no CERTIFICATE in PEM form" },
		{ { .client_cert_file = "/dev/null" },
		    "/dev/null: no CERTIFICATE in PEM form" },
		{ { .client_key_file = "/dev/null" },
		    "/dev/null: no PRIVATE KEY in PEM form" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err e = { 0 };
		struct http *h = NULL;

		assert_int_equal(http_open(&h, &cases[i].opt, &e), -1);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_string_equal(e.msg, cases[i].msg);
	}
}

static void
a_url_that_may_not_be_used_is_refused(void **state)
{
	static const struct {
		const char *url;
		const char *msg;
	} cases[] = {
		{ "http://example.com/p?q",
		    "http://example.com/p: not https, nor http to loopback" },
		{ "ftp://127.0.0.1/x",
		    "ftp://127.0.0.1/x: not https, nor http to loopback" },
		{ "https://user:secret@example.com/",
		    "not a URL that can be used" },
		{ "example.com", "not a URL that can be used" },
		{ "https://exa mple.com", "not a URL that can be used" },
	};
	struct http *h = plain();

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err e = { 0 };

		assert_int_equal(http_start(h,
				     &(struct http_request){ .method = "GET",
					 .url = cases[i].url,
					 .timeout_ms = 1 },
				     NULL, &e),
		    -1);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_string_equal(e.msg, cases[i].msg);
	}
	http_close(h);
}

static void
a_url_tells_what_it_reaches(void **state)
{
	static const struct {
		const char *url;
		const char *host; /* NULL: no URL */
		bool loopback;
	} cases[] = {
		{ "https://API.services.mimecast.com/x?y",
		    "api.services.mimecast.com:443", false },
		{ "http://127.0.0.1:8080", "127.0.0.1:8080", true },
		{ "http://127.1/", "127.0.0.1:80", true },
		{ "https://127.255.0.9/", "127.255.0.9:443", true },
		{ "https://LocalHost/", "localhost:443", true },
		{ "https://[::1]/", "[::1]:443", true },
		{ "https://[::2]/", "[::2]:443", false },
		{ "https://127.0.0.1.example.com/", "127.0.0.1.example.com:443",
		    false },
		{ "https://localhost.example.com/", "localhost.example.com:443",
		    false },
		{ "https://localhost@example.com/", NULL, false },
		{ "syslog+tls://127.0.0.1:6514", "127.0.0.1:6514", true },
		{ "syslog+tls://127.0.0.1", NULL, true },
		{ "https:///", NULL, false },
		{ "127.0.0.1", NULL, false },
		{ "", NULL, false },
	};
	char host[300];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool is = http_host(cases[i].url, host);

		assert_int_equal(is, cases[i].host != NULL);
		if (is)
			assert_string_equal(host, cases[i].host);
		assert_int_equal(
		    http_is_loopback(cases[i].url), cases[i].loopback);
	}
}

static int
make_certificates(void **state)
{
	char command[128];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(command, sizeof command, "tests/sim/pki.sh %s", dir);
	return system(command); /* NOLINT(cert-env33-c): a test */
}

static int
drop_certificates(void **state)
{
	char command[128];

	(void)state;
	buf_free(&heard);
	snprintf(command, sizeof command, "rm -r %s", dir);
	return system(command); /* NOLINT(cert-env33-c): a test */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_answer_comes_whole_and_the_connection_is_kept),
		cmocka_unit_test(a_large_body_goes_without_waiting_for_leave),
		cmocka_unit_test(every_way_to_end_is_told),
		cmocka_unit_test(a_body_of_exactly_the_cap_is_taken),
		cmocka_unit_test(too_many_headers_end_the_exchange),
		cmocka_unit_test(a_packed_body_is_decoded_and_its_size_bounded),
		cmocka_unit_test(
		    a_kept_connection_that_dies_is_cut_and_nothing_is_sent_twice),
		cmocka_unit_test(a_kept_connection_found_closed_is_replaced),
		cmocka_unit_test(no_proxy_comes_between_us_and_this_machine),
		cmocka_unit_test(
		    nothing_is_sent_where_no_connection_comes_about),
		cmocka_unit_test(a_host_that_has_no_address_is_not_sent_to),
		cmocka_unit_test(several_at_once_come_back_to_their_owners),
		cmocka_unit_test(a_wait_lets_the_caller_see_a_signal),
		cmocka_unit_test(a_peer_is_always_verified),
		cmocka_unit_test(a_client_certificate_is_shown),
		cmocka_unit_test(a_bad_file_is_named_at_once),
		cmocka_unit_test(a_url_that_may_not_be_used_is_refused),
		cmocka_unit_test(a_url_tells_what_it_reaches),
	};

	return cmocka_run_group_tests(
	    tests, make_certificates, drop_certificates);
}
