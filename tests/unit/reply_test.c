#include "http.h"
#include "reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct scan scan;

#define PAGE "{\"meta\":{\"status\":200},\"data\":[],\"fail\":[]}"
#define FAIL(code) "{\"fail\":[{\"code\":\"" code "\",\"message\":\"m\"}]}"
#define META(status) "{\"meta\":{\"status\":" #status "},\"data\":[]}"

static const struct {
	int status;
	const char *body;
	enum reply_kind kind;
	enum err_kind err;
	const char *msg;
} answers[] = {
	{ 200, PAGE, REPLY_GOOD, ERR_NONE, "" },
	{ 200, "{}", REPLY_UNREADABLE, ERR_RETRY, "no meta" },
	{ 200, "\xff", REPLY_UNREADABLE, ERR_RETRY,
	    "not JSON at byte 0: expected a value" },
	{ 200, " \r\n<html></html>", REPLY_AGAIN, ERR_RETRY,
	    "HTML came where JSON was due" },
	{ 200, FAIL("err_busy"), REPLY_AGAIN, ERR_RETRY, "fail: err_busy m" },
	{ 200, META(500), REPLY_AGAIN, ERR_RETRY, "status 500" },
	{ 200, META(403), REPLY_STOP, ERR_DENIED,
	    "status 403: grant the application the role Monitoring | URL "
	    "Protection | Read" },
	{ 200, META(429), REPLY_QUOTA, ERR_RETRY, "status 429: quota used up" },
	{ 200, FAIL("err_developer_key"), REPLY_DOUBTED, ERR_AUTH,
	    "status 200 err_developer_key: m: the service does not accept our "
	    "authorization: check the credentials" },
	{ 200, FAIL("token_expired"), REPLY_DOUBTED, ERR_AUTH,
	    "status 200 token_expired: m: the service does not accept our "
	    "authorization: check the credentials" },
	{ 401, FAIL("token_expired"), REPLY_DOUBTED, ERR_AUTH,
	    "status 401 token_expired: m: the service does not accept our "
	    "authorization: check the credentials" },
	{ 401, "", REPLY_DOUBTED, ERR_AUTH,
	    "status 401: the service does not accept our authorization: "
	    "check the credentials" },
	{ 403, FAIL("app_forbidden"), REPLY_STOP, ERR_DENIED,
	    "status 403 app_forbidden: m: grant the application the role "
	    "Monitoring | URL Protection | Read" },
	{ 418, "teapot", REPLY_STOP, ERR_AUTH,
	    "status 418: the access key has expired: set the service user's "
	    "Authentication Cache TTL to Never Expires and make new keys" },
	{ 401, FAIL("err_xdk_binding_expired"), REPLY_STOP, ERR_AUTH,
	    "status 401 err_xdk_binding_expired: m: the access key has "
	    "expired: set the service user's Authentication Cache TTL to "
	    "Never Expires and make new keys" },
	/* A page in an error is no page. */
	{ 429, PAGE, REPLY_QUOTA, ERR_RETRY, "status 429: quota used up" },
	{ 500, PAGE, REPLY_AGAIN, ERR_RETRY, "status 500" },
	{ 204, "", REPLY_AGAIN, ERR_RETRY, "status 204" },
	{ 408, "", REPLY_AGAIN, ERR_RETRY, "status 408" },
	{ 400, FAIL("err_validation"), REPLY_REFUSED, ERR_DENIED,
	    "status 400 err_validation: m: the service refuses the request" },
	{ 404, "<html>", REPLY_REFUSED, ERR_DENIED,
	    "status 404: there is no such call: check base_url" },
};

static void
an_answer_has_one_meaning(void **state)
{
	struct envelope v;
	struct reply r;

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		struct http_answer a = {
			.end = HTTP_ANSWERED,
			.status = answers[i].status,
		};

		buf_puts(&a.body, answers[i].body);
		reply_judge_page(&r, &v, &scan, &a, TTP_URL);
		assert_string_equal(r.err.msg, answers[i].msg);
		assert_int_equal(r.kind, answers[i].kind);
		assert_int_equal(r.err.kind, answers[i].err);
		buf_free(&a.body);
	}
}

static const struct {
	enum http_end end;
	enum reply_kind kind;
	enum err_kind err;
	const char *msg;
} ends[] = {
	{ HTTP_NOT_SENT, REPLY_AGAIN, ERR_RETRY, "https://x: why" },
	{ HTTP_CUT, REPLY_AGAIN, ERR_RETRY, "https://x: why" },
	{ HTTP_TOO_LARGE, REPLY_TOO_LARGE, ERR_RETRY, "https://x: why" },
	{ HTTP_UNTRUSTED, REPLY_STOP, ERR_DENIED,
	    "https://x: why: its certificate is not accepted: check base_url "
	    "and ca_file" },
	{ HTTP_REDIRECT, REPLY_STOP, ERR_DENIED,
	    "https://x: why: it is not followed: check base_url" },
};

static void
an_exchange_without_an_answer_is_no_page(void **state)
{
	struct envelope v;
	struct reply r;

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		struct http_answer a = {
			.end = ends[i].end,
			.status = 200,
			.detail = "https://x: why",
		};

		buf_puts(&a.body, PAGE);
		reply_judge_page(&r, &v, &scan, &a, TTP_URL);
		assert_int_equal(r.kind, ends[i].kind);
		assert_int_equal(r.err.kind, ends[i].err);
		assert_string_equal(r.err.msg, ends[i].msg);
		reply_judge(&r, &a);
		assert_int_equal(r.kind, ends[i].kind);
		buf_free(&a.body);
	}
}

static void
a_quota_without_a_time_is_waited_for_half_a_minute(void **state)
{
	struct http_answer a = { .end = HTTP_ANSWERED, .status = 429 };
	struct reply r;

	(void)state;
	reply_judge(&r, &a);
	assert_int_equal(r.kind, REPLY_QUOTA);
	assert_int_equal(r.wait_ms, 30000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_has_one_meaning),
		cmocka_unit_test(an_exchange_without_an_answer_is_no_page),
		cmocka_unit_test(
		    a_quota_without_a_time_is_waited_for_half_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
