#include "outline.h"
#include "buf.h"
#include "err.h"
#include "mem.h"
#include "pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

enum { DEPTH_MAX = 16, KEY_MAX = 64 };

struct reader {
	yaml_parser_t parser;
	yaml_event_t event; /* the one in hand */
	struct pool *pool;
	const char *file;
	const struct buf *text;
};

static const char not_text[] =
    "not UTF-8, or a control character: save it as plain UTF-8 text";

static int
wrong_at(const struct reader *r, size_t line, size_t column, struct err *e,
    const char *what)
{
	return err_set(e, ERR_CONFIG, "%s:%zu:%zu: %s", r->file, line + 1,
	    column + 1, what);
}

/* What is wrong with the event in hand. */
static int
wrong(const struct reader *r, struct err *e, const char *what)
{
	yaml_mark_t m = r->event.start_mark;

	return wrong_at(r, m.line, m.column, e, what);
}

/* A fault in the bytes has an offset, all others have a mark. */
static int
bad_syntax(const struct reader *r, struct err *e)
{
	const yaml_parser_t *p = &r->parser;
	yaml_mark_t m = p->problem_mark;

	if (p->error == YAML_MEMORY_ERROR)
		xnomem();
	if (p->error == YAML_READER_ERROR) {
		m = (yaml_mark_t){ 0 };
		for (size_t i = 0; i < p->problem_offset; i++) {
			bool eol = r->text->data[i] == '\n';

			m.line += eol;
			m.column = eol ? 0 : m.column + 1;
		}
		return wrong_at(r, m.line, m.column, e, not_text);
	}
	return err_set(e, ERR_CONFIG,
	    "%s:%zu:%zu: not YAML: %s: look at the indentation, colons and "
	    "quotes up to here",
	    r->file, m.line + 1, m.column + 1, p->problem);
}

static int
next_event(struct reader *r, struct err *e)
{
	yaml_event_delete(&r->event);
	if (!yaml_parser_parse(&r->parser, &r->event))
		return bad_syntax(r, e);
	return 0;
}

static bool
has_control(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return true;
	return false;
}

static int
check_properties(const struct reader *r, const yaml_char_t *anchor,
    const yaml_char_t *tag, struct err *e)
{
	if (anchor)
		return wrong(
		    r, e, "an anchor (&) is not allowed: write the value out");
	if (tag)
		return wrong(r, e, "a tag (!) is not allowed: remove it");
	return 0;
}

/* The text of the scalar in hand. */
static int
take_text(struct reader *r, const char **out, struct err *e)
{
	const char *s = (const char *)r->event.data.scalar.value;
	size_t n = r->event.data.scalar.length;

	if (check_properties(
		r, r->event.data.scalar.anchor, r->event.data.scalar.tag, e))
		return -1;
	if (has_control(s, n))
		return wrong(r, e,
		    "a value must be one line without control characters");
	*out = pool_printf(r->pool, "%s", s);
	return 0;
}

static int take_children(
    struct reader *r, struct outline *o, size_t depth, struct err *e);

/* Make o what the event in hand says. */
static int
take_node(struct reader *r, struct outline *o, size_t depth, struct err *e)
{
	const yaml_event_t *ev = &r->event;

	if (depth > DEPTH_MAX)
		return wrong(r, e, "nested more than 16 deep");
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		o->kind = OUTLINE_SCALAR;
		o->plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		return take_text(r, &o->value, e);
	case YAML_MAPPING_START_EVENT:
		o->kind = OUTLINE_MAPPING;
		if (check_properties(r, ev->data.mapping_start.anchor,
			ev->data.mapping_start.tag, e))
			return -1;
		return take_children(r, o, depth + 1, e);
	case YAML_SEQUENCE_START_EVENT:
		o->kind = OUTLINE_SEQUENCE;
		if (check_properties(r, ev->data.sequence_start.anchor,
			ev->data.sequence_start.tag, e))
			return -1;
		return take_children(r, o, depth + 1, e);
	default:
		return wrong(
		    r, e, "an alias (*) is not allowed: write the value out");
	}
}

/* A new node at the event in hand. */
static struct outline *
new_node(struct reader *r)
{
	struct outline *o = pool_zero(r->pool, sizeof *o);

	o->file = r->file;
	o->line = r->event.start_mark.line + 1;
	o->column = r->event.start_mark.column + 1;
	return o;
}

static int
take_key(struct reader *r, struct outline *o, struct err *e)
{
	if (r->event.type != YAML_SCALAR_EVENT)
		return wrong(r, e, "a key must be a word");
	if (r->event.data.scalar.length == 0 ||
	    r->event.data.scalar.length > KEY_MAX)
		return wrong(r, e, "a key must have 1 to 64 bytes");
	return take_text(r, &o->key, e);
}

static int
take_children(struct reader *r, struct outline *o, size_t depth, struct err *e)
{
	struct outline **end = &o->first;
	size_t n = 0;

	for (;;) {
		if (next_event(r, e))
			return -1;
		if (r->event.type == YAML_MAPPING_END_EVENT ||
		    r->event.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		*end = new_node(r);
		(*end)->parent = o;
		(*end)->index = n++;
		if (o->kind == OUTLINE_MAPPING &&
		    (take_key(r, *end, e) || next_event(r, e)))
			return -1;
		if (take_node(r, *end, depth, e))
			return -1;
		end = &(*end)->next;
	}
}

static int
take_document(struct reader *r, const struct outline **out, struct err *e)
{
	struct outline *o;

	if (next_event(r, e))
		return -1;
	if (r->event.data.stream_start.encoding != YAML_UTF8_ENCODING)
		return wrong_at(r, 0, 0, e, not_text);
	if (next_event(r, e))
		return -1;
	if (r->event.type == YAML_STREAM_END_EVENT)
		return wrong_at(
		    r, 0, 0, e, "the file is empty: it must hold a tenant");
	if (next_event(r, e))
		return -1;
	o = new_node(r);
	if (take_node(r, o, 0, e) || next_event(r, e)) /* and its end */
		return -1;
	if (next_event(r, e))
		return -1;
	if (r->event.type != YAML_STREAM_END_EVENT)
		return wrong(
		    r, e, "a second document is not allowed: remove it");
	*out = o;
	return 0;
}

int
outline_parse(const struct outline **out, struct pool *pool, const char *file,
    const struct buf *text, struct err *e)
{
	struct reader r = { .pool = pool, .file = file, .text = text };
	int rc = -1;

	if (!yaml_parser_initialize(&r.parser))
		xnomem();
	yaml_parser_set_input_string(&r.parser,
	    (const unsigned char *)(text->data ? text->data : ""), text->len);
	rc = take_document(&r, out, e);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	return rc;
}

const struct outline *
outline_get(const struct outline *o, const char *key)
{
	if (!o)
		return NULL;
	for (o = o->first; o; o = o->next)
		if (o->key && strcmp(o->key, key) == 0)
			return o;
	return NULL;
}

/* How much of path the child's own part takes, 0 if it is another's. */
static size_t
match(const struct outline *child, const char *path)
{
	char part[KEY_MAX + 1];
	size_t n;

	if (child->key)
		snprintf(part, sizeof part, "%s", child->key);
	else
		snprintf(part, sizeof part, "[%zu]", child->index);
	n = strlen(part);
	if (strncmp(path, part, n) != 0 || !strchr(".[", path[n]))
		return 0;
	return path[n] == '.' ? n + 1 : n;
}

/* The nearest place; what of the path is not there is left in *path. */
static const struct outline *
nearest(const struct outline *o, const char **path)
{
	const struct outline *child = o->first;

	while (child) {
		size_t n = match(child, *path);

		if (n) {
			*path += n;
			o = child;
		}
		child = n ? child->first : child->next;
	}
	return o;
}

static void
put_path(struct buf *b, const struct outline *o)
{
	if (!o->parent)
		return;
	put_path(b, o->parent);
	if (o->key)
		buf_printf(b, "%s%s", b->len ? "." : "", o->key);
	else
		buf_printf(b, "[%zu]", o->index);
}

int
outline_err(const struct outline *o, const char *path, struct err *e,
    const char *fmt, ...)
{
	struct buf at = { 0 };
	va_list ap;
	char msg[sizeof e->msg];

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	err_set(e, ERR_CONFIG, "%s", msg);
	o = nearest(o, &path);
	put_path(&at, o);
	if (at.len && path[0] && path[0] != '[')
		buf_putc(&at, '.');
	buf_puts(&at, path);
	if (at.len)
		err_add(e, "%s", at.data);
	err_add(e, "%s:%zu:%zu", o->file, o->line, o->column);
	buf_free(&at);
	return -1;
}
