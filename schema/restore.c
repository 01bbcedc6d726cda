#include "restore.h"
#include "archive_file.h"
#include "archive_reader.h"
#include "clock.h"
#include "db.h"
#include "digest.h"
#include "err.h"
#include "mem.h"
#include "terms.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { COMMIT_BYTES = 16 << 20 };

struct restore {
	struct db *db;
	int64_t run_id;
	struct restore_sum *sum;
	struct digest *digest;
	struct entries *entries;
	struct buf row; /* an entry as the tables have it */

	/* of the archive in hand */
	const struct archive *archive;
	struct archive_reader *reader;
	bool is_row; /* the table has it */
	int64_t pending; /* bytes since the last commit */
	bool in_transaction;
};

int
restore_open(struct restore **out, struct db *db, int64_t run_id,
    struct restore_sum *sum, struct err *e)
{
	struct restore *r = xcalloc(1, sizeof *r);

	r->db = db;
	r->run_id = run_id;
	r->sum = sum;
	if (digest_open(&r->digest, e) || entries_open(&r->entries, db, e)) {
		restore_close(r);
		return -1;
	}
	*out = r;
	return 0;
}

void
restore_close(struct restore *r)
{
	if (!r)
		return;
	entries_close(r->entries);
	digest_close(r->digest);
	buf_free(&r->row);
	free(r);
}

int
restore_is_known(struct restore *r, int fd, int64_t no, struct archive *a,
    bool *known, struct err *e)
{
	unsigned char digest[DIGEST_SIZE];
	struct stat st;
	int64_t bytes;

	*known = false;
	if (archive_get(r->db, no, a, known, e))
		return -1;
	if (!*known)
		return 0;
	*known = fstat(fd, &st) == 0 && st.st_size == a->bytes;
	if (!*known)
		return 0;
	if (archive_file_digest(fd, r->digest, digest, &bytes, e))
		return -1;
	*known = memcmp(digest, a->file_digest, DIGEST_SIZE) == 0;
	return 0;
}

int
restore_check(struct restore *r, const struct archive *a,
    const struct manifest *m, const char *tenant, struct err *e)
{
	struct archive known, before;
	bool found, follows;

	if (strcmp(m->head.tenant, tenant) != 0)
		return err_set(e, ERR_DATA,
		    "it is tenant \"%.32s\"'s: only its own archives are "
		    "replayed into a tenant",
		    m->head.tenant);
	if (archive_get(r->db, a->no, &known, &found, e) ||
	    archive_get(r->db, a->no - 1, &before, &follows, e))
		return -1;
	if (found && memcmp(known.chain, a->chain, DIGEST_SIZE) != 0)
		return err_set(e, ERR_DATA,
		    "archive %" PRId64 " of this tenant is another one", a->no);
	if (!found && follows &&
	    memcmp(before.chain, a->previous_chain, DIGEST_SIZE) != 0)
		return err_set(e, ERR_DATA,
		    "it does not follow archive %" PRId64 " of this tenant",
		    a->no - 1);
	return 0;
}

static int
begin(struct restore *r, struct err *e)
{
	if (r->in_transaction)
		return 0;
	if (db_begin(r->db, e))
		return -1;
	r->in_transaction = true;
	return 0;
}

static int
end(struct restore *r, int rc, struct err *e)
{
	if (!r->in_transaction)
		return rc;
	r->in_transaction = false;
	r->pending = 0;
	return db_end(r->db, rc, e);
}

/* The members that are wanted, in a row of which some are in the tables. */
struct fill {
	struct restore *r;
	enum entry_kind kind;
	bool all; /* the row is new: also what has a place already */
};

/* Pass over members until the one of that name. */
static int
seek_member(struct archive_reader *reader, const char *name,
    struct archive_member *m, struct err *e)
{
	int rc;

	while ((rc = archive_reader_next(reader, m, e)) > 0)
		if (strcmp(m->name, name) == 0)
			return 0;
	return rc < 0 ? -1 : err_set(e, ERR_DATA, "%s is not in it", name);
}

static int
put_member(const struct entry_member *wanted, void *arg, struct err *e)
{
	const struct fill *f = arg;
	struct restore *r = f->r;
	struct archive_member m;

	if (!f->all && wanted->data)
		return 0;
	if (seek_member(r->reader, wanted->name, &m, e))
		return -1;
	if (wanted->digest &&
	    memcmp(m.digest, wanted->digest, DIGEST_SIZE) != 0)
		return err_set(e, ERR_DATA,
		    "%s is not the one that its row names", m.name);
	if (!f->all)
		r->sum->bodies++;
	r->pending += (int64_t)m.len;
	return entry_put_member(r->entries, f->kind, wanted, m.data, m.len, e);
}

static int
put_members(struct restore *r, enum entry_kind kind, int64_t id, bool all,
    struct err *e)
{
	struct fill f = { r, kind, all };

	return entry_each_member(r->entries, kind, id, put_member, &f, e);
}

static int
put_new(
    struct restore *r, enum entry_kind kind, struct slice entry, struct err *e)
{
	int64_t id;

	if (begin(r, e) ||
	    entry_restore(
		r->entries, kind, entry, r->archive->no, r->run_id, &id, e) ||
	    put_members(r, kind, id, true, e))
		return -1;
	r->sum->rows[kind]++;
	return 0;
}

static int
is_missing(const struct entry_member *m, void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	return m->data ? 0 : 1;
}

/* 1 if bytes of it are not in the tables; 0; -1. */
static int
has_missing(struct restore *r, enum entry_kind kind, int64_t id, struct err *e)
{
	return entry_each_member(r->entries, kind, id, is_missing, NULL, e);
}

/* What was not finished when the database was copied is finished here. */
static int
put_other(struct restore *r, enum entry_kind kind, struct slice entry,
    int64_t id, struct err *e)
{
	bool earlier;

	if (entry_is_earlier(r->entries, kind, id, entry, &earlier, e))
		return -1;
	if (!earlier) {
		r->sum->known++;
		r->sum->differing++;
		return 0;
	}
	return begin(r, e) || entry_forget(r->entries, kind, id, e) ||
		put_new(r, kind, entry, e)
	    ? -1
	    : 0;
}

static int
put_known(struct restore *r, enum entry_kind kind, struct slice entry,
    int64_t id, int64_t archive_no, struct err *e)
{
	int missing;

	buf_clear(&r->row);
	if (entry_put(r->entries, kind, id, &r->row, e))
		return -1;
	if (r->row.len != entry.len ||
	    memcmp(r->row.data, entry.data, entry.len) != 0)
		return put_other(r, kind, entry, id, e);
	r->sum->known++;
	missing = has_missing(r, kind, id, e);
	if (missing < 0 || ((missing || !archive_no) && begin(r, e)))
		return -1;
	if (missing && put_members(r, kind, id, false, e))
		return -1;
	return archive_no
	    ? 0
	    : entry_put_archive(r->entries, kind, id, r->archive->no, e);
}

static int
put_entry(
    struct restore *r, enum entry_kind kind, struct slice entry, struct err *e)
{
	int64_t id, archive_no;
	int rc;

	if (entry_find(r->entries, kind, entry, &id, &archive_no, e))
		return -1;
	rc = id ? put_known(r, kind, entry, id, archive_no, e)
		: put_new(r, kind, entry, e);
	if (rc == 0 && r->pending >= COMMIT_BYTES)
		rc = end(r, 0, e);
	return rc;
}

static int
put_section(struct restore *r, enum entry_kind kind, struct err *e)
{
	struct slice entry;
	struct list rest;
	int rc;

	if (list_open(&rest,
		manifest_section(archive_reader_manifest(r->reader), kind), e))
		return -1;
	while ((rc = list_next(&rest, &entry, e)) > 0) {
		rc = put_entry(r, kind, entry, e);
		if (rc)
			break;
	}
	list_close(&rest);
	return rc;
}

static int
put_row(struct restore *r, struct err *e)
{
	struct archive known;
	bool found;

	if (archive_get(r->db, r->archive->no, &known, &found, e))
		return -1;
	if (!found) {
		if (begin(r, e) || archive_put(r->db, r->archive, r->run_id, e))
			return -1;
		r->sum->archives++;
	}
	if (r->archive->kind != ARCHIVE_DELIVERY)
		return 0;
	if (begin(r, e))
		return -1;
	return terms_restore(
	    r->db, manifest_sinks(archive_reader_manifest(r->reader)), e);
}

static int
put_all(struct restore *r, struct err *e)
{
	if (put_row(r, e))
		return -1;
	for (int k = 0; k < ENTRY_KINDS; k++)
		if (put_section(r, (enum entry_kind)k, e))
			return -1;
	return 0;
}

int
restore_archive(
    struct restore *r, const struct archive *a, int fd, struct err *e)
{
	int rc = -1;

	r->archive = a;
	if (archive_reader_open(&r->reader, fd, r->digest, e) == 0) {
		if (memcmp(archive_reader_manifest(r->reader)->digest,
			a->manifest_digest, DIGEST_SIZE) != 0)
			err_set(e, ERR_DATA, "it changed while it was read");
		else
			rc = put_all(r, e);
	}
	rc = end(r, rc, e);
	archive_reader_close(r->reader);
	r->reader = NULL;
	return rc;
}

/* A replaced window without halves gets the first of them. */
static const char first_half_sql[] =
    "INSERT INTO window (uid, log, from_at, to_at, origin, parent_id,"
    " reread_of, run_id, planned_at, page_size)"
    " SELECT randomblob(16), w.log, w.from_at, (w.from_at + w.to_at) / 2,"
    " w.origin, w.window_id, w.reread_of, :run, :now, w.page_size"
    " FROM window w WHERE w.state = 'replaced'"
    " AND NOT EXISTS (SELECT 1 FROM window h"
    "  WHERE h.parent_id = w.window_id)";

/* One with one half gets the other. */
static const char other_half_sql[] =
    "INSERT INTO window (uid, log, from_at, to_at, origin, parent_id,"
    " reread_of, run_id, planned_at, page_size)"
    " SELECT randomblob(16), w.log,"
    " iif(h.from_at = w.from_at, h.to_at, w.from_at),"
    " iif(h.from_at = w.from_at, w.to_at, h.from_at),"
    " w.origin, w.window_id, w.reread_of, :run, :now, w.page_size"
    " FROM window w JOIN window h ON h.parent_id = w.window_id"
    " WHERE w.state = 'replaced'"
    " GROUP BY w.window_id HAVING count(*) = 1";

/* What no window and no gap holds, of the time before the frontier. */
static const char holes_sql[] =
    "INSERT INTO window (uid, log, from_at, to_at, origin, run_id,"
    " planned_at, page_size)"
    " SELECT randomblob(16), s.log, s.from_at, s.to_at, 'live', :run, :now,"
    " :page_size"
    " FROM v_sweep s JOIN (SELECT log, min(from_at) AS first_at,"
    "  max(to_at) AS frontier FROM (SELECT log, from_at, to_at FROM window"
    "   WHERE origin = 'live' UNION ALL SELECT log, from_at, to_at FROM gap"
    "   WHERE reason = 'retention') GROUP BY log) f ON f.log = s.log"
    " WHERE s.from_at >= f.first_at AND s.from_at < f.frontier"
    " AND s.covered <= 0 AND s.open <= 0 AND s.lost <= 0";

static int
plan(
    struct restore *r, const char *sql, const int64_t *page_size, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, r->db, sql, e))
		return -1;
	stmt_bind_int(s, ":run", r->run_id);
	stmt_bind_int(s, ":now", clock_now());
	if (page_size)
		stmt_bind_int(s, ":page_size", *page_size);
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}

int
restore_plan(struct restore *r, int64_t page_size, struct err *e)
{
	int rc;

	if (db_begin(r->db, e))
		return -1;
	rc = plan(r, first_half_sql, NULL, e) ||
		plan(r, other_half_sql, NULL, e) ||
		plan(r, holes_sql, &page_size, e)
	    ? -1
	    : 0;
	return db_end(r->db, rc, e);
}
