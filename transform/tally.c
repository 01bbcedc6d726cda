#include "tally.h"
#include "buf.h"
#include "err.h"
#include "summary.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

enum { CHECK_FROM = 100 };

static int64_t
count_log(const struct tally *t, int log, enum outcome outcome)
{
	int64_t n = 0;

	for (int i = 0; i < REASON_COUNT; i++)
		if (reason_outcome((enum reason)i) == outcome)
			n += t->reasons[log][i];
	return n;
}

static int64_t
count_judged(const struct tally *t, int log)
{
	int64_t n = 0;

	for (int i = 0; i < REASON_COUNT; i++)
		n += t->reasons[log][i];
	return n;
}

static int64_t
count_outcome(const struct tally *t, enum outcome outcome)
{
	int64_t n = 0;

	for (int log = 0; log < TTP_COUNT; log++)
		n += count_log(t, log, outcome);
	return n;
}

static int64_t
count_reason(const struct tally *t, enum reason reason)
{
	int64_t n = 0;

	for (int log = 0; log < TTP_COUNT; log++)
		n += t->reasons[log][reason];
	return n;
}

int64_t
tally_records(const struct tally *t)
{
	int64_t n = 0;

	for (int log = 0; log < TTP_COUNT; log++)
		n += count_judged(t, log);
	return n;
}

static void
put_counts(struct summary *s, const char *group, const char *name, int64_t n)
{
	char full[64];

	snprintf(full, sizeof full, "%s.%s", group, name);
	summary_int(s, full, n);
}

void
tally_summary(const struct tally *t, struct summary *s)
{
	summary_int(s, "windows", t->windows);
	summary_int(s, "pages", t->pages);
	summary_int(s, "records", tally_records(t));
	summary_int(s, "invalid", count_outcome(t, OUTCOME_INVALID));
	summary_int(s, "clean", count_outcome(t, OUTCOME_CLEAN));
	summary_int(s, "duplicate", count_outcome(t, OUTCOME_DUPLICATE));
	summary_int(s, "alerts", count_outcome(t, OUTCOME_ALERT));
	summary_int(s, "revisions", count_reason(t, REASON_REVISION));
	summary_int(s, "twins", count_reason(t, REASON_TWIN));
	for (int i = 0; i < TYPE_RULES; i++)
		put_counts(s, "type_rule", type_rule_name((enum type_rule)i),
		    t->type_rules[i]);
	for (int i = 0; i < MAPPING_MATCHES; i++)
		put_counts(s, "threat_rule",
		    mapping_match_name((enum mapping_match)i),
		    t->threat_rules[i]);
}

static enum reason
commonest_invalid(const struct tally *t, int log)
{
	enum reason best = REASON_NOT_OBJECT;

	for (int i = 0; i < REASON_COUNT; i++)
		if (reason_outcome((enum reason)i) == OUTCOME_INVALID &&
		    t->reasons[log][i] > t->reasons[log][best])
			best = (enum reason)i;
	return best;
}

static void
describe(const struct tally *t, int log, struct buf *out)
{
	enum reason reason = commonest_invalid(t, log);

	buf_printf(out,
	    "%s%s: %" PRId64 " of %" PRId64 " records are invalid, most often "
	    "%s (%" PRId64 ")",
	    out->len ? "; " : "", ttp_log((enum ttp)log)->name,
	    count_log(t, log, OUTCOME_INVALID), count_judged(t, log),
	    reason_name(reason), t->reasons[log][reason]);
}

int
tally_check(const struct tally *t, double ratio, struct err *e)
{
	struct buf what = { 0 };
	int rc = 0;

	for (int log = 0; log < TTP_COUNT; log++) {
		int64_t judged = count_judged(t, log);
		int64_t invalid = count_log(t, log, OUTCOME_INVALID);

		if (judged >= CHECK_FROM &&
		    (double)invalid > ratio * (double)judged)
			describe(t, log, &what);
	}
	if (what.len)
		rc = err_set(e, ERR_PARTIAL,
		    "%s; max_invalid_ratio is %g: look at v_invalid", what.data,
		    ratio);
	buf_free(&what);
	return rc;
}
