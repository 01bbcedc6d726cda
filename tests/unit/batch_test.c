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

	assert_int_equal(
	    batch_get_unfinished(f->db, 1, 0, &got, &found, &f->e), 0);
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
	assert_int_equal(
	    batch_get_unfinished(f->db, 1, b.batch_id, &got, &found, &f->e), 0);
	assert_false(found);
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
	assert_int_equal(batch_put_half(f->db, &half, 1, &f->e), 0);
	assert_int_equal(
	    fresh_int(f,
		"SELECT group_concat(position || alert_no, '') FROM"
		" (SELECT * FROM batch_alert WHERE batch_id = 2"
		" ORDER BY position)"),
	    213 /* "02" "13" */);
	half.alerts = 3;
	half.key[0] = 1;
	assert_int_equal(batch_put(f->db, &half, "c", &f->e), 0);
	assert_int_equal(batch_put_half(f->db, &half, 1, &f->e), -1);
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
		TEST(an_attempt_has_one_receipt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
