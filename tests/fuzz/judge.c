/*
 * Any bytes as the body of a page, the first byte saying of which log: what
 * is judged does not lean on what is around a record, and what is given out
 * is text.
 */
#include "judge.h"
#include "body.h"
#include "err.h"
#include "event.h"
#include "fuzz.h"
#include "identity.h"
#include "text.h"

#include <string.h>

/* What became of a record. */
struct fate {
	enum reason reason;
	bool has_time;
	int64_t at;
	bool text_anomaly;
	unsigned char digest[DIGEST_SIZE];
	unsigned char natural_key[ALERT_KEY_SIZE];
	enum type_rule rule;
};

struct page {
	const char *body;
	size_t len;
	size_t end; /* of the record before */
	size_t count;
};

static struct scan scan, alone_scan;
static struct event event, alone;
static struct identity *identity;

static void
check_text(const struct event *ev, int field)
{
	static struct buf into;
	struct alert_text text = event_text(ev, field, &into);

	for (size_t i = 0, step; text.data && i < text.len; i += step) {
		step = text_utf8(text.data + i, text.len - i);
		FUZZ_CHECK(step > 0 && text.data[i] != '\0');
	}
}

static struct fate
fate_of(struct event *ev)
{
	struct fate f = { .reason = judge(ev) };

	f.has_time = ev->has_time;
	f.at = ev->has_time ? ev->at : 0;
	f.text_anomaly = ev->text_anomaly;
	FUZZ_CHECK(reason_name(f.reason));
	if (ev->type != SCAN_OBJECT || !ev->has_time || ev->deep)
		return f;
	identity_digest(identity, ev, f.digest);
	identity_natural_key(identity, ev, f.natural_key);
	f.rule = ev->rules->type(ev).rule;
	for (int i = 0; i < ev->rules->fields_count; i++)
		check_text(ev, i);
	return f;
}

static void
check_alike(const struct fate *a, const struct fate *b)
{
	FUZZ_CHECK(a->reason == b->reason);
	FUZZ_CHECK(a->has_time == b->has_time && a->at == b->at);
	FUZZ_CHECK(a->text_anomaly == b->text_anomaly);
	FUZZ_CHECK(memcmp(a->digest, b->digest, sizeof a->digest) == 0);
	FUZZ_CHECK(
	    memcmp(a->natural_key, b->natural_key, sizeof a->natural_key) == 0);
	FUZZ_CHECK(a->rule == b->rule);
}

static int
judge_record(struct event *ev, size_t position, void *arg, struct err *e)
{
	struct page *p = arg;
	struct fate here, there;

	(void)e;
	FUZZ_CHECK(position == p->count++);
	FUZZ_CHECK(ev->offset >= p->end && ev->length > 0);
	p->end = ev->offset + ev->length;
	FUZZ_CHECK(p->end <= p->len);
	here = fate_of(ev);
	event_open(&alone, ev->rules);
	event_scan(&alone_scan, p->body + ev->offset, ev->length);
	FUZZ_CHECK(event_read(&alone, &alone_scan) && scan_end(&alone_scan));
	FUZZ_CHECK(alone.length == ev->length);
	there = fate_of(&alone);
	check_alike(&here, &there);
	return 0;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct page p = { 0 };
	struct err e = { 0 };

	if (n == 0)
		return 0;
	if (!identity && identity_open(&identity, &e))
		abort();
	p.body = (const char *)data + 1;
	p.len = n - 1;
	event_open(&event, rules_of((enum ttp)(data[0] % TTP_COUNT)));
	if (body_each(&scan, &event, p.body, p.len, judge_record, &p, &e))
		FUZZ_CHECK(e.kind == ERR_DATA && e.msg[0]);
	return 0;
}
