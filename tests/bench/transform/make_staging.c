/*
 * make_staging FILE RECORDS: a staging database as m2s-extract would leave
 * it, with so many records.  The same figure gives the same records.
 */
#include "buf.h"
#include "clock.h"
#include "db.h"
#include "digest.h"
#include "err.h"
#include "migrate.h"
#include "page.h"
#include "run.h"
#include "sample.h"
#include "window.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	HOUR_S = 3600,
	FIRST_HOUR = 491520, /* in January 2026 */
	PAGE_SIZE = 500,
	/* One window in so many is read again: 2 % of all are duplicates. */
	REREAD_EVERY = 14
};

static const int64_t per_hour[TTP_COUNT] = { 1680, 700, 420 };

struct making {
	struct db *db;
	struct digest *digest;
	struct buf body;
	int64_t run_id;
	int64_t left; /* records still to be made */
};

static void
put_records(struct making *m, struct sample *s, int64_t first, int64_t n)
{
	for (s->k = first; s->k < first + n; s->k++) {
		int64_t k = s->k;

		/* Equal and changed ones share the second of their like. */
		s->at =
		    s->hour * HOUR_S + k / 4 * 4 * HOUR_S / per_hour[s->log];
		sample_put(s, &m->body);
		if (k + 1 < first + n)
			buf_putc(&m->body, ',');
	}
}

static int
put_page(struct making *m, const struct window *w, struct sample *s,
    int64_t total, struct err *e)
{
	unsigned char digest[DIGEST_SIZE];
	int64_t left = total - w->records;
	int64_t n = left < PAGE_SIZE ? left : PAGE_SIZE;
	struct page p = {
		.window_id = w->id,
		.attempt = 1,
		.number = w->pages + 1,
		.run_id = m->run_id,
		.request = "{}",
		.http_status = 200,
		.fetched_at = w->to_at,
		.digest = digest,
		.records = n,
		.total = total,
		.next_token = n < left ? "next" : NULL,
	};

	buf_clear(&m->body);
	buf_printf(&m->body,
	    "{\"meta\":{\"status\":200,\"pagination\":{\"pageSize\":%" PRId64
	    ",\"totalCount\":%" PRId64 "}},\"data\":[{\"%s\":[",
	    n, total, ttp_log(w->log)->records);
	put_records(m, s, w->records, n);
	buf_puts(&m->body, "]}],\"fail\":[]}");
	digest_of(m->digest, m->body.data, m->body.len, digest);
	p.body = m->body.data;
	p.body_bytes = m->body.len;
	return page_put(m->db, &p, e);
}

/* reread_of: the window this one reads again, or 0. */
static int
put_window(struct making *m, enum ttp log, int64_t hour, int64_t reread_of,
    int64_t *id, struct err *e)
{
	int64_t total = m->left < per_hour[log] ? m->left : per_hour[log];
	struct sample s = { .log = log, .hour = hour };
	struct window w = {
		.log = log,
		.from_at = hour * HOUR_S,
		.to_at = (hour + 1) * HOUR_S,
		.origin = reread_of ? WINDOW_REREAD : WINDOW_LIVE,
		.reread_of = reread_of,
		.run_id = m->run_id,
		.planned_at = (hour + 1) * HOUR_S,
		.page_size = PAGE_SIZE,
	};

	if (window_put(m->db, &w, e))
		return -1;
	while (w.records < total) {
		if (put_page(m, &w, &s, total, e))
			return -1;
		w.pages++;
		w.records += total - w.records < PAGE_SIZE ? total - w.records
							   : PAGE_SIZE;
	}
	m->left -= total;
	*id = w.id;
	return window_update(m->db, &w, e) ||
		window_close(
		    m->db, w.id, WINDOW_COMPLETE, WINDOW_EXACT, total, e)
	    ? -1
	    : 0;
}

static int
put_windows(struct making *m, struct err *e)
{
	for (int64_t n = 0; m->left > 0; n++) {
		enum ttp log = (enum ttp)(n % TTP_COUNT);
		int64_t hour = FIRST_HOUR + n / TTP_COUNT;
		int64_t id, again;
		int rc;

		if (db_begin(m->db, e))
			return -1;
		rc = put_window(m, log, hour, 0, &id, e);
		if (rc == 0 && m->left > 0 && n % REREAD_EVERY == 7)
			rc = put_window(m, log, hour, id, &again, e);
		if (db_end(m->db, rc, e))
			return -1;
	}
	return 0;
}

static int
make(const char *path, struct making *m, struct err *e)
{
	int64_t wal_bytes;
	int rc = -1;

	if (digest_open(&m->digest, e) || db_open(&m->db, path, DB_CREATE, e) ||
	    migrate(m->db, path, e) ||
	    run_put(m->db, "extract", &m->run_id, e) || put_windows(m, e) ||
	    run_end(m->db, m->run_id, 0, e) ||
	    db_checkpoint(m->db, &wal_bytes, e))
		goto out;
	rc = 0;
out:
	digest_close(m->digest);
	buf_free(&m->body);
	db_close(m->db);
	return rc;
}

int
main(int argc, char **argv)
{
	struct making m = { 0 };
	struct err e = { 0 };

	if (argc != 3 || (m.left = strtoll(argv[2], NULL, 10)) <= 0) {
		fprintf(stderr, "usage: make_staging FILE RECORDS\n");
		return ERR_USAGE;
	}
	clock_set((int64_t)(FIRST_HOUR + 1) * HOUR_S);
	if (make(argv[1], &m, &e)) {
		fprintf(stderr, "make_staging: %s\n", e.msg);
		return (int)e.kind;
	}
	return 0;
}
