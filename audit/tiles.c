#include "buf.h"
#include "figure.h"
#include "html.h"
#include "sheet.h"

static const char *
class_of(const struct sheet *s, size_t row)
{
	if (sheet_int(s, row, "found") == 0)
		return "none";
	return sheet_int(s, row, "wrong") ? "wrong" : "busy";
}

void
tiles_draw(struct buf *b, const struct sheet *s)
{
	buf_puts(b, "<ul class=\"tiles\">\n");
	for (size_t i = 0; i < s->rows; i++) {
		html_printf(b, "<li class=\"%s\"><b>", class_of(s, i));
		html_put_number(b, sheet_int(s, i, "found"));
		html_printf(b, "</b> %s</li>\n", sheet_text(s, i, "question"));
	}
	buf_puts(b, "</ul>\n");
}
