/* What is planned anew after a replay, and the members of batches. */
#include "fresh.h"
#include "member.h"
#include "restore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
exec(struct fresh *f, const char *sql)
{
	if (db_exec(f->db, sql, &f->e))
		fail_msg("%s: %s", sql, f->e.msg);
}

/* A window of the log url that has ended; state: with its reconciled. */
#define WINDOW(id, from, to, parent, state, closed)                            \
	"INSERT INTO window (window_id, uid, log, from_at, to_at, origin,"     \
	" parent_id, state, run_id, planned_at, page_size, reconciled,"        \
	" closed_at, closed_order) VALUES (" #id                               \
	", randomblob(16), 'url'," #from ", " #to ", 'live', " #parent         \
	", '" state "', 1, 1, 100,"                                            \
	" iif('" state "' = 'complete', 'no_total', NULL), 1, " #closed ");"

static void
plan(struct fresh *f)
{
	struct restore_sum sum = { 0 };
	struct restore *r = NULL;

	if (restore_open(&r, f->db, f->run_id, &sum, &f->e) ||
	    restore_plan(r, 50, &f->e))
		fail_msg("%s", f->e.msg);
	restore_close(r);
}

static void
holes_before_the_frontier_are_planned(void **state)
{
	struct fresh *f = *state;

	exec(f,
	    WINDOW(1, 1000, 2000, NULL, "complete", 1)
		WINDOW(2, 3000, 4000, NULL, "complete", 2)
		    WINDOW(3, 4500, 5000, NULL, "complete", 3));
	plan(f);
	assert_int_equal(
	    fresh_int(f, "SELECT count(*) FROM window WHERE state = 'open'"),
	    2);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM window WHERE state = 'open'"
			     " AND origin = 'live' AND page_size = 50"
			     " AND (from_at = 2000 AND to_at = 3000"
			     "  OR from_at = 4000 AND to_at = 4500)"),
	    2);
	plan(f);
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM window"), 5);
}

static void
halves_of_replaced_windows_are_planned(void **state)
{
	struct fresh *f = *state;

	exec(f,
	    WINDOW(1, 1000, 2000, NULL, "replaced", 1) WINDOW(2, 2000, 3000,
		NULL, "replaced", 2) WINDOW(3, 2000, 2400, 2, "complete", 3)
		WINDOW(4, 3000, 4000, NULL, "replaced", 4)
		    WINDOW(5, 3500, 4000, 4, "complete", 5));
	plan(f);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM window WHERE state = 'open'"
			     " AND (parent_id = 1 AND from_at = 1000"
			     "   AND to_at = 1500"
			     "  OR parent_id = 1 AND from_at = 1500"
			     "   AND to_at = 2000"
			     "  OR parent_id = 2 AND from_at = 2400"
			     "   AND to_at = 3000"
			     "  OR parent_id = 4 AND from_at = 3000"
			     "   AND to_at = 3500)"),
	    4);
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM window"), 9);
}

static void
members_are_resolved_when_their_alerts_are_there(void **state)
{
	struct fresh *f = *state;

	exec(f, "DELETE FROM run; CREATE TEMP TABLE wanted AS SELECT 4 AS n");
	fresh_load(f, "tests/fixtures/load.sql");
	exec(f,
	    "INSERT INTO sink (name, type, active_since, owed_after)"
	    " VALUES ('restored', 'file', 1, 0);"
	    "INSERT INTO batch (batch_id, sink_id, batch_key, format, alerts,"
	    " bytes, run_id, sealed_at, state, attempts, closed_at)"
	    " SELECT 900, sink_id, zeroblob(32), 'ndjson', 3, 1, 1, 1,"
	    " 'delivered', 1, 1 FROM sink WHERE name = 'restored';"
	    "INSERT INTO batch_member SELECT 900, alert_no - 1, alert_id,"
	    " (SELECT digest FROM mapping LIMIT 1) FROM alert"
	    " WHERE alert_no IN (1, 2);"
	    "INSERT INTO batch_member VALUES (900, 2, zeroblob(16),"
	    " (SELECT digest FROM mapping LIMIT 1))");
	if (member_resolve(f->db, &f->e))
		fail_msg("%s", f->e.msg);
	assert_int_equal(
	    fresh_int(f,
		"SELECT count(*) FROM batch_alert WHERE batch_id = 900"
		" AND position = alert_no - 1"),
	    2);
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM batch_member"), 1);
	assert_int_equal(
	    fresh_int(f, "SELECT sealed_to FROM sink WHERE name = 'restored'"),
	    2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    holes_before_the_frontier_are_planned, fresh_set_up,
		    fresh_tear_down),
		cmocka_unit_test_setup_teardown(
		    halves_of_replaced_windows_are_planned, fresh_set_up,
		    fresh_tear_down),
		cmocka_unit_test_setup_teardown(
		    members_are_resolved_when_their_alerts_are_there,
		    fresh_set_up, fresh_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
