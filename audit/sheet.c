#include "sheet.h"
#include "buf.h"
#include "db.h"
#include "mem.h"
#include "table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void
add_row(struct sheet *out, struct stmt *s)
{
	size_t n = out->rows * out->columns;

	if (out->rows % 256 == 0)
		out->cells = xreallocarray(
		    out->cells, n + 256 * out->columns, sizeof *out->cells);
	for (size_t i = 0; i < out->columns; i++) {
		enum db_type type = stmt_type(s, (int)i);
		struct sheet_cell *cell = &out->cells[n + i];
		struct buf text = { 0 };

		cell->is_number = type == DB_INT || type == DB_REAL;
		cell->number = cell->is_number ? stmt_int(s, (int)i) : 0;
		buf_puts(&text, "");
		table_put_cell(&text, s, (int)i);
		cell->text = text.data;
	}
	out->rows++;
}

int
sheet_read(struct sheet *out, struct stmt *s, struct err *e)
{
	int rc;

	*out = (struct sheet){ .columns = (size_t)stmt_columns(s) };
	out->names = xcalloc(out->columns, sizeof *out->names);
	for (size_t i = 0; i < out->columns; i++)
		out->names[i] = xstrdup(stmt_column_name(s, (int)i));
	while ((rc = stmt_step(s, e)) > 0)
		add_row(out, s);
	return rc;
}

void
sheet_free(struct sheet *s)
{
	for (size_t i = 0; i < s->rows * s->columns; i++)
		free(s->cells[i].text);
	for (size_t i = 0; i < s->columns; i++)
		free(s->names[i]);
	free(s->cells);
	free(s->names);
	*s = (struct sheet){ 0 };
}

static const struct sheet_cell *
cell_of(const struct sheet *s, size_t row, const char *column)
{
	size_t i = 0;

	while (i < s->columns && strcmp(s->names[i], column) != 0)
		i++;
	assert(row < s->rows && i < s->columns);
	return &s->cells[row * s->columns + i];
}

const char *
sheet_text(const struct sheet *s, size_t row, const char *column)
{
	return cell_of(s, row, column)->text;
}

int64_t
sheet_int(const struct sheet *s, size_t row, const char *column)
{
	return cell_of(s, row, column)->number;
}

int64_t
sheet_sum(const struct sheet *s, const char *column)
{
	int64_t sum = 0;

	for (size_t i = 0; i < s->rows; i++)
		sum += sheet_int(s, i, column);
	return sum;
}

int64_t
sheet_max(const struct sheet *s, const char *column)
{
	int64_t max = 0;

	for (size_t i = 0; i < s->rows; i++)
		if (sheet_int(s, i, column) > max)
			max = sheet_int(s, i, column);
	return max;
}
