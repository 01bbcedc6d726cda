#include "window.h"
#include "clock.h"
#include "db.h"
#include "digest.h"
#include "err.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const origins[] = {
	[WINDOW_LIVE] = "live",
	[WINDOW_REREAD] = "reread",
	[WINDOW_BACKFILL] = "backfill",
	[WINDOW_REPLAY] = "replay",
};

static const char *const states[] = {
	[WINDOW_OPEN] = "open",
	[WINDOW_COMPLETE] = "complete",
	[WINDOW_REPLACED] = "replaced",
	[WINDOW_LOST] = "lost",
};

static const char *const reconciled_names[] = {
	[WINDOW_NOT_RECONCILED] = NULL,
	[WINDOW_EXACT] = "exact",
	[WINDOW_NO_TOTAL] = "no_total",
	[WINDOW_MISMATCH] = "mismatch",
};

const char *
window_origin_name(enum window_origin origin)
{
	return origins[origin];
}

const char *
window_state_name(enum window_state state)
{
	return states[state];
}

void
window_free(struct window *w)
{
	free(w->next_token);
	*w = (struct window){ 0 };
}

static void
bind_id(struct stmt *s, const char *name, int64_t id)
{
	if (id)
		stmt_bind_int(s, name, id);
	else
		stmt_bind_null(s, name);
}

static const char put_sql[] =
    "INSERT INTO window (uid, log, from_at, to_at, origin, parent_id,"
    " reread_of, run_id, planned_at, page_size, failures)"
    " VALUES (:uid, :log, :from, :to, :origin, :parent,"
    " :reread_of, :run, :planned_at, :page_size, :failures)";

int
window_put(struct db *db, struct window *w, struct err *e)
{
	unsigned char uid[WINDOW_UID_SIZE];

	digest_random(uid, sizeof uid);
	return window_put_named(db, w, uid, e);
}

int
window_put_named(struct db *db, struct window *w,
    const unsigned char uid[WINDOW_UID_SIZE], struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, db, put_sql, e))
		return -1;
	stmt_bind_blob(s, ":uid", uid, WINDOW_UID_SIZE);
	stmt_bind_text(s, ":log", ttp_log(w->log)->name);
	stmt_bind_int(s, ":from", w->from_at);
	stmt_bind_int(s, ":to", w->to_at);
	stmt_bind_text(s, ":origin", origins[w->origin]);
	bind_id(s, ":parent", w->parent_id);
	bind_id(s, ":reread_of", w->reread_of);
	stmt_bind_int(s, ":run", w->run_id);
	stmt_bind_int(s, ":planned_at", w->planned_at);
	stmt_bind_int(s, ":page_size", w->page_size);
	stmt_bind_int(s, ":failures", w->failures);
	if (stmt_run(s, e))
		goto out;
	w->id = db_last_id(db);
	w->attempt = 1;
	rc = 0;
out:
	stmt_free(s);
	return rc;
}

static const char frontier_sql[] =
    "SELECT max(to_at) FROM ("
    " SELECT max(to_at) AS to_at FROM window"
    "  WHERE log = :log AND origin = 'live'"
    " UNION ALL"
    " SELECT max(to_at) FROM gap WHERE log = :log AND reason = 'retention')";

int
window_frontier(
    struct db *db, enum ttp log, bool *any, int64_t *at, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, db, frontier_sql, e))
		return -1;
	stmt_bind_text(s, ":log", ttp_log(log)->name);
	if (stmt_step(s, e) < 0)
		goto out;
	*any = !stmt_is_null(s, 0);
	*at = stmt_int(s, 0);
	rc = 0;
out:
	stmt_free(s);
	return rc;
}

static int
find_word(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -1;
}

#define COLUMNS                                                                \
	"window_id, log, from_at, to_at, origin, parent_id, reread_of,"        \
	" run_id, planned_at, page_size, attempt, refusals, recounts,"         \
	" failures, next_token, pages, records"

static int
get(struct stmt *s, struct window *w, struct err *e)
{
	int origin = find_word(
	    stmt_text(s, 4), origins, sizeof origins / sizeof origins[0]);
	const char *token = stmt_text(s, 14);
	int i = 5;

	*w = (struct window){
		.id = stmt_int(s, 0),
		.from_at = stmt_int(s, 2),
		.to_at = stmt_int(s, 3),
		.origin = (enum window_origin)origin,
	};
	if (origin < 0 || !ttp_find(stmt_text(s, 1), &w->log))
		return err_set(e, ERR_DATA,
		    "window %lld: unknown log or origin", (long long)w->id);
	w->parent_id = stmt_int(s, i++);
	w->reread_of = stmt_int(s, i++);
	w->run_id = stmt_int(s, i++);
	w->planned_at = stmt_int(s, i++);
	w->page_size = stmt_int(s, i++);
	w->attempt = stmt_int(s, i++);
	w->refusals = stmt_int(s, i++);
	w->recounts = stmt_int(s, i++);
	w->failures = stmt_int(s, i++);
	w->next_token = token ? xstrdup(token) : NULL;
	w->pages = stmt_int(s, 15);
	w->records = stmt_int(s, 16);
	return 0;
}

static int
each(struct stmt *s, window_fn *fn, void *arg, struct err *e)
{
	struct window w = { 0 };
	int rc;

	while ((rc = stmt_step(s, e)) > 0) {
		rc = get(s, &w, e);
		if (rc == 0)
			rc = fn(&w, arg, e);
		window_free(&w);
		if (rc)
			break;
	}
	stmt_free(s);
	return rc;
}

static const char open_sql[] =
    "SELECT " COLUMNS " FROM window WHERE state = 'open'"
    " ORDER BY failures, from_at, window_id";

int
window_each_open(struct db *db, window_fn *fn, void *arg, struct err *e)
{
	struct stmt *s = NULL;

	if (stmt_prepare(&s, db, open_sql, e))
		return -1;
	return each(s, fn, arg, e);
}

static const char early_sql[] =
    "SELECT " COLUMNS " FROM window AS w"
    " WHERE log = :log AND origin = 'live' AND to_at > :since"
    " AND from_at >= :since AND state = 'complete'"
    " AND (SELECT fetched_at FROM page AS p"
    "  WHERE p.window_id = w.window_id AND p.attempt = w.attempt"
    "  AND p.number = 1) < to_at + :within"
    " AND NOT EXISTS"
    "  (SELECT 1 FROM window AS r WHERE r.reread_of = w.window_id)"
    " ORDER BY to_at";

int
window_each_early(struct db *db, enum ttp log, int64_t since, int64_t within_s,
    window_fn *fn, void *arg, struct err *e)
{
	struct stmt *s = NULL;

	if (stmt_prepare(&s, db, early_sql, e))
		return -1;
	stmt_bind_text(s, ":log", ttp_log(log)->name);
	stmt_bind_int(s, ":since", since);
	stmt_bind_int(s, ":within", within_s);
	return each(s, fn, arg, e);
}

static const char has_backfill_sql[] =
    "SELECT count(*) FROM window"
    " WHERE log = :log AND origin = 'backfill'"
    " AND from_at = :from AND to_at = :to"
    " AND (state = 'open' OR planned_at = :now)";

int
window_has_backfill(struct db *db, enum ttp log, int64_t from_at, int64_t to_at,
    int64_t now, bool *yes, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, db, has_backfill_sql, e))
		return -1;
	stmt_bind_text(s, ":log", ttp_log(log)->name);
	stmt_bind_int(s, ":from", from_at);
	stmt_bind_int(s, ":to", to_at);
	stmt_bind_int(s, ":now", now);
	if (stmt_step(s, e) < 0)
		goto out;
	*yes = stmt_int(s, 0) > 0;
	rc = 0;
out:
	stmt_free(s);
	return rc;
}

static const char update_sql[] =
    "UPDATE window SET page_size = :page_size, attempt = :attempt,"
    " refusals = :refusals, recounts = :recounts, failures = :failures,"
    " next_token = :token, pages = :pages, records = :records"
    " WHERE window_id = :window";

int
window_update(struct db *db, const struct window *w, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, update_sql, e))
		return -1;
	stmt_bind_int(s, ":page_size", w->page_size);
	stmt_bind_int(s, ":attempt", w->attempt);
	stmt_bind_int(s, ":refusals", w->refusals);
	stmt_bind_int(s, ":recounts", w->recounts);
	stmt_bind_int(s, ":failures", w->failures);
	stmt_bind_text(s, ":token", w->next_token);
	stmt_bind_int(s, ":pages", w->pages);
	stmt_bind_int(s, ":records", w->records);
	stmt_bind_int(s, ":window", w->id);
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}

static const char advance_sql[] =
    "UPDATE window SET next_token = :token, pages = :pages,"
    " records = :records WHERE window_id = :window";

int
window_advance(struct db *db, const struct window *w, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, advance_sql, e))
		return -1;
	stmt_bind_text(s, ":token", w->next_token);
	stmt_bind_int(s, ":pages", w->pages);
	stmt_bind_int(s, ":records", w->records);
	stmt_bind_int(s, ":window", w->id);
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}

static const char close_sql[] =
    "UPDATE window SET state = :state, reconciled = :reconciled,"
    " total = :total, closed_at = :now, next_token = NULL, closed_order ="
    " (SELECT coalesce(max(closed_order), 0) + 1 FROM window)"
    " WHERE window_id = :window AND state = 'open'";

int
window_close(struct db *db, int64_t window_id, enum window_state state,
    enum window_reconciled reconciled, int64_t total, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, close_sql, e))
		return -1;
	stmt_bind_text(s, ":state", states[state]);
	stmt_bind_text(s, ":reconciled", reconciled_names[reconciled]);
	if (total >= 0)
		stmt_bind_int(s, ":total", total);
	else
		stmt_bind_null(s, ":total");
	stmt_bind_int(s, ":now", clock_now());
	stmt_bind_int(s, ":window", window_id);
	rc = stmt_run(s, e);
	stmt_free(s);
	if (rc == 0 && db_changes(db) != 1)
		return err_set(e, ERR_BUG, "window %lld is not open",
		    (long long)window_id);
	return rc;
}

static const char count_open_sql[] =
    "SELECT count(*) FROM window WHERE state = 'open' AND log = :log";

int
window_count_open(struct db *db, enum ttp log, int64_t *n, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, db, count_open_sql, e))
		return -1;
	stmt_bind_text(s, ":log", ttp_log(log)->name);
	if (stmt_step(s, e) < 0)
		goto out;
	*n = stmt_int(s, 0);
	rc = 0;
out:
	stmt_free(s);
	return rc;
}
