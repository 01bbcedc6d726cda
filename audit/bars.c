#include "buf.h"
#include "figure.h"
#include "html.h"
#include "sheet.h"

#include <stdlib.h>

enum { LINE = 44, BAR = 16, ROOM = 86, BARS_MAX = 24 };

static const char *
values_of(const struct sheet *s)
{
	for (size_t i = 1; i < s->columns; i++)
		if (s->cells[i].is_number)
			return s->names[i];
	return s->names[0];
}

/* Names stand above their bars, so that narrow screens have room for both. */
void
bars_draw(struct buf *b, const struct sheet *s)
{
	const char *column = values_of(s);
	int rows = s->rows > BARS_MAX ? BARS_MAX : (int)s->rows;
	int64_t max = sheet_max(s, column);
	struct figure_canvas c =
	    figure_open(b, FIGURE_FLUID, rows * LINE, column);

	for (int i = 0; i < rows; i++) {
		const char *name = sheet_text(s, (size_t)i, s->names[0]);
		int64_t n = sheet_int(s, (size_t)i, column);
		double w = max ? ROOM * (double)n / (double)max : 0;
		char *value = figure_label("", n);

		figure_text(&c, 0, i * LINE + 17, FIGURE_START, name, 60);
		figure_rect(&c, 0, i * LINE + 22, n && w < 0.3 ? 0.3 : w, BAR,
		    "s0", name);
		figure_text(&c, w + 1, i * LINE + 35, FIGURE_START, value, 20);
		free(value);
	}
	figure_close(&c);
}
