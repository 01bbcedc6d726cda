#include "buf.h"
#include "figure.h"
#include "html.h"
#include "mem.h"
#include "sheet.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	COLUMNS = 4,
	NODES_MAX = 64,
	NODE = 14, /* width */
	SPACE = 34, /* between nodes of a column, for their labels */
	TOP = 26,
	PLOT = 300, /* what all records are high together */
	RIGHT = 240 /* for the labels of the last column */
};

struct node {
	const char *name;
	int column;
	int64_t in, out; /* records */
	double y, height;
	double in_y, out_y; /* where the next band begins */
};

struct flow {
	const struct sheet *sheet;
	struct node nodes[NODES_MAX];
	size_t nodes_count;
	int64_t total;
	int height;
};

static struct node *
node_of(struct flow *f, const char *name, int column)
{
	struct node *n = f->nodes;
	struct node *end = n + f->nodes_count;

	while (n < end && (n->column != column || strcmp(n->name, name) != 0))
		n++;
	if (n < end)
		return n;
	if (f->nodes_count == NODES_MAX)
		return end - 1; /* many sinks: the rest is one */
	f->nodes_count++;
	*n = (struct node){ .name = name, .column = column };
	return n;
}

static void
add_bands(struct flow *f)
{
	const struct sheet *s = f->sheet;

	for (size_t i = 0; i < s->rows; i++) {
		int step = (int)sheet_int(s, i, "step");
		int64_t n = sheet_int(s, i, "records");

		node_of(f, sheet_text(s, i, "source"), step - 1)->out += n;
		node_of(f, sheet_text(s, i, "target"), step)->in += n;
		if (step == 1)
			f->total += n;
	}
}

/* Of what leaves a node, all sinks have their share of its height. */
static double
scale_of(const struct node *from)
{
	int64_t whole = from->in ? from->in : from->out;

	if (from->out <= whole)
		return 1;
	return (double)whole / (double)from->out;
}

/* A node is as high as what comes in; at a sink as its share. */
static void
place_nodes(struct flow *f)
{
	double unit = (double)PLOT / (double)(f->total ? f->total : 1);
	double y[COLUMNS] = { TOP, TOP, TOP, TOP };
	double share = 1;

	for (size_t i = 0; i < f->nodes_count; i++)
		if (strcmp(f->nodes[i].name, "alert") == 0)
			share = scale_of(&f->nodes[i]);
	for (size_t i = 0; i < f->nodes_count; i++) {
		struct node *n = &f->nodes[i];
		double whole = (double)(n->in ? n->in : n->out) * unit;

		n->height = n->column == COLUMNS - 1 ? whole * share : whole;
		n->y = n->in_y = n->out_y = y[n->column];
		y[n->column] += n->height + SPACE;
		if (y[n->column] > f->height)
			f->height = (int)y[n->column];
	}
}

static double
x_of(int column)
{
	return 2 +
	    column * (double)(FIGURE_WIDTH - RIGHT - NODE) / (COLUMNS - 1);
}

static const char *
class_of(const char *target)
{
	static const struct {
		const char *end, *class;
	} classes[] = {
		{ "invalid", "s1" },
		{ "clean", "s2" },
		{ "duplicate", "s6" },
		{ "not judged yet", "open" },
		{ "alert", "s3" },
		{ ": delivered", "good" },
		{ ": refused", "bad" },
		{ ": pending", "open" },
	};
	size_t n = strlen(target);

	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
		size_t k = strlen(classes[i].end);

		if (n >= k && strcmp(target + n - k, classes[i].end) == 0)
			return classes[i].class;
	}
	return "s0";
}

static void
put_band(struct buf *b, struct node *from, struct node *to, double h,
    const char *hint)
{
	double x1 = x_of(from->column) + NODE;
	double x2 = x_of(to->column);
	double half = (x1 + x2) / 2;
	double y1 = from->out_y;
	double y2 = to->in_y;

	buf_printf(b,
	    "<path d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f"
	    "V%.1fC%.1f %.1f %.1f %.1f %.1f %.1fZ\"",
	    x1, y1, half, y1, half, y2, x2, y2, y2 + h, half, y2 + h, half,
	    y1 + h, x1, y1 + h);
	html_printf(b, " class=\"band %s\"><title>%s</title></path>\n",
	    class_of(to->name), hint);
	from->out_y += h;
	to->in_y += h;
}

static void
put_bands(struct buf *b, struct flow *f)
{
	const struct sheet *s = f->sheet;

	for (size_t i = 0; i < s->rows; i++) {
		int step = (int)sheet_int(s, i, "step");
		int64_t n = sheet_int(s, i, "records");
		struct node *from =
		    node_of(f, sheet_text(s, i, "source"), step - 1);
		struct node *to = node_of(f, sheet_text(s, i, "target"), step);
		char *way = xasprintf("%s to %s:", from->name, to->name);
		char *hint = figure_label(way, n);

		put_band(b, from, to,
		    to->in ? to->height * (double)n / (double)to->in : 0, hint);
		free(hint);
		free(way);
	}
}

static void
put_nodes(const struct figure_canvas *c, const struct flow *f)
{
	for (size_t i = 0; i < f->nodes_count; i++) {
		const struct node *n = &f->nodes[i];
		bool is_last = n->column == COLUMNS - 1;
		char *label = figure_label(n->name, n->in ? n->in : n->out);

		figure_rect(c, x_of(n->column), n->y, NODE,
		    n->height < 1 ? 1 : n->height, class_of(n->name), label);
		if (is_last)
			figure_text(c, x_of(n->column) + NODE + 6, n->y + 14,
			    FIGURE_START, label, 32);
		else
			figure_text(c, x_of(n->column), n->y - 7, FIGURE_START,
			    label, 30);
		free(label);
	}
}

void
flow_draw(struct buf *b, const struct sheet *s)
{
	struct flow f = { .sheet = s };
	struct figure_canvas c;

	add_bands(&f);
	place_nodes(&f);
	c = figure_open(
	    b, FIGURE_SCALED, f.height, "how many records went which way");
	put_bands(b, &f);
	put_nodes(&c, &f);
	figure_close(&c);
}
