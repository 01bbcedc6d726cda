/* Memory: an allocation succeeds or the process ends with status 74. */
#ifndef MEM_H
#define MEM_H

#include <stddef.h>

void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* End so where a library says that it got none. */
_Noreturn void xnomem(void);

#endif
