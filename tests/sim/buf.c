#include "buf.h"

#include "die.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
grow(struct buf *b, size_t more)
{
	size_t need = b->size + more + 1;
	size_t capacity = b->capacity ? b->capacity : 256;

	if (need <= b->capacity)
		return;
	while (capacity < need)
		capacity *= 2;
	b->bytes = realloc(b->bytes, capacity);
	if (!b->bytes)
		die(DIE_IO, "out of memory");
	b->capacity = capacity;
}

void
buf_put(struct buf *b, const void *bytes, size_t size)
{
	grow(b, size);
	if (size > 0)
		memcpy(b->bytes + b->size, bytes, size);
	b->size += size;
	b->bytes[b->size] = '\0';
}

void
buf_text(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

void
buf_byte(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		die(DIE_BUG, "cannot format \"%s\"", fmt);
	grow(b, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(b->bytes + b->size, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->size += (size_t)n;
}

void
buf_json(struct buf *b, const char *text)
{
	buf_byte(b, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_printf(b, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			buf_printf(b, "\\u%04x", (unsigned)*text);
		else
			buf_byte(b, *text);
	}
	buf_byte(b, '"');
}

int
buf_file(struct buf *b, const char *path)
{
	FILE *f = fopen(path, "rb");
	char chunk[65536];
	int saved;
	size_t n;

	if (!f)
		return -1;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(b, chunk, n);
	saved = ferror(f) ? errno : 0;
	fclose(f);
	errno = saved;
	return saved ? -1 : 0;
}

void
buf_clear(struct buf *b)
{
	b->size = 0;
	if (b->bytes)
		b->bytes[0] = '\0';
}

void
buf_free(struct buf *b)
{
	free(b->bytes);
	*b = (struct buf){ 0 };
}

const char *
buf_cstr(const struct buf *b)
{
	return b->bytes ? b->bytes : "";
}
