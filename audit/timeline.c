#include "buf.h"
#include "figure.h"
#include "html.h"
#include "mem.h"
#include "sheet.h"
#include "timestamp.h"

#include <stdlib.h>
#include <string.h>

enum { LINE = 58, BAR = 20, AXIS = 26, MANY_DAYS = 4 * 86400 };

struct span {
	int64_t from, to;
};

static struct span
span_of(const struct sheet *s)
{
	struct span span = { sheet_int(s, 0, "from_at"), 0 };

	for (size_t i = 0; i < s->rows; i++) {
		int64_t from = sheet_int(s, i, "from_at");

		span.from = from < span.from ? from : span.from;
	}
	span.to = sheet_max(s, "to_at");
	return span;
}

static double
place(const struct span *span, int64_t at)
{
	return 100 * (double)(at - span->from) /
	    (double)(span->to - span->from);
}

static const char *
class_of(const char *state)
{
	if (strcmp(state, "covered") == 0)
		return "good";
	return strcmp(state, "lost") == 0 ? "bad" : "open";
}

/* What is lost stands out, and what is not covered is never too thin. */
static void
put_stretch(const struct figure_canvas *c, const struct sheet *s, size_t i,
    const struct span *span, double y)
{
	const char *state = sheet_text(s, i, "state");
	double x = place(span, sheet_int(s, i, "from_at"));
	double w = place(span, sheet_int(s, i, "to_at")) - x;
	double extra = strcmp(state, "lost") == 0 ? 6 : 0;
	char *hint = xasprintf("%s: %s from %s to %s", sheet_text(s, i, "log"),
	    state, sheet_text(s, i, "from_utc"), sheet_text(s, i, "to_utc"));

	if (w < 0.4 && strcmp(state, "covered") != 0) {
		w = 0.4;
		x = x < 100 - w ? x : 100 - w;
	}
	figure_rect(c, x, y - extra, w, BAR + 2 * extra, class_of(state), hint);
	free(hint);
}

/* Its ends and its middle; the day is enough where there are many. */
static void
put_axis(const struct figure_canvas *c, const struct span *span, double y)
{
	int64_t length = span->to - span->from;

	for (int i = 0; i < 3; i++) {
		char text[TIMESTAMP_SIZE];

		timestamp_iso(span->from + length * i / 2, text);
		text[strlen("2026-01-31")] = ' ';
		text[strlen(length > MANY_DAYS ? "2026-01-31"
					       : "2026-01-31 12:00")] = '\0';
		figure_text(c, 50 * i, y + 18, (enum figure_anchor)i, text, 16);
	}
}

static void
put_legend(struct buf *b)
{
	static const char *const states[] = { "covered", "open", "lost" };

	buf_puts(b, "<ul class=\"legend\">");
	for (int i = 0; i < 3; i++)
		html_printf(b, "<li><i class=\"%s\"></i>%s</li>",
		    class_of(states[i]), states[i]);
	buf_puts(b, "</ul>\n");
}

void
timeline_draw(struct buf *b, const struct sheet *s)
{
	struct span span = span_of(s);
	struct figure_canvas c;
	int lines = 1;

	for (size_t i = 1; i < s->rows; i++)
		lines += strcmp(sheet_text(s, i, "log"),
			     sheet_text(s, i - 1, "log")) != 0;
	put_legend(b);
	c = figure_open(b, FIGURE_FLUID, lines * LINE + AXIS,
	    "state of source time, by log");
	put_axis(&c, &span, lines * LINE);
	lines = 0;
	for (size_t i = 0; i < s->rows; i++) {
		const char *log = sheet_text(s, i, "log");

		if (i == 0 || strcmp(log, sheet_text(s, i - 1, "log")) != 0)
			figure_text(
			    &c, 0, lines++ * LINE + 17, FIGURE_START, log, 14);
		put_stretch(&c, s, i, &span, (lines - 1) * LINE + 29);
	}
	figure_close(&c);
}
