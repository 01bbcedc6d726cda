#define ZLIB_CONST
#include "answer.h"

#include "die.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

void
answer_init(struct answer *a)
{
	*a = (struct answer){
		.status = 200, .type = "application/json", .cut = -1
	};
}

void
answer_header(struct answer *a, const char *name, const char *value)
{
	if (a->headers == ANSWER_HEADERS)
		die(DIE_BUG, "too many headers");
	a->header[a->headers].name = name;
	snprintf(a->header[a->headers].value, sizeof(a->header[0].value), "%s",
	    value);
	a->headers++;
}

void
answer_fail(
    struct answer *a, unsigned status, const char *code, const char *message)
{
	a->status = status;
	buf_clear(&a->body);
	buf_printf(&a->body,
	    "{\"meta\":{\"status\":%u},\"data\":[],\"fail\":[{\"errors\":[{"
	    "\"code\":",
	    status);
	buf_json(&a->body, code);
	buf_text(&a->body, ",\"message\":");
	buf_json(&a->body, message);
	buf_text(&a->body, ",\"retryable\":false}]}]}");
}

void
answer_flat_fail(
    struct answer *a, unsigned status, const char *code, const char *message)
{
	a->status = status;
	buf_clear(&a->body);
	buf_text(&a->body, "{\"fail\":[{\"code\":");
	buf_json(&a->body, code);
	buf_text(&a->body, ",\"message\":");
	buf_json(&a->body, message);
	buf_text(&a->body, "}]}");
}

static void
deflate_part(
    struct buf *out, z_stream *z, const void *bytes, size_t size, int flush)
{
	unsigned char chunk[16384];

	z->next_in = bytes;
	z->avail_in = (uInt)size;
	do {
		z->next_out = chunk;
		z->avail_out = sizeof(chunk);
		if (deflate(z, flush) == Z_STREAM_ERROR)
			die(DIE_BUG, "deflate");
		buf_put(out, chunk, sizeof(chunk) - z->avail_out);
	} while (z->avail_out == 0);
}

void
answer_gzip(struct answer *a)
{
	struct buf out = { 0 };
	z_stream z = { 0 };
	char chunk[4096];
	size_t n;

	/* 16 more than the largest window means a gzip wrapper. */
	if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY))
		die(DIE_IO, "out of memory");
	memset(chunk, 'x', sizeof(chunk));
	deflate_part(&out, &z, buf_cstr(&a->body), a->pad_at, Z_NO_FLUSH);
	for (; a->pad > 0; a->pad -= n) {
		n = a->pad < sizeof(chunk) ? a->pad : sizeof(chunk);
		deflate_part(&out, &z, chunk, n, Z_NO_FLUSH);
	}
	deflate_part(&out, &z, buf_cstr(&a->body) + a->pad_at,
	    a->body.size - a->pad_at, Z_FINISH);
	deflateEnd(&z);
	buf_free(&a->body);
	a->body = out;
	a->pad_at = 0;
	answer_header(a, "Content-Encoding", "gzip");
}

void
answer_free(struct answer *a)
{
	buf_free(&a->body);
	buf_free(&a->lines);
}
