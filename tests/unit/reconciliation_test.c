/* v_reconciliation: what does not add up is not balanced. */
#include "buf.h"
#include "fresh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The tallies of the two pages of window 1, before their records go. */
#define TALLY                                                                  \
	"INSERT INTO page_tally (page_id, invalid, clean, duplicate, alert,"   \
	" seam, first_alert) SELECT record_id >> 25, sum(outcome = 1),"        \
	" sum(outcome = 2), sum(outcome = 3), sum(outcome = 4),"               \
	" sum(reason = 51), min(alert_no) FROM record"                         \
	" WHERE record_id >> 25 IN (2, 3) GROUP BY 1;"

static const struct {
	const char *name;
	const char *sql; /* on tests/fixtures/audit.sql */
	const char *unbalanced; /* "window sink" */
} cases[] = {
	{ "as it is", "", "" },
	{ "a record was dropped",
	    "DELETE FROM record WHERE record_id = 2 << 25", "1 out, 1 sophos" },
	{ "a record was added to a page that is not judged",
	    "INSERT INTO record (record_id, offset, length, outcome, reason)"
	    " VALUES (6 << 25, 0, 1, 2, 40)",
	    "6 out, 6 sophos" },
	{ "an outcome that there is not",
	    "UPDATE record SET outcome = 5 WHERE record_id = 2 << 25",
	    "1 out, 1 sophos" },
	{ "the source named more than was fetched",
	    "UPDATE window SET total = 8 WHERE window_id = 2",
	    "2 out, 2 sophos" },
	{ "the source named several totals",
	    "UPDATE window SET total = NULL, reconciled = 'mismatch'"
	    " WHERE window_id = 2",
	    "2 out, 2 sophos" },
	{ "a repeat across a border is not in the total",
	    "UPDATE window SET total = 1 WHERE window_id = 7",
	    "7 out, 7 sophos" },
	{ "a page of an earlier attempt counts for nothing",
	    "UPDATE page SET records = 50 WHERE page_id = 1", "" },
	{ "an alert that the sink passed over",
	    "DELETE FROM batch_alert WHERE batch_id = 6 AND position = 1",
	    "2 out" },
	{ "records past their time are counted as before",
	    TALLY "DELETE FROM record WHERE record_id >> 25 IN (2, 3)", "" },
	{ "a tally that is one short",
	    TALLY "DELETE FROM record WHERE record_id >> 25 IN (2, 3);"
		  "UPDATE page_tally SET invalid = 0 WHERE page_id = 2",
	    "1 out, 1 sophos" },
	{ "an alert of such a page that a sink passed over",
	    TALLY "DELETE FROM record WHERE record_id >> 25 IN (2, 3);"
		  "DELETE FROM batch_alert WHERE alert_no = 2",
	    "1 sophos" },
	{ "without a sink there is nothing to deliver",
	    "DELETE FROM batch_alert; DELETE FROM sink", "" },
	{ "without a sink what is wrong is wrong",
	    "DELETE FROM batch_alert; DELETE FROM sink;"
	    "UPDATE window SET total = 8 WHERE window_id = 2",
	    "2 none" },
};

static int
set_up(void **state)
{
	struct fresh *f;

	if (fresh_set_up(state))
		return -1;
	f = *state;
	db_exec(f->db, "DELETE FROM run", &f->e);
	fresh_load(f, "tests/fixtures/audit.sql");
	return db_exec(f->db, "PRAGMA foreign_keys = OFF", &f->e);
}

static void
read_unbalanced(struct fresh *f, struct buf *out)
{
	static const char sql[] =
	    "SELECT window_id, coalesce(sink, 'none') FROM v_reconciliation"
	    " WHERE balanced = 0 ORDER BY window_id, sink";
	struct stmt *s = NULL;

	assert_int_equal(stmt_prepare(&s, f->db, sql, &f->e), 0);
	buf_clear(out);
	buf_puts(out, "");
	while (stmt_step(s, &f->e) > 0)
		buf_printf(out, "%s%d %s", out->len ? ", " : "",
		    (int)stmt_int(s, 0), stmt_text(s, 1));
	assert_string_equal(f->e.msg, "");
	stmt_free(s);
}

static void
what_does_not_add_up_is_not_balanced(void **state)
{
	struct fresh *f = *state;
	struct buf found = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		db_begin(f->db, &f->e);
		db_exec(f->db, cases[i].sql, &f->e);
		assert_string_equal(f->e.msg, "");
		read_unbalanced(f, &found);
		db_end(f->db, -1, &f->e);
		if (strcmp(found.data, cases[i].unbalanced) != 0)
			fail_msg("%s: %s", cases[i].name, found.data);
	}
	buf_free(&found);
}

static void
attempts_that_were_given_up_are_told_apart(void **state)
{
	struct fresh *f = *state;

	assert_int_equal(
	    fresh_int(f,
		"SELECT count(*) FROM v_reconciliation WHERE window_id = 1"
		" AND fetched = 6 AND given_up = 1 AND given_up_alert = 0"),
	    2);
	db_begin(f->db, &f->e);
	db_exec(f->db,
	    "UPDATE record SET outcome = 4 WHERE record_id = 1 << 25", &f->e);
	assert_int_equal(
	    fresh_int(f,
		"SELECT count(*) FROM v_reconciliation WHERE window_id = 1"
		" AND alert = 3 AND given_up_alert = 1 AND balanced = 1"),
	    2);
	db_end(f->db, -1, &f->e);
}

/* Two views say which batch tells of an alert: they must say the same. */
static void
deliveries_are_those_of_v_delivery(void **state)
{
	static const char sql[] =
	    "SELECT count(*) FROM v_reconciliation v"
	    " WHERE (owed, delivered, refused, pending) IS NOT ("
	    "  SELECT count(*), coalesce(sum(d.state = 'delivered'), 0),"
	    "   coalesce(sum(d.state = 'refused'), 0),"
	    "   coalesce(sum(d.state IN ('in doubt', 'sending', 'ready',"
	    "    'unsealed')), 0)"
	    "  FROM v_delivery d JOIN alert a ON a.alert_no = d.alert_no"
	    "  JOIN page p ON p.page_id = a.record_id >> 25"
	    "  JOIN window w ON w.window_id = p.window_id"
	    "   AND w.attempt = p.attempt"
	    "  WHERE p.window_id = v.window_id AND d.sink = v.sink)";
	struct fresh *f = *state;

	assert_int_equal(fresh_int(f, sql), 0);
	assert_int_equal(
	    fresh_int(f, "SELECT sum(owed) FROM v_reconciliation"), 10);
}

/* One row a window and sink; each sink's figures are its own. */
static void
each_sink_has_its_figures(void **state)
{
	struct fresh *f = *state;

	assert_int_equal(
	    fresh_int(f, "SELECT count(*) FROM v_reconciliation"), 22);
	assert_int_equal(
	    fresh_int(f,
		"SELECT count(*) FROM v_reconciliation WHERE window_id = 4"
		" AND ((sink = 'sophos' AND owed = 1 AND refused = 1"
		"  AND delivered = 0) OR (sink = 'out' AND owed = 1"
		"  AND refused = 0 AND delivered = 1))"),
	    2);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_add_up_is_not_balanced),
		cmocka_unit_test(attempts_that_were_given_up_are_told_apart),
		cmocka_unit_test(deliveries_are_those_of_v_delivery),
		cmocka_unit_test(each_sink_has_its_figures),
	};

	return cmocka_run_group_tests(tests, set_up, fresh_tear_down);
}
