#include "pool.h"
#include "mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The pool is a ring of these: its own and one in front of each piece. */
struct pool {
	alignas(max_align_t) struct pool *next;
	struct pool *prev;
};

struct pool *
pool_new(void)
{
	struct pool *p = xcalloc(1, sizeof *p);

	p->next = p->prev = p;
	return p;
}

void
pool_free(struct pool *p)
{
	struct pool *piece = p ? p->next : NULL;

	while (piece != p) {
		struct pool *next = piece->next;

		free(piece);
		piece = next;
	}
	free(p);
}

void *
pool_realloc(struct pool *p, void *old, size_t size)
{
	struct pool *piece = old ? (struct pool *)old - 1 : NULL;

	if (piece) {
		piece->prev->next = piece->next;
		piece->next->prev = piece->prev;
	}
	if (size == 0) {
		free(piece);
		return NULL;
	}
	piece = xreallocarray(piece, sizeof *piece + size, 1);
	piece->prev = p;
	piece->next = p->next;
	piece->next->prev = p->next = piece;
	return piece + 1;
}

void *
pool_zero(struct pool *p, size_t n)
{
	return memset(pool_realloc(p, NULL, n), 0, n);
}

char *
pool_printf(struct pool *p, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	s = pool_realloc(p, NULL, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}
