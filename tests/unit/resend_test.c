#include "alerts.h"
#include "config.h"
#include "context.h"
#include "digest.h"
#include "member.h"
#include "resend.h"
#include "seal.h"
#include "sink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct context x;

/* Nine alerts in three batches of three for sink 1, each in another state. */
static int
set_up(void **state)
{
	const struct config_sink c = {
		.name = "out",
		.batch_alerts = 3,
		.batch_bytes = 100000,
	};
	struct sink sink = {
		.sink_id = 1, .from_at = INT64_MAX, .owed_until = INT64_MAX
	};
	struct seal_sum sum;
	struct fresh *f;

	if (fresh_set_up(state))
		return -1;
	f = *state;
	x = (struct context){
		.db = f->db, .tenant = "acme", .run_id = f->run_id
	};
	alerts_put(f, 1, 9);
	alerts_put_sink(f);
	if (digest_open(&x.digest, &f->e) ||
	    seal_some(&x, &c, &sink, &sum, NULL, &f->e))
		return -1;
	alerts_exec(f,
	    "UPDATE batch SET attempts = 1, state = CASE batch_id"
	    " WHEN 1 THEN 'delivered' WHEN 2 THEN 'refused' ELSE 'ready' END,"
	    " closed_at = iif(batch_id < 3, 1, NULL)");
	return 0;
}

static int
tear_down(void **state)
{
	digest_close(x.digest);
	return fresh_tear_down(state);
}

static void
put_receipt(struct fresh *f, const char *outcome)
{
	char sql[256];

	snprintf(sql, sizeof sql,
	    "INSERT INTO receipt (batch_id, attempt, run_id, received_at,"
	    " latency_ms, outcome, detail, body_start, body_digest) VALUES"
	    " (2, 1, 1, 0, 0, '%s', '', x'', zeroblob(32))",
	    outcome);
	alerts_exec(f, sql);
}

static void
what_was_delivered_is_repeated_with_a_flag(void **state)
{
	struct fresh *f = *state;

	assert_int_equal(resend(&x, 1, BATCH_DELIVERED, &f->e), 0);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM batch WHERE batch_id = 4"
			     " AND repeats_id = 1 AND generation = 1"
			     " AND possible_duplicate AND state = 'ready'"
			     " AND alerts = 3 AND attempts = 0"),
	    1);
	assert_int_equal(fresh_int(f,
			     "SELECT (SELECT body FROM batch_body"
			     "  WHERE batch_id = 4) = (SELECT body"
			     "  FROM batch_body WHERE batch_id = 1)"),
	    1);
	assert_int_equal(
	    fresh_int(f, "SELECT count(*) FROM v_violation_batch"), 0);
}

static void
what_is_repeated_already_is_not_repeated_twice(void **state)
{
	struct fresh *f = *state;

	assert_int_equal(resend(&x, 1, BATCH_DELIVERED, &f->e), 0);
	assert_int_equal(resend(&x, 1, BATCH_DELIVERED, &f->e), 0);
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM batch"), 4);
	alerts_exec(f,
	    "UPDATE batch SET state = 'delivered', attempts = 1, closed_at = 1"
	    " WHERE batch_id = 4");
	assert_int_equal(resend(&x, 1, BATCH_DELIVERED, &f->e), 0);
	assert_int_equal(fresh_int(f,
			     "SELECT generation FROM batch"
			     " WHERE repeats_id = 4 AND batch_id = 5"),
	    2);
	assert_int_equal(
	    fresh_int(f, "SELECT count(*) FROM v_violation_batch"), 0);
}

static void
what_was_refused_is_flagged_if_it_was_in_doubt(void **state)
{
	static const struct {
		const char *outcome;
		bool flagged;
	} cases[] = { { "rejected", false }, { "in doubt", true } };
	struct fresh *f = *state;

	for (int i = 0; i < 2; i++) {
		alerts_exec(f,
		    "DELETE FROM receipt; DELETE FROM batch_body"
		    " WHERE batch_id > 3; DELETE FROM batch_alert WHERE"
		    " batch_id > 3; DELETE FROM batch WHERE batch_id > 3");
		put_receipt(f, cases[i].outcome);
		assert_int_equal(resend(&x, 1, BATCH_REFUSED, &f->e), 0);
		assert_int_equal(fresh_int(f,
				     "SELECT possible_duplicate FROM batch"
				     " WHERE repeats_id = 2"),
		    cases[i].flagged);
	}
}

static struct batch_ended
count_delivered(struct fresh *f)
{
	struct batch_ended left;

	assert_int_equal(
	    batch_count_ended(f->db, 1, BATCH_DELIVERED, &left, &f->e), 0);
	return left;
}

static void
what_has_no_bytes_here_is_left_out_and_counted(void **state)
{
	struct fresh *f = *state;
	struct batch_ended left;

	left = count_delivered(f);
	assert_int_equal(left.batches, 1);
	assert_int_equal(left.alerts, 3);
	assert_int_equal(left.bodiless, 0);
	alerts_exec(f, "DELETE FROM batch_body WHERE batch_id = 1");
	assert_int_equal(resend(&x, 1, BATCH_DELIVERED, &f->e), 0);
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM batch"), 3);
	left = count_delivered(f);
	assert_int_equal(left.batches, 0);
	assert_int_equal(left.bodiless, 1);
}

/* As a replay leaves it: batch 1 knows its last alert by id only. */
static void
put_member(struct fresh *f, const char *alert_id)
{
	char sql[512];

	snprintf(sql, sizeof sql,
	    "INSERT INTO batch_member (batch_id, position, alert_id,"
	    " mapping_digest) SELECT i.batch_id, i.position, %s, m.digest"
	    " FROM batch_alert i JOIN alert a USING (alert_no)"
	    " JOIN mapping m USING (mapping_id)"
	    " WHERE i.batch_id = 1 AND i.position = 2;"
	    "DELETE FROM batch_alert WHERE batch_id = 1 AND position = 2",
	    alert_id);
	alerts_exec(f, sql);
}

static void
what_has_alerts_that_are_not_here_is_left_out_and_counted(void **state)
{
	struct fresh *f = *state;
	struct batch_ended left;

	put_member(f, "zeroblob(16)");
	assert_int_equal(resend(&x, 1, BATCH_DELIVERED, &f->e), 0);
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM batch"), 3);
	left = count_delivered(f);
	assert_int_equal(left.batches, 0);
	assert_int_equal(left.alerts, 0);
	assert_int_equal(left.bodiless, 0);
	assert_int_equal(left.memberless, 1);
	alerts_exec(f, "DELETE FROM batch_body WHERE batch_id = 1");
	left = count_delivered(f);
	assert_int_equal(left.bodiless, 1);
	assert_int_equal(left.memberless, 0);
}

static void
what_a_run_would_resolve_first_is_counted_as_here(void **state)
{
	struct fresh *f = *state;
	struct batch_ended left;

	put_member(f, "a.alert_id");
	left = count_delivered(f);
	assert_int_equal(left.batches, 1);
	assert_int_equal(left.memberless, 0);
	assert_int_equal(member_resolve(f->db, &f->e), 0);
	assert_int_equal(resend(&x, 1, BATCH_DELIVERED, &f->e), 0);
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM batch"), 4);
}

static void
what_is_damaged_is_not_repeated(void **state)
{
	struct fresh *f = *state;

	alerts_exec(f, "UPDATE batch_body SET body = x'00'");
	assert_int_equal(resend(&x, 1, BATCH_DELIVERED, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_DATA);
	assert_string_equal(f->e.msg,
	    "batch 1: its bytes are not those of its key: the database is "
	    "damaged");
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM batch"), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_delivered_is_repeated_with_a_flag),
		TEST(what_is_repeated_already_is_not_repeated_twice),
		TEST(what_was_refused_is_flagged_if_it_was_in_doubt),
		TEST(what_has_no_bytes_here_is_left_out_and_counted),
		TEST(what_has_alerts_that_are_not_here_is_left_out_and_counted),
		TEST(what_a_run_would_resolve_first_is_counted_as_here),
		TEST(what_is_damaged_is_not_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
