#include "buf.h"
#include "figure.h"
#include "mem.h"
#include "sheet.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

enum { LINKS = 5, WIDTH = 176, GAP = 18, HEIGHT = 74 };

static void
put_link(
    const struct figure_canvas *c, const struct sheet *s, size_t i, double x)
{
	bool follows = sheet_int(s, i, "follows") == 1;
	char *number = xasprintf("%" PRId64 " %s", sheet_int(s, i, "archive"),
	    sheet_text(s, i, "kind"));

	if (i > 0) {
		figure_rect(c, x - GAP + 2, HEIGHT / 2.0 - 2, GAP - 4, 4,
		    follows ? "good" : "bad", NULL);
		if (!follows)
			figure_text(c, x - GAP / 2.0, HEIGHT / 2.0 - 8,
			    FIGURE_MIDDLE, "broken", 8);
	}
	figure_rect(c, x, 2, WIDTH, HEIGHT - 4, follows ? "node" : "node bad",
	    sheet_text(s, i, "file"));
	figure_text(c, x + 8, 24, FIGURE_START, number, 20);
	figure_text(
	    c, x + 8, 42, FIGURE_START, sheet_text(s, i, "created_utc"), 20);
	figure_text(c, x + 8, 60, FIGURE_START, sheet_text(s, i, "chain"), 18);
	free(number);
}

void
chain_draw(struct buf *b, const struct sheet *s)
{
	size_t first = s->rows > LINKS ? s->rows - LINKS : 0;
	struct figure_canvas c = figure_open(b, FIGURE_SCALED, HEIGHT,
	    "the newest archives, each linked to the one before it");

	for (size_t i = first; i < s->rows; i++)
		put_link(&c, s, i, 2 + (double)(i - first) * (WIDTH + GAP));
	figure_close(&c);
}
