#include "log.h"
#include "buf.h"
#include "text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *log_program = "m2s";
static const char *log_tenant_name;
static enum log_level log_level = LOG_NORMAL;
static bool progress_shown;

void
log_open(const char *program, enum log_level level)
{
	log_program = program;
	log_level = level;
}

void
log_tenant(const char *tenant)
{
	log_tenant_name = tenant;
}

static void
erase_progress(struct buf *line)
{
	if (progress_shown)
		buf_puts(line, "\r\033[K");
	progress_shown = false;
}

static void
flush(struct buf *line)
{
	size_t done = 0;

	while (done < line->len) {
		ssize_t n =
		    write(STDERR_FILENO, line->data + done, line->len - done);

		if (n <= 0)
			break; /* nobody left to tell */
		done += (size_t)n;
	}
	buf_free(line);
}

static void say(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));

static void
say(const char *fmt, va_list ap)
{
	struct buf line = { 0 };
	char msg[1024];

	vsnprintf(msg, sizeof msg, fmt, ap);
	erase_progress(&line);
	buf_puts(&line, log_program);
	if (log_tenant_name)
		buf_printf(&line, "[%s]", log_tenant_name);
	buf_puts(&line, ": ");
	text_put_visible(&line, msg, strlen(msg));
	buf_putc(&line, '\n');
	flush(&line);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	if (log_level < LOG_NORMAL)
		return;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void
log_note(const char *fmt, ...)
{
	va_list ap;

	if (log_level < LOG_VERBOSE)
		return;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void
log_progress(const char *fmt, ...)
{
	struct buf line = { 0 };
	char msg[256];
	va_list ap;

	if (log_level < LOG_NORMAL || !isatty(STDERR_FILENO))
		return;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	erase_progress(&line);
	text_put_visible(&line, msg, strlen(msg));
	progress_shown = true;
	flush(&line);
}
