/* v_coverage: every second is in one state, whatever overlaps what. */
#include "buf.h"
#include "fresh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The newest run of extract began at 100. */
static const struct {
	const char *name;
	const char *sql;
	const char *coverage; /* of log url */
} cases[] = {
	{ "nothing planned: nothing to say", "", "" },
	{ "windows that meet are one stretch; the rest is open",
	    "INSERT INTO w VALUES (0, 10, 'live', 'complete'),"
	    " (10, 20, 'live', 'complete')",
	    "0-20 covered, 20-100 open" },
	{ "an open window is open, a hole as well",
	    "INSERT INTO w VALUES (0, 10, 'live', 'complete'),"
	    " (10, 20, 'live', 'open'), (30, 100, 'live', 'complete')",
	    "0-10 covered, 10-30 open, 30-100 covered" },
	{ "rereads and replays cover nothing",
	    "INSERT INTO w VALUES (0, 10, 'live', 'open'),"
	    " (0, 10, 'reread', 'complete'), (20, 30, 'replay', 'complete')",
	    "0-100 open" },
	{ "halves stand for what they replaced",
	    "INSERT INTO w VALUES (0, 20, 'live', 'replaced'),"
	    " (0, 10, 'live', 'complete'), (10, 20, 'live', 'open')",
	    "0-10 covered, 10-100 open" },
	{ "backfill covers, also what is lost or open",
	    "INSERT INTO w VALUES (0, 10, 'live', 'lost'),"
	    " (10, 20, 'live', 'open'), (5, 15, 'backfill', 'complete')",
	    "0-5 lost, 5-15 covered, 15-100 open" },
	{ "a gap is lost, before and between windows",
	    "INSERT INTO g VALUES (0, 10), (20, 25);"
	    "INSERT INTO w VALUES (10, 20, 'live', 'complete'),"
	    " (25, 100, 'live', 'complete')",
	    "0-10 lost, 10-20 covered, 20-25 lost, 25-100 covered" },
	{ "what is lost and asked for again is lost until it is there",
	    "INSERT INTO g VALUES (0, 10);"
	    "INSERT INTO w VALUES (0, 10, 'backfill', 'open')",
	    "0-10 lost, 10-100 open" },
	{ "a gap that two windows overlap leaves no seam",
	    "INSERT INTO g VALUES (5, 15);"
	    "INSERT INTO w VALUES (0, 10, 'live', 'complete'),"
	    " (10, 100, 'live', 'complete')",
	    "0-100 covered" },
	{ "windows may end after the run began",
	    "INSERT INTO w VALUES (0, 120, 'live', 'complete')",
	    "0-120 covered" },
};

static int
set_up(void **state)
{
	struct fresh *f;

	if (fresh_set_up(state))
		return -1;
	f = *state;
	return db_exec(f->db,
	    "UPDATE run SET started_at = 100;"
	    "CREATE TEMP TABLE w (from_at, to_at, origin, state);"
	    "CREATE TEMP TABLE g (from_at, to_at)",
	    &f->e);
}

/* Rows of the real tables from the few columns that matter here. */
static const char fill_sql[] =
    "INSERT INTO window (uid, log, from_at, to_at, origin, state, run_id,"
    " planned_at, page_size, reread_of, closed_at, closed_order, reconciled)"
    " SELECT randomblob(16), 'url', from_at, to_at, origin, state, 1, 0, 1,"
    " iif(origin = 'reread', 1, NULL), iif(state = 'open', NULL, 0),"
    " iif(state = 'open', NULL, rowid),"
    " iif(state = 'complete', 'exact', NULL) FROM w;"
    "INSERT INTO gap (log, from_at, to_at, reason, run_id, found_at)"
    " SELECT 'url', from_at, to_at, 'retention', 1, 0 FROM g";

static void
read_coverage(struct fresh *f, struct buf *out)
{
	static const char sql[] =
	    "SELECT from_at, to_at, state FROM v_coverage WHERE log = 'url'";
	struct stmt *s = NULL;

	assert_int_equal(stmt_prepare(&s, f->db, sql, &f->e), 0);
	buf_clear(out);
	buf_puts(out, "");
	while (stmt_step(s, &f->e) > 0)
		buf_printf(out, "%s%d-%d %s", out->len ? ", " : "",
		    (int)stmt_int(s, 0), (int)stmt_int(s, 1), stmt_text(s, 2));
	assert_string_equal(f->e.msg, "");
	stmt_free(s);
}

static void
each_second_is_in_one_state(void **state)
{
	struct fresh *f = *state;
	struct buf found = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		db_begin(f->db, &f->e);
		db_exec(f->db, cases[i].sql, &f->e);
		db_exec(f->db, fill_sql, &f->e);
		assert_string_equal(f->e.msg, "");
		read_coverage(f, &found);
		db_end(f->db, -1, &f->e);
		if (strcmp(found.data, cases[i].coverage) != 0)
			fail_msg("%s: %s", cases[i].name, found.data);
	}
	buf_free(&found);
}

static void
times_are_text_as_well(void **state)
{
	struct fresh *f = *state;

	db_begin(f->db, &f->e);
	db_exec(
	    f->db, "INSERT INTO w VALUES (0, 10, 'live', 'complete')", &f->e);
	db_exec(f->db, fill_sql, &f->e);
	assert_int_equal(
	    fresh_int(f,
		"SELECT count(*) FROM v_coverage"
		" WHERE from_utc = '1970-01-01T00:00:00Z'"
		" AND to_utc = '1970-01-01T00:00:10Z' AND seconds = 10"),
	    1);
	db_end(f->db, -1, &f->e);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_second_is_in_one_state),
		cmocka_unit_test(times_are_text_as_well),
	};

	return cmocka_run_group_tests(tests, set_up, fresh_tear_down);
}
