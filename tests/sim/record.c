#include "record.h"

#include "json.h"
#include "moment.h"

#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 64 };

/* The fields that count; recipient, time and message id have fixed places. */
enum field { RECIPIENT, TIME, MESSAGE_ID, OTHER, VERDICT, FIELD_COUNT };

static const struct {
	const char *name, *array;
	const char *fields[FIELD_COUNT];
} logs[LOG_COUNT] = {
	{ "url", "clickLogs",
	    { "userEmailAddress", "date", "messageId", "url", "scanResult" } },
	{ "attachment", "attachmentLogs",
	    { "recipientAddress", "date", "messageId", "fileName", "result" } },
	{ "impersonation", "impersonationLogs",
	    { "recipientAddress", "eventTime", "messageId", "senderAddress",
		NULL } },
};

const char *
log_name(enum log log)
{
	return logs[log].name;
}

const char *
log_array(enum log log)
{
	return logs[log].array;
}

const char *
record_kind_name(enum record_kind kind)
{
	static const char *const names[] = { "alert", "clean", "invalid" };

	return names[kind];
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Appends the text of a field; false unless it is a string that says more. */
static bool
field_text(struct buf *out, const struct json_member *f)
{
	if (!f->value || *f->value != '"')
		return false;
	json_text(out, f->value, f->value_end);
	for (size_t i = 0; i < out->size; i++) {
		if (!blank(out->bytes[i]))
			return true;
	}
	buf_clear(out);
	return false;
}

static bool
is_clean(const struct buf *verdict)
{
	const char *from = verdict->bytes, *to = from + verdict->size;

	while (from < to && blank(*from))
		from++;
	while (to > from && blank(to[-1]))
		to--;
	return (to - from == 5 && strncasecmp(from, "clean", 5) == 0) ||
	    (to - from == 4 && strncasecmp(from, "safe", 4) == 0);
}

static enum record_kind
judge_fields(
    struct record *r, enum log log, const struct json_member f[FIELD_COUNT])
{
	struct buf text = { 0 };
	enum record_kind kind = RECORD_INVALID;
	bool whole;

	whole = field_text(&r->recipient, &f[RECIPIENT]);
	field_text(&r->message_id, &f[MESSAGE_ID]);
	r->has_time = field_text(&text, &f[TIME]) &&
	    moment_parse(buf_cstr(&text), text.size, &r->time);
	buf_clear(&text);
	whole = field_text(&text, &f[OTHER]) && whole && r->has_time;
	buf_clear(&text);
	if (log == LOG_IMPERSONATION)
		kind = RECORD_ALERT;
	else if (field_text(&text, &f[VERDICT]))
		kind = is_clean(&text) ? RECORD_CLEAN : RECORD_ALERT;
	buf_free(&text);
	return whole ? kind : RECORD_INVALID;
}

void
record_judge(struct record *r, enum log log, const char *text, size_t size)
{
	struct json_member f[FIELD_COUNT] = { 0 }, at;
	const char *p = text, *end = text + size;
	const char *name;

	r->kind = RECORD_INVALID;
	r->has_time = false;
	buf_clear(&r->recipient);
	buf_clear(&r->message_id);
	if (size == 0 || *p != '{' || !json_value(p, end, DEPTH_MAX))
		return;
	while (json_next(&p, end, &at)) {
		for (int i = 0; i < FIELD_COUNT; i++) {
			name = logs[log].fields[i];
			if (name && json_is(at.key, at.key_end, name))
				f[i] = at; /* of several the last counts */
		}
	}
	r->kind = judge_fields(r, log, f);
}

bool
record_log(const char *text, size_t size, enum log *log)
{
	static const struct {
		const char *key;
		enum log log;
	} keys[] = {
		{ "fileName", LOG_ATTACHMENT },
		{ "eventTime", LOG_IMPERSONATION },
		{ "identifiers", LOG_IMPERSONATION },
		{ "url", LOG_URL },
	};
	const size_t none = sizeof(keys) / sizeof(keys[0]);
	const char *p = text, *end = text + size;
	struct json_member at;
	size_t best = none;

	if (size == 0 || *p != '{')
		return false;
	while (json_next(&p, end, &at)) {
		for (size_t i = 0; i < best; i++) {
			if (json_is(at.key, at.key_end, keys[i].key))
				best = i;
		}
	}
	if (best == none)
		return false;
	*log = keys[best].log;
	return true;
}

void
record_free(struct record *r)
{
	buf_free(&r->recipient);
	buf_free(&r->message_id);
}
