/* v_violation: each promise is broken once, and nothing else is reported. */
#include "buf.h"
#include "fresh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
	const char *invariant;
	const char *sql; /* breaks it in tests/fixtures/audit.sql */
} cases[] = {
	{ "a window counts its pages",
	    "UPDATE window SET pages = 3 WHERE window_id = 1" },
	{ "a window counts its records",
	    "UPDATE window SET records = 9 WHERE window_id = 4" },
	{ "the pages of a window are numbered without a hole",
	    "UPDATE page SET number = 3 WHERE page_id = 3" },
	{ "a page is asked for with the token of the page before it",
	    "UPDATE page SET page_token = 'other' WHERE page_id = 3" },
	{ "an open window holds the token of its last page",
	    "UPDATE window SET next_token = 'other' WHERE window_id = 6" },
	{ "a complete window was read to its end",
	    "UPDATE page SET next_token = 'more' WHERE page_id = 5" },
	{ "how a window reconciled follows from its figures",
	    "UPDATE window SET reconciled = 'exact' WHERE window_id = 4" },
	{ "the total of a window is that of its pages",
	    "UPDATE page SET total = 5 WHERE page_id = 2" },
	{ "windows are numbered in the order in which they ended",
	    "UPDATE window SET closed_order = 11 WHERE window_id = 8" },
	{ "the halves of a replaced window tile it",
	    "UPDATE window SET from_at = from_at - 10 WHERE window_id = 3" },
	{ "only a replaced window has halves, of its own log and origin",
	    "UPDATE window SET parent_id = 1 WHERE window_id = 6" },
	{ "a second look is at a complete live window of its range",
	    "UPDATE window SET reread_of = 4 WHERE window_id = 2" },
	{ "a judged window has judged pages only",
	    "UPDATE page SET judged = 0 WHERE page_id = 11" },
	{ "every second below the frontier is covered, open or lost",
	    "UPDATE window SET to_at = to_at - 10 WHERE window_id = 10" },
	{ "live windows do not overlap",
	    "UPDATE window SET to_at = to_at + 10 WHERE window_id = 10" },
	{ "a lost window has its gap", "DELETE FROM gap WHERE gap_id = 2" },
	{ "an unreadable gap is the range of its lost window",
	    "UPDATE gap SET from_at = from_at - 1 WHERE gap_id = 2" },
	{ "what retention took was never covered",
	    "UPDATE gap SET to_at = to_at + 10 WHERE gap_id = 1" },
	{ "a gap is reported by the run that found it or a later one",
	    "UPDATE gap SET reported_run_id = 1 WHERE gap_id = 2" },
	{ "a budget counts nothing below zero", "UPDATE budget SET used = -1" },
	{ "a page is of an attempt that its window has made",
	    "UPDATE page SET attempt = 3 WHERE page_id = 1" },
	{ "a page is an answer with status 200",
	    "UPDATE page SET http_status = 500 WHERE page_id = 4" },
	{ "a body has the size that its page says",
	    "UPDATE page_body SET body = zeroblob(3) WHERE page_id = 11" },
	{ "a page has its body until an archive has it",
	    "DELETE FROM page_body WHERE page_id = 5" },
	{ "a judged page has a row for each of its records",
	    "DELETE FROM record WHERE record_id = (5 << 25) + 1" },
	{ "only the records of judged pages have rows",
	    "INSERT INTO record (record_id, offset, length, outcome, reason,"
	    " occurred_at) VALUES (9 << 25, 45, 45, 2, 41, 1)" },
	{ "the records of a page are numbered without a hole",
	    "UPDATE record SET record_id = (5 << 25) + 2"
	    " WHERE record_id = (5 << 25) + 1" },
	{ "a record lies inside the body of its page",
	    "UPDATE record SET length = 100000"
	    " WHERE record_id = (5 << 25) + 1" },
	{ "the records of a page follow one another",
	    "UPDATE record SET offset = offset - 3"
	    " WHERE record_id = (5 << 25) + 1" },
	{ "the outcome of a record is that of its reason",
	    "UPDATE record SET reason = 12 WHERE record_id = (5 << 25) + 1" },
	{ "a record is judged by the rules of its log",
	    "UPDATE record SET reason = 23 WHERE record_id = 1 << 25" },
	{ "a valid record has a time",
	    "UPDATE record SET occurred_at = NULL"
	    " WHERE record_id = (5 << 25) + 1" },
	{ "a record that became an alert has it",
	    "UPDATE record SET outcome = 4, reason = 60, alert_no = 1,"
	    " occurred_at = 1772356001, twin = 0 WHERE record_id = 3 << 25" },
	{ "a duplicate repeats an alert",
	    "UPDATE record SET alert_no = 99"
	    " WHERE record_id = (4 << 25) + 1" },
	{ "a record has the time of its alert",
	    "UPDATE record SET occurred_at = occurred_at + 1"
	    " WHERE record_id = (4 << 25) + 1" },
	{ "a record that is invalid or clean is no alert",
	    "UPDATE record SET alert_no = 1, occurred_at = 1772356001"
	    " WHERE record_id = 4 << 25" },
	{ "a record has the twin number of its alert",
	    "UPDATE record SET twin = 5 WHERE record_id = (2 << 25) + 1" },
	{ "alerts are numbered without a hole",
	    "UPDATE alert SET alert_no = 8 WHERE alert_no = 7;"
	    "UPDATE record SET alert_no = 8 WHERE alert_no = 7;"
	    "UPDATE alert_mapping SET alert_no = 8 WHERE alert_no = 7;"
	    "UPDATE batch_alert SET alert_no = 8 WHERE alert_no = 7;"
	    "UPDATE sink SET sealed_to = 8 WHERE sink_id = 2" },
	{ "an alert has the record that it was made from",
	    "UPDATE record SET outcome = 3, reason = 50"
	    " WHERE record_id = (2 << 25) + 2" },
	{ "an alert is of the log of its window",
	    "UPDATE alert SET log = 'attachment' WHERE alert_no = 2" },
	{ "the id of an alert begins with its time",
	    "UPDATE alert SET alert_id = zeroblob(16) WHERE alert_no = 5" },
	{ "the natural key of an alert begins with its time",
	    "UPDATE alert SET natural_key = zeroblob(16)"
	    " WHERE alert_no = 5" },
	{ "twins are numbered without a hole",
	    "UPDATE alert SET twin = 2 WHERE alert_no = 2;"
	    "UPDATE record SET twin = 2 WHERE record_id = (2 << 25) + 2" },
	{ "a revision revises an earlier alert of the same event",
	    "UPDATE alert SET revision_of = 1 WHERE alert_no = 6" },
	{ "every alert is mapped",
	    "DELETE FROM alert_mapping WHERE alert_no = 7;"
	    "DELETE FROM batch WHERE batch_id = 7;"
	    "DELETE FROM batch_alert WHERE batch_id = 7;"
	    "UPDATE sink SET sealed_to = 6" },
	{ "the rules of a mapping are numbered without a hole",
	    "UPDATE mapping_rule SET rule_no = 9 WHERE rule_no = 6" },
	{ "a mapping has one default for each log, behind its other rules",
	    "UPDATE mapping_rule SET log = 'url' WHERE rule_no = 6" },
	{ "the threat of an alert is that of its rule",
	    "UPDATE alert_mapping SET threat_id = 'T1' WHERE alert_no = 1" },
	{ "the severity of an alert is that of its rule, and 0 to 10",
	    "UPDATE alert_mapping SET severity = 11 WHERE alert_no = 1" },
	{ "an alert is sent with a mapping that it has",
	    "UPDATE batch_alert SET mapping_id = 2 WHERE batch_id = 7" },
	{ "a batch counts its alerts",
	    "UPDATE batch SET alerts = 2 WHERE batch_id = 7" },
	{ "the alerts of a batch are numbered without a hole",
	    "UPDATE batch_alert SET position = 1 WHERE batch_id = 7" },
	{ "an alert is in a batch once",
	    "INSERT INTO batch_alert (batch_id, position, alert_no, mapping_id)"
	    " VALUES (1, 3, 3, 1);"
	    "UPDATE batch SET alerts = 4 WHERE batch_id = 1" },
	{ "what a batch holds is there, and so is the batch",
	    "INSERT INTO batch_alert (batch_id, position, alert_no, mapping_id)"
	    " VALUES (99, 0, 1, 1)" },
	{ "a payload has the size that its batch says",
	    "UPDATE batch SET bytes = 1 WHERE batch_id = 7" },
	{ "a batch has its payload until an archive has it",
	    "DELETE FROM batch_body WHERE batch_id = 7" },
	{ "only a split batch has halves, for its own sink",
	    "UPDATE batch SET parent_id = 6 WHERE batch_id = 7" },
	{ "a split batch has two halves that hold each of its alerts once",
	    "UPDATE batch SET parent_id = NULL WHERE batch_id = 4" },
	{ "a batch that may repeat passes that on to its halves",
	    "UPDATE batch SET possible_duplicate = 1 WHERE batch_id = 2" },
	{ "a generation follows from what is repeated or halved",
	    "UPDATE batch SET generation = 1 WHERE batch_id = 7" },
	{ "a repeat is of a batch of its sink that was delivered or refused",
	    "UPDATE batch SET repeats_id = 2, generation = 1"
	    " WHERE batch_id = 5" },
	{ "a repeat of what the sink may have is flagged",
	    "UPDATE batch SET repeats_id = 6, generation = 1"
	    " WHERE batch_id = 7" },
	{ "a receipt is of an attempt that its batch has made",
	    "INSERT INTO receipt (batch_id, attempt, run_id, received_at,"
	    " latency_ms, outcome, detail, body_start, body_digest)"
	    " VALUES (5, 2, 7, 0, 0, 'not taken', '', x'', zeroblob(32))" },
	{ "a batch is not ended without an answer to its last attempt",
	    "UPDATE batch SET attempts = 2 WHERE batch_id = 3" },
	{ "a delivered batch has a receipt that says so",
	    "UPDATE receipt SET outcome = 'not taken' WHERE receipt_id = 6" },
	{ "a batch that was taken is delivered",
	    "INSERT INTO receipt (batch_id, attempt, run_id, received_at,"
	    " latency_ms, outcome, detail, body_start, body_digest)"
	    " VALUES (5, 1, 7, 0, 0, 'acknowledged', '', x'', zeroblob(32))" },
	{ "a stored file has the digest of its batch",
	    "UPDATE receipt SET body_digest = zeroblob(32)"
	    " WHERE receipt_id = 6" },
	{ "a batch is refused or split because it was rejected",
	    "UPDATE receipt SET outcome = 'not taken' WHERE receipt_id = 3" },
	{ "a refused batch holds one alert",
	    "UPDATE batch SET state = 'refused' WHERE batch_id = 2;"
	    "UPDATE batch SET parent_id = NULL" },
	{ "an alert is refused only where the sink accepted another",
	    "UPDATE receipt SET run_id = 7 WHERE receipt_id = 5" },
	{ "a sink gets an alert once, or with a warning",
	    "INSERT INTO batch_alert (batch_id, position, alert_no, mapping_id)"
	    " VALUES (7, 1, 6, 1);"
	    "UPDATE batch SET alerts = 2 WHERE batch_id = 7" },
	{ "what a sink owes is in batches as far as it says",
	    "DELETE FROM batch_alert WHERE batch_id = 6 AND position = 1;"
	    "UPDATE batch SET alerts = 1 WHERE batch_id = 6" },
	{ "no batch holds alerts behind what its sink says",
	    "UPDATE sink SET sealed_to = 6 WHERE sink_id = 2" },
	{ "archives are numbered without a hole",
	    "UPDATE archive SET archive_no = 3 WHERE archive_no = 2;"
	    "UPDATE batch SET archive_no = 3 WHERE archive_no = 2" },
	{ "each archive is chained to the one before it",
	    "UPDATE archive SET previous_chain = zeroblob(32)"
	    " WHERE archive_no = 2" },
	{ "an archive was read back after it was written",
	    "UPDATE archive SET verified_at = 0 WHERE archive_no = 2" },
	{ "what is archived is in an archive of its kind",
	    "UPDATE window SET archive_no = 2 WHERE window_id = 1" },
	{ "an archived window is judged",
	    "UPDATE window SET archive_no = 1, run_id = 1 WHERE window_id = "
	    "8" },
	{ "an archived batch is ended",
	    "UPDATE batch SET archive_no = 2 WHERE batch_id = 7" },
	{ "a row is written by a run of the stage whose it is",
	    "UPDATE page SET run_id = 2 WHERE page_id = 1" },
};

enum { CASES = sizeof cases / sizeof cases[0] };

static int
set_up(void **state)
{
	struct fresh *f;

	if (fresh_set_up(state))
		return -1;
	f = *state;
	db_exec(f->db, "DELETE FROM run", &f->e);
	fresh_load(f, "tests/fixtures/audit.sql");
	return db_exec(f->db,
	    "PRAGMA foreign_keys = OFF;"
	    "PRAGMA ignore_check_constraints = ON",
	    &f->e);
}

static void
a_clean_database_has_no_violation(void **state)
{
	assert_int_equal(
	    fresh_int(*state, "SELECT count(*) FROM v_violation"), 0);
}

/* The promises that are broken now, in one line. */
static void
broken(struct fresh *f, struct buf *out)
{
	static const char sql[] =
	    "SELECT DISTINCT invariant FROM v_violation ORDER BY 1";
	struct stmt *s = NULL;

	assert_int_equal(stmt_prepare(&s, f->db, sql, &f->e), 0);
	buf_clear(out);
	buf_puts(out, "");
	while (stmt_step(s, &f->e) > 0) {
		buf_puts(out, out->len ? "; " : "");
		buf_puts(out, stmt_text(s, 0));
	}
	assert_string_equal(f->e.msg, "");
	stmt_free(s);
}

static void
each_corruption_is_found_and_named(void **state)
{
	struct fresh *f = *state;
	struct buf found = { 0 };

	for (size_t i = 0; i < CASES; i++) {
		assert_int_equal(db_begin(f->db, &f->e), 0);
		db_exec(f->db, cases[i].sql, &f->e);
		assert_string_equal(f->e.msg, "");
		broken(f, &found);
		db_end(f->db, -1, &f->e);
		assert_string_equal(found.data, cases[i].invariant);
	}
	buf_free(&found);
}

static bool
is_case(const char *invariant)
{
	for (size_t i = 0; i < CASES; i++)
		if (strcmp(cases[i].invariant, invariant) == 0)
			return true;
	return false;
}

static void
each_promise_has_a_corruption_here(void **state)
{
	struct fresh *f = *state;
	struct stmt *s = NULL;
	size_t n = 0;

	stmt_prepare(&s, f->db, "SELECT invariant FROM v_invariant", &f->e);
	for (; stmt_step(s, &f->e) > 0; n++)
		if (!is_case(stmt_text(s, 0)))
			fail_msg("no case: %s", stmt_text(s, 0));
	assert_int_equal(n, CASES);
	stmt_free(s);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clean_database_has_no_violation),
		cmocka_unit_test(each_corruption_is_found_and_named),
		cmocka_unit_test(each_promise_has_a_corruption_here),
	};

	return cmocka_run_group_tests(tests, set_up, fresh_tear_down);
}
