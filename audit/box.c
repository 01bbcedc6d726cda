#include "box.h"
#include "buf.h"
#include "db.h"
#include "mem.h"
#include "table.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

struct cell {
	char *text;
	size_t width;
	bool number; /* goes to the right */
};

/* The first row holds the names. */
struct box {
	struct cell *cells;
	size_t count;
	size_t columns;
	size_t *widths; /* of the columns */
};

static size_t
width_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void
add(struct box *box, char *text, bool number)
{
	struct cell cell = { text, width_of(text), number };
	size_t *width = &box->widths[box->count % box->columns];

	if (box->count % 1024 == 0)
		box->cells = xreallocarray(
		    box->cells, box->count + 1024, sizeof *box->cells);
	box->cells[box->count++] = cell;
	*width = cell.width > *width ? cell.width : *width;
}

static char *
visible(const char *s)
{
	struct buf b = { 0 };

	buf_puts(&b, "");
	text_put_visible(&b, s, strlen(s));
	return b.data;
}

static void
add_names(struct box *box, const struct table *t, struct stmt *s)
{
	if (t->tenant)
		add(box, xstrdup("tenant"), false);
	for (int i = 0; i < stmt_columns(s); i++)
		add(box, visible(stmt_column_name(s, i)), false);
}

static void
add_row(struct box *box, const struct table *t, struct stmt *s)
{
	if (t->tenant)
		add(box, xstrdup(t->tenant), false);
	for (int i = 0; i < stmt_columns(s); i++) {
		enum db_type type = stmt_type(s, i);
		struct buf b = { 0 };

		buf_puts(&b, "");
		table_put_cell(&b, s, i);
		add(box, b.data, type == DB_INT || type == DB_REAL);
	}
}

/* What a frame is drawn with. */
struct frame {
	const char *line, *side;
	const char *rules[3][3]; /* top, middle, bottom: left, between, right */
};

static const struct frame drawn = { "─", "│",
	{ { "┌", "┬", "┐" }, { "├", "┼", "┤" }, { "└", "┴", "┘" } } };

static const struct frame typed = { "-", "|",
	{ { "+", "+", "+" }, { "+", "+", "+" }, { "+", "+", "+" } } };

static void
put_rule(const struct box *box, FILE *out, const struct frame *f,
    const char *const *rule)
{
	fputs(rule[0], out);
	for (size_t c = 0; c < box->columns; c++) {
		if (c > 0)
			fputs(rule[1], out);
		for (size_t i = 0; i < box->widths[c] + 2; i++)
			fputs(f->line, out);
	}
	fprintf(out, "%s\n", rule[2]);
}

static void
put_cells(const struct box *box, FILE *out, const struct frame *f,
    const struct cell *row)
{
	fputs(f->side, out);
	for (size_t c = 0; c < box->columns; c++) {
		int pad = (int)(box->widths[c] - row[c].width);

		fprintf(out, " %*s%s%*s %s", row[c].number ? pad : 0, "",
		    row[c].text, row[c].number ? 0 : pad, "", f->side);
	}
	putc('\n', out);
}

static void
put_box(const struct box *box, FILE *out, const struct frame *f)
{
	put_rule(box, out, f, f->rules[0]);
	for (size_t i = 0; i < box->count; i += box->columns) {
		put_cells(box, out, f, box->cells + i);
		if (i == 0)
			put_rule(box, out, f, f->rules[1]);
	}
	put_rule(box, out, f, f->rules[2]);
}

int
box_put(const struct table *t, struct stmt *s, int64_t *rows, struct err *e)
{
	struct box box = { .columns =
			       (size_t)stmt_columns(s) + (t->tenant ? 1 : 0) };
	int rc;

	box.widths = xcalloc(box.columns, sizeof *box.widths);
	add_names(&box, t, s);
	while ((rc = stmt_step(s, e)) > 0)
		add_row(&box, t, s);
	if (rc == 0)
		put_box(
		    &box, t->out, t->format == TABLE_ASCII ? &typed : &drawn);
	if (rows)
		*rows += (int64_t)(box.count / box.columns) - 1;
	for (size_t i = 0; i < box.count; i++)
		free(box.cells[i].text);
	free(box.cells);
	free(box.widths);
	return rc;
}
