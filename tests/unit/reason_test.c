/* The codes of reason.h are those of the tables. */
#include "fresh.h"
#include "reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
each_reason_has_its_row_and_each_row_its_reason(void **state)
{
	struct fresh *f = *state;
	struct stmt *s;
	int rows = 0;
	int reasons = 0;

	assert_int_equal(stmt_prepare(&s, f->db,
			     "SELECT reason, outcome, name FROM reason", &f->e),
	    0);
	for (; stmt_step(s, &f->e) > 0; rows++) {
		enum reason reason = (enum reason)stmt_int(s, 0);

		assert_in_range(reason, 1, REASON_COUNT - 1);
		assert_int_equal(reason_outcome(reason), stmt_int(s, 1));
		assert_non_null(reason_name(reason));
		assert_string_equal(reason_name(reason), stmt_text(s, 2));
	}
	stmt_free(s);
	for (int i = 0; i < REASON_COUNT; i++)
		reasons += reason_name((enum reason)i) != NULL;
	assert_int_equal(rows, reasons);
}

static void
each_outcome_has_its_row(void **state)
{
	static const struct {
		enum outcome outcome;
		const char *name;
	} cases[] = {
		{ OUTCOME_INVALID, "invalid" },
		{ OUTCOME_CLEAN, "clean" },
		{ OUTCOME_DUPLICATE, "duplicate" },
		{ OUTCOME_ALERT, "alert" },
	};
	struct fresh *f = *state;
	struct stmt *s;

	assert_int_equal(stmt_prepare(&s, f->db,
			     "SELECT outcome, name FROM outcome"
			     " ORDER BY outcome",
			     &f->e),
	    0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(stmt_step(s, &f->e), 1);
		assert_int_equal(stmt_int(s, 0), cases[i].outcome);
		assert_string_equal(stmt_text(s, 1), cases[i].name);
	}
	assert_int_equal(stmt_step(s, &f->e), 0);
	stmt_free(s);
}

static char *
read_manual(void)
{
	static char text[100000];
	FILE *in = fopen("man/m2s.7", "r");
	size_t n;

	assert_non_null(in);
	n = fread(text, 1, sizeof text - 1, in);
	fclose(in);
	text[n] = '\0';
	return text;
}

/* The manual spells the meaning as a sentence. */
static void
the_manual_explains_each_reason(void **state)
{
	const char *manual = read_manual();
	struct fresh *f = *state;
	struct stmt *s;

	assert_int_equal(stmt_prepare(&s, f->db,
			     "SELECT '.TP' || char(10) || '.B ' || name"
			     " || char(10) || upper(substr(meaning, 1, 1))"
			     " || substr(meaning, 2) || '.' FROM reason",
			     &f->e),
	    0);
	while (stmt_step(s, &f->e) > 0)
		if (!strstr(manual, stmt_text(s, 0)))
			fail_msg("not in man/m2s.7: %s", stmt_text(s, 0));
	stmt_free(s);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, fresh_set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_reason_has_its_row_and_each_row_its_reason),
		TEST(each_outcome_has_its_row),
		TEST(the_manual_explains_each_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
