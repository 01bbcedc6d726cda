#include "alerts.h"
#include "batch.h"
#include "buf.h"
#include "digest.h"
#include "receipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct batch_alert three[] = { { 1, 1 }, { 2, 1 }, { 3, 1 } };

/* A batch of these bytes with alerts 1 to 3. */
static struct batch
put(struct fresh *f, const char *body)
{
	struct batch b = { .sink_id = 1,
		.format = CONFIG_NDJSON,
		.alerts = 3,
		.bytes = (int64_t)strlen(body),
		.run_id = f->run_id };
	struct digest *d = NULL;

	assert_int_equal(digest_open(&d, &f->e), 0);
	digest_of(d, body, strlen(body), b.key);
	digest_close(d);
	assert_int_equal(batch_put(f->db, &b, body, &f->e), 0);
	assert_int_equal(
	    batch_put_alerts(f->db, b.batch_id, three, 3, &f->e), 0);
	return b;
}

static int
set_up(void **state)
{
	if (fresh_set_up(state))
		return -1;
	alerts_put(*state, 1, 3);
	alerts_put_sink(*state);
	return 0;
}

static void
what_was_put_is_got(void **state)
{
	struct fresh *f = *state;
	struct batch b = put(f, "abc");
	struct batch got;
	struct buf body = { 0 };
	struct digest *d = NULL;
	bool found;

	assert_int_equal(batch_get_next(f->db, 1, 1, &got, &found, &f->e), 0);
	assert_true(found);
	assert_int_equal(got.batch_id, b.batch_id);
	assert_int_equal(got.parent_id, 0);
	assert_memory_equal(got.key, b.key, sizeof b.key);
	assert_int_equal(got.format, CONFIG_NDJSON);
	assert_int_equal(got.alerts, 3);
	assert_int_equal(got.bytes, 3);
	assert_int_equal(got.state, BATCH_READY);
	assert_int_equal(got.attempts, 0);
	assert_false(got.possible_duplicate);
	assert_int_equal(digest_open(&d, &f->e), 0);
	assert_int_equal(batch_get_body(f->db, &got, d, &body, &f->e), 0);
	assert_string_equal(body.data, "abc");
	assert_int_equal(got.repeats_id, 0);
	assert_int_equal(got.generation, 0);
	digest_close(d);
	buf_free(&body);
}

static void
the_same_bytes_are_not_put_twice(void **state)
{
	struct fresh *f = *state;
	struct batch b = put(f, "abc");

	assert_int_equal(batch_put(f->db, &b, "abc", &f->e), -1);
	assert_int_equal(f->e.kind, ERR_DATA);
}

static void
a_batch_goes_from_ready_to_sending_to_its_end(void **state)
{
	struct fresh *f = *state;
	struct batch b = put(f, "abc");

	assert_int_equal(batch_put_attempt(f->db, &b, false, &f->e), 0);
	assert_int_equal(batch_put_attempt(f->db, &b, true, &f->e), 0);
	assert_int_equal(batch_put_attempt(f->db, &b, false, &f->e), 0);
	assert_int_equal(b.attempts, 3);
	assert_true(b.possible_duplicate);
	assert_int_equal(batch_put_end(f->db, &b, BATCH_DELIVERED, &f->e), 0);
	assert_int_equal(fresh_int(f,
			     "SELECT state = 'delivered' AND attempts = 3"
			     " AND possible_duplicate AND closed_at > 0"
			     " FROM batch"),
	    1);
}

static void
a_batch_that_changed_meanwhile_is_left_alone(void **state)
{
	struct fresh *f = *state;
	struct batch b = put(f, "abc");
	struct batch stale = b;

	assert_int_equal(batch_put_attempt(f->db, &b, false, &f->e), 0);
	assert_int_equal(batch_put_attempt(f->db, &stale, false, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_BUG);
	assert_string_equal(f->e.msg, "batch 1 is no longer as it was read");
	stale = b;
	assert_int_equal(batch_put_attempt(f->db, &b, false, &f->e), 0);
	assert_int_equal(
	    batch_put_end(f->db, &stale, BATCH_REFUSED, &f->e), -1);
	assert_int_equal(
	    fresh_int(f, "SELECT state = 'sending' FROM batch"), 1);
}

static void
halves_share_the_alerts(void **state)
{
	struct fresh *f = *state;
	struct batch b = put(f, "abc");
	struct batch half = { .sink_id = 1,
		.parent_id = b.batch_id,
		.alerts = 2,
		.bytes = 1,
		.run_id = f->run_id };

	assert_int_equal(batch_put(f->db, &half, "b", &f->e), 0);
	assert_int_equal(
	    batch_put_alerts_of(f->db, &half, b.batch_id, 1, &f->e), 0);
	assert_int_equal(
	    fresh_int(f,
		"SELECT group_concat(position || alert_no, '') FROM"
		" (SELECT * FROM batch_alert WHERE batch_id = 2"
		" ORDER BY position)"),
	    213 /* "02" "13" */);
	half.alerts = 3;
	half.key[0] = 1;
	assert_int_equal(batch_put(f->db, &half, "c", &f->e), 0);
	assert_int_equal(
	    batch_put_alerts_of(f->db, &half, b.batch_id, 1, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_BUG);
	assert_string_equal(f->e.msg, "batch 1 has other alerts than it says");
}

static void
put_receipt(struct fresh *f, int64_t attempt, enum receipt_outcome outcome)
{
	const struct receipt r = { .batch_id = 1,
		.attempt = attempt,
		.run_id = f->run_id,
		.outcome = outcome,
		.detail = "x",
		.body_start = "" };

	assert_int_equal(receipt_put(f->db, &r, &f->e), 0);
}

static void
what_is_left_is_counted_with_its_doubt(void **state)
{
	struct fresh *f = *state;
	struct batch b = put(f, "abc");
	struct batch_left left;
	bool doubt;

	assert_int_equal(batch_get_left(f->db, 1, &left, &f->e), 0);
	assert_int_equal(left.batches, 1);
	assert_int_equal(left.alerts, 3);
	assert_int_equal(left.in_doubt, 0);

	/* An attempt without a receipt was cut off. */
	assert_int_equal(batch_put_attempt(f->db, &b, false, &f->e), 0);
	assert_int_equal(batch_get_left(f->db, 1, &left, &f->e), 0);
	assert_int_equal(left.in_doubt, 1);
	assert_int_equal(receipt_get_doubt(f->db, 1, 1, &doubt, &f->e), 0);
	assert_true(doubt);

	put_receipt(f, 1, RECEIPT_NOT_TAKEN);
	assert_int_equal(batch_get_left(f->db, 1, &left, &f->e), 0);
	assert_int_equal(left.in_doubt, 0);
	assert_int_equal(receipt_get_doubt(f->db, 1, 1, &doubt, &f->e), 0);
	assert_false(doubt);

	/* A later answer does not take back an earlier doubt. */
	assert_int_equal(batch_put_attempt(f->db, &b, false, &f->e), 0);
	put_receipt(f, 2, RECEIPT_IN_DOUBT);
	assert_int_equal(batch_put_attempt(f->db, &b, false, &f->e), 0);
	put_receipt(f, 3, RECEIPT_REJECTED);
	assert_int_equal(batch_get_left(f->db, 1, &left, &f->e), 0);
	assert_int_equal(left.in_doubt, 1);
	assert_int_equal(receipt_get_doubt(f->db, 1, 3, &doubt, &f->e), 0);
	assert_true(doubt);
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM v_in_doubt"), 1);
}

/* A batch of one alert and no bytes to speak of, in any state. */
static void
put_any(struct fresh *f, int id, const char *columns, const char *values)
{
	char sql[512];

	snprintf(sql, sizeof sql,
	    "INSERT INTO batch (batch_id, sink_id, batch_key, format, bytes,"
	    " run_id, sealed_at%s) VALUES (%d, 1, randomblob(32), 'ndjson', 1,"
	    " 1, 0%s)",
	    columns, id, values);
	alerts_exec(f, sql);
}

static void
put_rejection(struct fresh *f, int batch_id, int run_id)
{
	char sql[512];

	snprintf(sql, sizeof sql,
	    "INSERT OR IGNORE INTO run (run_id, stage, version, started_at)"
	    " VALUES (%d, 'load', 'x', 0);"
	    "INSERT INTO receipt (batch_id, attempt, run_id, received_at,"
	    " latency_ms, outcome, detail, body_start, body_digest) VALUES"
	    " (%d, 1, %d, 0, 0, 'rejected', '', x'', zeroblob(32))",
	    run_id, batch_id, run_id);
	alerts_exec(f, sql);
}

/* Each is taken in turn and marked as rejected in run 9. */
static void
halves_come_first_and_old_rejections_last(void **state)
{
	static const int64_t order[] = { 5, 4, 1, 2, 6, 3 };
	static const char sent[] = ", alerts, state, attempts";
	struct fresh *f = *state;
	struct batch b;
	bool found;

	put_any(f, 1, ", alerts", ", 9");
	put_any(f, 2, ", alerts, state, attempts", ", 3, 'sending', 1");
	put_any(f, 3, sent, ", 1, 'sending', 2");
	put_any(f, 4, ", alerts, parent_id", ", 5, 1");
	put_any(f, 5, ", alerts, parent_id", ", 4, 1");
	put_any(f, 6, sent, ", 1, 'sending', 1");
	put_rejection(f, 3, 8);
	put_rejection(f, 6, 8);
	alerts_exec(f, "UPDATE receipt SET attempt = 9");
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		assert_int_equal(
		    batch_get_next(f->db, 1, 9, &b, &found, &f->e), 0);
		assert_true(found);
		assert_int_equal(b.batch_id, order[i]);
		put_rejection(f, (int)b.batch_id, 9);
	}
	assert_int_equal(batch_get_next(f->db, 1, 9, &b, &found, &f->e), 0);
	assert_false(found);
	assert_int_equal(batch_get_rejected(f->db, 1, &b, &found, &f->e), 0);
	assert_true(found);
	assert_int_equal(b.batch_id, 1);
}

static void
a_key_tells_generations_apart(void **state)
{
	unsigned char key[3][DIGEST_SIZE];
	struct fresh *f = *state;
	struct digest *d = NULL;

	assert_int_equal(digest_open(&d, &f->e), 0);
	batch_make_key(d, "a\n", 2, 0, key[0]);
	digest_of(d, "a\n", 2, key[1]);
	assert_memory_equal(key[0], key[1], DIGEST_SIZE);
	batch_make_key(d, "a\n", 2, 12, key[0]);
	digest_of(d, "a\n12", 4, key[1]);
	assert_memory_equal(key[0], key[1], DIGEST_SIZE);
	batch_make_key(d, "a\n", 2, 1, key[2]);
	assert_memory_not_equal(key[0], key[2], DIGEST_SIZE);
	digest_close(d);
}

static void
an_attempt_has_one_receipt(void **state)
{
	struct fresh *f = *state;
	struct batch b = put(f, "abc");
	const struct receipt r = { .batch_id = b.batch_id,
		.attempt = 1,
		.run_id = f->run_id,
		.detail = "x",
		.body_start = "" };

	assert_int_equal(receipt_put(f->db, &r, &f->e), 0);
	assert_int_equal(receipt_put(f->db, &r, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_DATA);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_put_is_got),
		TEST(the_same_bytes_are_not_put_twice),
		TEST(a_batch_goes_from_ready_to_sending_to_its_end),
		TEST(a_batch_that_changed_meanwhile_is_left_alone),
		TEST(halves_share_the_alerts),
		TEST(what_is_left_is_counted_with_its_doubt),
		TEST(halves_come_first_and_old_rejections_last),
		TEST(a_key_tells_generations_apart),
		TEST(an_attempt_has_one_receipt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
