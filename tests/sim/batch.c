#include "batch.h"

#include "buf.h"
#include "die.h"
#include "ledger.h"
#include "moment.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int
wrong(char message[BATCH_MESSAGE], size_t number, const char *what)
{
	snprintf(message, BATCH_MESSAGE, "item %zu: %s", number, what);
	return -1;
}

static int
is_id(const char *text)
{
	return strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}

static int
is_time(const char *text)
{
	size_t size = strlen(text);
	int64_t t;

	return size > 0 && text[size - 1] == 'Z' &&
	    moment_parse(text, size, &t);
}

static int
check_item(const json_t *item, size_t number, char message[BATCH_MESSAGE])
{
	static const char *const texts[] = { "id", "alertType", "threatId",
		"threatName", "time", "log", "tenant" };
	const json_t *severity = json_object_get(item, "severity");
	json_int_t s = json_integer_value(severity);
	const char *value;

	if (!json_is_object(item))
		return wrong(message, number, "not an object");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		value = json_string_value(json_object_get(item, texts[i]));
		if (!value || !*value)
			return wrong(message, number, texts[i]);
	}
	if (!is_id(json_string_value(json_object_get(item, "id"))))
		return wrong(message, number, "id is not 32 hex digits");
	if (!is_time(json_string_value(json_object_get(item, "time"))))
		return wrong(message, number, "time is not RFC 3339 with Z");
	if (!json_is_integer(severity) || s < 0 || s > 10)
		return wrong(message, number, "severity is not 0 to 10");
	return 0;
}

static int
parse_line(
    struct batch *b, const char *line, size_t size, char message[BATCH_MESSAGE])
{
	size_t number = json_array_size(b->items) + 1;
	json_error_t error;
	json_t *item = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);

	if (!item)
		return wrong(message, number, error.text);
	if (json_array_append_new(b->items, item))
		die(DIE_IO, "out of memory");
	return 0;
}

static int
parse_lines(
    struct batch *b, const char *p, size_t size, char message[BATCH_MESSAGE])
{
	const char *end = p + size, *newline;

	b->items = json_array();
	for (; p < end; p = newline + 1) {
		newline = memchr(p, '\n', (size_t)(end - p));
		if (!newline)
			newline = end;
		if (parse_line(b, p, (size_t)(newline - p), message))
			return -1;
	}
	return 0;
}

int
batch_parse(
    struct batch *b, const char *body, size_t size, char message[BATCH_MESSAGE])
{
	json_error_t error;

	if (size > 0 && *body == '[') {
		b->items =
		    json_loadb(body, size, JSON_REJECT_DUPLICATES, &error);
		if (!b->items)
			return wrong(message, 0, error.text);
	} else if (parse_lines(b, body, size, message)) {
		return -1;
	}
	b->count = json_array_size(b->items);
	if (b->count == 0)
		return wrong(message, 0, "an empty batch");
	for (size_t i = 0; i < b->count; i++) {
		if (check_item(json_array_get(b->items, i), i + 1, message))
			return -1;
	}
	return 0;
}

int
batch_has_id(const struct batch *b, const char *id)
{
	const json_t *item;

	for (size_t i = 0; i < b->count; i++) {
		item = json_array_get(b->items, i);
		if (strcmp(json_string_value(json_object_get(item, "id")),
			id) == 0)
			return 1;
	}
	return 0;
}

/* A member that may be missing. */
static void
put_member(struct buf *lines, const json_t *item, const char *name)
{
	const char *value = json_string_value(json_object_get(item, name));

	ledger_text(lines, value ? value : "");
}

void
batch_lines(const struct batch *b, struct buf *lines)
{
	const json_t *item;

	for (size_t i = 0; i < b->count; i++) {
		item = json_array_get(b->items, i);
		ledger_text(lines, "alert");
		put_member(lines, item, "id");
		put_member(lines, item, "log");
		put_member(lines, item, "time");
		put_member(lines, item, "to");
		put_member(lines, item, "messageId");
		ledger_text(lines, "");
		ledger_end(lines);
	}
}

void
batch_free(struct batch *b)
{
	json_decref(b->items);
	*b = (struct batch){ 0 };
}
