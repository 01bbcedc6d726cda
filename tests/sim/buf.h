/* Bytes that grow.  All zero is an empty one; memory that runs out ends it. */
#ifndef SIM_BUF_H
#define SIM_BUF_H

#include <stddef.h>

struct buf {
	char *bytes; /* owned; a NUL follows the last one; NULL when empty */
	size_t size;
	size_t capacity;
};

void buf_put(struct buf *b, const void *bytes, size_t size);
void buf_text(struct buf *b, const char *text);
void buf_byte(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A JSON string with its quotes; text is UTF-8. */
void buf_json(struct buf *b, const char *text);

/* The whole file.  Returns 0, or -1 with errno set. */
int buf_file(struct buf *b, const char *path);

/* Empties it and keeps the memory. */
void buf_clear(struct buf *b);
void buf_free(struct buf *b);

/* The bytes as text, never NULL. */
const char *buf_cstr(const struct buf *b);

#endif
