#include "table.h"
#include "box.h"
#include "buf.h"
#include "db.h"
#include "digest.h"
#include "text.h"

#include <string.h>

static void
put_hex(struct buf *b, const unsigned char *data, size_t n)
{
	char hex[3];

	for (size_t i = 0; i < n; i++)
		buf_puts(b, digest_hex(data + i, 1, hex));
}

/* A text may hold NUL bytes, which stmt_text would end at. */
static const char *
text_of(struct stmt *s, int column, size_t *n)
{
	const char *text = stmt_blob(s, column, n);

	return text ? text : "";
}

void
table_put_cell(struct buf *b, struct stmt *s, int column)
{
	size_t n;
	const void *data = stmt_blob(s, column, &n);

	if (stmt_type(s, column) == DB_BLOB)
		put_hex(b, data, n);
	else if (n > 0)
		text_put_visible(b, data, n);
}

static void
put_quoted(struct buf *b, const char *text, size_t n)
{
	if (!memchr(text, ',', n) && !memchr(text, '"', n)) {
		buf_put(b, text, n);
		return;
	}
	buf_putc(b, '"');
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"')
			buf_putc(b, '"');
		buf_putc(b, text[i]);
	}
	buf_putc(b, '"');
}

/* Would a spreadsheet take a cell that begins with it for a formula? */
static bool
begins_formula(char c)
{
	return c != '\0' && strchr("=+-@\t\r", c);
}

static void
put_csv_cell(struct buf *b, struct stmt *s, int column)
{
	struct buf cell = { 0 };
	size_t n;

	if (stmt_type(s, column) == DB_TEXT) {
		const char *text = text_of(s, column, &n);

		if (n > 0 && begins_formula(text[0]))
			buf_putc(&cell, '\'');
	}
	table_put_cell(&cell, s, column);
	if (cell.len > 0)
		put_quoted(b, cell.data, cell.len);
	buf_free(&cell);
}

static void
put_json_cell(struct buf *b, struct stmt *s, int column)
{
	const char *text;
	size_t n;

	switch (stmt_type(s, column)) {
	case DB_NULL:
		buf_puts(b, "null");
		break;
	case DB_BLOB:
		buf_putc(b, '"');
		table_put_cell(b, s, column);
		buf_putc(b, '"');
		break;
	case DB_TEXT:
		text = text_of(s, column, &n);
		text_put_json_clean(b, text, n);
		break;
	default: /* JSON has no infinity */
		text = stmt_text(s, column);
		buf_puts(b, strstr(text, "Inf") ? "null" : text);
	}
}

static void
put_name(struct buf *b, enum table_format format, const char *name)
{
	size_t n = strlen(name);
	struct buf cell = { 0 };

	text_put_visible(&cell, name, n);
	if (format == TABLE_JSON)
		text_put_json_clean(b, name, n);
	else if (format == TABLE_CSV && cell.len > 0)
		put_quoted(b, cell.data, cell.len);
	else
		buf_put(b, cell.data ? cell.data : "", cell.len);
	buf_free(&cell);
}

static void
put_lines_head(const struct table *t, struct stmt *s, struct buf *b)
{
	char between = t->format == TABLE_CSV ? ',' : '\t';

	if (t->tenant)
		buf_printf(b, "tenant%c", between);
	for (int i = 0; i < stmt_columns(s); i++) {
		if (i > 0)
			buf_putc(b, between);
		put_name(b, t->format, stmt_column_name(s, i));
	}
	buf_putc(b, '\n');
}

static void
put_lines_row(const struct table *t, struct stmt *s, struct buf *b)
{
	char between = t->format == TABLE_CSV ? ',' : '\t';

	if (t->tenant)
		buf_printf(b, "%s%c", t->tenant, between);
	for (int i = 0; i < stmt_columns(s); i++) {
		if (i > 0)
			buf_putc(b, between);
		if (t->format == TABLE_CSV)
			put_csv_cell(b, s, i);
		else
			table_put_cell(b, s, i);
	}
	buf_putc(b, '\n');
}

static int
name_width(struct stmt *s)
{
	size_t width = 0;

	for (int i = 0; i < stmt_columns(s); i++) {
		size_t n = strlen(stmt_column_name(s, i));

		width = n > width ? n : width;
	}
	return (int)width;
}

static void
put_list_row(struct stmt *s, bool first, struct buf *b)
{
	int width = name_width(s);

	if (!first)
		buf_putc(b, '\n');
	for (int i = 0; i < stmt_columns(s); i++) {
		size_t n;

		stmt_blob(s, i, &n);
		if (n == 0)
			continue;
		buf_printf(b, "  %-*s  ", width, stmt_column_name(s, i));
		table_put_cell(b, s, i);
		buf_putc(b, '\n');
	}
}

static void
put_json_row(const struct table *t, struct stmt *s, bool first, struct buf *b)
{
	buf_puts(b, first ? "{" : ", {");
	if (t->tenant) {
		buf_puts(b, "\"tenant\": ");
		text_put_json(b, t->tenant, strlen(t->tenant));
	}
	for (int i = 0; i < stmt_columns(s); i++) {
		if (i > 0 || t->tenant)
			buf_puts(b, ", ");
		put_name(b, TABLE_JSON, stmt_column_name(s, i));
		buf_puts(b, ": ");
		put_json_cell(b, s, i);
	}
	buf_putc(b, '}');
}

static void
put_row(const struct table *t, struct stmt *s, bool first, struct buf *b)
{
	if (t->format == TABLE_LIST)
		put_list_row(s, first, b);
	else if (t->format == TABLE_JSON)
		put_json_row(t, s, first, b);
	else
		put_lines_row(t, s, b);
}

static void
flush(const struct table *t, struct buf *b)
{
	if (b->len > 0 && t->out)
		fwrite(b->data, 1, b->len, t->out);
	else if (b->len > 0)
		buf_put(t->text, b->data, b->len);
	buf_clear(b);
}

void
table_puts(const struct table *t, const char *text)
{
	if (t->out)
		fputs(text, t->out);
	else
		buf_puts(t->text, text);
}

int
table_put_some(const struct table *t, struct stmt *s, int64_t rows_max,
    int64_t *rows, struct err *e)
{
	struct buf line = { 0 };
	int64_t n = 0;
	int rc = 1;

	if ((t->format == TABLE_TABS || t->format == TABLE_CSV) && !t->headless)
		put_lines_head(t, s, &line);
	if (t->format == TABLE_JSON)
		buf_putc(&line, '[');
	while (n < rows_max && (rc = stmt_step(s, e)) > 0) {
		put_row(t, s, n++ == 0, &line);
		flush(t, &line);
	}
	if (t->format == TABLE_JSON)
		buf_putc(&line, ']');
	if (t->format == TABLE_LIST && n == 0)
		buf_puts(&line, "  none\n");
	flush(t, &line);
	buf_free(&line);
	if (rows)
		*rows += n;
	return rc;
}

int
table_put(const struct table *t, struct stmt *s, int64_t *rows, struct err *e)
{
	if (t->format == TABLE_BOX || t->format == TABLE_ASCII)
		return box_put(t, s, rows, e);
	return table_put_some(t, s, INT64_MAX, rows, e);
}
