#include "format.h"
#include "buf.h"
#include "cef.h"
#include "item.h"

#include <assert.h>
#include <string.h>

static const struct format ndjson = {
	.content_type = "application/x-ndjson",
	.suffix = ".ndjson",
	.open = "",
	.join = "\n",
	.close = "\n",
	.put = item_put_json,
};

static const struct format array = {
	.content_type = "application/json",
	.suffix = ".json",
	.open = "[",
	.join = ",\n",
	.close = "]\n",
	.put = item_put_json,
};

static const struct format cef = {
	.content_type = "text/plain; charset=utf-8",
	.suffix = ".cef",
	.open = "",
	.join = "\n",
	.close = "\n",
	.put = cef_put,
};

const struct format *
format_of(enum config_format format)
{
	switch (format) {
	case CONFIG_NDJSON:
		return &ndjson;
	case CONFIG_ARRAY:
		return &array;
	case CONFIG_CEF:
		break;
	}
	return &cef;
}

void
format_cut(const struct format *f, const struct buf *body, int64_t n,
    struct buf *first, struct buf *second)
{
	const char *end = body->data + body->len;
	const char *cut = body->data;

	for (int64_t i = 0; i < n; i++) {
		cut = memchr(cut, '\n', (size_t)(end - cut));
		assert(cut);
		cut++;
	}
	assert(cut < end);
	buf_clear(first);
	buf_put(
	    first, body->data, (size_t)(cut - body->data) - strlen(f->join));
	buf_puts(first, f->close);
	buf_clear(second);
	buf_puts(second, f->open);
	buf_put(second, cut, (size_t)(end - cut));
}
