#include "search.h"
#include "buf.h"
#include "db.h"
#include "mem.h"
#include "scan.h"
#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RECORD_LEVELS = 64 };

/*
 * Pages by the time of their windows, each with its records but those that
 * have an alert to be found by.  Records without a time are as old as their
 * window.
 */
static const char pages_sql[] =
    "SELECT p.page_id, b.body, p.records FROM window w"
    " JOIN page p ON p.window_id = w.window_id"
    " LEFT JOIN page_body b ON b.page_id = p.page_id"
    " WHERE w.to_at > :from AND w.from_at < :to AND p.judged = 1"
    " ORDER BY p.page_id";

static const char records_sql[] =
    "SELECT record_id, offset, length FROM record"
    " WHERE record_id BETWEEN :page << 25 AND (:page << 25) + 33554431"
    " AND outcome <> 4"
    " AND (occurred_at IS NULL OR occurred_at >= :from AND occurred_at < :to)";

/* As the transform names them, whatever the log. */
static const char alerts_sql[] =
    "SELECT record_id FROM alert"
    " WHERE occurred_at >= :from AND occurred_at < :to"
    " AND (:message IS NULL OR trim(message_id, '<>') = :message)"
    " AND (:recipient IS NULL OR recipient = :recipient COLLATE NOCASE)"
    " AND (:url IS NULL OR url = :url)"
    " ORDER BY record_id";

struct walk {
	struct search *search;
	struct scan *scan; /* 128 KiB, so not on the stack */
	char *message_id; /* without < >; or NULL */
	struct buf text; /* of a field */
	search_fn *fn;
	void *arg;
};

static char *
without_brackets(const char *id)
{
	struct buf b = { 0 };

	if (!id)
		return NULL;
	id += strspn(id, "<");
	buf_puts(&b, id);
	while (b.len > 0 && b.data[b.len - 1] == '>')
		b.data[--b.len] = '\0';
	return b.data;
}

static const char *
text_of(struct walk *w, const struct scan_value *v)
{
	buf_clear(&w->text);
	buf_puts(&w->text, "");
	if (v->type == SCAN_STRING)
		scan_text(v, SCAN_CLEAN, &w->text);
	return w->text.data;
}

static bool
is_message(struct walk *w, const struct scan_value *v)
{
	char *id = without_brackets(text_of(w, v));
	bool same = strcmp(id, w->message_id) == 0;

	free(id);
	return same;
}

/* Which of what is looked for has been seen in a record. */
struct seen {
	bool message_id, recipient, url;
};

static void
see(struct walk *w, struct seen *seen, const struct scan_value *key,
    const struct scan_value *v)
{
	const struct search *s = w->search;

	if (s->message_id && scan_is(key, "messageId"))
		seen->message_id = is_message(w, v);
	if (s->recipient &&
	    (scan_is(key, "userEmailAddress") ||
		scan_is(key, "recipientAddress")))
		seen->recipient = strcasecmp(text_of(w, v), s->recipient) == 0;
	if (s->url && scan_is(key, "url"))
		seen->url = strcmp(text_of(w, v), s->url) == 0;
}

/* Of a field that comes twice the last one counts, as in the transform. */
static bool
says_so(struct walk *w, const char *data, size_t n)
{
	const struct search *s = w->search;
	struct seen seen = { !s->message_id, !s->recipient, !s->url };
	struct scan_value key, value;

	scan_open(w->scan, data, n, RECORD_LEVELS);
	if (scan_peek(w->scan) != SCAN_OBJECT)
		return false;
	scan_enter(w->scan);
	while (scan_member(w->scan, &key) && scan_value(w->scan, &value))
		see(w, &seen, &key, &value);
	return seen.message_id && seen.recipient && seen.url;
}

static int
each_record(
    struct walk *w, struct stmt *s, const char *body, size_t len, struct err *e)
{
	int rc;

	while ((rc = stmt_step(s, e)) > 0) {
		size_t offset = (size_t)stmt_int(s, 1);
		size_t length = (size_t)stmt_int(s, 2);

		if (offset > len || length > len - offset ||
		    !says_so(w, body + offset, length))
			continue;
		rc = w->fn(stmt_int(s, 0), w->arg, e);
		if (rc)
			break;
	}
	stmt_reset(s);
	return rc;
}

static int
each_page(struct walk *w, struct err *e)
{
	struct search *search = w->search;
	struct stmt *pages = NULL;
	struct stmt *records = NULL;
	int rc = -1;

	if (stmt_prepare(&pages, search->db, pages_sql, e) ||
	    stmt_prepare(&records, search->db, records_sql, e))
		goto out;
	stmt_bind_int(pages, ":from", search->from_at);
	stmt_bind_int(pages, ":to", search->to_at);
	while ((rc = stmt_step(pages, e)) > 0) {
		size_t len;
		const char *body = stmt_blob(pages, 1, &len);

		search->missing += !body && stmt_int(pages, 2) > 0;
		if (!body)
			continue;
		stmt_bind_int(records, ":page", stmt_int(pages, 0));
		stmt_bind_int(records, ":from", search->from_at);
		stmt_bind_int(records, ":to", search->to_at);
		rc = each_record(w, records, body, len, e);
		if (rc)
			break;
	}
out:
	stmt_free(pages);
	stmt_free(records);
	return rc;
}

static int
each_alert(struct walk *w, struct err *e)
{
	const struct search *search = w->search;
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, search->db, alerts_sql, e))
		return -1;
	stmt_bind_int(s, ":from", search->from_at);
	stmt_bind_int(s, ":to", search->to_at);
	stmt_bind_text(s, ":message", w->message_id);
	stmt_bind_text(s, ":recipient", search->recipient);
	stmt_bind_text(s, ":url", search->url);
	while ((rc = stmt_step(s, e)) > 0) {
		rc = w->fn(stmt_int(s, 0), w->arg, e);
		if (rc)
			break;
	}
	stmt_free(s);
	return rc;
}

int
search_each(struct search *s, search_fn *fn, void *arg, struct err *e)
{
	struct walk w = {
		.search = s,
		.scan = xcalloc(1, sizeof *w.scan),
		.message_id = without_brackets(s->message_id),
		.fn = fn,
		.arg = arg,
	};
	int rc;

	s->missing = 0;
	rc = each_alert(&w, e);
	if (rc == 0)
		rc = each_page(&w, e);
	free(w.scan);
	free(w.message_id);
	buf_free(&w.text);
	return rc;
}
