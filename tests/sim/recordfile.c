#include "recordfile.h"

#include "die.h"
#include "event.h"
#include "json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_DEPTH = 4096 };

struct value {
	const char *text;
	size_t size;
	bool whole;
	bool has_log, has_time;
	enum log log;
	int64_t time;
	struct event *inner;
	size_t inners;
};

struct value_list {
	struct value *at;
	size_t count;
};

static void *
resize(void *p, size_t count, size_t size)
{
	p = realloc(p, count * size);
	if (!p)
		die(DIE_IO, "out of memory");
	return p;
}

static bool
is_whole(const char *p, const char *end)
{
	struct json_member at;
	int seen = 0;

	if (*p != '{')
		return false;
	while (json_next(&p, end, &at)) {
		seen |= json_is(at.key, at.key_end, "meta") ? 1 : 0;
		seen |= json_is(at.key, at.key_end, "data") ? 2 : 0;
	}
	return seen == 3;
}

static void
classify(struct value *v, enum log fallback)
{
	struct record r = { 0 };

	if (record_log(v->text, v->size, &v->log))
		v->has_log = true;
	else if (!v->has_log)
		v->log = fallback;
	record_judge(&r, v->log, v->text, v->size);
	v->has_time = r.has_time;
	v->time = r.time;
	record_free(&r);
}

static void
add_inner(struct value *v, const struct json_member *m)
{
	struct value one = { .text = m->value,
		.size = (size_t)(m->value_end - m->value),
		.has_log = v->has_log,
		.log = v->log };

	classify(&one, v->log);
	v->inner = resize(v->inner, v->inners + 1, sizeof(v->inner[0]));
	v->inner[v->inners++] = (struct event){ .text = one.text,
		.size = (uint32_t)one.size,
		.time = one.has_time ? one.time : INT64_MIN,
		.log = (uint8_t)v->log };
	if (one.has_time && (!v->has_time || one.time > v->time)) {
		v->has_time = true;
		v->time = one.time;
	}
}

/* The records of an element of data: those of its array that names a log. */
static void
read_datum(struct value *v, const char *p, const char *end)
{
	struct json_member at, row;
	const char *q;

	if (*p != '{')
		return;
	while (json_next(&p, end, &at)) {
		for (int log = 0; log < LOG_COUNT; log++) {
			if (!json_is(
				at.key, at.key_end, log_array((enum log)log)) ||
			    *at.value != '[')
				continue;
			v->has_log = true;
			v->log = (enum log)log;
			for (q = at.value; json_next(&q, at.value_end, &row);)
				add_inner(v, &row);
		}
	}
}

static void
read_whole(struct value *v)
{
	const char *p = v->text, *end = p + v->size, *q;
	struct json_member at, datum;

	v->whole = true;
	while (json_next(&p, end, &at)) {
		if (!json_is(at.key, at.key_end, "data") || *at.value != '[')
			continue;
		for (q = at.value; json_next(&q, at.value_end, &datum);)
			read_datum(v, datum.value, datum.value_end);
	}
}

static void
split(struct value_list *list, const char *path, const struct buf *text)
{
	const char *p = buf_cstr(text), *end = p + text->size, *next;
	struct value *v;

	for (p = json_space(p, end); p < end; p = json_space(next, end)) {
		next = json_value(p, end, FILE_DEPTH);
		if (!next)
			die(DIE_DATA, "%s: value %zu, byte %zu: not JSON", path,
			    list->count + 1, (size_t)(p - text->bytes));
		list->at =
		    resize(list->at, list->count + 1, sizeof(list->at[0]));
		v = &list->at[list->count++];
		*v = (struct value){ .text = p, .size = (size_t)(next - p) };
		if (is_whole(p, next))
			read_whole(v);
		else
			classify(v, LOG_URL);
	}
}

static void
inherit(struct value *v, const struct value *from)
{
	if (!v->has_log && from->has_log) {
		v->has_log = true;
		v->log = from->log;
	}
	if (!v->has_time && from->has_time) {
		v->has_time = true;
		v->time = from->time;
	}
}

static void
number_inner(struct value *v, uint32_t *number)
{
	for (size_t i = 0; i < v->inners; i++) {
		v->inner[i].number = (*number)++;
		if (v->inner[i].time == INT64_MIN)
			v->inner[i].time = v->time;
		v->inner[i].visible_at = v->inner[i].time;
	}
}

void
recordfile_load(
    struct event_set *s, const char *path, struct buf *text, uint32_t *number)
{
	struct value_list list = { 0 };
	struct value *v;

	if (buf_file(text, path))
		die(DIE_IO, "%s: %s", path, strerror(errno));
	split(&list, path, text);
	for (size_t i = 1; i < list.count; i++)
		inherit(&list.at[i], &list.at[i - 1]);
	for (size_t i = list.count; i-- > 1;)
		inherit(&list.at[i - 1], &list.at[i]);
	for (size_t i = 0; i < list.count; i++) {
		v = &list.at[i];
		number_inner(v, number);
		if (v->whole)
			event_add_whole(s,
			    &(struct event_whole){ .log = v->log,
				.time = v->time,
				.text = v->text,
				.size = v->size,
				.inner = v->inner,
				.inners = v->inners });
		else
			event_add(s,
			    &(struct event){ .time = v->time,
				.visible_at = v->time,
				.text = v->text,
				.size = (uint32_t)v->size,
				.number = (*number)++,
				.log = (uint8_t)v->log });
	}
	free(list.at);
}
