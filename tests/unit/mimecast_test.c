#include "buf.h"
#include "config.h"
#include "err.h"
#include "mimecast.h"
#include "window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static char token[] = "a\"b/c";

static const struct {
	struct window window;
	const char *json;
} requests[] = {
	{ { .log = TTP_URL,
	      .from_at = 1447685358,
	      .to_at = 1447685359,
	      .page_size = 100 },
	    "{\"meta\":{\"pagination\":{\"pageSize\":100}},\"data\":[{"
	    "\"oldestFirst\":true,\"from\":\"2015-11-16T14:49:18+0000\","
	    "\"to\":\"2015-11-16T14:49:19+0000\",\"route\":\"all\","
	    "\"scanResult\":\"all\"}]}" },
	{ { .log = TTP_ATTACHMENT,
	      .to_at = 60,
	      .page_size = 1,
	      .next_token = token },
	    "{\"meta\":{\"pagination\":{\"pageSize\":1,\"pageToken\":"
	    "\"a\\\"b/c\"}},\"data\":[{\"oldestFirst\":true,"
	    "\"from\":\"1970-01-01T00:00:00+0000\","
	    "\"to\":\"1970-01-01T00:01:00+0000\",\"route\":\"all\","
	    "\"result\":\"all\"}]}" },
	{ { .log = TTP_IMPERSONATION, .to_at = 60, .page_size = 7 },
	    "{\"meta\":{\"pagination\":{\"pageSize\":7}},\"data\":[{"
	    "\"oldestFirst\":true,\"from\":\"1970-01-01T00:00:00+0000\","
	    "\"to\":\"1970-01-01T00:01:00+0000\"}]}" },
};

static void
a_page_is_asked_for_oldest_first_and_unfiltered(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		struct buf b = { 0 };

		mimecast_page_request(&b, &requests[i].window);
		assert_string_equal(b.data, requests[i].json);
		buf_free(&b);
	}
}

static void
a_missing_secret_is_named(void **state)
{
	struct config_mimecast c = {
		.api = CONFIG_API_2,
		.base_url = "https://127.0.0.1:1/",
		.client_id_file = "/nowhere/id",
		.client_secret_file = "/nowhere/secret",
	};
	struct mimecast *m = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(mimecast_open(&m, &c, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(
	    e.msg, "secret file /nowhere/id: No such file or directory");
	assert_null(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_page_is_asked_for_oldest_first_and_unfiltered),
		cmocka_unit_test(a_missing_secret_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
