#include "batch.h"
#include "buf.h"
#include "clock.h"
#include "db.h"
#include "err.h"

#include <assert.h>
#include <string.h>

static const char *const formats[] = { "ndjson", "array", "cef" };
static const char *const states[] = { "ready", "sending", "delivered",
	"refused", "split" };

static const char put_sql[] =
    "INSERT INTO batch (sink_id, parent_id, batch_key, format, alerts, bytes,"
    " run_id, sealed_at, possible_duplicate)"
    " VALUES (:sink, nullif(:parent, 0), :key, :format, :alerts, :bytes,"
    " :run, :now, :possible_duplicate)";

static int
put_row(struct db *db, struct batch *b, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, db, put_sql, e))
		return -1;
	stmt_bind_int(s, ":sink", b->sink_id);
	stmt_bind_int(s, ":parent", b->parent_id);
	stmt_bind_blob(s, ":key", b->key, sizeof b->key);
	stmt_bind_text(s, ":format", formats[b->format]);
	stmt_bind_int(s, ":alerts", b->alerts);
	stmt_bind_int(s, ":bytes", b->bytes);
	stmt_bind_int(s, ":run", b->run_id);
	stmt_bind_int(s, ":now", clock_now());
	stmt_bind_int(s, ":possible_duplicate", b->possible_duplicate);
	if (stmt_run(s, e))
		goto out;
	b->batch_id = db_last_id(db);
	rc = 0;
out:
	stmt_free(s);
	return rc;
}

static const char put_body_sql[] =
    "INSERT INTO batch_body (batch_id, body) VALUES (:batch, :body)";

int
batch_put(struct db *db, struct batch *b, const void *body, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	assert(b->state == BATCH_READY && b->attempts == 0);
	if (put_row(db, b, e) || stmt_prepare(&s, db, put_body_sql, e))
		return -1;
	stmt_bind_int(s, ":batch", b->batch_id);
	stmt_bind_blob(s, ":body", body, (size_t)b->bytes);
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}

static const char put_alert_sql[] =
    "INSERT INTO batch_alert (batch_id, position, alert_no, mapping_id)"
    " VALUES (:batch, :position, :alert, :mapping)";

int
batch_put_alerts(struct db *db, int64_t batch_id, const struct batch_alert *a,
    size_t n, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, db, put_alert_sql, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		stmt_bind_int(s, ":batch", batch_id);
		stmt_bind_int(s, ":position", (int64_t)i);
		stmt_bind_int(s, ":alert", a[i].alert_no);
		stmt_bind_int(s, ":mapping", a[i].mapping_id);
		if (stmt_run(s, e))
			goto out;
	}
	rc = 0;
out:
	stmt_free(s);
	return rc;
}

static const char put_half_sql[] =
    "INSERT INTO batch_alert (batch_id, position, alert_no, mapping_id)"
    " SELECT :batch, position - :first, alert_no, mapping_id"
    " FROM batch_alert WHERE batch_id = :parent"
    " AND position >= :first AND position < :first + :n";

int
batch_put_half(
    struct db *db, const struct batch *b, int64_t first, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, db, put_half_sql, e))
		return -1;
	stmt_bind_int(s, ":batch", b->batch_id);
	stmt_bind_int(s, ":parent", b->parent_id);
	stmt_bind_int(s, ":first", first);
	stmt_bind_int(s, ":n", b->alerts);
	if (stmt_run(s, e))
		goto out;
	if (db_changes(db) != b->alerts) {
		err_set(e, ERR_BUG, "batch %lld has other alerts than it says",
		    (long long)b->parent_id);
		goto out;
	}
	rc = 0;
out:
	stmt_free(s);
	return rc;
}

/* The code of a word that a CHECK of the table allows. */
static unsigned
code_of(const char *word, const char *const *words, unsigned n)
{
	unsigned i = 0;

	while (i < n && strcmp(word, words[i]) != 0)
		i++;
	assert(i < n);
	return i;
}

static const char get_unfinished_sql[] =
    "SELECT batch_id, sink_id, coalesce(parent_id, 0), batch_key, format,"
    " alerts, bytes, run_id, state, attempts, possible_duplicate"
    " FROM batch WHERE sink_id = :sink AND batch_id > :after"
    " AND state IN ('ready', 'sending') ORDER BY batch_id LIMIT 1";

static void
read_row(struct stmt *s, struct batch *b)
{
	size_t n;
	const void *key = stmt_blob(s, 3, &n);

	assert(n == sizeof b->key);
	memcpy(b->key, key, n);
	b->batch_id = stmt_int(s, 0);
	b->sink_id = stmt_int(s, 1);
	b->parent_id = stmt_int(s, 2);
	b->format = code_of(
	    stmt_text(s, 4), formats, sizeof formats / sizeof formats[0]);
	b->alerts = stmt_int(s, 5);
	b->bytes = stmt_int(s, 6);
	b->run_id = stmt_int(s, 7);
	b->state =
	    code_of(stmt_text(s, 8), states, sizeof states / sizeof states[0]);
	b->attempts = stmt_int(s, 9);
	b->possible_duplicate = stmt_int(s, 10) != 0;
}

int
batch_get_unfinished(struct db *db, int64_t sink_id, int64_t after,
    struct batch *b, bool *found, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, get_unfinished_sql, e))
		return -1;
	stmt_bind_int(s, ":sink", sink_id);
	stmt_bind_int(s, ":after", after);
	rc = stmt_step(s, e);
	*found = rc == 1;
	if (rc == 1)
		read_row(s, b);
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}

static const char get_body_sql[] =
    "SELECT body FROM batch_body WHERE batch_id = :batch";

int
batch_get_body(struct db *db, const struct batch *b, struct digest *d,
    struct buf *out, struct err *e)
{
	unsigned char key[DIGEST_SIZE];
	struct stmt *s = NULL;
	int rc;

	buf_clear(out);
	if (stmt_prepare(&s, db, get_body_sql, e))
		return -1;
	stmt_bind_int(s, ":batch", b->batch_id);
	rc = stmt_step(s, e);
	if (rc == 1) {
		size_t n;
		const void *body = stmt_blob(s, 0, &n);

		buf_put(out, body, n);
	}
	stmt_free(s);
	if (rc < 0)
		return -1;
	digest_of(d, out->data, out->len, key);
	if (memcmp(key, b->key, sizeof key) != 0)
		return err_set(e, ERR_DATA,
		    "batch %lld: its bytes are not those of its key: the "
		    "database is damaged",
		    (long long)b->batch_id);
	return 0;
}

/* Run a statement that must find the row as b has it. */
static int
change(struct db *db, struct stmt *s, const struct batch *b, struct err *e)
{
	stmt_bind_int(s, ":batch", b->batch_id);
	stmt_bind_text(s, ":old", states[b->state]);
	stmt_bind_int(s, ":attempts", b->attempts);
	if (stmt_run(s, e))
		return -1;
	if (db_changes(db) != 1)
		return err_set(e, ERR_BUG,
		    "batch %lld is no longer as it was read",
		    (long long)b->batch_id);
	return 0;
}

static const char put_attempt_sql[] =
    "UPDATE batch SET state = 'sending', attempts = attempts + 1,"
    " possible_duplicate = max(possible_duplicate, :possible_duplicate)"
    " WHERE batch_id = :batch AND state = :old AND attempts = :attempts";

int
batch_put_attempt(
    struct db *db, struct batch *b, bool possible_duplicate, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	assert(b->state == BATCH_READY || b->state == BATCH_SENDING);
	if (stmt_prepare(&s, db, put_attempt_sql, e))
		return -1;
	stmt_bind_int(s, ":possible_duplicate", possible_duplicate);
	if (change(db, s, b, e))
		goto out;
	b->state = BATCH_SENDING;
	b->attempts++;
	b->possible_duplicate |= possible_duplicate;
	rc = 0;
out:
	stmt_free(s);
	return rc;
}

static const char put_end_sql[] =
    "UPDATE batch SET state = :state, closed_at = :now"
    " WHERE batch_id = :batch AND state = :old AND attempts = :attempts";

int
batch_put_end(
    struct db *db, struct batch *b, enum batch_state state, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	assert(b->state == BATCH_SENDING && state > BATCH_SENDING);
	if (stmt_prepare(&s, db, put_end_sql, e))
		return -1;
	stmt_bind_text(s, ":state", states[state]);
	stmt_bind_int(s, ":now", clock_now());
	if (change(db, s, b, e))
		goto out;
	b->state = state;
	rc = 0;
out:
	stmt_free(s);
	return rc;
}

static const char get_left_sql[] =
    "SELECT count(*), coalesce(sum(alerts), 0), coalesce(sum(attempts >"
    "  (SELECT count(*) FROM receipt r WHERE r.batch_id = batch.batch_id"
    "   AND r.outcome IN ('not taken', 'rejected'))), 0)"
    " FROM batch WHERE sink_id = :sink AND state IN ('ready', 'sending')";

int
batch_get_left(
    struct db *db, int64_t sink_id, struct batch_left *left, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, get_left_sql, e))
		return -1;
	stmt_bind_int(s, ":sink", sink_id);
	rc = stmt_step(s, e);
	if (rc == 1) {
		left->batches = stmt_int(s, 0);
		left->alerts = stmt_int(s, 1);
		left->in_doubt = stmt_int(s, 2);
	}
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}
