#include "buf.h"
#include "format.h"
#include "item.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char id[ITEM_ID_SIZE];

/* A payload of items first to last, of different lengths. */
static void
put_items(const struct format *f, int first, int last, struct buf *out)
{
	char subject[32];
	struct item i = { .id = id, .subject = subject };

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
		CONFIG_ARRAY };
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

static void
cef_is_not_there_yet(void **state)
{
	(void)state;
	assert_null(format_of(CONFIG_CEF));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    both_parts_are_what_their_items_alone_would_be),
		cmocka_unit_test(an_array_is_one_json_text),
		cmocka_unit_test(cef_is_not_there_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
