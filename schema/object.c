#include "object.h"
#include "db.h"
#include "err.h"
#include "mem.h"
#include "scan.h"
#include "text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 18, DEPTH_MAX = 16 };

void
object_put(struct buf *out, struct stmt *s)
{
	for (int i = 0; i < stmt_columns(s); i++) {
		const char *text;

		buf_printf(
		    out, "%s\"%s\":", i ? "," : "", stmt_column_name(s, i));
		switch (stmt_type(s, i)) {
		case DB_NULL:
			buf_puts(out, "null");
			break;
		case DB_INT:
			buf_printf(out, "%" PRId64, stmt_int(s, i));
			break;
		default:
			text = stmt_text(s, i);
			text_put_json_clean(out, text, strlen(text));
		}
	}
}

void
object_open(struct object *o, const struct object_field *fields, size_t count)
{
	assert(count <= OBJECT_FIELDS_MAX);
	*o = (struct object){ .fields = fields, .count = count };
	o->scan = xcalloc(1, sizeof *o->scan);
}

void
object_close(struct object *o)
{
	buf_free(&o->arena);
	free(o->scan);
}

static bool
take_int(const struct scan_value *v, struct object_value *out)
{
	size_t sign = v->length && v->text[0] == '-';

	if (v->type != SCAN_NUMBER || v->length - sign > DIGITS_MAX)
		return false;
	for (size_t i = sign; i < v->length; i++)
		if (v->text[i] < '0' || v->text[i] > '9')
			return false;
	out->n = strtoll(v->text, NULL, 10);
	return true;
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
take_hex(struct object *o, const struct scan_value *v, size_t size)
{
	if (v->type != SCAN_STRING || v->length != 2 * size + 2)
		return false;
	for (size_t i = 0; i < size; i++) {
		int high = nibble(v->text[1 + 2 * i]);
		int low = nibble(v->text[2 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		buf_putc(&o->arena, (char)(high << 4 | low));
	}
	return true;
}

static bool
take_text(struct object *o, const struct scan_value *v)
{
	if (v->type != SCAN_STRING || (v->flags & SCAN_ANOMALY))
		return false;
	scan_text(v, SCAN_AS_IS, &o->arena);
	return true;
}

/* Its place in the arena, which may still move, goes into n. */
static bool
take(struct object *o, const struct object_field *f, const struct scan_value *v,
    struct object_value *out)
{
	*out = (struct object_value){ .n = -1 };
	if (v->type == SCAN_NULL)
		return f->optional;
	switch (f->type) {
	case OBJECT_INT:
		return take_int(v, out);
	case OBJECT_LIST:
		out->bytes = (struct slice){ v->text, v->length };
		return v->type == SCAN_ARRAY;
	default:
		break;
	}
	out->n = (int64_t)o->arena.len;
	if (f->type == OBJECT_HEX ? !take_hex(o, v, f->size) : !take_text(o, v))
		return false;
	out->bytes.len = o->arena.len - (size_t)out->n;
	buf_putc(&o->arena, '\0');
	return true;
}

static void
settle(struct object *o)
{
	for (size_t i = 0; i < o->count; i++) {
		enum object_type type = o->fields[i].type;
		struct object_value *v = &o->values[i];

		if ((type == OBJECT_TEXT || type == OBJECT_HEX) && v->n >= 0)
			v->bytes.data = o->arena.data + v->n;
	}
}

static const char *
type_words(const struct object_field *f)
{
	static const char *const words[] = {
		[OBJECT_INT] = "is no integer",
		[OBJECT_TEXT] = "is no text",
		[OBJECT_HEX] = "is not in hex, or of another size",
		[OBJECT_LIST] = "is no array",
	};

	return words[f->type];
}

static int
parse_members(struct object *o, const char *what, struct err *e)
{
	struct scan_value key, value;

	for (size_t i = 0; i < o->count; i++) {
		const struct object_field *f = &o->fields[i];

		if (!scan_member(o->scan, &key) || !scan_is(&key, f->name))
			return err_set(e, ERR_DATA,
			    "%s: \"%s\" is missing or not in its place", what,
			    f->name);
		if (!scan_value(o->scan, &value))
			return err_set(
			    e, ERR_DATA, "%s: %s", what, o->scan->fault);
		if (!take(o, f, &value, &o->values[i]))
			return err_set(e, ERR_DATA, "%s: \"%s\" %s", what,
			    f->name, type_words(f));
	}
	if (scan_member(o->scan, &key))
		return err_set(e, ERR_DATA, "%s: it says too much", what);
	return 0;
}

int
object_parse(
    struct object *o, const char *what, struct slice text, struct err *e)
{
	buf_clear(&o->arena);
	scan_open(o->scan, text.data, text.len, DEPTH_MAX);
	if (scan_peek(o->scan) != SCAN_OBJECT || !scan_enter(o->scan))
		return err_set(e, ERR_DATA, "%s: no JSON object", what);
	if (parse_members(o, what, e))
		return -1;
	if (!scan_end(o->scan))
		return err_set(e, ERR_DATA, "%s: %s", what, o->scan->fault);
	settle(o);
	return 0;
}

void
object_bind_one(const struct object *o, size_t field, struct stmt *s)
{
	const struct object_field *f = &o->fields[field];
	const struct object_value *v = &o->values[field];
	char name[32] = ":";

	strncat(name, f->name, sizeof name - 2);
	if (f->type == OBJECT_INT ? f->optional && v->n == -1 : v->n < 0)
		stmt_bind_null(s, name);
	else if (f->type == OBJECT_INT)
		stmt_bind_int(s, name, v->n);
	else if (f->type == OBJECT_TEXT)
		stmt_bind_textn(s, name, v->bytes.data, v->bytes.len);
	else
		stmt_bind_blob(s, name, v->bytes.data, v->bytes.len);
}

void
object_bind(const struct object *o, struct stmt *s)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->fields[i].type != OBJECT_LIST)
			object_bind_one(o, i, s);
}

int
list_open(struct list *l, struct slice text, struct err *e)
{
	l->scan = xcalloc(1, sizeof *l->scan);
	scan_open(l->scan, text.data, text.len, DEPTH_MAX);
	if (scan_peek(l->scan) == SCAN_ARRAY && scan_enter(l->scan))
		return 0;
	list_close(l);
	return err_set(e, ERR_DATA, "no JSON array");
}

int
list_next(struct list *l, struct slice *element, struct err *e)
{
	struct scan_value v;

	if (scan_element(l->scan)) {
		if (scan_value(l->scan, &v)) {
			*element = (struct slice){ v.text, v.length };
			return 1;
		}
	}
	if (l->scan->fault)
		return err_set(e, ERR_DATA, "%s", l->scan->fault);
	return 0;
}

void
list_close(struct list *l)
{
	free(l->scan);
	l->scan = NULL;
}
