#include "event.h"
#include "text.h"
#include "unknown.h"

#include <assert.h>
#include <string.h>

void
event_open(struct event *ev, const struct rules *rules)
{
	assert(rules->fields_count <= RULES_FIELDS_MAX);
	ev->rules = rules;
	memset(ev->guesses, RULES_NONE, sizeof ev->guesses);
}

void
event_close(struct event *ev)
{
	buf_free(&ev->scratch);
}

void
event_scan(struct scan *s, const void *data, size_t len)
{
	/* A record's own level is entered, not passed over. */
	scan_open(s, data, len, EVENT_LEVELS - 1);
}

static bool
is_named(const struct rules_field *field, const struct scan_value *key)
{
	if (key->flags & SCAN_ESCAPED)
		return scan_is(key, field->name);
	return key->length == field->len + 2 &&
	    memcmp(key->text + 1, field->name, field->len) == 0;
}

static int
find(const struct rules *rules, const struct scan_value *key)
{
	for (int i = 0; i < rules->fields_count; i++)
		if (is_named(&rules->fields[i], key))
			return i;
	return RULES_NONE;
}

/*
 * Read the name of the record's i-th member.  False: there is none, or a
 * fault.
 */
static bool
read_name(struct event *ev, struct scan *s, unsigned i, struct scan_value *key,
    int *field)
{
	static const struct rules_field none = { NULL, 0 };
	int guess = i < EVENT_GUESSES ? ev->guesses[i] : RULES_NONE;
	const struct rules_field *likely =
	    guess == RULES_NONE ? &none : &ev->rules->fields[guess];

	if (!scan_member_likely(s, key, likely->name, likely->len))
		return false;
	if (key->flags & SCAN_LIKELY) {
		*field = guess;
		return true;
	}
	*field = find(ev->rules, key);
	if (i < EVENT_GUESSES)
		ev->guesses[i] = (short)*field;
	return true;
}

static unsigned
read_members(struct event *ev, struct scan *s)
{
	struct scan_value key, value;
	unsigned flags = 0;
	int field;

	for (unsigned i = 0; read_name(ev, s, i, &key, &field); i++) {
		if (!scan_value(s, &value))
			break;
		flags |= key.flags | value.flags;
		if (field != RULES_NONE)
			ev->fields[field] = value;
		else if (ev->unknown)
			unknown_note(ev->unknown, &key, (int64_t)ev->position);
	}
	return flags;
}

bool
event_read(struct event *ev, struct scan *s)
{
	struct scan_value whole;
	unsigned flags;

	for (int i = 0; i < ev->rules->fields_count; i++)
		ev->fields[i].type = SCAN_NONE;
	ev->has_time = false;
	ev->type = scan_peek(s);
	if (ev->type == SCAN_OBJECT && scan_enter(s)) {
		ev->offset = s->at - 1;
		flags = read_members(ev, s);
		ev->length = s->at - ev->offset;
	} else if (scan_value(s, &whole)) {
		ev->offset = whole.offset;
		ev->length = whole.length;
		flags = whole.flags;
	} else {
		return false;
	}
	ev->text_anomaly = (flags & SCAN_ANOMALY) != 0;
	ev->deep = (flags & SCAN_DEEP) != 0;
	return !s->fault;
}

/* The text as it is. */
static struct alert_text
raw_text(struct event *ev, const struct scan_value *v)
{
	if (!(v->flags & SCAN_ESCAPED))
		return (struct alert_text){ v->text + 1, v->length - 2 };
	buf_clear(&ev->scratch);
	scan_text(v, SCAN_AS_IS, &ev->scratch);
	return (struct alert_text){ ev->scratch.data, ev->scratch.len };
}

bool
event_is_empty(struct event *ev, int field)
{
	const struct scan_value *v = &ev->fields[field];
	struct alert_text text;

	if (v->type != SCAN_STRING)
		return true;
	text = raw_text(ev, v);
	for (size_t i = 0; i < text.len; i++)
		if (!text_is_space(text.data[i]))
			return false;
	return true;
}

bool
event_is(struct event *ev, int field, const char *lower)
{
	const struct scan_value *v = &ev->fields[field];
	struct alert_text text;

	if (v->type != SCAN_STRING)
		return false;
	text = raw_text(ev, v);
	return text_is(text.data, text.len, lower);
}

struct alert_text
event_text(const struct event *ev, int field, struct buf *into)
{
	const struct scan_value *v = &ev->fields[field];

	if (v->type != SCAN_STRING || v->length == 2)
		return (struct alert_text){ NULL, 0 };
	if (!(v->flags & (SCAN_ESCAPED | SCAN_ANOMALY)))
		return (struct alert_text){ v->text + 1, v->length - 2 };
	buf_clear(into);
	scan_text(v, SCAN_CLEAN, into);
	return (struct alert_text){ into->data, into->len };
}
