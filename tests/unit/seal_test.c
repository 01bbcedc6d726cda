#include "alerts.h"
#include "config.h"
#include "context.h"
#include "digest.h"
#include "seal.h"
#include "sink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Sealing with one sink, which owes all. */
struct sealing {
	struct fresh *f;
	struct context x;
	struct config_sink c;
	struct sink sink;
	struct seal_sum sum;
};

static struct sealing
sealing_of(struct fresh *f)
{
	struct sealing s = {
		.f = f,
		.x = { .db = f->db, .tenant = "acme", .run_id = 1 },
		.c = { .batch_alerts = 500, .batch_bytes = 1000000 },
		.sink = { .sink_id = 1,
		    .from_at = INT64_MAX,
		    .owed_until = INT64_MAX },
	};

	alerts_put_sink(f);
	assert_int_equal(digest_open(&s.x.digest, &f->e), 0);
	return s;
}

/* Seal until nothing is owed: how many batches, and what they hold. */
static void
assert_sealed(struct sealing *s, const char *want)
{
	struct seal_sum counted = { 0 }, all = { 0 };
	struct stmt *rows = NULL;
	struct err *e = &s->f->e;

	assert_int_equal(seal_count(&s->x, &s->c, &s->sink, &counted, e), 0);
	assert_int_equal(fresh_int(s->f, "SELECT count(*) FROM batch"), 0);
	do {
		assert_int_equal(
		    seal_some(&s->x, &s->c, &s->sink, &s->sum, NULL, e), 0);
		all.batches += s->sum.batches;
		all.alerts += s->sum.alerts;
		all.bytes += s->sum.bytes;
	} while (s->sum.batches);
	assert_memory_equal(&counted, &all, sizeof all);
	assert_int_equal(
	    fresh_int(s->f, "SELECT sealed_to FROM sink"), s->sink.sealed_to);
	assert_int_equal(
	    fresh_int(s->f, "SELECT count(*) FROM v_violation_batch"), 0);
	assert_int_equal(
	    fresh_int(s->f, "SELECT count(*) FROM v_violation_delivery"), 0);
	assert_int_equal(
	    stmt_prepare(&rows, s->f->db,
		"SELECT coalesce(group_concat(n, '|'), '') FROM (SELECT"
		" group_concat(alert_no, ' ') AS n FROM (SELECT * FROM"
		" batch_alert ORDER BY batch_id, position) GROUP BY batch_id)",
		e),
	    0);
	assert_int_equal(stmt_step(rows, e), 1);
	assert_string_equal(stmt_text(rows, 0), want);
	stmt_free(rows);
	digest_close(s->x.digest);
}

static void
a_batch_ends_at_its_number_of_alerts(void **state)
{
	struct sealing s = sealing_of(*state);

	alerts_put(s.f, 1, 7);
	s.c.batch_alerts = 3;
	assert_sealed(&s, "1 2 3|4 5 6|7");
}

static void
a_whole_number_of_batches_leaves_no_empty_one(void **state)
{
	struct sealing s = sealing_of(*state);

	alerts_put(s.f, 1, 6);
	s.c.batch_alerts = 3;
	assert_sealed(&s, "1 2 3|4 5 6");
}

static void
nothing_owed_makes_no_batch(void **state)
{
	struct sealing s = sealing_of(*state);

	assert_sealed(&s, "");
}

/* The bytes of a batch of n of the alerts here, which are of one length. */
static int64_t
bytes_of(struct sealing *s, enum config_format format, int n)
{
	struct seal_sum sum = { 0 };
	struct config_sink c = {
		.format = format, .batch_alerts = n, .batch_bytes = 1000000
	};
	struct sink sink = s->sink;

	sink.owed_until = n;
	assert_int_equal(seal_count(&s->x, &c, &sink, &sum, &s->f->e), 0);
	assert_int_equal(sum.batches, 1);
	return sum.bytes;
}

static void
a_batch_may_fill_its_bytes_to_the_last(void **state)
{
	struct sealing s = sealing_of(*state);

	alerts_put(s.f, 1, 6);
	s.c.batch_bytes = bytes_of(&s, CONFIG_NDJSON, 3);
	assert_sealed(&s, "1 2 3|4 5 6");
}

static void
a_batch_never_has_a_byte_more(void **state)
{
	struct sealing s = sealing_of(*state);

	alerts_put(s.f, 1, 6);
	s.c.batch_bytes = bytes_of(&s, CONFIG_NDJSON, 3) - 1;
	assert_sealed(&s, "1 2|3 4|5 6");
}

static void
the_brackets_of_an_array_count(void **state)
{
	struct sealing s = sealing_of(*state);

	alerts_put(s.f, 1, 4);
	s.c.format = CONFIG_ARRAY;
	s.c.batch_bytes = bytes_of(&s, CONFIG_ARRAY, 2);
	assert_sealed(&s, "1 2|3 4");
}

static void
the_brackets_of_an_array_count_to_the_byte(void **state)
{
	struct sealing s = sealing_of(*state);

	alerts_put(s.f, 1, 4);
	s.c.format = CONFIG_ARRAY;
	s.c.batch_bytes = bytes_of(&s, CONFIG_ARRAY, 2) - 1;
	assert_sealed(&s, "1|2|3|4");
}

static void
an_alert_too_large_for_a_batch_goes_alone(void **state)
{
	struct sealing s = sealing_of(*state);

	alerts_put(s.f, 1, 5);
	alerts_exec(s.f,
	    "UPDATE alert SET subject = hex(zeroblob(5000))"
	    " WHERE alert_no = 3");
	s.c.batch_bytes = bytes_of(&s, CONFIG_NDJSON, 2);
	assert_sealed(&s, "1 2|3|4 5");
}

static void
many_batches_take_several_transactions(void **state)
{
	struct sealing s = sealing_of(*state);

	alerts_put(s.f, 1, 40);
	s.c.batch_alerts = 1;
	assert_int_equal(
	    seal_some(&s.x, &s.c, &s.sink, &s.sum, NULL, &s.f->e), 0);
	assert_in_range(s.sum.batches, 1, 39);
	assert_int_equal(s.sink.sealed_to, s.sum.batches);
	digest_close(s.x.digest);
}

static void
a_sink_is_owed_what_its_row_says(void **state)
{
	struct sealing s = sealing_of(*state);

	alerts_put(s.f, 1, 12);
	alerts_exec(s.f,
	    "UPDATE sink SET owed_after = 8, from_after = 2, from_at = 6,"
	    " active_until = 0, owed_until = 11");
	s.sink.owed_after = 8;
	s.sink.from_after = 2;
	s.sink.from_at = 6;
	s.sink.owed_until = 11;
	alerts_exec(s.f,
	    "UPDATE alert SET occurred_at = 100 WHERE alert_no IN (2, 3);"
	    "UPDATE alert SET occurred_at = 0 WHERE alert_no = 9");
	assert_sealed(&s, "3 6 7 8 9 10 11");
}

static void
the_newest_mapping_is_sent_and_named(void **state)
{
	struct sealing s = sealing_of(*state);

	alerts_put(s.f, 1, 2);
	alerts_exec(s.f,
	    "INSERT INTO alert_mapping VALUES"
	    " (2, 2, 'Type', 'fixed', 'T2', 'Threat', 'exact', 1, 9)");
	assert_sealed(&s, "1 2");
	assert_int_equal(fresh_int(s.f,
			     "SELECT mapping_id FROM batch_alert"
			     " WHERE alert_no = 2"),
	    2);
	assert_int_equal(
	    fresh_int(s.f,
		"SELECT instr(CAST(body AS TEXT), '\"T1\"') > 0"
		" AND instr(CAST(body AS TEXT), '\"T2\"') > 0"
		" AND instr(CAST(body AS TEXT), '\"mapping\":\"two\"') > 0"
		" FROM batch_body"),
	    1);
}

static void
a_revision_names_the_alert_it_changes(void **state)
{
	struct sealing s = sealing_of(*state);

	alerts_put(s.f, 1, 2);
	alerts_exec(s.f, "UPDATE alert SET revision_of = 1 WHERE alert_no = 2");
	assert_sealed(&s, "1 2");
	assert_int_equal(
	    fresh_int(s.f,
		"SELECT count(*) FROM batch_body JOIN alert ON alert_no = 1"
		" WHERE instr(CAST(body AS TEXT), '\"revisionOf\":\"' ||"
		" lower(hex(alert_id)) || '\"}')"),
	    1);
}

static void
an_alert_without_a_mapping_seals_nothing(void **state)
{
	struct sealing s = sealing_of(*state);

	alerts_put(s.f, 1, 5);
	alerts_exec(s.f, "DELETE FROM alert_mapping WHERE alert_no = 4");
	s.c.batch_alerts = 2;
	assert_int_equal(
	    seal_some(&s.x, &s.c, &s.sink, &s.sum, NULL, &s.f->e), -1);
	assert_int_equal(s.f->e.kind, ERR_BUG);
	assert_string_equal(s.f->e.msg, "alert 4 has no mapping");
	assert_int_equal(fresh_int(s.f, "SELECT count(*) FROM batch"), 0);
	assert_int_equal(fresh_int(s.f, "SELECT sealed_to FROM sink"), 0);
	assert_int_equal(s.sink.sealed_to, 0);
	digest_close(s.x.digest);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fresh_set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_batch_ends_at_its_number_of_alerts),
		TEST(a_whole_number_of_batches_leaves_no_empty_one),
		TEST(nothing_owed_makes_no_batch),
		TEST(a_batch_may_fill_its_bytes_to_the_last),
		TEST(a_batch_never_has_a_byte_more),
		TEST(the_brackets_of_an_array_count),
		TEST(the_brackets_of_an_array_count_to_the_byte),
		TEST(an_alert_too_large_for_a_batch_goes_alone),
		TEST(many_batches_take_several_transactions),
		TEST(a_sink_is_owed_what_its_row_says),
		TEST(the_newest_mapping_is_sent_and_named),
		TEST(a_revision_names_the_alert_it_changes),
		TEST(an_alert_without_a_mapping_seals_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
