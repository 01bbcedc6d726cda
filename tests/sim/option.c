#include "option.h"

#include "buf.h"
#include "die.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int64_t
number(const char *name, const char *value)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(value, &end, 10);
	if (end == value || *end || errno)
		die(DIE_USAGE, "%s: \"%s\" is no number", name, value);
	return n;
}

static void
store(const struct option_row *r, const char *value)
{
	struct option_list *list = r->to;

	switch (r->type) {
	case OPTION_FLAG:
		*(bool *)r->to = true;
		break;
	case OPTION_NUMBER:
		*(int64_t *)r->to = number(r->name, value);
		break;
	case OPTION_TEXT:
		*(const char **)r->to = value;
		break;
	case OPTION_LIST:
		if (list->count == OPTION_LIST_MAX)
			die(DIE_USAGE, "%s: too many", r->name);
		list->at[list->count++] = value;
	}
}

static const struct option_row *
find(const struct option_row *rows, const char *arg)
{
	size_t n = strcspn(arg, "=");

	for (; rows->name; rows++) {
		if (strlen(rows->name) == n && memcmp(rows->name, arg, n) == 0)
			return rows;
	}
	die(DIE_USAGE, "unknown option %s", arg);
}

int
option_parse(const struct option_row *rows, int argc, char **argv)
{
	const struct option_row *r;
	const char *value;
	int i;

	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (strcmp(argv[i], "--") == 0)
			return i + 1;
		r = find(rows, argv[i]);
		value = strchr(argv[i], '=');
		if (value)
			value++;
		if (r->type == OPTION_FLAG ? value != NULL
					   : !value && i + 1 == argc)
			die(DIE_USAGE, "%s: wrong use", r->name);
		if (r->type != OPTION_FLAG && !value)
			value = argv[++i];
		store(r, value);
	}
	return i;
}

char *
option_secret(const char *path)
{
	struct buf b = { 0 };

	if (buf_file(&b, path))
		die(DIE_IO, "%s: %s", path, strerror(errno));
	buf_text(&b, "");
	b.bytes[strcspn(b.bytes, "\r\n")] = '\0';
	return b.bytes;
}
