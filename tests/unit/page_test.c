#include "fresh.h"
#include "page.h"
#include "window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const unsigned char digest[32] = { 1 };

static int
set_up(void **state)
{
	struct fresh *f;
	struct window w = { .from_at = 0, .to_at = 1, .page_size = 1 };

	if (fresh_set_up(state))
		return -1;
	f = *state;
	w.run_id = f->run_id;
	return window_put(f->db, &w, &f->e);
}

static struct page
page(const struct fresh *f, int64_t number, int64_t total)
{
	return (struct page){
		.window_id = 1,
		.attempt = 1,
		.number = number,
		.run_id = f->run_id,
		.request = "{}",
		.http_status = 200,
		.fetched_at = 9,
		.digest = digest,
		.body = "a\0b",
		.body_bytes = 3,
		.records = 2,
		.total = total,
	};
}

static void
a_page_and_its_bytes_are_stored_as_they_are(void **state)
{
	struct fresh *f = *state;
	struct page p = page(f, 1, 7);

	p.page_token = "before";
	p.next_token = "after";
	p.request_id = "r-1";
	p.server_date = 8;
	assert_int_equal(page_put(f->db, &p, &f->e), 0);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM page JOIN page_body"
			     " USING (page_id) WHERE number = 1"
			     " AND request = '{}' AND page_token = 'before'"
			     " AND next_token = 'after' AND request_id = 'r-1'"
			     " AND server_date = 8 AND fetched_at = 9"
			     " AND body_bytes = 3 AND records = 2"
			     " AND total = 7 AND http_status = 200"
			     " AND judged = 0 AND body = x'610062'"
			     " AND hex(body_digest) LIKE '0100%'"),
	    1);
}

static void
what_is_not_given_is_null(void **state)
{
	struct fresh *f = *state;
	struct page p = page(f, 1, -1);

	assert_int_equal(page_put(f->db, &p, &f->e), 0);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM page WHERE page_token IS"
			     " NULL AND next_token IS NULL AND request_id IS"
			     " NULL AND server_date IS NULL AND total IS"
			     " NULL"),
	    1);
}

static void
a_number_is_stored_once_in_an_attempt(void **state)
{
	struct fresh *f = *state;
	struct page p = page(f, 1, -1);

	assert_int_equal(page_put(f->db, &p, &f->e), 0);
	assert_int_equal(page_put(f->db, &p, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_DATA);
	assert_string_equal(f->e.msg,
	    "database: UNIQUE constraint failed: page.window_id, "
	    "page.attempt, page.number");
	p.attempt = 2;
	assert_int_equal(page_put(f->db, &p, &f->e), 0);
}

static void
totals_are_those_that_pages_gave(void **state)
{
	static const int64_t totals[] = { 5, -1, 3, 9 };
	struct fresh *f = *state;
	struct page_totals t;

	assert_int_equal(page_totals_get(f->db, 1, 1, &t, &f->e), 0);
	assert_int_equal(t.given, 0);
	for (int i = 0; i < 4; i++) {
		struct page p = page(f, i + 1, totals[i]);

		assert_int_equal(page_put(f->db, &p, &f->e), 0);
	}
	assert_int_equal(page_totals_get(f->db, 1, 1, &t, &f->e), 0);
	assert_int_equal(t.given, 3);
	assert_int_equal(t.least, 3);
	assert_int_equal(t.greatest, 9);
}

static void
the_newest_page_is_so_by_the_clock_of_the_service(void **state)
{
	/* Its Date, our clock, and which is the newest then. */
	static const int64_t steps[][3] = {
		{ 0, 10, 10 },
		{ 8, 9, 8 },
		{ 0, 99, 8 },
		{ 12, 99, 12 },
		{ 11, 13, 12 },
	};
	struct fresh *f = *state;
	int64_t at;

	assert_int_equal(page_newest_at(f->db, &at, &f->e), 0);
	assert_int_equal(at, 0);
	for (int i = 0; i < 5; i++) {
		struct page p = page(f, i + 1, -1);

		p.server_date = steps[i][0];
		p.fetched_at = steps[i][1];
		assert_int_equal(page_put(f->db, &p, &f->e), 0);
		assert_int_equal(page_newest_at(f->db, &at, &f->e), 0);
		assert_int_equal(at, steps[i][2]);
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_and_its_bytes_are_stored_as_they_are),
		TEST(what_is_not_given_is_null),
		TEST(a_number_is_stored_once_in_an_attempt),
		TEST(totals_are_those_that_pages_gave),
		TEST(the_newest_page_is_so_by_the_clock_of_the_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
