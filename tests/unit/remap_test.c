/* Alerts of other mappings under this one: compared, and mapped anew. */
#include "alerts.h"
#include "diff.h"
#include "mapping_file.h"
#include "remap.h"
#include "summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define T(id, name) "\"threatId\":\"" id "\",\"threatName\":\"" name "\""
#define LOG(name, type) "\"" name "\":{\"alertType\":\"" type "\","

/* Types of alerts: Type (alerts.h), A to C. */
static const char text[] =
    "{\"version\":\"new\",\"attack_version\":\"17\",\"rules\":["
    "{\"alertType\":\"A\",\"match\":\"exact\"," T("T1",
	"Threat") "},"
		  "{\"alertType\":\"B\",\"match\":\"exact\"," T("T1",
		      "Threat") ",\"severity\":9}],\"defaults\":{" LOG("url",
		      "New") T("T3", "X") "}," LOG("attachment", "New")
		      T("T3", "X") "}," LOG("impersonation", "New")
			  T("T3", "X") "}}}";

static struct mapping_file mapping;
static int stop_after; /* so many transactions; 0: never */

static bool
stopping(void)
{
	return stop_after > 0 && stop_after-- == 1;
}

static int
remap(struct fresh *f, int64_t *count)
{
	const struct remap_options options = {
		.run_id = f->run_id, .mapping = &mapping, .stopping = stopping
	};

	*count = 0;
	f->e = (struct err){ 0 };
	return remap_run(f->db, &options, count, &f->e);
}

/* What an alert of the first mapping becomes. */
static const struct {
	const char *log;
	const char *verdict; /* as SQL */
	const char *type;
	const char *type_rule;
	const char *want; /* type, branch, threat, how, rule, severity */
} cases[] = {
	{ "url", "'malicious'", "A", "reason", "A reason T1 exact 1 7" },
	{ "url", "' MALICIOUS' || char(13, 10)", "A", "ttpDefinition",
	    "A ttpDefinition T1 exact 1 7" },
	{ "url", "'malicious!'", "A", "creationMethod",
	    "A creationMethod T1 exact 1 4" },
	{ "url", "'malicious' || char(160)", "A", "reason",
	    "A reason T1 exact 1 4" },
	{ "url", "'suspicious'", "B", "reason", "B reason T1 exact 2 9" },
	{ "attachment", "NULL", "C", "fixed", "C fixed T3 default 4 4" },
	{ "impersonation", "NULL", "C", "fixed", "C fixed T3 default 5 5" },
	/* the name was the old mapping's own */
	{ "url", "'unsafe'", "Old", "default", "New default T3 default 3 4" },
};

static void
put_cases(struct fresh *f)
{
	int n = (int)(sizeof cases / sizeof cases[0]);
	char sql[400];

	alerts_put(f, 1, n);
	for (int i = 0; i < n; i++) {
		snprintf(sql, sizeof sql,
		    "UPDATE alert SET log = '%s', verdict = %s"
		    " WHERE alert_no = %d;"
		    "UPDATE alert_mapping SET alert_type = '%s',"
		    " type_rule = '%s' WHERE alert_no = %d",
		    cases[i].log, cases[i].verdict, i + 1, cases[i].type,
		    cases[i].type_rule, i + 1);
		alerts_exec(f, sql);
	}
}

static void
assert_text(struct fresh *f, const char *sql, const char *want)
{
	struct stmt *s = NULL;

	if (stmt_prepare(&s, f->db, sql, &f->e))
		fail_msg("%s", f->e.msg);
	assert_int_equal(stmt_step(s, &f->e), 1);
	assert_string_equal(stmt_text(s, 0), want);
	stmt_free(s);
}

static void
types_and_branches_stay_and_threats_are_new(void **state)
{
	struct fresh *f = *state;
	int64_t count;
	char sql[300];

	put_cases(f);
	if (remap(f, &count))
		fail_msg("%s", f->e.msg);
	assert_int_equal(count, sizeof cases / sizeof cases[0]);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		snprintf(sql, sizeof sql,
		    "SELECT format('%%s %%s %%s %%s %%d %%d', alert_type,"
		    " type_rule, threat_id, threat_rule, rule_no, severity)"
		    " FROM alert_mapping WHERE alert_no = %zu"
		    " AND mapping_id = 3",
		    i + 1);
		assert_text(f, sql, cases[i].want);
	}
	assert_int_equal(
	    fresh_int(f, "SELECT count(*) FROM alert_mapping"), 2 * count);
	/* Of what was not sent, lineage shows what would be sent. */
	assert_text(f, "SELECT DISTINCT mapping_version FROM v_lineage", "new");
}

static void
what_is_mapped_already_is_left_alone(void **state)
{
	struct fresh *f = *state;
	int64_t count;

	alerts_put(f, 1, 3);
	assert_int_equal(remap(f, &count), 0);
	assert_int_equal(count, 3);
	alerts_put(f, 4, 5);
	assert_int_equal(remap(f, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(remap(f, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(fresh_int(f, "SELECT count(*) FROM mapping"), 3);
}

static void
stopped_it_goes_on_where_it_was(void **state)
{
	struct fresh *f = *state;
	int64_t count;

	alerts_put(f, 1, 25000);
	stop_after = 2;
	assert_int_equal(remap(f, &count), -1);
	assert_int_equal(f->e.kind, ERR_RETRY);
	assert_string_equal(
	    f->e.msg, "stopped by a signal: --remap again goes on from here");
	assert_int_equal(count, 10000);
	assert_int_equal(
	    fresh_int(f, "SELECT count(*) FROM alert_mapping"), 35000);
	assert_int_equal(remap(f, &count), 0);
	assert_int_equal(count, 15000);
}

/* Standard output is TAP's: keep what is printed apart. */
static int
diff(struct fresh *f, bool json, char *out, size_t size)
{
	struct summary *s = summary_new("test", "t");
	char path[96];
	FILE *file;
	int kept, rc;
	size_t n;

	f->e = (struct err){ 0 };
	snprintf(path, sizeof path, "%s/out", f->dir);
	fflush(stdout);
	kept = dup(STDOUT_FILENO);
	assert_non_null(freopen(path, "w", stdout));
	rc = diff_run(f->db, &mapping, json, s, &f->e);
	summary_print(s, &f->e, json);
	fflush(stdout);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	summary_free(s);
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(out, 1, size - 1, file);
	out[n] = '\0';
	fclose(file);
	return rc;
}

static void
a_difference_is_told_by_type_and_by_alert(void **state)
{
	struct fresh *f = *state;
	char out[4000];

	put_cases(f);
	/* What it would be already, and what a terminal must not see. */
	alerts_exec(f,
	    "UPDATE alert_mapping SET severity = 4 WHERE alert_no = 3;"
	    "UPDATE alert_mapping SET alert_type = 'C' || char(27),"
	    " type_rule = 'reason' WHERE alert_no = 6");
	assert_int_equal(diff(f, false, out, sizeof out), -1);
	assert_int_equal(f->e.kind, ERR_NO);
	assert_string_equal(f->e.msg, "with f, 5 of 8 alerts would change");
	assert_string_equal(out,
	    "change 1 url: A, T1 Threat, 7 -> A, T1 Threat, 4\n"
	    "change 1 url: B, T1 Threat, 7 -> B, T1 Threat, 9\n"
	    "change 1 impersonation: C, T1 Threat, 7 -> C, T3 X, 5\n"
	    "change 1 attachment: C\\x1b, T1 Threat, 7 -> C\\x1b, T3 X, 4\n"
	    "change 1 url: Old, T1 Threat, 7 -> New, T3 X, 4\n"
	    "alert 30303030303030303030303030303034\n"
	    "alert 30303030303030303030303030303035\n"
	    "alert 30303030303030303030303030303036\n"
	    "alert 30303030303030303030303030303037\n"
	    "alert 30303030303030303030303030303038\n"
	    "alerts 8\n"
	    "changed 5\n");
}

static void
groups_that_look_alike_are_counted_together(void **state)
{
	struct fresh *f = *state;
	char out[4000];

	alerts_put(f, 1, 4);
	alerts_exec(f,
	    "UPDATE alert SET verdict = 'malicious' WHERE alert_no > 2;"
	    "UPDATE alert_mapping SET alert_type = 'B';"
	    "UPDATE alert_mapping SET type_rule = 'reason'"
	    " WHERE alert_no IN (1, 3)");
	assert_int_equal(diff(f, true, out, sizeof out), -1);
	assert_string_equal(out,
	    "{\"program\": \"test\", \"tenant\": \"t\", \"status\": 1, "
	    "\"message\": \"with f, 4 of 4 alerts would change\", "
	    "\"changes\": [{\"alerts\": 4, \"log\": \"url\", "
	    "\"old\": {\"alert_type\": \"B\", \"threat_id\": \"T1\", "
	    "\"threat_name\": \"Threat\", \"severity\": 7}, "
	    "\"new\": {\"alert_type\": \"B\", \"threat_id\": \"T1\", "
	    "\"threat_name\": \"Threat\", \"severity\": 9}}], "
	    "\"changed_alerts\": [\"30303030303030303030303030303031\", "
	    "\"30303030303030303030303030303032\", "
	    "\"30303030303030303030303030303033\", "
	    "\"30303030303030303030303030303034\"], "
	    "\"alerts\": 4, \"changed\": 4}\n");
}

static void
no_difference_is_none(void **state)
{
	struct fresh *f = *state;
	int64_t count;
	char out[400];

	put_cases(f);
	assert_int_equal(remap(f, &count), 0);
	assert_int_equal(diff(f, false, out, sizeof out), 0);
	assert_string_equal(out, "alerts 8\nchanged 0\n");
}

static int
read_mapping(void **state)
{
	struct err e;

	(void)state;
	return mapping_file_parse(&mapping, "f", text, sizeof text - 1, &e);
}

static int
free_mapping(void **state)
{
	(void)state;
	mapping_file_free(&mapping);
	return 0;
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, fresh_set_up, fresh_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(types_and_branches_stay_and_threats_are_new),
		TEST(what_is_mapped_already_is_left_alone),
		TEST(stopped_it_goes_on_where_it_was),
		TEST(a_difference_is_told_by_type_and_by_alert),
		TEST(groups_that_look_alike_are_counted_together),
		TEST(no_difference_is_none),
	};

	return cmocka_run_group_tests(tests, read_mapping, free_mapping);
}
