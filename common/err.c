#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	e->kind = kind;
	return -1;
}

int
err_add(struct err *e, const char *fmt, ...)
{
	char old[sizeof e->msg];
	va_list ap;
	size_t n;

	memcpy(old, e->msg, sizeof old);
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	snprintf(e->msg + n, sizeof e->msg - n, ": %s", old);
	return -1;
}

enum err_kind
err_worst(enum err_kind a, enum err_kind b)
{
	static const enum err_kind order[] = { ERR_BUG, ERR_DATA, ERR_IO,
		ERR_CONFIG, ERR_AUTH, ERR_DENIED, ERR_USAGE, ERR_GAP, ERR_RETRY,
		ERR_PARTIAL, ERR_NO, ERR_NONE };

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
		if (order[i] == a || order[i] == b)
			return order[i];
	return ERR_BUG;
}

void
err_merge(struct err *e, const struct err *other)
{
	if (e->kind != other->kind &&
	    err_worst(e->kind, other->kind) == other->kind)
		*e = *other;
}
