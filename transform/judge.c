#include "judge.h"
#include "event.h"
#include "timestamp.h"

static void
read_time(struct event *ev)
{
	struct alert_text text = event_text(ev, ev->rules->time, &ev->scratch);

	ev->has_time =
	    text.data && timestamp_parse(text.data, text.len, &ev->at);
}

static enum reason
judge_fields(struct event *ev)
{
	const struct rules *rules = ev->rules;

	for (int i = 0; i < rules->required_count; i++)
		if (event_is_empty(ev, rules->required[i].field))
			return rules->required[i].reason;
	return ev->has_time ? REASON_NEW : rules->time_unparsable;
}

static enum reason
judge_verdict(struct event *ev)
{
	int verdict = ev->rules->verdict;

	if (verdict == RULES_NONE)
		return REASON_NEW;
	if (event_is(ev, verdict, "clean"))
		return REASON_VERDICT_CLEAN;
	if (event_is(ev, verdict, "safe"))
		return REASON_VERDICT_SAFE;
	return REASON_NEW;
}

enum reason
judge(struct event *ev)
{
	enum reason reason;

	if (ev->type != SCAN_OBJECT)
		return REASON_NOT_OBJECT;
	read_time(ev);
	if (ev->deep)
		return REASON_DEPTH;
	reason = judge_fields(ev);
	return reason == REASON_NEW ? judge_verdict(ev) : reason;
}
