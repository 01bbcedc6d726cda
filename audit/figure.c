#include "figure.h"
#include "buf.h"
#include "html.h"
#include "text.h"

#include <string.h>

struct figure_canvas
figure_open(struct buf *b, enum figure_kind kind, int height, const char *title)
{
	if (kind == FIGURE_SCALED)
		html_printf(b,
		    "<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
		    "aria-label=\"%s\">\n"
		    "<svg class=\"scaled\" viewBox=\"0 0 %d %d\"",
		    title, FIGURE_WIDTH, height);
	else
		html_printf(
		    b, "<div>\n<svg width=\"100%%\" height=\"%d\"", height);
	html_printf(b, " role=\"img\" aria-label=\"%s\">\n", title);
	return (struct figure_canvas){ b, kind };
}

void
figure_close(const struct figure_canvas *c)
{
	buf_puts(c->b, "</svg>\n</div>\n");
}

static const char *
unit_of(const struct figure_canvas *c)
{
	return c->kind == FIGURE_FLUID ? "%" : "";
}

void
figure_rect(const struct figure_canvas *c, double x, double y, double w,
    double h, const char *class, const char *hint)
{
	const char *unit = unit_of(c);

	buf_printf(c->b,
	    "<rect x=\"%.2f%s\" y=\"%.1f\" width=\"%.2f%s\" height=\"%.1f\"", x,
	    unit, y, w, unit, h);
	html_printf(c->b, " class=\"%s\">", class);
	if (hint)
		html_printf(c->b, "<title>%s</title>", hint);
	buf_puts(c->b, "</rect>\n");
}

/* How many bytes the first n characters are. */
static size_t
bytes_of(const char *text, int n)
{
	size_t len = strlen(text);
	size_t at = 0;

	for (; n > 0 && at < len; n--) {
		size_t step = text_utf8(text + at, len - at);

		at += step ? step : 1;
	}
	return at;
}

void
figure_text(const struct figure_canvas *c, double x, double y,
    enum figure_anchor anchor, const char *text, int n)
{
	static const char *const anchors[] = { "start", "middle", "end" };
	size_t cut = bytes_of(text, n);
	struct buf shown = { 0 };

	if (text[cut])
		cut = bytes_of(text, n - 1);
	buf_put(&shown, text, cut);
	buf_puts(&shown, text[cut] ? "…" : "");
	buf_printf(c->b, "<text x=\"%.2f%s\" y=\"%.1f\" text-anchor=\"%s\">", x,
	    unit_of(c), y, anchors[anchor]);
	html_put(c->b, shown.data);
	buf_puts(c->b, "</text>\n");
	buf_free(&shown);
}

char *
figure_label(const char *text, long long n)
{
	struct buf b = { 0 };

	buf_puts(&b, text);
	buf_putc(&b, ' ');
	html_put_number(&b, n);
	return b.data;
}
