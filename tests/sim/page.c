#include "page.h"

#include "answer.h"
#include "fault.h"
#include "ledger.h"
#include "pagetoken.h"
#include "query.h"
#include "server.h"

#include <string.h>

/* A position from here on is that of a whole response. */
static const uint64_t WHOLE = (uint64_t)1 << 40;

/* What there is to be had for a query now. */
struct span {
	const struct event_list *list;
	int64_t now;
	int64_t from, to; /* [from, to) */
	size_t low, high;
	size_t total;
	size_t whole; /* index of the whole response, or events->wholes */
	bool newest_first;
};

/*
 * Is a whole response served in the query?  One with records is, in the
 * query that its moment falls in; one without is the answer to each that
 * finds nothing, for its totalCount goes with no other page.
 */
static bool
is_served(const struct event_whole *w, const struct span *at, enum log log)
{
	if (w->log != log)
		return false;
	if (w->inners == 0)
		return at->total == 0;
	return w->time >= at->from && w->time < at->to && w->time <= at->now;
}

static void
span_of(struct span *at, const struct page_source *s, const struct query *q,
    int64_t now)
{
	const struct event_whole *w = s->events->whole;

	at->list = &s->events->list[q->log];
	at->newest_first = s->newest_first;
	at->now = now;
	at->from = q->from;
	if (at->from <= now - s->retention_s)
		at->from = now - s->retention_s + 1;
	at->to = q->to + s->to_inclusive;
	event_range(at->list, at->from, at->to, &at->low, &at->high);
	at->total = event_total(at->list, at->from, at->to, now);
	for (at->whole = 0; at->whole < s->events->wholes; at->whole++, w++) {
		if (is_served(w, at, q->log))
			break;
	}
	if (at->whole < s->events->wholes)
		at->total += w->inners;
}

void
page_record_line(
    struct page_source *s, const struct event *e, struct buf *lines)
{
	struct record *r = &s->scratch;

	buf_clear(&s->text);
	event_text(s->events, e, &s->text);
	record_judge(r, (enum log)e->log, s->text.bytes, s->text.size);
	ledger_text(lines, "record");
	ledger_number(lines, e->number);
	ledger_text(lines, record_kind_name(r->kind));
	ledger_text(lines, log_name((enum log)e->log));
	ledger_time(lines, e->time);
	ledger_field(lines, &r->recipient);
	ledger_field(lines, &r->message_id);
	ledger_end(lines);
}

static void
page_line(struct buf *lines, const struct query *q, size_t records,
    const struct request *r)
{
	ledger_text(lines, "page");
	ledger_text(lines, log_name(q->log));
	ledger_time(lines, q->from);
	ledger_time(lines, q->to);
	ledger_number(lines, q->page_size);
	ledger_number(lines, (int64_t)records);
	ledger_text(lines, r->id);
	ledger_end(lines);
}

/* The row at a position: positions go from low to high in either order. */
static const struct event *
row_at(const struct span *span, size_t at)
{
	return &span->list
		    ->row[span->newest_first ? span->low + span->high - 1 - at
					     : at];
}

/* Appends up to n rows from *at on, which ends behind the last one. */
static size_t
put_rows(struct page_source *s, const struct span *span, size_t *at, size_t n,
    struct buf *rows, struct buf *lines)
{
	const struct event *e;
	size_t count = 0;

	for (; *at < span->high && count < n; ++*at) {
		e = row_at(span, *at);
		if (!event_visible(e, span->now))
			continue;
		if (count++ > 0)
			buf_byte(rows, ',');
		page_record_line(s, e, lines);
		buf_put(rows, s->text.bytes, s->text.size);
	}
	return count;
}

static bool
has_more(const struct span *span, size_t at)
{
	for (; at < span->high; at++) {
		if (event_visible(row_at(span, at), span->now))
			return true;
	}
	return false;
}

static void
put_meta(struct buf *out, const struct span *span, size_t records,
    const char *next, const struct fault *f)
{
	int64_t total = (int64_t)span->total;

	if (f && f->action == FAULT_TOTAL)
		total = f->number;
	buf_printf(out,
	    "{\"meta\":{\"status\":200,\"pagination\":{"
	    "\"pageSize\":%zu",
	    records);
	if (!f || f->action != FAULT_NO_TOTAL)
		buf_printf(out, ",\"totalCount\":%lld", (long long)total);
	if (*next) {
		buf_text(out, ",\"next\":");
		buf_json(out, next);
	}
	buf_text(out, "}}");
}

static void
put_data(struct buf *out, const struct query *q, size_t records,
    const struct buf *rows)
{
	uint64_t hash = (uint64_t)(q->from / 60 + q->to + (int64_t)q->log);

	/* The service has two ways of saying that there is nothing. */
	if (records == 0 && (hash * 0x9E3779B97F4A7C15u >> 63) == 0) {
		buf_text(out, ",\"data\":[],\"fail\":[]}");
		return;
	}
	buf_printf(out, ",\"data\":[{\"%s\":[", log_array(q->log));
	buf_put(out, buf_cstr(rows), rows->size);
	buf_byte(out, ']');
	if (q->log == LOG_IMPERSONATION)
		buf_printf(out, ",\"resultCount\":%zu", records);
	buf_text(out, "}],\"fail\":[]}");
}

static void
answer_whole(struct page_source *s, const struct query *q,
    const struct event_whole *w, const struct request *r, struct answer *a)
{
	buf_put(&a->body, w->text, w->size);
	page_line(&a->lines, q, w->inners, r);
	for (size_t i = 0; i < w->inners; i++)
		page_record_line(s, &w->inner[i], &a->lines);
}

static void
answer_rows(struct page_source *s, const struct query *q,
    const struct span *span, size_t at, const struct request *r,
    struct answer *a)
{
	struct buf rows = { 0 }, lines = { 0 }, next = { 0 };
	const struct fault *f = r->fault;
	size_t count;

	count = put_rows(s, span, &at, (size_t)q->page_size, &rows, &lines);
	if (has_more(span, at))
		pagetoken_make(&next, s->events->seed, q, at);
	else if (span->whole < s->events->wholes)
		pagetoken_make(&next, s->events->seed, q, WHOLE + span->whole);
	if (f && f->action == FAULT_REPEAT_TOKEN && q->page_token) {
		buf_clear(&next);
		buf_text(&next, q->page_token);
	}
	put_meta(&a->body, span, count, buf_cstr(&next), f);
	put_data(&a->body, q, count, &rows);
	page_line(&a->lines, q, count, r);
	buf_put(&a->lines, buf_cstr(&lines), lines.size);
	buf_free(&rows);
	buf_free(&lines);
	buf_free(&next);
}

static const char *
refuse_token(struct answer *a, const char *message)
{
	static const char code[] = "err_invalid_page_token";

	answer_fail(a, 400, code, message);
	return code;
}

static void
misuse_line(struct buf *lines, const struct query *q)
{
	ledger_text(lines, "misuse");
	ledger_text(lines, "page token of another query");
	ledger_text(lines, log_name(q->log));
	ledger_time(lines, q->from);
	ledger_time(lines, q->to);
	ledger_end(lines);
}

const char *
page_answer(struct page_source *s, const struct query *q,
    const struct request *r, struct answer *a)
{
	const struct event_set *set = s->events;
	uint64_t at = 0;
	struct span span;

	span_of(&span, s, q, r->now);
	if (!q->page_token) {
		if (!has_more(&span, span.low) && span.whole < set->wholes)
			at = WHOLE + span.whole;
	} else {
		if (r->fault && r->fault->action == FAULT_REFUSE_TOKEN)
			return refuse_token(a, "refused by the fault script");
		switch (pagetoken_read(q, set->seed, &at)) {
		case PAGETOKEN_GOOD:
			break;
		case PAGETOKEN_UNKNOWN:
			return refuse_token(a, "unknown page token");
		case PAGETOKEN_MISUSED:
			misuse_line(&a->lines, q);
			return refuse_token(a, "page token of another query");
		}
	}
	if (at >= WHOLE && at - WHOLE < set->wholes)
		answer_whole(s, q, &set->whole[at - WHOLE], r, a);
	else
		answer_rows(s, q, &span, at > span.low ? at : span.low, r, a);
	return NULL;
}
