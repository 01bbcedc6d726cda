/* What extract takes for a page, transform can walk, and finds as many in. */
#include "body.h"
#include "envelope.h"
#include "err.h"
#include "event.h"
#include "ttp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct scan scan;

static const char *const bodies[] = {
	"{\"meta\":{\"status\":200,\"pagination\":{\"pageSize\":2,"
	"\"totalCount\":2,\"next\":\"t\"}},\"data\":[{\"clickLogs\":["
	"{\"url\":\"u\",\"date\":\"d\",\"tagMap\":{\"a:b\":{\"c\":[1]}}},"
	"{\"url\":null,\"x\":[[[]]]}],\"resultCount\":2}],\"fail\":[]}",
	"{\"data\":[{\"clickLogs\":[]}],\"meta\":{\"status\":200}}",
	"{\"meta\":{\"status\":200},\"data\":[],\"clickLogs\":[1,2],"
	"\"fail\":[]}",
	"{\"meta\":{\"status\":200},\"data\":[{\"clickLogs\":null,"
	"\"d\\u0061ta\":[{\"clickLogs\":[7]}]}]}",
};

/* Bytes that matter to the structure are put in more often than others. */
static const char structure[] = "{}[],:\"\\ \t0123456789eE+-.ntfu"
				"datclikLogs\xff";

static uint32_t
chance(uint32_t *state, uint32_t below)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 8) % below;
}

/* Change, drop or double some bytes; text has room for twice as many. */
static size_t
mutate(char *text, size_t len, uint32_t *state)
{
	for (uint32_t n = 1 + chance(state, 3); n > 0 && len > 2; n--) {
		size_t at = chance(state, (uint32_t)len);
		size_t some = 1 + chance(state, 12);

		if (some > len - at)
			some = len - at;
		switch (chance(state, 3)) {
		case 0:
			text[at] =
			    structure[chance(state, sizeof structure - 1)];
			break;
		case 1:
			memmove(text + at, text + at + some, len - at - some);
			len -= some;
			break;
		default:
			memmove(text + at + some, text + at, len - at);
			len += some;
		}
	}
	return len;
}

static int
count(struct event *ev, size_t position, void *arg, struct err *e)
{
	(void)ev;
	(void)position;
	(void)e;
	++*(int64_t *)arg;
	return 0;
}

/* 1 if it is a page. */
static int
check(const char *text, size_t len)
{
	struct event ev = { 0 };
	struct envelope v;
	struct err e = { 0 };
	int64_t found = 0;

	if (envelope_read(&v, &scan, text, len, ttp_log(TTP_URL), &e))
		return 0;
	event_open(&ev, rules_of(TTP_URL));
	if (body_each(&scan, &ev, text, len, count, &found, &e))
		fail_msg("%s: %.*s", e.msg, (int)len, text);
	event_close(&ev);
	if (found != v.records)
		fail_msg("%lld of %lld: %.*s", (long long)found,
		    (long long)v.records, (int)len, text);
	return 1;
}

static void
what_is_taken_for_a_page_can_be_walked(void **state)
{
	char text[1024];
	uint32_t random = 1;
	size_t pages = 0;

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		size_t len = strlen(bodies[i]);

		assert_int_equal(check(bodies[i], len), 1);
		for (int n = 0; n < 100000; n++) {
			memcpy(text, bodies[i], len);
			pages +=
			    (size_t)check(text, mutate(text, len, &random));
		}
	}
	assert_true(pages > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_taken_for_a_page_can_be_walked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
