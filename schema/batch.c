#include "batch.h"
#include "buf.h"
#include "clock.h"
#include "db.h"
#include "err.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const formats[] = { "ndjson", "array", "cef" };
static const char *const states[] = { "ready", "sending", "delivered",
	"refused", "split" };

void
batch_make_key(struct digest *d, const void *body, size_t n, int64_t generation,
    unsigned char key[DIGEST_SIZE])
{
	char digits[24];

	digest_begin(d);
	digest_put(d, body, n);
	if (generation) {
		snprintf(digits, sizeof digits, "%lld", (long long)generation);
		digest_put(d, digits, strlen(digits));
	}
	digest_end(d, key);
}

static const char put_sql[] =
    "INSERT INTO batch (sink_id, parent_id, repeats_id, generation, batch_key,"
    " format, alerts, bytes, run_id, sealed_at, possible_duplicate)"
    " VALUES (:sink, nullif(:parent, 0), nullif(:repeats, 0), :generation,"
    " :key, :format, :alerts, :bytes, :run, :now, :possible_duplicate)";

static int
put_row(struct db *db, struct batch *b, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, db, put_sql, e))
		return -1;
	stmt_bind_int(s, ":sink", b->sink_id);
	stmt_bind_int(s, ":parent", b->parent_id);
	stmt_bind_int(s, ":repeats", b->repeats_id);
	stmt_bind_int(s, ":generation", b->generation);
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

/* Several rows in a statement take half the time of as many statements. */
enum { PUT_ROWS = 8 };

#define ROW(i) "(:batch, :position + " #i ", :alert" #i ", :mapping" #i ")"

static const char put_alert_sql[] =
    "INSERT INTO batch_alert (batch_id, position, alert_no, mapping_id)"
    " VALUES " ROW(0);

static const char put_alerts_sql[] =
    "INSERT INTO batch_alert (batch_id, position, alert_no, mapping_id)"
    " VALUES " ROW(0) ", " ROW(1) ", " ROW(2) ", " ROW(3) ", " ROW(4) ", " ROW(
	5) ", " ROW(6) ", " ROW(7);

static int
put_rows(struct stmt *s, int64_t batch_id, size_t position,
    const struct batch_alert *a, size_t n, struct err *e)
{
	static const char *const names[PUT_ROWS][2] = {
		{ ":alert0", ":mapping0" },
		{ ":alert1", ":mapping1" },
		{ ":alert2", ":mapping2" },
		{ ":alert3", ":mapping3" },
		{ ":alert4", ":mapping4" },
		{ ":alert5", ":mapping5" },
		{ ":alert6", ":mapping6" },
		{ ":alert7", ":mapping7" },
	};

	stmt_bind_int(s, ":batch", batch_id);
	stmt_bind_int(s, ":position", (int64_t)position);
	for (size_t i = 0; i < n; i++) {
		stmt_bind_int(s, names[i][0], a[i].alert_no);
		stmt_bind_int(s, names[i][1], a[i].mapping_id);
	}
	return stmt_run(s, e);
}

int
batch_put_alerts(struct db *db, int64_t batch_id, const struct batch_alert *a,
    size_t n, struct err *e)
{
	struct stmt *one = NULL;
	struct stmt *many = NULL;
	size_t i = 0;
	int rc = -1;

	if (stmt_prepare(&one, db, put_alert_sql, e) ||
	    stmt_prepare(&many, db, put_alerts_sql, e))
		goto out;
	for (; i + PUT_ROWS <= n; i += PUT_ROWS)
		if (put_rows(many, batch_id, i, a + i, PUT_ROWS, e))
			goto out;
	for (; i < n; i++)
		if (put_rows(one, batch_id, i, a + i, 1, e))
			goto out;
	rc = 0;
out:
	stmt_free(one);
	stmt_free(many);
	return rc;
}

static const char put_alerts_of_sql[] =
    "INSERT INTO batch_alert (batch_id, position, alert_no, mapping_id)"
    " SELECT :batch, position - :first, alert_no, mapping_id"
    " FROM batch_alert WHERE batch_id = :other"
    " AND position >= :first AND position < :first + :n";

int
batch_put_alerts_of(struct db *db, const struct batch *b, int64_t other_id,
    int64_t first, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, db, put_alerts_of_sql, e))
		return -1;
	stmt_bind_int(s, ":batch", b->batch_id);
	stmt_bind_int(s, ":first", first);
	stmt_bind_int(s, ":other", other_id);
	stmt_bind_int(s, ":n", b->alerts);
	if (stmt_run(s, e))
		goto out;
	if (db_changes(db) != b->alerts) {
		err_set(e, ERR_BUG, "batch %lld has other alerts than it says",
		    (long long)other_id);
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

/* What read_row reads of batch b. */
#define COLUMNS                                                                \
	"SELECT b.batch_id, b.sink_id, coalesce(b.parent_id, 0), b.batch_key," \
	" b.format, b.alerts, b.bytes, b.run_id, b.state, b.attempts,"         \
	" b.possible_duplicate, coalesce(b.repeats_id, 0), b.generation"

#define UNFINISHED                                                             \
	" FROM batch b WHERE b.sink_id = :sink"                                \
	" AND b.state IN ('ready', 'sending')"

#define REJECTED                                                               \
	"(SELECT 1 FROM receipt r WHERE r.batch_id = b.batch_id"               \
	" AND r.outcome = 'rejected'"

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
	b->repeats_id = stmt_int(s, 11);
	b->generation = stmt_int(s, 12);
}

/* The one row of a statement, if it gives one; the statement is freed. */
static int
get_row(struct stmt *s, struct batch *b, bool *found, struct err *e)
{
	int rc = stmt_step(s, e);

	*found = rc == 1;
	if (rc == 1)
		read_row(s, b);
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}

static const char get_next_sql[] =
    COLUMNS ", EXISTS " REJECTED ") AS rejected" UNFINISHED
	    " AND NOT EXISTS " REJECTED " AND r.run_id = :run)"
	    " ORDER BY rejected, b.parent_id IS NULL,"
	    " iif(rejected, b.attempts, iif(b.parent_id IS NULL, 0, b.alerts)),"
	    " b.batch_id LIMIT 1";

int
batch_get_next(struct db *db, int64_t sink_id, int64_t run_id, struct batch *b,
    bool *found, struct err *e)
{
	struct stmt *s = NULL;

	if (stmt_prepare(&s, db, get_next_sql, e))
		return -1;
	stmt_bind_int(s, ":sink", sink_id);
	stmt_bind_int(s, ":run", run_id);
	return get_row(s, b, found, e);
}

static const char get_rejected_sql[] =
    COLUMNS UNFINISHED " AND EXISTS " REJECTED ") ORDER BY b.batch_id LIMIT 1";

int
batch_get_rejected(
    struct db *db, int64_t sink_id, struct batch *b, bool *found, struct err *e)
{
	struct stmt *s = NULL;

	if (stmt_prepare(&s, db, get_rejected_sql, e))
		return -1;
	stmt_bind_int(s, ":sink", sink_id);
	return get_row(s, b, found, e);
}

/* Those that can be repeated, whether or not all of them is here. */
#define ENDED                                                                  \
	" FROM batch b WHERE b.sink_id = :sink AND b.state = :state"           \
	" AND NOT EXISTS (SELECT 1 FROM batch n"                               \
	"  WHERE n.repeats_id = b.batch_id)"

#define HAS_BODY                                                               \
	"EXISTS (SELECT 1 FROM batch_body p WHERE p.batch_id = b.batch_id)"

/* None of its members waits for an alert that transform has not made yet. */
#define HAS_MEMBERS                                                            \
	"NOT EXISTS (SELECT 1 FROM batch_member u"                             \
	" WHERE u.batch_id = b.batch_id AND NOT EXISTS (SELECT 1 FROM alert a" \
	"  JOIN mapping m ON m.digest = u.mapping_digest"                      \
	"  WHERE a.alert_id = u.alert_id))"

static const char get_ended_sql[] = COLUMNS ENDED
    " AND b.batch_id > :after AND b.batch_id <= :last AND " HAS_BODY
    " AND " HAS_MEMBERS " ORDER BY b.batch_id LIMIT 1";

int
batch_get_ended(struct db *db, int64_t sink_id, enum batch_state state,
    int64_t after, int64_t last, struct batch *b, bool *found, struct err *e)
{
	struct stmt *s = NULL;

	if (stmt_prepare(&s, db, get_ended_sql, e))
		return -1;
	stmt_bind_int(s, ":sink", sink_id);
	stmt_bind_text(s, ":state", states[state]);
	stmt_bind_int(s, ":after", after);
	stmt_bind_int(s, ":last", last);
	return get_row(s, b, found, e);
}

static const char count_ended_sql[] =
    "SELECT count(*) FILTER (WHERE " HAS_BODY " AND " HAS_MEMBERS "),"
    " coalesce(sum(b.alerts) FILTER (WHERE " HAS_BODY " AND " HAS_MEMBERS
    "), 0),"
    " count(*) FILTER (WHERE NOT " HAS_BODY "),"
    " count(*) FILTER (WHERE " HAS_BODY " AND NOT " HAS_MEMBERS ")" ENDED;

int
batch_count_ended(struct db *db, int64_t sink_id, enum batch_state state,
    struct batch_ended *out, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, count_ended_sql, e))
		return -1;
	stmt_bind_int(s, ":sink", sink_id);
	stmt_bind_text(s, ":state", states[state]);
	rc = stmt_step(s, e);
	if (rc == 1)
		*out = (struct batch_ended){ stmt_int(s, 0), stmt_int(s, 1),
			stmt_int(s, 2), stmt_int(s, 3) };
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
	batch_make_key(d, out->data, out->len, b->generation, key);
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
    "SELECT count(*), coalesce(sum(b.alerts), 0), coalesce(sum(b.attempts >"
    "  (SELECT count(*) FROM receipt r WHERE r.batch_id = b.batch_id"
    "   AND r.outcome IN ('not taken', 'rejected'))), 0),"
    " coalesce(sum(EXISTS " REJECTED ")), 0)" UNFINISHED;

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
		left->rejected = stmt_int(s, 3);
	}
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}
