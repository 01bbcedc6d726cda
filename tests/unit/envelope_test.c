#include "envelope.h"
#include "err.h"
#include "ttp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct scan scan;

#define OK "\"meta\":{\"status\":200}"

static const struct {
	const char *body;
	int64_t records;
	int64_t total;
	const char *next; /* as it stands in the body */
} pages[] = {
	{ "{" OK ",\"data\":[],\"fail\":[]}", 0, -1, NULL },
	{ "{" OK ",\"data\":[{}],\"fail\":[]}", 0, -1, NULL },
	{ "{" OK ",\"data\":[{\"clickLogs\":[]}]}", 0, -1, NULL },
	{ "{" OK ",\"data\":[{\"clickLogs\":null}],\"fail\":null}", 0, -1,
	    NULL },
	{ "{" OK ",\"data\":[{\"clickLogs\":[{\"a\":[1,2]},7,\"x\"]}]}", 3, -1,
	    NULL },
	{ "{\"meta\":{\"pagination\":{\"pageSize\":2,\"totalCount\":41,"
	  "\"next\":\"t\\u006f/k\"},\"status\":200},\"data\":"
	  "[{\"resultCount\":2,\"clickLogs\":[{},{}]}]}",
	    2, 41, "\"t\\u006f/k\"" },
	{ "{\"meta\":{\"pagination\":{\"totalCount\":\"41\",\"next\":\"\"},"
	  "\"status\":200},\"data\":[]}",
	    0, -1, NULL },
	{ "{\"meta\":{\"pagination\":{\"totalCount\":4.5,\"next\":null},"
	  "\"status\":200},\"data\":[]}",
	    0, -1, NULL },
	{ "{" OK ",\"data\":[{\"resultCount\":0}]}", 0, -1, NULL },
	/* The last one of a name counts, where it holds no records. */
	{ "{\"data\":[{\"clickLogs\":[1]}],"
	  "\"meta\":{\"status\":500,\"status\":200}}",
	    1, -1, NULL },
	{ "\xef\xbb\xbf {" OK " , \"data\" : [ ] }\r\n", 0, -1, NULL },
	/* Bad text in a record does not hide the others. */
	{ "{" OK ",\"data\":[{\"clickLogs\":[{\"a\":\"\xff\"},2]}]}", 2, -1,
	    NULL },
};

static const struct {
	const char *body;
	enum err_kind kind;
	const char *msg;
	const char *code;
} refused[] = {
	{ "", ERR_DATA, "not JSON at byte 0: cut short", "" },
	{ "<html>", ERR_DATA, "not JSON at byte 0: expected a value", "" },
	{ "[]", ERR_DATA, "the answer is no object", "" },
	{ "{}", ERR_DATA, "no meta", "" },
	{ "{\"meta\":7,\"data\":[]}", ERR_DATA, "no meta", "" },
	{ "{\"meta\":{},\"data\":[]}", ERR_DATA, "no meta.status", "" },
	{ "{\"meta\":{\"status\":\"200\"},\"data\":[]}", ERR_DATA,
	    "no meta.status", "" },
	{ "{" OK "}", ERR_DATA, "no data", "" },
	{ "{" OK ",\"data\":{}}", ERR_DATA, "data is no array", "" },
	{ "{" OK ",\"data\":[7]}", ERR_DATA, "data[0] is no object", "" },
	{ "{" OK ",\"data\":[{},{}]}", ERR_DATA,
	    "data has more than one element", "" },
	{ "{" OK ",\"data\":[{\"clickLogs\":{}}]}", ERR_DATA,
	    "clickLogs is no array", "" },
	{ "{" OK ",\"data\":[{\"clickLogs\":[1]}],\"data\":[]}", ERR_DATA,
	    "data repeats", "" },
	{ "{" OK ",\"data\":[{\"clickLogs\":[1],\"click\\u004cogs\":[]}]}",
	    ERR_DATA, "clickLogs repeats", "" },
	{ "{" OK ",\"data\":[{\"attachmentLogs\":[]}]}", ERR_DATA,
	    "data holds attachmentLogs", "" },
	{ "{" OK ",\"data\":[{\"clickLogsV2\":[{}]}]}", ERR_DATA,
	    "data[0] has no clickLogs", "" },
	{ "{" OK ",\"data\":[{\"resultCount\":1}]}", ERR_DATA,
	    "data[0] has no clickLogs", "" },
	{ "{" OK ",\"data\":[{\"resultCount\":0,\"records\":[]}]}", ERR_DATA,
	    "data[0] has no clickLogs", "" },
	{ "{\"meta\":{\"status\":200,\"pagination\":{\"next\":7}},"
	  "\"data\":[]}",
	    ERR_DATA, "meta.pagination.next is no text", "" },
	{ "{\"meta\":{\"status\":200,\"pagination\":{\"next\":\"\\u0000\"}},"
	  "\"data\":[]}",
	    ERR_DATA, "meta.pagination.next is no text", "" },
	{ "{" OK ",\"data\":[{\"clickLogs\":[{}", ERR_DATA,
	    "not JSON at byte 47: cut short", "" },
	{ "{" OK ",\"data\":[]} x", ERR_DATA,
	    "not JSON at byte 34: more text after the value", "" },
	{ "{\"meta\":{\"status\":503},\"data\":[]}", ERR_RETRY,
	    "meta.status 503", "" },
	{ "{" OK ",\"data\":[],\"fail\":[{\"errors\":[{\"code\":"
	  "\"err_x\",\"message\":\"no\\nway\",\"retryable\":true}]}]}",
	    ERR_RETRY, "fail: err_x no\nway", "err_x" },
	{ "{\"fail\":[{\"code\":\"token_expired\",\"message\":\"old\"},"
	  "{\"code\":\"second\"}]}",
	    ERR_RETRY, "fail: token_expired old", "token_expired" },
	{ "{" OK ",\"data\":[],\"fail\":[{}]}", ERR_RETRY,
	    "fail: without a code ", "" },
	{ "{" OK ",\"data\":[],\"fail\":{\"code\":\"err_x\",\"message\":"
	  "\"y\"}}",
	    ERR_RETRY, "fail: err_x y", "err_x" },
	{ "{" OK ",\"data\":[],\"fail\":{\"errors\":{\"code\":\"err_x\"}}}",
	    ERR_RETRY, "fail: err_x ", "err_x" },
	{ "{" OK ",\"data\":[],\"fail\":{}}", ERR_RETRY,
	    "fail: without a code ", "" },
	{ "{" OK ",\"data\":[],\"fail\":\"x\"}", ERR_RETRY,
	    "fail: without a code ", "" },
	{ "{" OK ",\"data\":[],\"fail\":0}", ERR_RETRY, "fail: without a code ",
	    "" },
	{ "{" OK ",\"data\":[],\"fail\":true}", ERR_RETRY,
	    "fail: without a code ", "" },
	{ "{" OK ",\"data\":[],\"fail\":false}", ERR_RETRY,
	    "fail: without a code ", "" },
};

static void
a_page_is_read_with_what_is_around_it(void **state)
{
	const struct ttp_log *log = ttp_log(TTP_URL);
	struct envelope v;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
		const char *next = pages[i].next;

		if (envelope_read(&v, &scan, pages[i].body,
			strlen(pages[i].body), log, &e))
			fail_msg("%zu: %s", i, e.msg);
		assert_int_equal(v.status, 200);
		assert_int_equal(v.records, pages[i].records);
		assert_int_equal(v.total, pages[i].total);
		assert_int_equal(v.next.type, next ? SCAN_STRING : SCAN_NONE);
		if (next)
			assert_memory_equal(v.next.text, next, strlen(next));
	}
}

static void
what_is_no_page_is_refused_by_name(void **state)
{
	const struct ttp_log *log = ttp_log(TTP_URL);
	struct envelope v;

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct err e = { 0 };

		assert_int_equal(envelope_read(&v, &scan, refused[i].body,
				     strlen(refused[i].body), log, &e),
		    -1);
		assert_string_equal(e.msg, refused[i].msg);
		assert_int_equal(e.kind, refused[i].kind);
		assert_string_equal(v.code, refused[i].code);
	}
}

static void
each_log_has_its_own_array(void **state)
{
	static const char body[] = "{" OK ",\"data\":[{\"resultCount\":1,"
				   "\"impersonationLogs\":[{}]}]}";
	struct envelope v;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(envelope_read(&v, &scan, body, sizeof body - 1,
			     ttp_log(TTP_IMPERSONATION), &e),
	    0);
	assert_int_equal(v.records, 1);
	assert_int_equal(envelope_read(&v, &scan, body, sizeof body - 1,
			     ttp_log(TTP_ATTACHMENT), &e),
	    -1);
	assert_string_equal(e.msg, "data holds impersonationLogs");
}

static void
long_codes_are_cut_between_characters(void **state)
{
	static const char body[] = "{\"fail\":[{\"code\":\"" /* 62 + 2 bytes */
				   "0123456789012345678901234567890123456789"
				   "0123456789012345678901\xc3\xa9\"}]}";
	struct envelope v;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(envelope_read(&v, &scan, body, sizeof body - 1,
			     ttp_log(TTP_URL), &e),
	    -1);
	assert_int_equal(strlen(v.code), 62);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_read_with_what_is_around_it),
		cmocka_unit_test(what_is_no_page_is_refused_by_name),
		cmocka_unit_test(each_log_has_its_own_array),
		cmocka_unit_test(long_codes_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
