#include "ledger.h"

#include "buf.h"
#include "die.h"
#include "moment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The letter that stands for c after a backslash, or 0. */
static char
escape(char c)
{
	switch (c) {
	case '\\':
		return '\\';
	case '\t':
		return 't';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	default:
		return 0;
	}
}

static void
field(struct buf *line, const char *p, size_t size)
{
	const char *plain = p, *end = p + size;

	if (line->size > 0 && line->bytes[line->size - 1] != '\n')
		buf_byte(line, '\t');
	for (; p < end; p++) {
		if (!escape(*p))
			continue;
		buf_put(line, plain, (size_t)(p - plain));
		buf_byte(line, '\\');
		buf_byte(line, escape(*p));
		plain = p + 1;
	}
	buf_put(line, plain, (size_t)(end - plain));
}

void
ledger_field(struct buf *line, const struct buf *value)
{
	field(line, buf_cstr(value), value->size);
}

void
ledger_text(struct buf *line, const char *value)
{
	field(line, value, strlen(value));
}

void
ledger_number(struct buf *line, int64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%lld", (long long)value);
	ledger_text(line, digits);
}

void
ledger_time(struct buf *line, int64_t t)
{
	char iso[MOMENT_SIZE];

	moment_iso(t, iso);
	ledger_text(line, iso);
}

void
ledger_end(struct buf *line)
{
	buf_byte(line, '\n');
}

int
ledger_open(const char *path)
{
	int fd;

	if (!path)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		die(DIE_IO, "%s: %s", path, strerror(errno));
	return fd;
}

void
ledger_write(int fd, const struct buf *lines)
{
	ssize_t n;

	if (fd < 0 || lines->size == 0)
		return;
	n = write(fd, lines->bytes, lines->size);
	if (n < 0)
		die(DIE_IO, "ledger: %s", strerror(errno));
	if ((size_t)n != lines->size)
		die(DIE_IO, "ledger: cut short");
}
