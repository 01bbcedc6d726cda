#include "die.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
die(enum die_status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit((int)status);
}
