#include "page.h"
#include "db.h"
#include "digest.h"
#include "err.h"

static const char put_sql[] =
    "INSERT INTO page (window_id, attempt, number, run_id, request,"
    " page_token, http_status, request_id, server_date, fetched_at,"
    " body_digest, body_bytes, records, total, next_token)"
    " VALUES (:window, :attempt, :number, :run, :request,"
    " :page_token, :http_status, :request_id, :server_date, :fetched_at,"
    " :body_digest, :body_bytes, :records, :total, :next_token)";

static int
put_row(struct db *db, const struct page *p, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, put_sql, e))
		return -1;
	stmt_bind_int(s, ":window", p->window_id);
	stmt_bind_int(s, ":attempt", p->attempt);
	stmt_bind_int(s, ":number", p->number);
	stmt_bind_int(s, ":run", p->run_id);
	stmt_bind_text(s, ":request", p->request);
	stmt_bind_text(s, ":page_token", p->page_token);
	stmt_bind_int(s, ":http_status", p->http_status);
	stmt_bind_text(s, ":request_id", p->request_id);
	if (p->server_date)
		stmt_bind_int(s, ":server_date", p->server_date);
	else
		stmt_bind_null(s, ":server_date");
	stmt_bind_int(s, ":fetched_at", p->fetched_at);
	stmt_bind_blob(s, ":body_digest", p->digest, DIGEST_SIZE);
	stmt_bind_int(s, ":body_bytes", (int64_t)p->body_bytes);
	stmt_bind_int(s, ":records", p->records);
	if (p->total >= 0)
		stmt_bind_int(s, ":total", p->total);
	else
		stmt_bind_null(s, ":total");
	stmt_bind_text(s, ":next_token", p->next_token);
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}

static const char put_body_sql[] =
    "INSERT INTO page_body (page_id, body) VALUES (:page, :body)";

static int
put_body(struct db *db, int64_t page_id, const struct page *p, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, put_body_sql, e))
		return -1;
	stmt_bind_int(s, ":page", page_id);
	stmt_bind_blob(s, ":body", p->body, p->body_bytes);
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}

int
page_put(struct db *db, const struct page *p, struct err *e)
{
	if (put_row(db, p, e))
		return -1;
	return put_body(db, db_last_id(db), p, e);
}

static const char totals_sql[] =
    "SELECT count(total), min(total), max(total) FROM page"
    " WHERE window_id = :window AND attempt = :attempt";

int
page_totals_get(struct db *db, int64_t window_id, int64_t attempt,
    struct page_totals *out, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, db, totals_sql, e))
		return -1;
	stmt_bind_int(s, ":window", window_id);
	stmt_bind_int(s, ":attempt", attempt);
	if (stmt_step(s, e) < 0)
		goto out;
	*out = (struct page_totals){
		.given = stmt_int(s, 0),
		.least = stmt_int(s, 1),
		.greatest = stmt_int(s, 2),
	};
	rc = 0;
out:
	stmt_free(s);
	return rc;
}

int
page_newest_at(struct db *db, int64_t *at, struct err *e)
{
	return db_int(db,
	    "SELECT coalesce(max(server_date), max(fetched_at), 0) FROM page",
	    at, e);
}
