#include "alerts.h"
#include "config.h"
#include "context.h"
#include "digest.h"
#include "lane.h"
#include "result.h"
#include "sink_type.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/*
 * A sink that plays a script, a letter an attempt: d delivers, h rejects,
 * n certainly took nothing, q is in doubt, s stops, x is cut off.  After its
 * end it delivers.  bad: the alert it rejects whatever the script says.
 */
static struct {
	const char *script;
	const char *bad;
	struct fresh *f;
	int64_t attempts;
	char sent[2048]; /* batch ids */
} play;

/* The lane it is played to. */
struct stage {
	struct fresh *f;
	struct context x;
	struct config_sink c;
	struct lane l;
};

static int
open_play(void **out, const struct config_sink *c, struct err *e)
{
	(void)c;
	if (strcmp(play.script, "closed") == 0)
		return err_set(e, ERR_CONFIG, "no key");
	*out = &play;
	return 0;
}

static void
close_play(void *conn)
{
	assert_ptr_equal(conn, &play);
}

/* Before the first byte: outside any transaction, the attempt is stored. */
static void
assert_recorded(const struct batch *b)
{
	char sql[256];

	assert_int_equal(db_begin(play.f->db, &play.f->e), 0);
	assert_int_equal(db_end(play.f->db, 0, &play.f->e), 0);
	snprintf(sql, sizeof sql,
	    "SELECT attempts FROM batch WHERE batch_id = %lld"
	    " AND state = 'sending'",
	    (long long)b->batch_id);
	assert_int_equal(fresh_int(play.f, sql), b->attempts);
	snprintf(sql, sizeof sql,
	    "SELECT count(*) FROM receipt WHERE batch_id = %lld"
	    " AND attempt = %lld",
	    (long long)b->batch_id, (long long)b->attempts);
	assert_int_equal(fresh_int(play.f, sql), 0);
}

static int
send_play(void *conn, const struct batch *b, const struct buf *body,
    int64_t timeout_ms, struct result *r, struct err *e)
{
	static const struct {
		char letter;
		enum receipt_outcome outcome;
		enum result_next next;
	} parts[] = {
		{ 'd', RECEIPT_STORED, RESULT_DONE },
		{ 'h', RECEIPT_REJECTED, RESULT_HALVE },
		{ 'n', RECEIPT_NOT_TAKEN, RESULT_AGAIN },
		{ 'q', RECEIPT_IN_DOUBT, RESULT_AGAIN },
		{ 's', RECEIPT_NOT_TAKEN, RESULT_STOP },
	};
	char letter = *play.script ? *play.script++ : 'd';
	size_t n = strlen(play.sent);

	assert_ptr_equal(conn, &play);
	assert_in_range(timeout_ms, 1, 60000);
	assert_recorded(b);
	play.attempts++;
	snprintf(play.sent + n, sizeof play.sent - n, "%s%lld", n ? " " : "",
	    (long long)b->batch_id);
	if (letter == 'x')
		return err_set(e, ERR_IO, "cut off");
	if (play.bad && strstr(body->data, play.bad))
		letter = 'h';
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (parts[i].letter == letter) {
			r->outcome = parts[i].outcome;
			r->next = parts[i].next;
		}
	r->stop = ERR_DENIED;
	r->advice = "ask";
	r->wait_ms = r->next == RESULT_AGAIN ? 0 : -1;
	memcpy(r->body_digest, b->key, sizeof r->body_digest);
	snprintf(r->detail, sizeof r->detail, "said %c", letter);
	return 0;
}

static const struct sink_type played = {
	.open = open_play,
	.close = close_play,
	.send = send_play,
};

static void
begin(struct stage *s)
{
	const struct sink sink = { .sink_id = 1,
		.from_at = INT64_MAX,
		.owed_until = INT64_MAX,
		.sealed_to = fresh_int(s->f, "SELECT sealed_to FROM sink") };

	lane_open(&s->l, &s->c, &played, &sink);
}

/* A sink that owes n alerts, two in a batch, and plays this script. */
static struct stage *
stage_of(struct fresh *f, int alerts, const char *script)
{
	static struct stage s;

	s = (struct stage){
		.f = f,
		.x = { .db = f->db, .tenant = "acme", .run_id = f->run_id },
		.c = { .name = "out",
		    .batch_alerts = 2,
		    .batch_bytes = 1000000,
		    .deadline_s = 100 },
	};
	memset(&play, 0, sizeof play);
	play.script = script;
	play.f = f;
	alerts_put_sink(f);
	alerts_put(f, 1, alerts);
	assert_int_equal(digest_open(&s.x.digest, &f->e), 0);
	begin(&s);
	return &s;
}

/* Step until it is done, or a step fails. */
static int
play_all(struct stage *s)
{
	int rc = 0;

	while (!s->l.done && !rc)
		rc = lane_step(&s->l, &s->x, &s->f->e);
	assert_int_equal(
	    fresh_int(s->f, "SELECT count(*) FROM v_violation_batch"), 0);
	assert_int_equal(
	    fresh_int(s->f, "SELECT count(*) FROM v_violation_delivery"), 0);
	return rc;
}

static void
leave(struct stage *s)
{
	lane_close(&s->l);
	digest_close(s->x.digest);
}

static int64_t
count(struct stage *s, const char *state)
{
	char sql[128];

	snprintf(sql, sizeof sql,
	    "SELECT count(*) FROM batch WHERE state = '%s'", state);
	return fresh_int(s->f, sql);
}

static void
all_is_delivered_in_order(void **state)
{
	struct stage *s = stage_of(*state, 5, "");

	assert_int_equal(play_all(s), 0);
	assert_int_equal(s->l.err.kind, ERR_NONE);
	assert_string_equal(play.sent, "1 2 3");
	assert_int_equal(s->l.sum.delivered, 5);
	assert_int_equal(s->l.sum.batches, 3);
	assert_int_equal(s->l.sum.attempts, 3);
	assert_int_equal(
	    s->l.sum.bytes, fresh_int(s->f, "SELECT sum(bytes) FROM batch"));
	leave(s);
}

static void
one_step_makes_one_attempt(void **state)
{
	struct stage *s = stage_of(*state, 5, "");

	assert_int_equal(lane_step(&s->l, &s->x, &s->f->e), 0);
	assert_int_equal(play.attempts, 1);
	assert_int_equal(count(s, "delivered"), 1);
	assert_int_equal(count(s, "ready"), 2);
	leave(s);
}

static void
a_sink_that_cannot_be_opened_is_done(void **state)
{
	struct stage *s = stage_of(*state, 5, "closed");

	assert_true(s->l.done);
	assert_int_equal(s->l.err.kind, ERR_CONFIG);
	assert_string_equal(s->l.err.msg, "sink out: no key");
	leave(s);
}

static void
five_attempts_are_enough_for_a_run(void **state)
{
	struct stage *s = stage_of(*state, 4, "nnnnnn");

	assert_int_equal(play_all(s), 0);
	assert_int_equal(play.attempts, 5);
	assert_int_equal(s->l.err.kind, ERR_RETRY);
	assert_string_equal(s->l.err.msg,
	    "sink out: batch 1: said n: given up after 5 attempts: run "
	    "m2s-load again later");
	assert_int_equal(count(s, "sending"), 1);
	assert_int_equal(count(s, "ready"), 1);
	leave(s);
}

static void
a_batch_is_sent_again_with_the_same_bytes_before_the_next(void **state)
{
	struct stage *s = stage_of(*state, 4, "nnd");

	assert_int_equal(play_all(s), 0);
	assert_string_equal(play.sent, "1 1 1 2");
	assert_int_equal(s->l.sum.delivered, 4);
	leave(s);
}

static void
a_stop_ends_it_and_leaves_the_rest(void **state)
{
	struct stage *s = stage_of(*state, 4, "s");

	assert_int_equal(play_all(s), 0);
	assert_int_equal(s->l.err.kind, ERR_DENIED);
	assert_string_equal(s->l.err.msg, "sink out: batch 1: said s: ask");
	assert_int_equal(play.attempts, 1);
	assert_int_equal(count(s, "sending"), 1);
	leave(s);
}

static void
no_attempt_is_begun_past_the_deadline(void **state)
{
	struct stage *s = stage_of(*state, 4, "");

	s->l.deadline_ms = 0;
	assert_int_equal(play_all(s), 0);
	assert_int_equal(s->l.err.kind, ERR_RETRY);
	assert_string_equal(s->l.err.msg,
	    "sink out: batch 1: its deadline_s has passed: run m2s-load "
	    "again later");
	assert_int_equal(play.attempts, 0);
	assert_int_equal(count(s, "ready"), 2);
	leave(s);
}

static void
a_damaged_batch_is_not_sent(void **state)
{
	struct stage *s = stage_of(*state, 4, "n");

	assert_int_equal(lane_step(&s->l, &s->x, &s->f->e), 0);
	alerts_exec(s->f,
	    "UPDATE batch_body SET body = CAST('y' || substr(body, 2) AS BLOB)"
	    " WHERE batch_id = 1");
	assert_int_equal(play_all(s), -1);
	assert_int_equal(s->f->e.kind, ERR_DATA);
	assert_string_equal(s->f->e.msg,
	    "batch 1: its bytes are not those of its key: the database is "
	    "damaged");
	assert_int_equal(play.attempts, 1);
	leave(s);
}

/* Which attempts flag a batch; a second lane stands for the next run. */
static const struct {
	const char *script;
	bool idempotent;
	bool flagged;
} doubts[] = {
	{ "d", false, false },
	{ "nd", false, false },
	{ "nnnd", false, false },
	{ "qd", false, true },
	{ "qnd", false, true },
	{ "nqd", false, true },
	{ "xd", false, true },
	{ "xnd", false, true },
	{ "nxd", false, true },
	{ "qd", true, false },
	{ "xd", true, false },
};

static void
a_flag_tells_that_an_attempt_may_have_been_taken(void **state)
{
	struct stage *s = stage_of(*state, 2, "");

	for (size_t i = 0; i < sizeof doubts / sizeof doubts[0]; i++) {
		alerts_exec(s->f,
		    "DELETE FROM receipt; DELETE FROM batch_alert;"
		    "DELETE FROM batch_body; DELETE FROM batch;"
		    "UPDATE sink SET sealed_to = 0");
		play.script = doubts[i].script;
		s->c.idempotent = doubts[i].idempotent;
		lane_close(&s->l);
		begin(s);
		if (play_all(s)) {
			assert_string_equal(s->f->e.msg, "cut off");
			lane_close(&s->l);
			begin(s);
			assert_int_equal(play_all(s), 0);
		}
		assert_int_equal(s->l.err.kind, ERR_NONE);
		assert_int_equal(
		    fresh_int(
			s->f, "SELECT sum(possible_duplicate) FROM batch"),
		    doubts[i].flagged);
		assert_int_equal(count(s, "delivered"), 1);
	}
	leave(s);
}

static void
one_bad_alert_is_refused_alone(void **state)
{
	struct stage *s = stage_of(*state, 6, "");

	alerts_exec(
	    s->f, "UPDATE alert SET subject = 'BAD' WHERE alert_no = 3");
	play.bad = "BAD";
	assert_int_equal(play_all(s), 0);
	assert_int_equal(s->l.err.kind, ERR_PARTIAL);
	assert_string_equal(s->l.err.msg,
	    "sink out: alerts refused: 1 (the last: said h): v_delivery has "
	    "them");
	assert_int_equal(s->l.sum.delivered, 5);
	assert_int_equal(s->l.sum.refused, 1);
	assert_int_equal(fresh_int(s->f,
			     "SELECT alert_no FROM batch JOIN batch_alert"
			     " USING (batch_id) WHERE state = 'refused'"),
	    3);
	leave(s);
}

static void
a_rejection_before_the_first_delivery_is_judged_at_the_end(void **state)
{
	struct stage *s = stage_of(*state, 3, "");

	s->c.batch_alerts = 1;
	alerts_exec(
	    s->f, "UPDATE alert SET subject = 'BAD' WHERE alert_no < 3");
	play.bad = "BAD";
	assert_int_equal(lane_step(&s->l, &s->x, &s->f->e), 0);
	assert_int_equal(lane_step(&s->l, &s->x, &s->f->e), 0);
	assert_int_equal(count(s, "sending"), 2);
	assert_int_equal(play_all(s), 0);
	assert_int_equal(count(s, "refused"), 2);
	assert_int_equal(s->l.sum.refused, 2);
	assert_int_equal(s->l.err.kind, ERR_PARTIAL);
	leave(s);
}

static void
a_sink_that_rejects_all_refuses_nothing(void **state)
{
	struct stage *s = stage_of(*state, 3, "");

	play.bad = "id";
	assert_int_equal(play_all(s), 0);
	assert_int_equal(s->l.err.kind, ERR_DENIED);
	assert_string_equal(s->l.err.msg,
	    "sink out: it accepts nothing (said h): no alert is marked "
	    "refused: ask its administrator");
	assert_int_equal(count(s, "refused"), 0);
	assert_int_equal(count(s, "split"), 1);
	assert_int_equal(count(s, "sending"), 3);
	leave(s);
}

/* Sixteen single alerts tell enough: the others stay together. */
static void
a_sink_that_rejects_all_is_asked_only_so_often(void **state)
{
	struct stage *s = stage_of(*state, 96, "");

	s->c.batch_alerts = 32;
	play.bad = "id";
	assert_int_equal(play_all(s), 0);
	assert_int_equal(s->l.err.kind, ERR_DENIED);
	assert_int_equal(count(s, "refused"), 0);
	assert_int_equal(count(s, "sending"), 16);
	assert_int_equal(fresh_int(s->f,
			     "SELECT count(*) FROM batch WHERE alerts = 32"
			     " AND state = 'ready'"),
	    2);
	lane_close(&s->l);

	/* The next run asks about one more, and then it accepts. */
	alerts_exec(s->f,
	    "INSERT INTO run (run_id, stage, version, started_at)"
	    " VALUES (7, 'load', 'x', 0)");
	s->x.run_id = 7;
	begin(s);
	assert_int_equal(play_all(s), 0);
	assert_int_equal(s->l.err.kind, ERR_DENIED);
	assert_int_equal(count(s, "sending"), 17);
	lane_close(&s->l);

	play.bad = NULL;
	begin(s);
	assert_int_equal(play_all(s), 0);
	assert_int_equal(s->l.err.kind, ERR_NONE);
	assert_int_equal(count(s, "sending") + count(s, "ready"), 1);
	leave(s);
}

/* Halves have other keys than the whole: they are no repetition of it. */
static const struct {
	const char *script;
	bool idempotent;
	int64_t flagged; /* the whole and its halves */
} halves[] = {
	{ "h", false, 0 },
	{ "nh", false, 0 },
	{ "qh", false, 3 },
	{ "h", true, 0 },
	{ "qh", true, 2 },
};

static void
halves_are_flagged_if_the_whole_was_in_doubt(void **state)
{
	struct stage *s = stage_of(*state, 2, "");

	for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++) {
		alerts_exec(s->f,
		    "PRAGMA foreign_keys = OFF;"
		    "DELETE FROM receipt; DELETE FROM batch_alert;"
		    "DELETE FROM batch_body; DELETE FROM batch;"
		    "PRAGMA foreign_keys = ON;"
		    "UPDATE sink SET sealed_to = 0");
		play.script = halves[i].script;
		s->c.idempotent = halves[i].idempotent;
		lane_close(&s->l);
		begin(s);
		assert_int_equal(play_all(s), 0);
		assert_int_equal(count(s, "split"), 1);
		assert_int_equal(count(s, "delivered"), 2);
		assert_int_equal(
		    fresh_int(
			s->f, "SELECT sum(possible_duplicate) FROM batch"),
		    halves[i].flagged);
	}
	leave(s);
}

/* The first of the halves is halved again; it was never in doubt itself. */
static void
a_flag_is_passed_on_to_halves_of_halves(void **state)
{
	struct stage *s = stage_of(*state, 4, "qhh");

	s->c.batch_alerts = 4;
	assert_int_equal(play_all(s), 0);
	assert_int_equal(count(s, "split"), 2);
	assert_int_equal(count(s, "delivered"), 3);
	assert_int_equal(
	    fresh_int(s->f, "SELECT sum(possible_duplicate) FROM batch"), 5);
	leave(s);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fresh_set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_is_delivered_in_order),
		TEST(one_step_makes_one_attempt),
		TEST(a_sink_that_cannot_be_opened_is_done),
		TEST(five_attempts_are_enough_for_a_run),
		TEST(a_batch_is_sent_again_with_the_same_bytes_before_the_next),
		TEST(a_stop_ends_it_and_leaves_the_rest),
		TEST(no_attempt_is_begun_past_the_deadline),
		TEST(a_damaged_batch_is_not_sent),
		TEST(a_flag_tells_that_an_attempt_may_have_been_taken),
		TEST(one_bad_alert_is_refused_alone),
		TEST(
		    a_rejection_before_the_first_delivery_is_judged_at_the_end),
		TEST(a_sink_that_rejects_all_refuses_nothing),
		TEST(a_sink_that_rejects_all_is_asked_only_so_often),
		TEST(halves_are_flagged_if_the_whole_was_in_doubt),
		TEST(a_flag_is_passed_on_to_halves_of_halves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
