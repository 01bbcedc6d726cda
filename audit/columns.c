#include "buf.h"
#include "figure.h"
#include "html.h"
#include "mem.h"
#include "sheet.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { TOP = 24, PLOT = 240, AXIS = 28, TICKS = 4 };

/* Alert types by their number; what is behind the last series is one. */
struct series {
	char *name;
	int64_t alerts;
};

struct plot {
	const struct sheet *sheet;
	struct series *series; /* the largest first */
	size_t series_count;
	int64_t from, to; /* the beginning and the end of the time axis */
	int64_t top; /* of the scale */
};

static char *
name_of(const struct sheet *s, size_t row)
{
	return xasprintf("%s, %s", sheet_text(s, row, "alert_type"),
	    sheet_text(s, row, "threat_id"));
}

static size_t
find_series(const struct plot *p, const char *name)
{
	size_t i = 0;

	while (i < p->series_count && strcmp(p->series[i].name, name) != 0)
		i++;
	return i;
}

static int
by_alerts(const void *a, const void *b)
{
	const struct series *x = a;
	const struct series *y = b;

	if (x->alerts != y->alerts)
		return x->alerts < y->alerts ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void
find_all_series(struct plot *p)
{
	const struct sheet *s = p->sheet;

	p->series = xcalloc(s->rows, sizeof *p->series);
	for (size_t i = 0; i < s->rows; i++) {
		char *name = name_of(s, i);
		size_t k = find_series(p, name);

		if (k == p->series_count)
			p->series[p->series_count++].name = name;
		else
			free(name);
		p->series[k].alerts += sheet_int(s, i, "alerts");
	}
	qsort(p->series, p->series_count, sizeof *p->series, by_alerts);
}

static bool
is_new_time(const struct sheet *s, size_t row)
{
	return row == 0 ||
	    sheet_int(s, row, "at") != sheet_int(s, row - 1, "at");
}

/* The next number that divides well: 3538 becomes 4000. */
static int64_t
round_up(int64_t n)
{
	static const int digits[] = { 1, 2, 3, 4, 5, 6, 8 };
	int64_t power = 1;

	for (;; power *= 10)
		for (size_t i = 0; i < sizeof digits / sizeof digits[0]; i++)
			if (digits[i] * power >= n)
				return digits[i] * power;
}

static void
measure(struct plot *p)
{
	const struct sheet *s = p->sheet;
	int64_t max = 0;
	int64_t sum = 0;

	for (size_t i = 0; i < s->rows; i++) {
		sum = is_new_time(s, i) ? 0 : sum;
		sum += sheet_int(s, i, "alerts");
		max = sum > max ? sum : max;
	}
	p->top = TICKS * round_up((max + TICKS - 1) / TICKS);
	p->from = sheet_int(s, 0, "at");
	p->to = sheet_int(s, s->rows - 1, "at") + sheet_int(s, 0, "seconds");
}

static size_t
colour_of(const struct plot *p, size_t row)
{
	char *name = name_of(p->sheet, row);
	size_t k = find_series(p, name);

	free(name);
	return k < FIGURE_SERIES - 1 ? k : FIGURE_SERIES - 1;
}

static void
put_scale(const struct figure_canvas *c)
{
	for (int i = 0; i <= TICKS; i++)
		figure_rect(c, 0, TOP + PLOT - (double)PLOT * i / TICKS, 100, 1,
		    "axis", NULL);
}

/* Above the columns, as they fill the whole width. */
static void
put_scale_labels(const struct figure_canvas *c, const struct plot *p)
{
	for (int i = 1; i <= TICKS; i++) {
		char *label = figure_label("", p->top * i / TICKS);

		figure_text(c, 0, TOP + PLOT - (double)PLOT * i / TICKS - 4,
		    FIGURE_START, label, 20);
		free(label);
	}
}

static void
put_part(const struct figure_canvas *c, const struct plot *p, size_t row,
    double x, double w, double *y)
{
	const struct sheet *s = p->sheet;
	int64_t n = sheet_int(s, row, "alerts");
	double h = PLOT * (double)n / (double)p->top;
	char *hint = xasprintf("%s: %s, %s: %" PRId64,
	    sheet_text(s, row, "time_utc"), sheet_text(s, row, "alert_type"),
	    sheet_text(s, row, "threat_id"), n);
	char class[] = "s0";

	class[1] = (char)('0' + colour_of(p, row));
	*y -= h;
	figure_rect(c, x, *y, w, h, class, hint);
	free(hint);
}

/* Within a column the parts are piled up in the order of their colours. */
static void
put_column(const struct figure_canvas *c, const struct plot *p, size_t from,
    size_t to, double x, double w)
{
	double y = TOP + PLOT;

	for (size_t colour = 0; colour < FIGURE_SERIES; colour++)
		for (size_t i = from; i < to; i++)
			if (colour_of(p, i) == colour)
				put_part(c, p, i, x, w, &y);
}

static void
put_columns(const struct figure_canvas *c, const struct plot *p)
{
	const struct sheet *s = p->sheet;
	double second = 100 / (double)(p->to - p->from);
	double step = second * (double)sheet_int(s, 0, "seconds");

	for (size_t from = 0, to; from < s->rows; from = to) {
		int64_t at = sheet_int(s, from, "at") - p->from;

		for (to = from + 1; to < s->rows && !is_new_time(s, to); to++)
			;
		put_column(c, p, from, to, second * (double)at + step * 0.1,
		    step * 0.8);
	}
}

/* Below the first and the last column; of a single one, once. */
static void
put_times(const struct figure_canvas *c, const struct plot *p)
{
	const struct sheet *s = p->sheet;
	size_t last = s->rows - 1;

	figure_text(c, 0, TOP + PLOT + 18, FIGURE_START,
	    sheet_text(s, 0, "time_utc"), 16);
	if (sheet_int(s, 0, "at") != sheet_int(s, last, "at"))
		figure_text(c, 100, TOP + PLOT + 18, FIGURE_END,
		    sheet_text(s, last, "time_utc"), 16);
}

static void
put_legend(struct buf *b, const struct plot *p)
{
	int64_t rest = 0;

	buf_puts(b, "<ul class=\"legend\">");
	for (size_t i = 0; i < p->series_count; i++) {
		if (i >= FIGURE_SERIES - 1) {
			rest += p->series[i].alerts;
			continue;
		}
		html_printf(b, "<li><i class=\"s%d\"></i>%s: ", (int)i,
		    p->series[i].name);
		html_put_number(b, p->series[i].alerts);
		buf_puts(b, "</li>");
	}
	if (rest > 0) {
		html_printf(b,
		    "<li><i class=\"s%d\"></i>all others: ", FIGURE_SERIES - 1);
		html_put_number(b, rest);
		buf_puts(b, "</li>");
	}
	buf_puts(b, "</ul>\n");
}

void
columns_draw(struct buf *b, const struct sheet *s)
{
	struct plot p = { .sheet = s };
	struct figure_canvas c;

	find_all_series(&p);
	measure(&p);
	put_legend(b, &p);
	c = figure_open(b, FIGURE_FLUID, TOP + PLOT + AXIS,
	    "alerts over time, by type and threat");
	put_scale(&c);
	put_columns(&c, &p);
	put_scale_labels(&c, &p);
	put_times(&c, &p);
	figure_close(&c);
	for (size_t i = 0; i < p.series_count; i++)
		free(p.series[i].name);
	free(p.series);
}
