#include "verdict.h"
#include "alert.h"
#include "alert_mapping.h"
#include "err.h"
#include "event.h"
#include "identity.h"
#include "judge.h"
#include "mapping_file.h"
#include "mem.h"
#include "record.h"
#include "tally.h"
#include "threat.h"
#include "twin.h"

#include <stdlib.h>
#include <string.h>

struct verdict {
	struct verdict_run run;
	struct record_table *records;
	struct alert_table *alerts;
	struct alert_mapping_table *mappings;
	struct threats *threats;
	struct twin *twins;
	bool counts;
	struct buf columns[ALERT_COLUMNS];
	struct buf type;
};

int
verdict_open(struct verdict **out, const struct verdict_run *run, struct err *e)
{
	struct verdict *v = xcalloc(1, sizeof *v);

	v->run = *run;
	if (record_open(&v->records, run->db, e) ||
	    alert_open(&v->alerts, run->db, e) ||
	    alert_mapping_open(&v->mappings, run->db, e) ||
	    threat_open(&v->threats, run->mapping->rules,
		run->mapping->rules_count, e) ||
	    twin_open(&v->twins, run->db, e)) {
		verdict_close(v);
		return -1;
	}
	*out = v;
	return 0;
}

void
verdict_close(struct verdict *v)
{
	if (!v)
		return;
	record_close(v->records);
	alert_close(v->alerts);
	alert_mapping_close(v->mappings);
	threat_close(v->threats);
	twin_close(v->twins);
	for (int i = 0; i < ALERT_COLUMNS; i++)
		buf_free(&v->columns[i]);
	buf_free(&v->type);
	free(v);
}

int
verdict_begin(struct verdict *v, int64_t window_id, int64_t attempt,
    bool counts, bool resumed, struct err *e)
{
	v->counts = counts;
	if (!counts)
		return 0;
	return twin_begin(v->twins, window_id, attempt, resumed, e);
}

static bool
is_malicious(struct event *ev)
{
	int verdict = ev->rules->verdict;

	return verdict != RULES_NONE && event_is(ev, verdict, "malicious");
}

static int
put_mapping(
    struct verdict *v, struct event *ev, int64_t alert_no, struct err *e)
{
	struct rules_type type = ev->rules->type(ev);
	enum ttp log = ev->rules->log;
	struct alert_text name;
	struct alert_mapping m;

	if (type.rule == TYPE_DEFAULT)
		type.fixed = threat_default(v->threats, log)->alert_type;
	if (type.fixed)
		name = (struct alert_text){ type.fixed, strlen(type.fixed) };
	else
		name = event_text(ev, type.field, &v->type);
	m = (struct alert_mapping){
		.alert_no = alert_no,
		.mapping_id = v->run.mapping_id,
		.alert_type = name.data,
		.alert_type_len = name.len,
		.type_rule = type.rule,
		.rule = threat_find(v->threats, log, name.data, name.len),
	};
	m.severity = rules_severity(ev->rules, m.rule, is_malicious(ev));
	v->run.tally->type_rules[type.rule]++;
	v->run.tally->threat_rules[m.rule->match]++;
	return alert_mapping_put(v->mappings, &m, e);
}

static void
fill_columns(struct verdict *v, const struct event *ev, struct alert *a)
{
	const struct rules *rules = ev->rules;

	for (int i = 0; i < rules->columns_count; i++) {
		enum alert_column column = rules->columns[i].column;

		a->texts[column] = event_text(
		    ev, rules->columns[i].field, &v->columns[column]);
	}
}

static int
put_alert(struct verdict *v, struct event *ev, struct alert *a,
    struct record *r, struct err *e)
{
	identity_natural_key(v->run.identity, ev, a->natural_key);
	if (a->twin == 0 &&
	    alert_get_revised(
		v->alerts, a->natural_key, a->digest, &a->revision_of, e))
		return -1;
	fill_columns(v, ev, a);
	if (alert_put(v->alerts, a, &r->alert_no, e) ||
	    put_mapping(v, ev, r->alert_no, e))
		return -1;
	r->twin = a->twin;
	r->reason = a->twin > 0 ? REASON_TWIN
	    : a->revision_of    ? REASON_REVISION
				: REASON_NEW;
	return 0;
}

/*
 * A collision of ids, a changed definition of identity or a database that
 * somebody wrote to: whichever it is, ids no longer name events, which we
 * promised they do.
 */
static int
alarm_same_id(const struct alert *a, struct err *e)
{
	char hex[2 * ALERT_ID_SIZE + 1];

	return err_set(e, ERR_BUG,
	    "two different events have the alert id %s: keep the database as "
	    "it is and report this",
	    digest_hex(a->id, sizeof a->id, hex));
}

/* The alert of that twin, if it is there already; 1, 0 or -1. */
static int
get_twin(struct verdict *v, struct alert *a, int64_t twin,
    struct alert_known *known, struct err *e)
{
	int rc;

	a->twin = twin;
	identity_alert_id(
	    v->run.identity, a->occurred_at, a->digest, twin, a->id);
	rc = alert_get(v->alerts, a->id, known, e);
	if (rc > 0 && memcmp(known->digest, a->digest, DIGEST_SIZE) != 0)
		return alarm_same_id(a, e);
	return rc;
}

/* Find which alert the event is: 1 if it is there already, 0 or -1. */
static int
find_alert(struct verdict *v, struct alert *a, struct alert_known *known,
    struct err *e)
{
	int64_t twin = 0;
	int rc = get_twin(v, a, 0, known, e);

	if (rc <= 0 || !v->counts)
		return rc;
	if (twin_next(v->twins, known->alert_no, known->record_id, &twin, e))
		return -1;
	return twin == 0 ? 1 : get_twin(v, a, twin, known, e);
}

static int
settle(struct verdict *v, struct event *ev, struct record *r, struct err *e)
{
	struct alert_known known;
	struct alert a = {
		.record_id = r->record_id,
		.run_id = v->run.run_id,
		.log = ev->rules->log,
		.occurred_at = ev->at,
		.text_anomaly = ev->text_anomaly,
	};
	int rc;

	identity_digest(v->run.identity, ev, a.digest);
	rc = find_alert(v, &a, &known, e);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return put_alert(v, ev, &a, r, e);
	r->reason = REASON_SEEN;
	r->alert_no = known.alert_no;
	r->twin = known.twin;
	return 0;
}

static struct record
record_of(const struct event *ev, int64_t record_id)
{
	return (struct record){
		.record_id = record_id,
		.offset = (int64_t)ev->offset,
		.length = (int64_t)ev->length,
		.has_time = ev->has_time,
		.occurred_at = ev->at,
		.text_anomaly = ev->text_anomaly,
	};
}

static int
put_record(struct verdict *v, const struct event *ev, const struct record *r,
    struct err *e)
{
	v->run.tally->reasons[ev->rules->log][r->reason]++;
	return record_put(v->records, r, e);
}

int
verdict_put(
    struct verdict *v, struct event *ev, int64_t record_id, struct err *e)
{
	enum reason reason = judge(ev);
	struct record r = record_of(ev, record_id);

	r.reason = reason;
	if (reason == REASON_NEW && settle(v, ev, &r, e))
		return -1;
	return put_record(v, ev, &r, e);
}

int
verdict_put_repeated(struct verdict *v, struct event *ev, int64_t record_id,
    int64_t original_id, struct err *e)
{
	struct record r;

	judge(ev);
	r = record_of(ev, record_id);
	r.reason = REASON_SEAM;
	if (record_get_alert(v->records, original_id, &r.alert_no, &r.twin, e))
		return -1;
	return put_record(v, ev, &r, e);
}
