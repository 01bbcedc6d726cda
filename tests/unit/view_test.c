/* The other views for auditors, on a database with one of everything. */
#include "fresh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Each query gives one text, from tests/fixtures/audit.sql. */
static const struct {
	const char *name;
	const char *sql;
	const char *text;
} cases[] = {
	{ "a record has its place and its fate in words",
	    "SELECT format('%s %d:%d %s %s', log, page_id, position, outcome,"
	    " reason) FROM v_record WHERE record_id = (4 << 25) + 6",
	    "url 4:6 alert revision" },
	{ "records are found by page",
	    "SELECT group_concat(position) FROM v_record WHERE page_id = 2",
	    "0,1,2,3" },
	{ "invalid records with their rule",
	    "SELECT group_concat(page_id || ':' || position || ' ' || reason)"
	    " FROM v_invalid",
	    "1:0 url.date.empty,2:3 url.date.empty,4:3 url.date.empty" },
	{ "clean records with their verdict",
	    "SELECT group_concat(page_id || ':' || position || ' ' || reason)"
	    " FROM (SELECT * FROM v_clean WHERE window_id = 1"
	    "  ORDER BY page_id, position)",
	    "2:0 verdict.clean,3:0 verdict.safe" },
	{ "a place in a page is a place in its body",
	    "SELECT count(*) || ' of ' || sum(substr(b.body, v.offset + 1, 1)"
	    " = x'7b' AND substr(b.body, v.offset + v.length, 1) = x'7d')"
	    " FROM v_record v JOIN page_body b ON b.page_id = v.page_id",
	    "20 of 20" },
	{ "an alert with a defaulted threat",
	    "SELECT group_concat(alert_no || ' ' || alert_type)"
	    " FROM v_unmapped",
	    "5 Inbound URL 'Aggressive'" },
	{ "the state of each alert at one sink",
	    "SELECT group_concat(alert_no || ' ' || state)"
	    " FROM (SELECT * FROM v_delivery WHERE sink = 'sophos'"
	    "  ORDER BY alert_no)",
	    "1 delivered,2 delivered,3 delivered,4 delivered,5 refused,"
	    "6 in doubt,7 unsealed" },
	{ "a sink owes nothing from before it came",
	    "SELECT group_concat(alert_no || ' ' || state)"
	    " FROM (SELECT * FROM v_delivery WHERE sink = 'out'"
	    "  ORDER BY alert_no)",
	    "5 delivered,6 delivered,7 ready" },
	{ "a batch whose attempt was cut off is in doubt",
	    "SELECT format('%d %s %d %d', batch_id, sink, attempts, receipts)"
	    " FROM v_in_doubt",
	    "5 sophos 1 0" },
	{ "lineage goes from the receipt to the bytes",
	    "SELECT format('%s %s %s %d:%d+%d %s %s', receipt_outcome,"
	    " batch_state, alert_id, page_id, offset, length, window_uid,"
	    " evidence_file) FROM v_lineage"
	    " WHERE alert_no = 2 AND attempt = 2",
	    "acknowledged delivered 69a401a1000000000000000000000002"
	    " 2:163+59 77696e646f772d303030303030303031"
	    " 2026/03/01/000001-evidence.tar.zst" },
	{ "lineage has a row for each answer, and for what has none",
	    "SELECT group_concat(n) FROM (SELECT alert_no || '=' || count(*)"
	    " AS n FROM v_lineage GROUP BY alert_no)",
	    "1=2,2=2,3=2,4=2,5=3,6=2,7=1" },
	{ "lineage of an alert that no archive has yet",
	    "SELECT coalesce(evidence_file, evidence_chain, delivery_chain,"
	    " 'none') FROM v_lineage WHERE alert_no = 7",
	    "none" },
	{ "lineage names the mapping that was sent",
	    "SELECT format('%s %d %s %s', mapping_version, rule_no, threat_id,"
	    " threat_rule) FROM v_lineage WHERE alert_no = 7",
	    "1 3 T1598.003 exact" },
	{ "a trace tells of an alert, its bytes and its answers",
	    "SELECT group_concat(page_id || ':' || position || ' ' || outcome"
	    " || ' ' || substr(bytes, 10, 21) || ' ' || receipt_outcome)"
	    " FROM v_trace WHERE alert_no = 1 AND attempt = 2",
	    "2:1 alert https://bad.example/1 acknowledged,"
	    "4:1 duplicate https://bad.example/1 acknowledged" },
	{ "a trace tells of what was dropped, its bytes and its rule",
	    "SELECT format('%s %s %s %s', outcome, reason, bytes,"
	    " coalesce(alert_no, sink, evidence_file))"
	    " FROM v_trace WHERE page_id = 2 AND position = 3",
	    "invalid url.date.empty"
	    " {\"url\": \"https://bad.example/2\", \"date\": \"\"}"
	    " 2026/03/01/000001-evidence.tar.zst" },
	{ "outcomes, in all attempts at windows",
	    "SELECT group_concat(log || ' ' || outcome || ' ' || records, ', ')"
	    " FROM v_outcome",
	    "attachment clean 1, attachment duplicate 1, attachment alert 1,"
	    " impersonation alert 1, url invalid 3, url clean 5,"
	    " url duplicate 3, url alert 5" },
	{ "a mapping and what came of it",
	    "SELECT format('%s %d %d %d', version, rules, alerts_mapped,"
	    " alerts_delivered) FROM v_mapping_history",
	    "1 6 7 6" },
	{ "a revision and what it changes",
	    "SELECT format('%d of %d: %s, %s', alert_no, earlier_no,"
	    " earlier_verdict, verdict) FROM v_revision",
	    "6 of 3: suspicious, malicious" },
	{ "what is still to do",
	    "SELECT group_concat(kind || ': ' || subject, '; ')"
	    " FROM (SELECT * FROM v_unfinished ORDER BY kind, subject)",
	    "alerts to deliver: sink out; alerts to deliver: sink sophos;"
	    " alerts to deliver: sink sophos; batch to send: batch 5;"
	    " batch to send: batch 7; gap to report: gap 2;"
	    " window to fetch: window 6; window to judge: window 8" },
	{ "times are text as well",
	    "SELECT since_at || ' ' || since_utc FROM v_unfinished"
	    " WHERE subject = 'batch 5'",
	    "1772366700 2026-03-01T12:05:00Z" },
};

static int
set_up(void **state)
{
	struct fresh *f;

	if (fresh_set_up(state))
		return -1;
	f = *state;
	db_exec(f->db, "DELETE FROM run", &f->e);
	fresh_load(f, "tests/fixtures/audit.sql");
	return 0;
}

static void
each_view_says_what_its_comment_promises(void **state)
{
	struct fresh *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct stmt *s = NULL;

		stmt_prepare(&s, f->db, cases[i].sql, &f->e);
		assert_string_equal(f->e.msg, "");
		assert_int_equal(stmt_step(s, &f->e), 1);
		if (strcmp(stmt_text(s, 0), cases[i].text) != 0)
			fail_msg("%s: %s", cases[i].name, stmt_text(s, 0));
		stmt_free(s);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_view_says_what_its_comment_promises),
	};

	return cmocka_run_group_tests(tests, set_up, fresh_tear_down);
}
