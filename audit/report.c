#include "report.h"
#include "audit.h"
#include "buf.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "digest.h"
#include "embed.h"
#include "err.h"
#include "figure.h"
#include "html.h"
#include "output.h"
#include "sheet.h"
#include "summary.h"
#include "timestamp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SPAN_S = 30 * 86400, ROWS_MAX = 400 };

/* In the order of the files in audit/report/, one each. */
static const struct figure {
	const char *title;
	const char *text;
	figure_draw *draw;
} figures[] = {
	{ "Is anything wrong?",
	    "All of these should be 0, but for what is under way and what a "
	    "sink had reason to refuse.",
	    tiles_draw },
	{ "Where every record went",
	    "Records of the windows that begin in this time, from the source "
	    "to "
	    "the sinks. What comes into a step leaves it. Each sink is owed "
	    "the "
	    "alerts anew: where there are several, each has its share of the "
	    "height.",
	    flow_draw },
	{ "Which time is accounted for",
	    "A second of source time is covered when a window that holds it "
	    "was "
	    "read to its end, lost when it cannot be had any more, and open "
	    "until then.",
	    timeline_draw },
	{ "Alerts over time", "By alert type and MITRE ATT&CK threat.",
	    columns_draw },
	{ "How long it took",
	    "From the event to the receipt, for the alerts that are delivered.",
	    bars_draw },
	{ "Attempts to deliver",
	    "Answers of the sinks to batches. What is flagged may have reached "
	    "the sink before.",
	    bars_draw },
	{ "What was not sent, and why",
	    "Invalid records by the rule they break, and refused alerts by the "
	    "answer of the sink.",
	    bars_draw },
	{ "Mappings",
	    "Versions of the table that names threats, and the alerts "
	    "that each has mapped.",
	    bars_draw },
	{ "Archives",
	    "Each archive holds the chain value of the one before it: none can "
	    "be changed or taken away without a trace.",
	    chain_draw },
};

struct report_range
report_range(const struct audit *a)
{
	struct report_range r = { a->from_at, a->to_at };

	if (r.to_at == INT64_MAX)
		r.to_at = clock_now();
	if (r.from_at == INT64_MIN)
		r.from_at = r.to_at - SPAN_S;
	return r;
}

static void
put_base64(struct buf *b, const unsigned char *data, size_t n)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
	    "qrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)data[i] << 16;

		v |= i + 1 < n ? (unsigned)data[i + 1] << 8 : 0;
		v |= i + 2 < n ? data[i + 2] : 0;
		buf_putc(b, digits[v >> 18]);
		buf_putc(b, digits[v >> 12 & 63]);
		buf_putc(b, i + 1 < n ? digits[v >> 6 & 63] : '=');
		buf_putc(b, i + 2 < n ? digits[v & 63] : '=');
	}
}

/*
 * Nothing is fetched or run: the one style is known by its digest.  Source:
 * Content Security Policy Level 3 (read 2026-11-24).
 */
static int
put_style(struct buf *b, struct err *e)
{
	unsigned char digest[DIGEST_SIZE];
	struct digest *d = NULL;

	if (digest_open(&d, e))
		return -1;
	digest_of(d, embed_style[0].text, embed_style[0].len, digest);
	digest_close(d);
	buf_puts(b,
	    "<meta http-equiv=\"Content-Security-Policy\" content=\""
	    "default-src 'none'; style-src 'sha256-");
	put_base64(b, digest, sizeof digest);
	buf_puts(b, "'; base-uri 'none'; form-action 'none'\">\n<style>");
	buf_put(b, embed_style[0].text, embed_style[0].len);
	buf_puts(b, "</style>\n");
	return 0;
}

static int
put_head(struct buf *b, const struct audit *a, const char *from, const char *to,
    struct err *e)
{
	char now[TIMESTAMP_SIZE];

	buf_puts(b,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n");
	if (put_style(b, e))
		return -1;
	html_printf(b,
	    "<title>m2s: %s, %s to %s</title>\n</head>\n<body>\n<header>\n"
	    "<h1>From Mimecast to Sophos: %s</h1>\n"
	    "<p>Source time from <time>%s</time> up to <time>%s</time>. "
	    "Made <time>%s</time> by m2s-audit %s.</p>\n"
	    "<p>Each figure stands with the rows it shows and the SQL that "
	    "gives them; :from and :to are these times in seconds since "
	    "1970.</p>\n</header>\n<main>\n",
	    a->tenant->name, from, to, a->tenant->name, from, to,
	    timestamp_iso(clock_now(), now), M2S_VERSION);
	return 0;
}

/* Only what a statement has in it can be bound. */
static void
bind_range(struct stmt *s, const char *sql, const struct report_range *r)
{
	if (strstr(sql, ":from"))
		stmt_bind_int(s, ":from", r->from_at);
	if (strstr(sql, ":to"))
		stmt_bind_int(s, ":to", r->to_at);
}

static void
put_figure(struct buf *b, const struct figure *f, const char *sql,
    const struct sheet *s)
{
	html_printf(
	    b, "<section>\n<h2>%s</h2>\n<p>%s</p>\n", f->title, f->text);
	if (s->rows == 0) {
		buf_puts(b, "<p class=\"note\">There is nothing of it.</p>\n");
	} else {
		buf_puts(b, "<figure>\n");
		f->draw(b, s);
		buf_puts(b, "</figure>\n");
		html_printf(b,
		    "<details>\n<summary>%s: rows</summary>\n"
		    "<div class=\"wide\" tabindex=\"0\" role=\"group\" "
		    "aria-label=\"%s: rows\">\n",
		    f->title, f->title);
		html_put_table(b, s, f->title, ROWS_MAX);
		buf_puts(b, "</div>\n</details>\n");
	}
	html_printf(b,
	    "<details>\n<summary>%s: SQL</summary>\n<pre tabindex=\"0\"><code>",
	    f->title);
	html_put(b, sql);
	buf_puts(b, "</code></pre>\n</details>\n</section>\n");
}

static int
ask(struct buf *b, const struct audit *a, const struct figure *f,
    const char *sql, const struct report_range *r, struct err *e)
{
	struct sheet sheet = { 0 };
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, a->db, sql, e))
		return -1;
	bind_range(s, sql, r);
	if (sheet_read(&sheet, s, e))
		goto out;
	put_figure(b, f, sql, &sheet);
	rc = 0;
out:
	sheet_free(&sheet);
	stmt_free(s);
	return rc;
}

int
report_put(struct buf *b, const struct audit *a, struct err *e)
{
	struct report_range r = report_range(a);
	char from[TIMESTAMP_SIZE];
	char to[TIMESTAMP_SIZE];

	timestamp_iso(r.from_at, from);
	timestamp_iso(r.to_at, to);
	if (put_head(b, a, from, to, e))
		return -1;
	for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
		assert(embed_report[i].name);
		if (ask(b, a, &figures[i], embed_report[i].text, &r, e))
			return err_add(e, "%s", embed_report[i].name);
	}
	buf_puts(b,
	    "</main>\n<footer>\n<p>m2s applies the rules that Sophos has "
	    "published for its own Mimecast integration; it is not that "
	    "integration, and comes from neither company.</p>\n</footer>\n"
	    "</body>\n</html>\n");
	return 0;
}

int
report_run(struct audit *a, struct err *e)
{
	struct output o = { .fd = -1 };
	char *path = output_path(a, a->file);
	struct buf b = { 0 };
	int rc = -1;

	if (report_put(&b, a, e))
		goto out;
	if (!a->dry_run &&
	    (output_open(&o, path, e) || output_put(&o, b.data, b.len, e) ||
		output_commit(&o, e)))
		goto out;
	summary_text(a->summary, a->dry_run ? "would_write" : "report", path);
	summary_int(a->summary, "bytes", (int64_t)b.len);
	rc = 0;
out:
	output_free(&o);
	buf_free(&b);
	free(path);
	return rc;
}
