#include "envelope.h"
#include "buf.h"
#include "err.h"
#include "text.h"
#include "ttp.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { RECORD_DEPTH = 64 };

struct reader {
	struct scan *s;
	struct envelope *v;
	const struct ttp_log *log;
	bool failed;
	bool has_meta;
	bool has_data;
	bool has_records;
	char problem[128]; /* the first; a page has none */
};

__attribute__((format(printf, 2, 3))) static void
complain(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	if (r->problem[0])
		return;
	va_start(ap, fmt);
	vsnprintf(r->problem, sizeof r->problem, fmt, ap);
	va_end(ap);
}

/* Enter a value of that type; any other is passed over. */
static bool
enter(struct reader *r, enum scan_type type)
{
	struct scan_value v;

	if (scan_peek(r->s) == type)
		return scan_enter(r->s);
	scan_value(r->s, &v);
	return false;
}

/* A count: digits alone, of a size that needs no care; else -1. */
static int64_t
count_of(const struct scan_value *v)
{
	int64_t n = 0;

	if (v->type != SCAN_NUMBER || v->length > 15)
		return -1;
	for (size_t i = 0; i < v->length; i++) {
		if (v->text[i] < '0' || v->text[i] > '9')
			return -1;
		n = n * 10 + (v->text[i] - '0');
	}
	return n;
}

static void
take_next(struct reader *r, const struct scan_value *v)
{
	r->v->next = (struct scan_value){ 0 };
	if (v->type == SCAN_NULL || (v->type == SCAN_STRING && v->length == 2))
		return;
	if (v->type != SCAN_STRING || v->flags & SCAN_ANOMALY)
		complain(r, "meta.pagination.next is no text");
	else
		r->v->next = *v;
}

static void
read_pagination(struct reader *r)
{
	struct scan_value key, v;

	if (!enter(r, SCAN_OBJECT))
		return;
	while (scan_member(r->s, &key) && scan_value(r->s, &v)) {
		if (scan_is(&key, "totalCount"))
			r->v->total = count_of(&v);
		else if (scan_is(&key, "next"))
			take_next(r, &v);
	}
}

static void
read_meta(struct reader *r)
{
	struct scan_value key, v;

	r->has_meta = scan_peek(r->s) == SCAN_OBJECT;
	if (!enter(r, SCAN_OBJECT))
		return;
	while (scan_member(r->s, &key)) {
		if (scan_is(&key, "pagination"))
			read_pagination(r);
		else if (scan_value(r->s, &v) && scan_is(&key, "status"))
			r->v->status = count_of(&v);
	}
}

static void
read_records(struct reader *r)
{
	struct scan_value v;

	if (r->has_records)
		complain(r, "%s repeats", r->log->records);
	r->has_records = true;
	if (scan_peek(r->s) != SCAN_ARRAY && scan_peek(r->s) != SCAN_NULL)
		complain(r, "%s is no array", r->log->records);
	if (!enter(r, SCAN_ARRAY))
		return;
	while (scan_element(r->s) && scan_value(r->s, &v))
		r->v->records++;
}

/* Records of another log must not be taken for none of ours. */
static void
check_name(struct reader *r, const struct scan_value *key)
{
	for (int i = 0; i < TTP_COUNT; i++)
		if (scan_is(key, ttp_log((enum ttp)i)->records))
			complain(
			    r, "data holds %s", ttp_log((enum ttp)i)->records);
}

/* An answer without records may say so, and leave out their array. */
static bool
says_none(const struct scan_value *key, const struct scan_value *v)
{
	return scan_is(key, "resultCount") && count_of(v) == 0;
}

static void
read_element(struct reader *r)
{
	struct scan_value key, v;
	bool has_others = false;

	if (scan_peek(r->s) != SCAN_OBJECT)
		complain(r, "data[0] is no object");
	if (!enter(r, SCAN_OBJECT))
		return;
	while (scan_member(r->s, &key)) {
		if (scan_is(&key, r->log->records)) {
			read_records(r);
			continue;
		}
		check_name(r, &key);
		if (scan_value(r->s, &v) && !says_none(&key, &v))
			has_others = true;
	}
	if (has_others && !r->has_records)
		complain(r, "data[0] has no %s", r->log->records);
}

static void
read_data(struct reader *r)
{
	struct scan_value v;
	size_t n = 0;

	if (r->has_data)
		complain(r, "data repeats");
	r->has_data = true;
	r->v->records = 0;
	if (scan_peek(r->s) != SCAN_ARRAY)
		complain(r, "data is no array");
	if (!enter(r, SCAN_ARRAY))
		return;
	while (scan_element(r->s)) {
		if (n++ == 0) {
			read_element(r);
			continue;
		}
		complain(r, "data has more than one element");
		scan_value(r->s, &v);
	}
}

/* The text of a string, cut to fit, and cut where it is still UTF-8. */
static void
take_text(const struct scan_value *v, char *out, size_t size)
{
	struct buf text = { 0 };
	size_t n = 0, step;

	if (v->type != SCAN_STRING || out[0])
		return;
	scan_text(v, SCAN_CLEAN, &text);
	while (n < text.len && text.data[n]) {
		step = text_utf8(text.data + n, text.len - n);
		if (step == 0 || n + step >= size)
			break;
		n += step;
	}
	if (n)
		memcpy(out, text.data, n);
	out[n] = '\0';
	buf_free(&text);
}

static void read_failure(struct reader *r);

/* Anything but null and an empty array: the service says that it failed. */
static void
read_failures(struct reader *r)
{
	if (scan_peek(r->s) != SCAN_ARRAY) {
		if (scan_peek(r->s) != SCAN_NULL)
			r->failed = true;
		read_failure(r);
		return;
	}
	scan_enter(r->s);
	while (scan_element(r->s)) {
		r->failed = true;
		read_failure(r);
	}
}

/* One of either envelope: flat, or with a list of errors in it. */
static void
read_failure(struct reader *r)
{
	struct scan_value key, v;

	if (!enter(r, SCAN_OBJECT))
		return;
	while (scan_member(r->s, &key)) {
		if (scan_is(&key, "errors") && r->s->depth < 8) {
			read_failures(r);
			continue;
		}
		if (!scan_value(r->s, &v))
			return;
		if (scan_is(&key, "code"))
			take_text(&v, r->v->code, sizeof r->v->code);
		else if (scan_is(&key, "message"))
			take_text(&v, r->v->message, sizeof r->v->message);
	}
}

static void
read_root(struct reader *r)
{
	struct scan_value key, v;

	if (scan_peek(r->s) != SCAN_OBJECT)
		complain(r, "the answer is no object");
	if (!enter(r, SCAN_OBJECT))
		return;
	while (scan_member(r->s, &key)) {
		if (scan_is(&key, "meta"))
			read_meta(r);
		else if (scan_is(&key, "data"))
			read_data(r);
		else if (scan_is(&key, "fail"))
			read_failures(r);
		else
			scan_value(r->s, &v);
	}
}

static int
judge(const struct reader *r, struct err *e)
{
	const struct envelope *v = r->v;
	const struct scan *s = r->s;

	if (s->fault)
		return err_set(
		    e, ERR_DATA, "not JSON at byte %zu: %s", s->at, s->fault);
	if (r->failed)
		return err_set(e, ERR_RETRY, "fail: %s %s",
		    v->code[0] ? v->code : "without a code", v->message);
	if (r->has_meta && v->status > 0 && v->status != 200)
		return err_set(
		    e, ERR_RETRY, "meta.status %lld", (long long)v->status);
	if (r->problem[0])
		return err_set(e, ERR_DATA, "%s", r->problem);
	if (!r->has_meta)
		return err_set(e, ERR_DATA, "no meta");
	if (v->status != 200)
		return err_set(e, ERR_DATA, "no meta.status");
	if (v->records < 0)
		return err_set(e, ERR_DATA, "no data");
	return 0;
}

int
envelope_read(struct envelope *v, struct scan *s, const void *data, size_t len,
    const struct ttp_log *log, struct err *e)
{
	struct reader r = { .s = s, .v = v, .log = log };

	*v = (struct envelope){ .total = -1, .records = -1 };
	scan_open(s, data, len, RECORD_DEPTH);
	read_root(&r);
	scan_end(s);
	return judge(&r, e);
}
