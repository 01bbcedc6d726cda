#include "buf.h"
#include "cef_reader.h"
#include "format.h"
#include "hostile.h"
#include "item.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static const unsigned char id[ITEM_ID_SIZE];

/* A payload of items first to last, of different lengths. */
static void
put_items(const struct format *f, int first, int last, struct buf *out)
{
	char subject[32];
	struct item i = { .id = id,
		.tenant = "acme",
		.log = "url",
		.alert_type = "x",
		.subject = subject };

	buf_clear(out);
	buf_puts(out, f->open);
	for (int n = first; n <= last; n++) {
		snprintf(subject, sizeof subject, "[%*d],\n", n, n);
		if (n > first)
			buf_puts(out, f->join);
		f->put(out, &i);
	}
	buf_puts(out, f->close);
}

static void
both_parts_are_what_their_items_alone_would_be(void **state)
{
	static const enum config_format formats[] = { CONFIG_NDJSON,
		CONFIG_ARRAY, CONFIG_CEF };
	struct buf body = { 0 }, want = { 0 }, first = { 0 }, second = { 0 };

	(void)state;
	for (size_t k = 0; k < sizeof formats / sizeof formats[0]; k++) {
		const struct format *f = format_of(formats[k]);

		for (int n = 2; n <= 9; n++)
			for (int cut = 1; cut < n; cut++) {
				put_items(f, 1, n, &body);
				format_cut(f, &body, cut, &first, &second);
				put_items(f, 1, cut, &want);
				assert_string_equal(first.data, want.data);
				put_items(f, cut + 1, n, &want);
				assert_string_equal(second.data, want.data);
			}
	}
	buf_free(&body);
	buf_free(&want);
	buf_free(&first);
	buf_free(&second);
}

static void
an_array_is_one_json_text(void **state)
{
	const struct format *f = format_of(CONFIG_ARRAY);
	struct buf body = { 0 };

	(void)state;
	buf_puts(&body, f->open);
	buf_puts(&body, "{}");
	buf_puts(&body, f->join);
	buf_puts(&body, "{}");
	buf_puts(&body, f->close);
	assert_string_equal(body.data, "[{},\n{}]\n");
	assert_string_equal(f->content_type, "application/json");
	buf_free(&body);
}

/* A payload of one item for each hostile subject. */
static void
put_hostile(const struct format *f, struct buf *out)
{
	struct item i = {
		.id = id, .tenant = "acme", .log = "url", .alert_type = "x"
	};

	buf_puts(out, f->open);
	for (size_t n = 0; n < HOSTILE; n++) {
		i.subject = hostile[n];
		if (n)
			buf_puts(out, f->join);
		f->put(out, &i);
	}
	buf_puts(out, f->close);
}

static void
assert_subject(json_t *item, size_t n)
{
	assert_non_null(item);
	assert_string_equal(
	    json_string_value(json_object_get(item, "subject")), hostile[n]);
}

static void
hostile_text_does_not_change_an_array(void **state)
{
	struct buf body = { 0 };
	json_t *array;

	(void)state;
	put_hostile(format_of(CONFIG_ARRAY), &body);
	array = json_loadb(body.data, body.len, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_array_size(array), HOSTILE);
	for (size_t n = 0; n < HOSTILE; n++)
		assert_subject(json_array_get(array, n), n);
	json_decref(array);
	buf_free(&body);
}

/* The line at *at, without its line feed, which must be there. */
static size_t
next_line(const struct buf *body, size_t *at, const char **line)
{
	const char *feed;
	size_t n;

	*line = body->data + *at;
	feed = memchr(*line, '\n', body->len - *at);
	assert_non_null(feed);
	n = (size_t)(feed - *line);
	*at += n + 1;
	return n;
}

static void
hostile_text_does_not_change_lines(void **state)
{
	struct buf json = { 0 }, cef = { 0 };
	size_t json_at = 0, cef_at = 0, len;
	struct cef_event v;
	const char *line;
	json_t *item;

	(void)state;
	put_hostile(format_of(CONFIG_NDJSON), &json);
	put_hostile(format_of(CONFIG_CEF), &cef);
	for (size_t n = 0; n < HOSTILE; n++) {
		len = next_line(&json, &json_at, &line);
		item = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
		assert_subject(item, n);
		json_decref(item);
		len = next_line(&cef, &cef_at, &line);
		assert_true(cef_parse(&v, line, len));
		assert_string_equal(cef_value(&v, "msg"), hostile[n]);
		cef_free(&v);
	}
	assert_int_equal(json_at, json.len);
	assert_int_equal(cef_at, cef.len);
	buf_free(&json);
	buf_free(&cef);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    both_parts_are_what_their_items_alone_would_be),
		cmocka_unit_test(an_array_is_one_json_text),
		cmocka_unit_test(hostile_text_does_not_change_an_array),
		cmocka_unit_test(hostile_text_does_not_change_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
