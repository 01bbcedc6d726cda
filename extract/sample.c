#include "sample.h"
#include "buf.h"
#include "clock.h"
#include "db.h"
#include "digest.h"
#include "envelope.h"
#include "err.h"
#include "mem.h"
#include "page.h"
#include "scan.h"
#include "text.h"
#include "ttp.h"
#include "window.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 66 };

/* The bodies of the pages that a file becomes, one at most for each log. */
struct pages {
	struct buf bodies[TTP_COUNT];
	int64_t records[TTP_COUNT];
	int64_t totals[TTP_COUNT];
};

static void
pages_free(struct pages *p)
{
	for (int i = 0; i < TTP_COUNT; i++)
		buf_free(&p->bodies[i]);
}

/* Names that only records of that log have. */
static const struct {
	const char *name;
	enum ttp log;
} marks[] = {
	{ "userEmailAddress", TTP_URL },
	{ "scanResult", TTP_URL },
	{ "creationMethod", TTP_URL },
	{ "fileName", TTP_ATTACHMENT },
	{ "fileHash", TTP_ATTACHMENT },
	{ "actionTriggered", TTP_ATTACHMENT },
	{ "eventTime", TTP_IMPERSONATION },
	{ "taggedMalicious", TTP_IMPERSONATION },
	{ "impersonationResults", TTP_IMPERSONATION },
};

static bool
find_log(struct scan *s, const char *line, size_t len, enum ttp *log)
{
	struct scan_value key, value;
	bool found = false;

	scan_open(s, line, len, DEPTH_MAX);
	if (scan_peek(s) != SCAN_OBJECT || !scan_enter(s))
		return false;
	while (scan_member(s, &key) && scan_value(s, &value))
		for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
			if (!found && scan_is(&key, marks[i].name)) {
				*log = marks[i].log;
				found = true;
			}
	return found && !s->fault && scan_end(s);
}

static void
add_record(struct pages *p, enum ttp log, const char *line, size_t len)
{
	struct buf *b = &p->bodies[log];

	if (p->records[log] == 0)
		buf_printf(b, "{\"meta\":{\"status\":200},\"data\":[{\"%s\":[",
		    ttp_log(log)->records);
	buf_puts(b, p->records[log]++ ? ",\n" : "\n");
	buf_put(b, line, len);
}

static int
read_lines(struct pages *p, struct scan *s, const struct buf *text,
    const char *name, struct err *e)
{
	const char *at = text->data;
	const char *stop = text->data + text->len;
	size_t number = 0;
	enum ttp log;

	while (at < stop) {
		const char *eol = memchr(at, '\n', (size_t)(stop - at));
		size_t len = (size_t)((eol ? eol : stop) - at);

		number++;
		if (strspn(at, " \t\r") < len) {
			if (!find_log(s, at, len, &log))
				return err_set(e, ERR_DATA,
				    "%s: line %zu is no record of a log, and "
				    "the whole is no answer and no archive",
				    name, number);
			add_record(p, log, at, len);
		}
		at += len + 1;
	}
	for (int i = 0; i < TTP_COUNT; i++) {
		p->totals[i] = -1;
		if (p->records[i])
			buf_puts(&p->bodies[i], "\n]}],\"fail\":[]}");
	}
	return 0;
}

/* Is it an answer of one of the logs, with records? */
static bool
read_answer(struct pages *p, struct scan *s, const struct buf *text)
{
	struct err ignored = { 0 };
	struct envelope v;

	for (int i = 0; i < TTP_COUNT; i++) {
		if (envelope_read(&v, s, text->data, text->len,
			ttp_log((enum ttp)i), &ignored) ||
		    v.records == 0)
			continue;
		buf_put(&p->bodies[i], text->data, text->len);
		p->records[i] = v.records;
		p->totals[i] = v.total;
		return true;
	}
	return false;
}

static int
read_file(
    struct pages *p, const struct buf *text, const char *name, struct err *e)
{
	struct scan *s = xcalloc(1, sizeof *s);
	int rc = 0;

	if (!text->data || memchr(text->data, '\0', text->len))
		rc = err_set(e, ERR_DATA, "%s: no archive and no text", name);
	else if (!read_answer(p, s, text))
		rc = read_lines(p, s, text, name, e);
	free(s);
	return rc;
}

int
sample_check(const struct buf *text, const char *name, struct err *e)
{
	struct pages p = { 0 };
	int rc = read_file(&p, text, name, e);

	pages_free(&p);
	return rc;
}

static const char known_sql[] = "SELECT 1 FROM window WHERE uid = :uid";

/* 1, 0 or -1. */
static int
is_known(struct db *db, const unsigned char *uid, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, known_sql, e))
		return -1;
	stmt_bind_blob(s, ":uid", uid, WINDOW_UID_SIZE);
	rc = stmt_step(s, e);
	stmt_free(s);
	return rc;
}

static int
put_page(struct sample *s, const struct window *w, const struct pages *p,
    const unsigned char digest[DIGEST_SIZE], const char *name, struct err *e)
{
	const struct buf *body = &p->bodies[w->log];
	struct buf request = { 0 };
	struct page page = {
		.window_id = w->id,
		.attempt = 1,
		.number = 1,
		.run_id = s->run_id,
		.http_status = 200,
		.fetched_at = clock_now(),
		.digest = digest,
		.body = body->data,
		.body_bytes = body->len,
		.records = p->records[w->log],
		.total = p->totals[w->log],
	};
	int rc;

	buf_puts(&request, "{\"replay\":");
	text_put_json_clean(&request, name, strlen(name));
	buf_puts(&request, "}");
	page.request = request.data;
	rc = page_put(s->db, &page, e);
	buf_free(&request);
	return rc;
}

static int
put_window(struct sample *s, enum ttp log, const struct pages *p,
    const unsigned char digest[DIGEST_SIZE], const char *name, struct err *e)
{
	int64_t total = p->totals[log];
	int64_t records = p->records[log];
	struct window w = {
		.log = log,
		.from_at = clock_now(),
		.to_at = clock_now() + 1,
		.origin = WINDOW_REPLAY,
		.run_id = s->run_id,
		.planned_at = clock_now(),
		.page_size = records,
	};
	enum window_reconciled reconciled = total < 0 ? WINDOW_NO_TOTAL
	    : total == records                        ? WINDOW_EXACT
						      : WINDOW_MISMATCH;

	if (window_put_named(s->db, &w, digest, e))
		return -1;
	w.pages = 1;
	w.records = records;
	if (put_page(s, &w, p, digest, name, e) || window_update(s->db, &w, e))
		return -1;
	return window_close(s->db, w.id, WINDOW_COMPLETE, reconciled, total, e);
}

static int
put_log(struct sample *s, enum ttp log, const struct pages *p, const char *name,
    struct err *e)
{
	unsigned char digest[DIGEST_SIZE];
	int known;

	digest_of(s->digest, p->bodies[log].data, p->bodies[log].len, digest);
	known = is_known(s->db, digest, e);
	if (known < 0)
		return -1;
	if (known > 0) {
		s->known++;
		return 0;
	}
	if (db_begin(s->db, e) ||
	    db_end(s->db, put_window(s, log, p, digest, name, e), e))
		return err_add(e, "%s", name);
	s->windows++;
	s->records += p->records[log];
	return 0;
}

int
sample_put(
    struct sample *s, const struct buf *text, const char *name, struct err *e)
{
	struct pages p = { 0 };
	int rc = read_file(&p, text, name, e);

	for (int i = 0; i < TTP_COUNT && rc == 0; i++)
		if (p.records[i])
			rc = put_log(s, (enum ttp)i, &p, name, e);
	pages_free(&p);
	return rc;
}
