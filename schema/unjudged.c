#include "unjudged.h"
#include "db.h"
#include "err.h"
#include "mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct unjudged {
	struct stmt *window;
	struct stmt *page;
	struct stmt *last_judged;
	struct stmt *body;
	struct stmt *page_done;
	struct stmt *window_done;
};

static const char window_sql[] =
    "SELECT window_id, closed_order, log, state = 'complete',"
    " reconciled IS 'mismatch', attempt"
    " FROM window"
    " WHERE closed_order > :after AND judged_run_id IS NULL"
    " ORDER BY closed_order LIMIT 1";

int
unjudged_window(
    struct unjudged *u, int64_t after, struct unjudged_window *w, struct err *e)
{
	struct stmt *s = u->window;
	bool found;
	int rc;

	stmt_bind_int(s, ":after", after);
	rc = stmt_step(s, e);
	if (rc <= 0)
		return rc;
	w->window_id = stmt_int(s, 0);
	w->closed_order = stmt_int(s, 1);
	found = ttp_find(stmt_text(s, 2), &w->log);
	assert(found);
	w->complete = stmt_int(s, 3) != 0;
	w->mismatch = stmt_int(s, 4) != 0;
	w->attempt = stmt_int(s, 5);
	stmt_reset(s);
	return 1;
}

static int
page_of(struct stmt *s, struct unjudged_page *p, struct err *e)
{
	const void *digest;
	size_t n;
	int rc = stmt_step(s, e);

	if (rc <= 0)
		return rc;
	p->page_id = stmt_int(s, 0);
	p->number = stmt_int(s, 1);
	p->records = stmt_int(s, 2);
	digest = stmt_blob(s, 3, &n);
	assert(n == DIGEST_SIZE);
	memcpy(p->body_digest, digest, DIGEST_SIZE);
	p->fetched_at = stmt_int(s, 4);
	stmt_reset(s);
	return 1;
}

static const char page_sql[] =
    "SELECT page_id, number, records, body_digest, fetched_at"
    " FROM page"
    " WHERE window_id = :window AND attempt = :attempt"
    " AND number > :after AND judged = 0"
    " ORDER BY number LIMIT 1";

int
unjudged_page(struct unjudged *u, int64_t window_id, int64_t attempt,
    int64_t after, struct unjudged_page *p, struct err *e)
{
	stmt_bind_int(u->page, ":window", window_id);
	stmt_bind_int(u->page, ":attempt", attempt);
	stmt_bind_int(u->page, ":after", after);
	return page_of(u->page, p, e);
}

static const char last_judged_sql[] =
    "SELECT page_id, number, records, body_digest, fetched_at"
    " FROM page"
    " WHERE window_id = :window AND attempt = :attempt AND judged = 1"
    " ORDER BY number DESC LIMIT 1";

int
unjudged_last_judged(struct unjudged *u, int64_t window_id, int64_t attempt,
    struct unjudged_page *p, struct err *e)
{
	stmt_bind_int(u->last_judged, ":window", window_id);
	stmt_bind_int(u->last_judged, ":attempt", attempt);
	return page_of(u->last_judged, p, e);
}

static const char body_sql[] =
    "SELECT body FROM page_body WHERE page_id = :page";

int
unjudged_body(struct unjudged *u, int64_t page_id, const void **data, size_t *n,
    struct err *e)
{
	int rc;

	stmt_bind_int(u->body, ":page", page_id);
	rc = stmt_step(u->body, e);
	if (rc == 0)
		return err_set(e, ERR_DATA, "its body is missing");
	if (rc < 0)
		return -1;
	*data = stmt_blob(u->body, 0, n);
	return 0;
}

void
unjudged_body_done(struct unjudged *u)
{
	stmt_reset(u->body);
}

static const char page_done_sql[] =
    "UPDATE page SET judged = 1 WHERE page_id = :page";

int
unjudged_page_done(struct unjudged *u, int64_t page_id, struct err *e)
{
	stmt_bind_int(u->page_done, ":page", page_id);
	return stmt_run(u->page_done, e);
}

static const char window_done_sql[] =
    "UPDATE window SET judged_run_id = :run WHERE window_id = :window";

int
unjudged_window_done(
    struct unjudged *u, int64_t window_id, int64_t run_id, struct err *e)
{
	stmt_bind_int(u->window_done, ":run", run_id);
	stmt_bind_int(u->window_done, ":window", window_id);
	return stmt_run(u->window_done, e);
}

static const char count_sql[] =
    "SELECT count(DISTINCT w.window_id), count(p.page_id),"
    " coalesce(sum(p.records), 0)"
    " FROM window w"
    " LEFT JOIN page p ON p.window_id = w.window_id AND p.judged = 0"
    " WHERE w.closed_order > 0 AND w.judged_run_id IS NULL";

int
unjudged_count(struct db *db, int64_t *windows, int64_t *pages,
    int64_t *records, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, db, count_sql, e) || stmt_step(s, e) < 0)
		goto out;
	*windows = stmt_int(s, 0);
	*pages = stmt_int(s, 1);
	*records = stmt_int(s, 2);
	rc = 0;
out:
	stmt_free(s);
	return rc;
}

int
unjudged_open(struct unjudged **out, struct db *db, struct err *e)
{
	struct unjudged *u = xcalloc(1, sizeof *u);

	if (stmt_prepare(&u->window, db, window_sql, e) ||
	    stmt_prepare(&u->page, db, page_sql, e) ||
	    stmt_prepare(&u->last_judged, db, last_judged_sql, e) ||
	    stmt_prepare(&u->body, db, body_sql, e) ||
	    stmt_prepare(&u->page_done, db, page_done_sql, e) ||
	    stmt_prepare(&u->window_done, db, window_done_sql, e)) {
		unjudged_close(u);
		return -1;
	}
	*out = u;
	return 0;
}

void
unjudged_close(struct unjudged *u)
{
	if (!u)
		return;
	stmt_free(u->window);
	stmt_free(u->page);
	stmt_free(u->last_judged);
	stmt_free(u->body);
	stmt_free(u->page_done);
	stmt_free(u->window_done);
	free(u);
}
