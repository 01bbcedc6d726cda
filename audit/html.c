#include "html.h"
#include "buf.h"
#include "sheet.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void
html_put(struct buf *b, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			buf_puts(b, "&amp;");
			break;
		case '<':
			buf_puts(b, "&lt;");
			break;
		case '>':
			buf_puts(b, "&gt;");
			break;
		case '"':
			buf_puts(b, "&quot;");
			break;
		case '\'':
			buf_puts(b, "&#39;");
			break;
		default:
			buf_putc(b, *text);
		}
}

void
html_printf(struct buf *b, const char *markup, ...)
{
	va_list args;

	va_start(args, markup);
	for (const char *p = markup; *p; p++) {
		if (*p != '%') {
			buf_putc(b, *p);
			continue;
		}
		p++;
		assert(*p == 's' || *p == 'd' || *p == '%');
		if (*p == 's')
			html_put(b, va_arg(args, const char *));
		else if (*p == 'd')
			buf_printf(b, "%d", va_arg(args, int));
		else
			buf_putc(b, '%');
	}
	va_end(args);
}

void
html_put_number(struct buf *b, int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%" PRId64, n);

	for (int i = 0; i < len; i++) {
		if (i > 0 && digits[i - 1] != '-' && (len - i) % 3 == 0)
			buf_putc(b, ',');
		buf_putc(b, digits[i]);
	}
}

static void
put_row(struct buf *b, const struct sheet *s, size_t row)
{
	buf_puts(b, "<tr>");
	for (size_t i = 0; i < s->columns; i++) {
		const struct sheet_cell *cell = &s->cells[row * s->columns + i];

		buf_puts(b, cell->is_number ? "<td class=\"n\">" : "<td>");
		html_put(b, cell->text);
		buf_puts(b, "</td>");
	}
	buf_puts(b, "</tr>\n");
}

void
html_put_table(
    struct buf *b, const struct sheet *s, const char *caption, int rows_max)
{
	size_t rows = s->rows;

	if (rows > (size_t)rows_max)
		rows = (size_t)rows_max;
	html_printf(b, "<table>\n<caption>%s</caption>\n<thead><tr>", caption);
	for (size_t i = 0; i < s->columns; i++)
		html_printf(b, "<th scope=\"col\">%s</th>", s->names[i]);
	buf_puts(b, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < rows; i++)
		put_row(b, s, i);
	buf_puts(b, "</tbody>\n</table>\n");
	if (rows < s->rows)
		html_printf(b,
		    "<p>The first %d of %d rows; the SQL gives them all.</p>\n",
		    rows_max, (int)s->rows);
}
