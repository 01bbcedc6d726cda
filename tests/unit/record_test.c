/* The tables that judging writes: record, alert, alert_mapping, mapping. */
#include "alert.h"
#include "alert_mapping.h"
#include "fresh.h"
#include "mapping.h"
#include "record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
a_record_has_one_row(void **state)
{
	const struct record r = {
		.record_id = record_id(3, 7),
		.offset = 5,
		.length = 9,
		.reason = REASON_SEEN,
		.has_time = true,
		.occurred_at = -1,
		.alert_no = 4,
		.twin = 2,
		.text_anomaly = true,
	};
	struct fresh *f = *state;
	struct record_table *t;
	int64_t alert_no, twin;

	assert_int_equal(record_page(r.record_id), 3);
	assert_int_equal(record_open(&t, f->db, &f->e), 0);
	assert_int_equal(record_put(t, &r, &f->e), 0);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM record WHERE record_id ="
			     " 3 * 33554432 + 7 AND offset = 5 AND length = 9"
			     " AND outcome = 3 AND reason = 50"
			     " AND occurred_at = -1 AND alert_no = 4"
			     " AND twin = 2 AND text_anomaly = 1"),
	    1);
	assert_int_equal(
	    record_get_alert(t, r.record_id, &alert_no, &twin, &f->e), 0);
	assert_int_equal(alert_no, 4);
	assert_int_equal(twin, 2);
	assert_int_equal(record_put(t, &r, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_DATA);
	assert_string_equal(
	    f->e.msg, "database: UNIQUE constraint failed: record.record_id");
	record_close(t);
}

static void
what_a_record_does_not_have_is_null(void **state)
{
	const struct record r = {
		.record_id = 1,
		.length = 1,
		.reason = REASON_NOT_OBJECT,
	};
	struct fresh *f = *state;
	struct record_table *t;
	int64_t alert_no = 5, twin = 5;

	assert_int_equal(record_open(&t, f->db, &f->e), 0);
	assert_int_equal(record_put(t, &r, &f->e), 0);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM record"
			     " WHERE occurred_at IS NULL AND alert_no IS NULL"
			     " AND twin IS NULL AND text_anomaly IS NULL"),
	    1);
	assert_int_equal(record_get_alert(t, 1, &alert_no, &twin, &f->e), 0);
	assert_int_equal(alert_no, 0);
	record_close(t);
}

static void
an_alert_is_found_by_its_id_and_its_natural_key(void **state)
{
	struct fresh *f = *state;
	struct alert a = {
		.id = { 1 },
		.digest = { 2 },
		.natural_key = { 3 },
		.twin = 1,
		.record_id = 9,
		.run_id = f->run_id,
		.log = TTP_ATTACHMENT,
		.occurred_at = 77,
	};
	const unsigned char other[DIGEST_SIZE] = { 9 };
	struct alert_known known;
	struct alert_table *t;
	int64_t alert_no;

	a.texts[ALERT_SUBJECT] = (struct alert_text){ "subject", 4 };
	assert_int_equal(alert_open(&t, f->db, &f->e), 0);
	assert_int_equal(alert_get(t, a.id, &known, &f->e), 0);
	assert_int_equal(alert_put(t, &a, &alert_no, &f->e), 0);
	assert_int_equal(alert_no, 1);
	assert_int_equal(alert_get(t, a.id, &known, &f->e), 1);
	assert_int_equal(known.alert_no, 1);
	assert_int_equal(known.twin, 1);
	assert_int_equal(known.record_id, 9);
	assert_memory_equal(known.digest, a.digest, DIGEST_SIZE);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM alert"
			     " WHERE log = 'attachment' AND subject = 'subj'"
			     " AND sender IS NULL AND revision_of IS NULL"
			     " AND occurred_at = 77"),
	    1);
	assert_int_equal(
	    alert_get_revised(t, a.natural_key, a.digest, &alert_no, &f->e), 0);
	assert_int_equal(alert_no, 0);
	assert_int_equal(
	    alert_get_revised(t, a.natural_key, other, &alert_no, &f->e), 0);
	assert_int_equal(alert_no, 1);
	assert_int_equal(alert_put(t, &a, &alert_no, &f->e), -1);
	assert_string_equal(
	    f->e.msg, "database: UNIQUE constraint failed: alert.alert_id");
	alert_close(t);
}

static void
a_mapping_is_kept_once_and_names_threats(void **state)
{
	static const struct mapping_rule rules[] = {
		{ 1, "a", MAPPING_PREFIX, TTP_URL, "T1", "N", 3 },
		{ 2, "b", MAPPING_DEFAULT, TTP_ATTACHMENT, "T2", "M",
		    MAPPING_BY_VERDICT },
	};
	struct mapping m = { { 1 }, "v1", "16", "file", "{}", 2 };
	struct alert_mapping_table *t;
	struct fresh *f = *state;
	int64_t first, second;
	struct alert_mapping row = { 1, 1, "type!", 4, TYPE_REASON, &rules[0],
		11 };

	assert_int_equal(
	    mapping_put(f->db, &m, rules, 2, f->run_id, &first, &f->e), 0);
	assert_int_equal(
	    mapping_put(f->db, &m, rules, 2, f->run_id, &second, &f->e), 0);
	assert_int_equal(first, second);
	m.digest[0] = 2;
	assert_int_equal(
	    mapping_put(f->db, &m, rules, 2, f->run_id, &second, &f->e), 0);
	assert_int_not_equal(first, second);
	assert_int_equal(fresh_int(f,
			     "SELECT count(*) FROM mapping_rule"
			     " WHERE (match = 'prefix' AND log IS NULL"
			     " AND severity = 3) OR (match = 'default'"
			     " AND log = 'attachment' AND severity IS NULL)"),
	    4);

	assert_int_equal(alert_mapping_open(&t, f->db, &f->e), 0);
	assert_int_equal(alert_mapping_put(t, &row, &f->e), -1);
	assert_string_equal(f->e.msg,
	    "database: CHECK constraint failed: severity BETWEEN 0 AND 10");
	row.severity = 10;
	assert_int_equal(alert_mapping_put(t, &row, &f->e), -1);
	assert_string_equal(
	    f->e.msg, "database: FOREIGN KEY constraint failed");
	alert_mapping_close(t);
}

static void
each_word_is_one_that_the_table_takes(void **state)
{
	static const char *const types[TYPE_RULES] = { "reason",
		"creationMethod", "ttpDefinition", "fixed", "default" };
	static const char *const matches[MAPPING_MATCHES] = { "exact", "prefix",
		"regex", "default" };

	(void)state;
	for (int i = 0; i < TYPE_RULES; i++)
		assert_string_equal(
		    type_rule_name((enum type_rule)i), types[i]);
	for (int i = 0; i < MAPPING_MATCHES; i++)
		assert_string_equal(
		    mapping_match_name((enum mapping_match)i), matches[i]);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, fresh_set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_has_one_row),
		TEST(what_a_record_does_not_have_is_null),
		TEST(an_alert_is_found_by_its_id_and_its_natural_key),
		TEST(a_mapping_is_kept_once_and_names_threats),
		cmocka_unit_test(each_word_is_one_that_the_table_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
