/* Names that no log is known to have: noted once, with first and last seen. */
#include "buf.h"
#include "event.h"
#include "fresh.h"
#include "record.h"
#include "scan.h"
#include "unknown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct scan scan;

static struct unknown *
open_unknown(struct fresh *f)
{
	struct unknown *u = NULL;

	if (unknown_open(&u, f->db, &f->e))
		fail_msg("%s", f->e.msg);
	return u;
}

static void
store(struct fresh *f, struct unknown *u)
{
	if (unknown_store(u, &f->e))
		fail_msg("%s", f->e.msg);
}

/* name: a JSON string. */
static void
note(struct unknown *u, const char *name, int64_t position)
{
	struct scan_value v;

	scan_open(&scan, name, strlen(name), 1);
	assert_true(scan_value(&scan, &v));
	unknown_note(u, &v, position);
}

static void
assert_rows(struct fresh *f, const char *want)
{
	struct stmt *s = NULL;

	if (stmt_prepare(&s, f->db,
		"SELECT group_concat(format('%s %s %d:%d %d..%d x%d', log,"
		" name, first_page_id, first_position, first_seen_at,"
		" last_seen_at, records), '; ') FROM v_unknown_field",
		&f->e))
		fail_msg("%s", f->e.msg);
	assert_int_equal(stmt_step(s, &f->e), 1);
	assert_string_equal(stmt_is_null(s, 0) ? "" : stmt_text(s, 0), want);
	stmt_free(s);
}

static void
a_name_has_one_row_with_first_and_last_seen(void **state)
{
	struct fresh *f = *state;
	struct unknown *u = open_unknown(f);

	unknown_page(u, TTP_URL, 3, 100);
	note(u, "\"new\"", 0);
	note(u, "\"new\"", 0); /* repeated in its record */
	note(u, "\"n\\u0065w\"", 1);
	unknown_page(u, TTP_ATTACHMENT, 4, 50);
	note(u, "\"new\"", 7);
	note(u, "\"\"", 7);
	store(f, u);
	/* Windows may close in another order than they were fetched in. */
	unknown_page(u, TTP_URL, 5, 90);
	note(u, "\"new\"", 2);
	unknown_page(u, TTP_URL, 6, 120);
	note(u, "\"new\"", 0);
	store(f, u);
	store(f, u); /* nothing new */
	assert_rows(f,
	    "attachment  4:7 50..50 x1; attachment new 4:7 50..50 x1; "
	    "url new 3:0 90..120 x4");
	unknown_close(u);

	u = open_unknown(f); /* a later run */
	unknown_page(u, TTP_URL, 9, 200);
	note(u, "\"new\"", 0);
	store(f, u);
	assert_int_equal(
	    fresh_int(f,
		"SELECT records * 1000 + last_seen_at FROM unknown_field"
		" WHERE log = 'url'"),
	    5200);
	unknown_close(u);
}

static void
names_are_text_of_bounded_length(void **state)
{
	struct fresh *f = *state;
	struct unknown *u = open_unknown(f);
	struct buf name = { 0 };

	buf_puts(&name, "\"x");
	for (int i = 0; i < 100; i++)
		buf_puts(&name, "\xc3\xa9");
	buf_puts(&name, "\"");
	unknown_page(u, TTP_URL, 1, 1);
	note(u, name.data, 0);
	note(u, "\"a\\u0000\xff\\ud800\\n\"", 0);
	store(f, u);
	assert_int_equal(
	    fresh_int(f,
		"SELECT count(*) FROM unknown_field WHERE name ="
		" 'x' || replace(hex(zeroblob(63)), '00', char(233))"),
	    1);
	assert_int_equal(
	    fresh_int(f,
		"SELECT count(*) FROM unknown_field WHERE name = 'a' ||"
		" char(65533, 65533, 65533, 10)"),
	    1);
	buf_free(&name);
	unknown_close(u);
}

static void
note_many(struct unknown *u, int first, int last)
{
	char name[32];

	for (int i = first; i <= last; i++) {
		snprintf(name, sizeof name, "\"name%d\"", i);
		note(u, name, i);
	}
}

static void
there_are_at_most_a_thousand_names_of_a_log(void **state)
{
	struct fresh *f = *state;
	struct unknown *u = open_unknown(f);

	unknown_page(u, TTP_URL, 1, 1);
	note_many(u, 1, 700);
	store(f, u);
	unknown_close(u);
	u = open_unknown(f);
	unknown_page(u, TTP_URL, 2, 2);
	note_many(u, 501, 2000);
	unknown_page(u, TTP_IMPERSONATION, 3, 3);
	note(u, "\"other\"", 0);
	store(f, u);
	unknown_close(u);
	assert_int_equal(
	    fresh_int(
		f, "SELECT count(*) FROM unknown_field WHERE log = 'url'"),
	    UNKNOWN_NAMES);
	assert_int_equal(
	    fresh_int(
		f, "SELECT sum(records) FROM unknown_field WHERE log = 'url'"),
	    UNKNOWN_NAMES + 200);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM unknown_field"
			     " WHERE log = 'impersonation'"),
	    1);
}

/* Only names of the record itself, only those of no field. */
static void
an_event_tells_what_its_rules_do_not_know(void **state)
{
	static const char text[] =
	    "{\"url\":1,\"reason\":2,\"d\\u0061te\":3,\"Date\":4,"
	    "\"tagMap\":{\"inner\":5},\"result\":6,\"url\":7}";
	struct fresh *f = *state;
	struct unknown *u = open_unknown(f);
	struct event ev = { 0 };

	event_open(&ev, rules_of(TTP_URL));
	unknown_page(u, TTP_URL, 1, 1);
	ev.unknown = u;
	ev.position = 9;
	event_scan(&scan, text, sizeof text - 1);
	assert_true(event_read(&ev, &scan));
	ev.unknown = NULL;
	event_scan(&scan, text, sizeof text - 1);
	assert_true(event_read(&ev, &scan));
	store(f, u);
	assert_rows(f, "url Date 1:9 1..1 x1; url result 1:9 1..1 x1");
	event_close(&ev);
	unknown_close(u);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, fresh_set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_has_one_row_with_first_and_last_seen),
		TEST(names_are_text_of_bounded_length),
		TEST(there_are_at_most_a_thousand_names_of_a_log),
		TEST(an_event_tells_what_its_rules_do_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
