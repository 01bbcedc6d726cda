/*
 * Figures of the report: rows drawn as HTML or inline SVG.  Colours are
 * classes of report.css: s0 to s6 for series, "good", "open", "bad" for
 * states; nothing is told by colour alone.  A drawing has a title, which is
 * read out, and numbers beside what it shows.
 */
#ifndef FIGURE_H
#define FIGURE_H

struct buf;
struct sheet;

/* Append the drawing of rows, of which there is one at least. */
typedef void figure_draw(struct buf *b, const struct sheet *s);

/* question, found, wrong (if it is not 0): a tile for each. */
figure_draw tiles_draw;

/* step (1, 2, ...), source, target, records: bands between nodes. */
figure_draw flow_draw;

/* log, state, from_at, to_at: a line for each log. */
figure_draw timeline_draw;

/*
 * at, seconds, time_utc, alert_type, threat_id, alerts: a column for each
 * time.
 */
figure_draw columns_draw;

/* The first column names a bar, the first of numbers is its length. */
figure_draw bars_draw;

/* archive, kind, chain, follows: the last few, linked. */
figure_draw chain_draw;

enum { FIGURE_WIDTH = 960, FIGURE_SERIES = 7 };

/*
 * Begin an SVG: of FIGURE_WIDTH by height units, which are scaled and may
 * have to be scrolled; or as wide as the page and `height` pixels high, where
 * x and w of what it holds are percents.
 */
enum figure_kind { FIGURE_SCALED, FIGURE_FLUID };

struct figure_canvas {
	struct buf *b;
	enum figure_kind kind;
};

struct figure_canvas figure_open(
    struct buf *b, enum figure_kind kind, int height, const char *title);
void figure_close(const struct figure_canvas *c);

/* A rectangle of a class; hint: shown under the pointer, or NULL. */
void figure_rect(const struct figure_canvas *c, double x, double y, double w,
    double h, const char *class, const char *hint);

/* A text that begins, is centred or ends at x; cut to n characters. */
enum figure_anchor { FIGURE_START, FIGURE_MIDDLE, FIGURE_END };

void figure_text(const struct figure_canvas *c, double x, double y,
    enum figure_anchor anchor, const char *text, int n);

/* A text and a number: "delivered 1,234".  Owned by the caller. */
char *figure_label(const char *text, long long n);

#endif
