#include "summary.h"
#include "buf.h"
#include "err.h"
#include "mem.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct item {
	char *name;
	char *text; /* NULL: a number */
	int64_t number;
	bool json; /* the text is JSON */
};

struct summary {
	const char *program;
	const char *tenant;
	struct item *items;
	size_t count;
};

struct summary *
summary_new(const char *program, const char *tenant)
{
	struct summary *s = xcalloc(1, sizeof *s);

	s->program = program;
	s->tenant = tenant;
	return s;
}

void
summary_free(struct summary *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++) {
		free(s->items[i].name);
		free(s->items[i].text);
	}
	free(s->items);
	free(s);
}

static struct item *
item_of(struct summary *s, const char *name)
{
	struct item *item;

	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->items[i].name, name) == 0)
			return &s->items[i];
	s->items = xreallocarray(s->items, s->count + 1, sizeof *s->items);
	item = &s->items[s->count++];
	*item = (struct item){ .name = xstrdup(name) };
	return item;
}

void
summary_int(struct summary *s, const char *name, int64_t v)
{
	item_of(s, name)->number = v;
}

void
summary_text(struct summary *s, const char *name, const char *v)
{
	struct item *item = item_of(s, name);

	free(item->text);
	item->text = xstrdup(v);
}

void
summary_json(struct summary *s, const char *name, const char *json)
{
	summary_text(s, name, json);
	item_of(s, name)->json = true;
}

static void
put_json(struct buf *out, const char *s)
{
	text_put_json(out, s, strlen(s));
}

static void
put_object(struct buf *out, const struct summary *s, const struct err *e)
{
	buf_puts(out, "{\"program\": ");
	put_json(out, s->program);
	buf_puts(out, ", \"tenant\": ");
	put_json(out, s->tenant);
	buf_printf(out, ", \"status\": %d", (int)e->kind);
	if (e->kind != ERR_NONE) {
		buf_puts(out, ", \"message\": ");
		text_put_json_clean(out, e->msg, strlen(e->msg));
	}
	for (size_t i = 0; i < s->count; i++) {
		const struct item *item = &s->items[i];

		buf_puts(out, ", ");
		put_json(out, item->name);
		buf_puts(out, ": ");
		if (item->json)
			buf_puts(out, item->text);
		else if (item->text)
			text_put_json_clean(
			    out, item->text, strlen(item->text));
		else
			buf_printf(out, "%" PRId64, item->number);
	}
	buf_puts(out, "}\n");
}

static void
put_lines(struct buf *out, const struct summary *s)
{
	bool terminal = isatty(STDOUT_FILENO);
	int width = 0;

	for (size_t i = 0; i < s->count; i++) {
		int len = (int)strlen(s->items[i].name);

		width = terminal && len > width ? len : width;
	}
	if (terminal && s->count > 0)
		buf_printf(out, "%s of %s\n", s->program, s->tenant);
	for (size_t i = 0; i < s->count; i++) {
		const struct item *item = &s->items[i];

		buf_printf(
		    out, "%s%-*s ", terminal ? "  " : "", width, item->name);
		if (item->text)
			text_put_visible(out, item->text, strlen(item->text));
		else
			buf_printf(
			    out, "%*" PRId64, terminal ? 10 : 0, item->number);
		buf_putc(out, '\n');
	}
}

void
summary_print(const struct summary *s, const struct err *e, bool json)
{
	struct buf out = { 0 };

	if (json)
		put_object(&out, s, e);
	else
		put_lines(&out, s);
	if (out.len > 0)
		fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
}
