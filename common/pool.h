/* Memory that is given back all at once. */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>

struct pool;

struct pool *pool_new(void);
void pool_free(struct pool *p);

/*
 * As realloc, for what came from this pool or NULL; size 0 gives it back and
 * returns NULL.  Aligned for any type, not cleared.
 */
void *pool_realloc(struct pool *p, void *old, size_t size);

/* n bytes set to zero. */
void *pool_zero(struct pool *p, size_t n);

char *pool_printf(struct pool *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
