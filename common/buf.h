/* A growing run of bytes.  { 0 } is an empty one. */
#ifndef BUF_H
#define BUF_H

#include <stddef.h>

struct buf {
	char *data; /* owned; always followed by a NUL once anything was put */
	size_t len;
	size_t cap;
};

/* Make room for n bytes more behind len, and the closing NUL. */
void buf_reserve(struct buf *b, size_t n);

void buf_put(struct buf *b, const void *data, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Empty it and keep its memory. */
void buf_clear(struct buf *b);

/* Give the memory back; b is an empty buf again. */
void buf_free(struct buf *b);

#endif
