#include "alerts.h"
#include "quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { T = 1700000000 };

static const struct quota limited = {
	.host = "h:443",
	.limits = { .second = 2, .minute = 3, .day = 4 },
};

/* Requests one after the other. */
static const struct {
	int64_t now;
	int64_t not_before; /* 0: it may be made */
} steps[] = {
	{ T, 0 }, { T, 0 }, { T, T + 1 }, /* the second is used up */
	{ T + 1, 0 },
	{ T + 2, T + 60 }, /* the minute, from its first request on */
	{ T + 59, T + 60 }, { T + 60, 0 }, { T + 60, T + 86400 }, /* the day */
	{ T + 86399, T + 86400 }, { T + 86400, 0 },
	{ 500, 0 }, /* a clock that was wrong does not block */
};

static void
a_request_waits_for_the_longest_period_that_is_used_up(void **state)
{
	struct fresh *f = *state;
	struct quota_wait w;

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		assert_int_equal(
		    quota_take(f->db, &limited, steps[i].now, &w, &f->e), 0);
		assert_int_equal(w.not_before, steps[i].not_before);
		assert_false(w.asked);
	}
}

static void
a_request_that_must_wait_is_not_counted(void **state)
{
	struct fresh *f = *state;
	struct quota_wait w;

	for (int i = 0; i < 9; i++)
		assert_int_equal(quota_take(f->db, &limited, T, &w, &f->e), 0);
	assert_int_equal(
	    fresh_int(f, "SELECT used FROM budget WHERE period = 'day'"), 2);
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM budget"), 3);
}

static void
what_the_host_asks_for_counts_without_limits(void **state)
{
	const struct quota q = { .host = "h:443" };
	const struct quota other = { .host = "other:443" };
	struct fresh *f = *state;
	struct quota_wait w;

	assert_int_equal(quota_hold(f->db, &q, 1030, &f->e), 0);
	assert_int_equal(quota_take(f->db, &q, 1029, &w, &f->e), 0);
	assert_int_equal(w.not_before, 1030);
	assert_true(w.asked);
	assert_int_equal(quota_take(f->db, &other, 1029, &w, &f->e), 0);
	assert_int_equal(w.not_before, 0);
	assert_int_equal(quota_take(f->db, &q, 1030, &w, &f->e), 0);
	assert_int_equal(w.not_before, 0);
}

static void
a_wait_of_a_clock_that_was_ahead_is_not_believed(void **state)
{
	const struct quota q = { .host = "h:443" };
	struct fresh *f = *state;
	struct quota_wait w;

	assert_int_equal(quota_hold(f->db, &q, T + 86400, &f->e), 0);
	assert_int_equal(quota_take(f->db, &q, T - 1, &w, &f->e), 0);
	assert_int_equal(w.not_before, 0);
	assert_int_equal(quota_take(f->db, &q, T, &w, &f->e), 0);
	assert_int_equal(w.not_before, T + 86400);
}

static const struct {
	struct config_sink sink;
	const char *host;
} sinks[] = {
	{ { .type = CONFIG_HTTPS, .url = "https://A.example/x" },
	    "a.example:443" },
	{ { .type = CONFIG_HTTPS, .url = "http://127.0.0.1:81/" },
	    "127.0.0.1:81" },
	{ { .type = CONFIG_HTTPS,
	      .auth = CONFIG_AUTH_SOPHOS,
	      .api_url = "https://api.central.sophos.com" },
	    "api.central.sophos.com:443" },
	{ { .type = CONFIG_FILE, .dir = "/x" }, "" },
	{ { .type = CONFIG_SYSLOG, .url = "syslog+tls://h:6514" }, "" },
};

static void
a_quota_is_of_the_host_that_is_asked(void **state)
{
	struct fresh *f = *state;
	struct quota_wait w;
	struct quota q;

	for (size_t i = 0; i < sizeof sinks / sizeof sinks[0]; i++) {
		q = quota_of(&sinks[i].sink);
		assert_string_equal(q.host, sinks[i].host);
	}
	q.limits.second = 1;
	assert_int_equal(quota_hold(f->db, &q, 9, &f->e), 0);
	assert_int_equal(quota_take(f->db, &q, 1, &w, &f->e), 0);
	assert_int_equal(w.not_before, 0);
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM budget"), 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fresh_set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_waits_for_the_longest_period_that_is_used_up),
		TEST(a_request_that_must_wait_is_not_counted),
		TEST(what_the_host_asks_for_counts_without_limits),
		TEST(a_wait_of_a_clock_that_was_ahead_is_not_believed),
		TEST(a_quota_is_of_the_host_that_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
