#include "receipt.h"
#include "clock.h"
#include "db.h"

#include <assert.h>

static const char *const outcomes[] = { "stored", "acknowledged", "handed over",
	"not taken", "in doubt", "rejected" };

static const char put_sql[] =
    "INSERT INTO receipt (batch_id, attempt, run_id, received_at, latency_ms,"
    " outcome, http_status, request_id, detail, body_start, body_digest)"
    " VALUES (:batch, :attempt, :run, :now, :latency_ms, :outcome,"
    " nullif(:http_status, 0), :request_id, :detail, :body_start,"
    " :body_digest)";

int
receipt_put(struct db *db, const struct receipt *r, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	assert(r->body_start_len <= RECEIPT_BODY_START);
	if (stmt_prepare(&s, db, put_sql, e))
		return -1;
	stmt_bind_int(s, ":batch", r->batch_id);
	stmt_bind_int(s, ":attempt", r->attempt);
	stmt_bind_int(s, ":run", r->run_id);
	stmt_bind_int(s, ":now", clock_now());
	stmt_bind_int(s, ":latency_ms", r->latency_ms);
	stmt_bind_text(s, ":outcome", outcomes[r->outcome]);
	stmt_bind_int(s, ":http_status", r->http_status);
	stmt_bind_text(s, ":request_id", r->request_id);
	stmt_bind_text(s, ":detail", r->detail);
	stmt_bind_blob(s, ":body_start", r->body_start, r->body_start_len);
	stmt_bind_blob(
	    s, ":body_digest", r->body_digest, sizeof r->body_digest);
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}

static const char get_doubt_sql[] =
    "SELECT count(*) < :attempts FROM receipt WHERE batch_id = :batch"
    " AND outcome IN ('not taken', 'rejected')";

int
receipt_get_doubt(struct db *db, int64_t batch_id, int64_t attempts,
    bool *doubt, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, get_doubt_sql, e))
		return -1;
	stmt_bind_int(s, ":batch", batch_id);
	stmt_bind_int(s, ":attempts", attempts);
	rc = stmt_step(s, e);
	if (rc == 1)
		*doubt = stmt_int(s, 0) != 0;
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}
