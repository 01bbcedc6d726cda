/*
 * The stage on a database of its own.  A page is written as a word, a record
 * as a letter of it: A to Z is worth an alert, a to z is clean, 1 to 9 is
 * invalid; + behind a letter changes what happened to it.  An impersonation
 * is worth an alert, and has an id that no other one has.
 */
#include "buf.h"
#include "fresh.h"
#include "mapping_file.h"
#include "tally.h"
#include "transform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct mapping_file mapping;
static int stop_after; /* so many pages; 0: never */

static bool
stopping(void)
{
	return stop_after > 0 && --stop_after == 0;
}

static struct fresh *
set_up(void)
{
	void *state = NULL;

	assert_int_equal(fresh_set_up(&state), 0);
	return state;
}

static void
tear_down(struct fresh *f)
{
	void *state = f;

	assert_int_equal(fresh_tear_down(&state), 0);
}

static void
put_impersonation(struct buf *out, char c)
{
	static int id;

	buf_printf(out,
	    "{\"id\":\"MTOKEN:%d\",\"senderAddress\":\"%c@x.example\","
	    "\"recipientAddress\":\"r@x.example\","
	    "\"eventTime\":\"2026-03-01T10:00:00+0000\"}",
	    ++id, c);
}

static void
put_click(struct buf *out, const char **p)
{
	char c = *(*p)++;
	bool changed = **p == '+';

	*p += changed;
	buf_printf(out,
	    "{\"userEmailAddress\":\"%c@x.example\","
	    "\"url\":\"https://x.example/%c\",\"scanResult\":\"%s\","
	    "\"action\":\"%s\",\"creationMethod\":\"User Click\"%s}",
	    c, c, c >= 'a' ? "clean" : "malicious", changed ? "block" : "allow",
	    c <= '9' ? "" : ",\"date\":\"2026-03-01T10:00:00+0000\"");
}

static int64_t
body_of(enum ttp log, const char *word, struct buf *out)
{
	int64_t n = 0;

	buf_printf(out, "{\"meta\":{\"status\":200},\"data\":[{\"%s\":[",
	    ttp_log(log)->records);
	while (*word) {
		if (n++)
			buf_putc(out, ',');
		if (log == TTP_URL)
			put_click(out, &word);
		else
			put_impersonation(out, *word++);
	}
	buf_puts(out, "]}],\"fail\":[]}");
	return n;
}

static void
run(struct fresh *f, struct stmt *s)
{
	if (stmt_run(s, &f->e))
		fail_msg("%s", f->e.msg);
	stmt_free(s);
}

static struct stmt *
prepare(struct fresh *f, const char *sql)
{
	struct stmt *s;

	if (stmt_prepare(&s, f->db, sql, &f->e))
		fail_msg("%s", f->e.msg);
	return s;
}

static void
put_body(struct fresh *f, int64_t window_id, int64_t attempt, int64_t number,
    const char *body, size_t len, int64_t records)
{
	unsigned char digest[DIGEST_SIZE];
	struct digest *d;
	struct stmt *s;

	assert_int_equal(digest_open(&d, &f->e), 0);
	digest_of(d, body, len, digest);
	digest_close(d);
	s = prepare(f,
	    "INSERT INTO page (window_id, attempt, number, run_id, request,"
	    " http_status, fetched_at, body_digest, body_bytes, records)"
	    " VALUES (:window, :attempt, :number, 1, '{}', 200, 1, :digest,"
	    " :bytes, :records)");
	stmt_bind_int(s, ":window", window_id);
	stmt_bind_int(s, ":attempt", attempt);
	stmt_bind_int(s, ":number", number);
	stmt_bind_blob(s, ":digest", digest, sizeof digest);
	stmt_bind_int(s, ":bytes", (int64_t)len);
	stmt_bind_int(s, ":records", records);
	run(f, s);
	s = prepare(f,
	    "INSERT INTO page_body (page_id, body)"
	    " VALUES (:page, :body)");
	stmt_bind_int(s, ":page", db_last_id(f->db));
	stmt_bind_blob(s, ":body", body, len);
	run(f, s);
}

/* Pages are words; a word that begins with / begins an earlier attempt. */
static void
put_pages(struct fresh *f, enum ttp log, int64_t window_id, int64_t attempt,
    const char *pages)
{
	int64_t number = 0;
	char word[64];
	int used;

	while (sscanf(pages, "%63s%n", word, &used) == 1) {
		struct buf body = { 0 };
		int64_t records;

		pages += used;
		if (word[0] == '/') {
			attempt--;
			number = 0;
			continue;
		}
		records = body_of(log, word[0] == '-' ? "" : word, &body);
		put_body(f, window_id, attempt, ++number, body.data, body.len,
		    records);
		buf_free(&body);
	}
}

static int64_t
put_window_of(struct fresh *f, enum ttp log, const char *state,
    const char *reconciled, const char *pages)
{
	int64_t n = fresh_int(f, "SELECT count(*) + 1 FROM window");
	int64_t attempt = 1;
	struct stmt *s;

	for (const char *p = pages; *p; p++)
		attempt += *p == '/';
	s = prepare(f,
	    "INSERT INTO window (window_id, uid, log, from_at, to_at, origin,"
	    " state, run_id, planned_at, page_size, attempt, reconciled,"
	    " closed_at, closed_order)"
	    " VALUES (:n, randomblob(16), :log, :n, :n + 1, 'live', :state,"
	    " 1, 1, 100, :attempt, :reconciled, iif(:state = 'open', NULL, 1),"
	    " iif(:state = 'open', NULL, :n))");
	stmt_bind_int(s, ":n", n);
	stmt_bind_text(s, ":log", ttp_log(log)->name);
	stmt_bind_text(s, ":state", state);
	stmt_bind_int(s, ":attempt", attempt);
	stmt_bind_text(s, ":reconciled", reconciled);
	run(f, s);
	put_pages(f, log, n, attempt, pages);
	return n;
}

static int64_t
put_window(struct fresh *f, const char *state, const char *reconciled,
    const char *pages)
{
	return put_window_of(f, TTP_URL, state, reconciled, pages);
}

static int
transform(struct fresh *f, struct tally *tally)
{
	struct transform_options options = {
		.mapping = &mapping,
		.stopping = stopping,
	};

	f->e = (struct err){ 0 };
	if (run_put(f->db, "transform", &options.run_id, &f->e))
		fail_msg("%s", f->e.msg);
	return transform_run(f->db, &options, tally, &f->e);
}

static void
assert_rows(struct fresh *f, const char *want)
{
	struct stmt *s = prepare(f,
	    "SELECT group_concat(row, ' ') FROM"
	    " (SELECT c.name || coalesce(':' || r.alert_no, '')"
	    " || iif(r.twin > 0, '.' || r.twin, '') AS row"
	    " FROM record r JOIN reason c USING (reason)"
	    " ORDER BY r.record_id)");

	assert_int_equal(stmt_step(s, &f->e), 1);
	assert_string_equal(stmt_is_null(s, 0) ? "" : stmt_text(s, 0), want);
	stmt_free(s);
}

#define NO_DATE "url.date.empty"

static const struct {
	enum ttp log;
	const char *state;
	const char *reconciled;
	const char *pages;
	const char *rows; /* of this case, in the order of pages stored */
} cases[] = {
	{ TTP_URL, "complete", "exact", "Aa1", "new:1 verdict.clean " NO_DATE },
	{ TTP_URL, "complete", "exact", "- A -", "new:1" },
	{ TTP_URL, "complete", "exact", "", "" },
	/* twins, on one page and across pages */
	{ TTP_URL, "complete", "exact", "AA", "new:1 twin:2.1" },
	{ TTP_URL, "complete", "no_total", "AB A BA",
	    "new:1 new:2 twin:3.1 twin:4.1 twin:5.2" },
	/* an id of its own does not tell one from another */
	{ TTP_IMPERSONATION, "complete", "exact", "AAB A",
	    "new:1 twin:2.1 new:3 twin:4.2" },
	/* without a whole window nothing tells twins from repetitions */
	{ TTP_URL, "replaced", NULL, "AA B", "new:1 seen:1 new:2" },
	{ TTP_URL, "lost", NULL, "A A", "new:1 seen:1" },
	/* the last attempt is judged first */
	{ TTP_URL, "complete", "exact", "AAB / AAC C",
	    "new:1 twin:2.1 new:3 seen:1 seen:1 new:4 seen:4" },
	{ TTP_URL, "complete", "exact", "A / B / C", "new:1 new:3 new:2" },
	/* revisions: of what was found last; not among twins */
	{ TTP_URL, "complete", "exact", "A A+", "new:1 revision:2" },
	{ TTP_URL, "complete", "exact", "AA A+A+",
	    "new:1 twin:2.1 revision:3 twin:4.1" },
	/* seams */
	{ TTP_URL, "complete", "mismatch", "AB BC",
	    "new:1 new:2 seam:2 new:3" },
	{ TTP_URL, "complete", "mismatch", "ABAB ABAB",
	    "new:1 new:2 twin:3.1 twin:4.1 seam:1 seam:2 seam:3.1 seam:4.1" },
	{ TTP_URL, "complete", "mismatch", "AB ABC",
	    "new:1 new:2 seam:1 seam:2 new:3" },
	{ TTP_URL, "complete", "mismatch", "AAA AAB",
	    "new:1 twin:2.1 twin:3.2 seam:2.1 seam:3.2 new:4" },
	{ TTP_URL, "complete", "mismatch", "Aa1 a1B",
	    "new:1 verdict.clean " NO_DATE " seam seam new:2" },
	{ TTP_URL, "complete", "mismatch", "A A A", "new:1 seam:1 seam:1" },
	{ TTP_URL, "complete", "mismatch", "A - A", "new:1 twin:2.1" },
	{ TTP_URL, "complete", "mismatch", "AB CA",
	    "new:1 new:2 new:3 twin:4.1" },
	/* a repetition is no occurrence */
	{ TTP_URL, "complete", "mismatch", "A AA A",
	    "new:1 seam:1 twin:2.1 seam:2.1" },
	{ TTP_URL, "complete", "exact", "AB BC", "new:1 new:2 twin:3.1 new:4" },
};

static void
put_case(struct fresh *f, size_t i)
{
	put_window_of(f, cases[i].log, cases[i].state, cases[i].reconciled,
	    cases[i].pages);
}

static void
assert_case(struct fresh *f, size_t i)
{
	assert_rows(f, cases[i].rows);
	assert_int_equal(
	    fresh_int(f, "SELECT count(*) FROM page WHERE judged = 0"), 0);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM window"
			     " WHERE judged_run_id IS NULL"),
	    0);
}

static void
each_record_gets_the_row_that_is_due(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct tally tally = { 0 };
		struct fresh *f = set_up();

		put_case(f, i);
		if (transform(f, &tally))
			fail_msg("%s", f->e.msg);
		assert_case(f, i);
		tear_down(f);
	}
	(void)state;
}

static void
transform_stopping_after_each_page(struct fresh *f)
{
	int runs = 0;

	for (;;) {
		struct tally tally = { 0 };

		/* Asked before a window, and before each page. */
		stop_after = 3;
		if (transform(f, &tally) == 0)
			break;
		assert_int_equal(f->e.kind, ERR_RETRY);
		assert_non_null(strstr(f->e.msg,
		    "stopped by a signal: the next run goes on from here"));
		assert_in_range(tally.pages, 1, 2);
		assert_in_range(++runs, 1, 10);
	}
	stop_after = 0;
}

static void
stopped_after_each_page_it_ends_in_the_same_rows(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct fresh *f = set_up();

		put_case(f, i);
		transform_stopping_after_each_page(f);
		assert_case(f, i);
		tear_down(f);
	}
	(void)state;
}

static void
what_was_seen_in_another_window_is_a_duplicate(void **state)
{
	struct tally tally = { 0 };
	struct fresh *f = *state;

	put_window(f, "complete", "exact", "AAB");
	put_window(f, "complete", "exact", "A AAB");
	put_window(f, "lost", NULL, "AAAA");
	put_window(f, "complete", "exact", "B+AB");
	assert_int_equal(transform(f, &tally), 0);
	assert_rows(f,
	    "new:1 twin:2.1 new:3 "
	    "seen:1 seen:2.1 twin:4.2 seen:3 "
	    "seen:1 seen:1 seen:1 seen:1 "
	    "revision:5 seen:1 seen:3");
	assert_int_equal(fresh_int(f,
			     "SELECT revision_of FROM alert"
			     " WHERE alert_no = 5"),
	    3);
	assert_int_equal(tally.windows, 4);
	assert_int_equal(tally.pages, 5);
	assert_int_equal(tally_records(&tally), 14);
}

static void
stopped_among_duplicates_it_goes_on_counting(void **state)
{
	struct fresh *f = *state;

	put_window(f, "complete", "exact", "AA");
	put_window(f, "complete", "exact", "A AA A");
	transform_stopping_after_each_page(f);
	assert_rows(f, "new:1 twin:2.1 seen:1 seen:2.1 twin:3.2 twin:4.3");
}

static void
the_latest_alert_is_the_one_that_is_revised(void **state)
{
	struct tally tally = { 0 };
	struct fresh *f = *state;

	put_window(f, "complete", "exact", "AA A+ A");
	assert_int_equal(transform(f, &tally), 0);
	assert_rows(f, "new:1 twin:2.1 revision:3 twin:4.2");
	assert_int_equal(fresh_int(f, "SELECT sum(revision_of) FROM alert"), 2);
}

static void
windows_are_judged_in_the_order_in_which_they_closed(void **state)
{
	struct tally tally = { 0 };
	struct fresh *f = *state;

	put_window(f, "complete", "exact", "A");
	put_window(f, "complete", "exact", "A");
	put_window(f, "open", NULL, "A");
	assert_int_equal(db_exec(f->db,
			     "UPDATE window SET closed_order = 9"
			     " WHERE window_id = 1",
			     &f->e),
	    0);
	assert_int_equal(transform(f, &tally), 0);
	assert_rows(f, "seen:1 new:1");
	assert_int_equal(tally.windows, 2);
	assert_int_equal(
	    fresh_int(f, "SELECT count(*) FROM page WHERE judged = 0"), 1);
}

static void
judging_again_changes_nothing(void **state)
{
	struct tally tally = { 0 };
	struct fresh *f = *state;

	put_window(f, "complete", "exact", "AAB");
	assert_int_equal(transform(f, &tally), 0);
	tally = (struct tally){ 0 };
	assert_int_equal(transform(f, &tally), 0);
	assert_rows(f, "new:1 twin:2.1 new:3");
	assert_int_equal(tally.windows, 0);
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM mapping"), 1);
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM mapping_rule"), 14);
}

static const struct {
	const char *body; /* NULL: a good one */
	int64_t records;
	const char *sql; /* damages it */
	const char *msg;
} damages[] = {
	{ NULL, 1, "UPDATE page_body SET body = x'7b7d' WHERE page_id = 3",
	    "url: window 1: page 3: its body is not the one that was stored: "
	    "the database is damaged, restore it from a copy" },
	{ NULL, 1, "DELETE FROM page_body WHERE page_id = 3",
	    "url: window 1: page 3: its body is missing" },
	{ NULL, 2, NULL,
	    "url: window 1: page 3: 1 records in its body where 2 were "
	    "counted" },
	{ "{\"data\":[", 0, NULL,
	    "url: window 1: page 3: its body is no JSON at byte 9: cut "
	    "short" },
	{ "[]", 0, NULL, "url: window 1: page 3: its body is no JSON object" },
	{ "true", 0, NULL,
	    "url: window 1: page 3: its body is no JSON at byte 0: expected "
	    "an object or array" },
	{ "{}{}", 0, NULL,
	    "url: window 1: page 3: its body is no JSON at byte 2: more text "
	    "after the value" },
};

static void
a_damaged_page_stops_the_run_and_no_earlier_page_is_lost(void **state)
{
	for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
		struct buf body = { 0 };
		struct tally tally = { 0 };
		struct fresh *f = set_up();

		put_window(f, "complete", "exact", "A B");
		if (damages[i].body)
			buf_puts(&body, damages[i].body);
		else
			body_of(TTP_URL, "C", &body);
		put_body(f, 1, 1, 3, body.data, body.len, damages[i].records);
		if (damages[i].sql && db_exec(f->db, damages[i].sql, &f->e))
			fail_msg("%s", f->e.msg);
		assert_int_equal(transform(f, &tally), -1);
		assert_string_equal(f->e.msg, damages[i].msg);
		assert_int_equal(f->e.kind, ERR_DATA);
		assert_int_equal(fresh_int(f, "SELECT count(*) FROM record"),
		    tally_records(&tally));
		buf_free(&body);
		tear_down(f);
	}
	(void)state;
}

static void
pages_before_a_damaged_body_are_judged(void **state)
{
	struct tally tally = { 0 };
	struct fresh *f = *state;

	put_window(f, "complete", "exact", "A B C");
	assert_int_equal(db_exec(f->db,
			     "UPDATE page_body SET body = x'7b7d'"
			     " WHERE page_id = 3",
			     &f->e),
	    0);
	assert_int_equal(transform(f, &tally), -1);
	assert_rows(f, "new:1 new:2");
	assert_int_equal(tally.pages, 2);
}

static void
two_events_with_one_id_are_an_alarm(void **state)
{
	struct tally tally = { 0 };
	struct fresh *f = *state;

	put_window(f, "complete", "exact", "A");
	assert_int_equal(transform(f, &tally), 0);
	put_window(f, "complete", "exact", "A");
	assert_int_equal(
	    db_exec(f->db, "UPDATE alert SET digest = zeroblob(32)", &f->e), 0);
	assert_int_equal(transform(f, &tally), -1);
	assert_int_equal(f->e.kind, ERR_BUG);
	assert_string_equal(f->e.msg,
	    "url: window 2: page 1: two different events have the alert id "
	    "69a40e2078e8a7f3cd9f574423261b6c: keep the database as it is and "
	    "report this");
}

/* Other members, other elements of data, other arrays: passed over. */
static void
records_are_found_wherever_the_service_may_put_them(void **state)
{
	static const char body[] =
	    "\xef\xbb\xbf {\"clickLogs\":[{}],\"data\" : [ 1, [{}], {},\n"
	    "{\"clickLogs\":null,\"other\":[{}],\"click\\u004cogs\":[ {} ,7]},"
	    "{\"clickLogs\":[]},{\"clickLogs\":[[]]}],\"fail\":[]} ";
	struct tally tally = { 0 };
	struct fresh *f = *state;

	put_window(f, "complete", "exact", "");
	put_body(f, 1, 1, 1, body, sizeof body - 1, 3);
	if (transform(f, &tally))
		fail_msg("%s", f->e.msg);
	assert_rows(f,
	    "url.userEmailAddress.empty record.not_object record.not_object");
	assert_int_equal(
	    fresh_int(f, "SELECT sum(offset + length) FROM record"),
	    (int64_t)(strstr(body, "{} ,7") - body + 2 +
		(strstr(body, "7]}") - body + 1) +
		(strstr(body, "[]]") - body + 2)));
}

static int
read_mapping(void **state)
{
	struct err e;

	(void)state;
	return mapping_file_published(&mapping, &e);
}

static int
free_mapping(void **state)
{
	(void)state;
	mapping_file_free(&mapping);
	return 0;
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, fresh_set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_record_gets_the_row_that_is_due),
		cmocka_unit_test(
		    stopped_after_each_page_it_ends_in_the_same_rows),
		TEST(what_was_seen_in_another_window_is_a_duplicate),
		TEST(stopped_among_duplicates_it_goes_on_counting),
		TEST(the_latest_alert_is_the_one_that_is_revised),
		TEST(windows_are_judged_in_the_order_in_which_they_closed),
		TEST(judging_again_changes_nothing),
		cmocka_unit_test(
		    a_damaged_page_stops_the_run_and_no_earlier_page_is_lost),
		TEST(pages_before_a_damaged_body_are_judged),
		TEST(two_events_with_one_id_are_an_alarm),
		TEST(records_are_found_wherever_the_service_may_put_them),
	};

	return cmocka_run_group_tests(tests, read_mapping, free_mapping);
}
