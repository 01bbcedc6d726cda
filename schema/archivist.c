#include "archivist.h"
#include "archive.h"
#include "archive_file.h"
#include "bundle.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "err.h"
#include "log.h"
#include "mem.h"
#include "summary.h"
#include "terms.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char program[] = "m2s " M2S_VERSION;

struct archivist {
	struct db *db;
	const struct config_tenant *tenant;
	int64_t run_id;
	struct digest *digest;
	struct entries *entries;
	char *folder;
	int64_t last_no; /* of the chain so far */
	unsigned char chain[DIGEST_SIZE];
	int64_t archives, members, bytes; /* of this run */
	bool damaged; /* the database is, not a file that was found */
	bool behind; /* the database is: it lacks what is in the file */
};

struct filling {
	struct bundle *bundle;
	enum entry_kind kind;
};

static int
add_due(int64_t id, void *arg, struct err *e)
{
	const struct filling *f = arg;

	if (bundle_is_full(f->bundle))
		return 1;
	return bundle_add(f->bundle, f->kind, id, e);
}

static int
add_all_due(
    struct archivist *x, struct bundle *d, enum entry_kind kind, struct err *e)
{
	struct filling f = { d, kind };

	return entry_each_due(x->entries, kind, add_due, &f, e);
}

/* 0; 1 if there is more than one archive should have; -1. */
static int
fill(struct archivist *x, struct bundle *d, enum archive_kind kind,
    struct err *e)
{
	int rc;

	if (kind == ARCHIVE_DELIVERY) {
		if (terms_put(x->db, &d->sinks, e))
			return -1;
		return add_all_due(x, d, ENTRY_BATCH, e);
	}
	/* A gap comes after its window: in the same archive or a later one. */
	rc = add_all_due(x, d, ENTRY_WINDOW, e);
	if (rc == 0)
		rc = add_all_due(x, d, ENTRY_MAPPING, e);
	if (rc == 0)
		rc = add_all_due(x, d, ENTRY_GAP, e);
	return rc;
}

static int
put_rows(struct archivist *x, const struct bundle *d, const struct archive *a,
    struct err *e)
{
	if (archive_put(x->db, a, x->run_id, e))
		return -1;
	for (int k = 0; k < ENTRY_KINDS; k++)
		for (size_t i = 0; i < d->ids[k].count; i++)
			if (entry_put_archive(x->entries, (enum entry_kind)k,
				d->ids[k].ids[i], a->no, e))
				return -1;
	return 0;
}

static int
commit(struct archivist *x, const struct bundle *d, const struct archive *a,
    struct err *e)
{
	if (db_begin(x->db, e) || db_end(x->db, put_rows(x, d, a, e), e))
		return -1;
	x->last_no = a->no;
	memcpy(x->chain, a->chain, DIGEST_SIZE);
	x->archives++;
	x->members += a->members;
	x->bytes += a->bytes;
	return 0;
}

static int
put_members(struct pack_writer *w, void *arg, struct err *e)
{
	return bundle_put(arg, w, e);
}

static int
read_back(struct archivist *x, const struct bundle *d, const char *path,
    struct archive *a, struct err *e)
{
	unsigned char digest[DIGEST_SIZE];
	struct manifest m = { 0 };
	int fd = -1;
	int rc = -1;

	digest_of(x->digest, d->text.data, d->text.len, digest);
	if (archive_file_open(&fd, path, e) ||
	    archive_file_check(fd, x->digest, a, &m, e))
		goto out;
	if (memcmp(a->manifest_digest, digest, DIGEST_SIZE) != 0) {
		err_set(
		    e, ERR_IO, "it is not what was written: check the disk");
		goto out;
	}
	rc = 0;
out:
	if (fd >= 0)
		close(fd);
	manifest_free(&m);
	return rc;
}

/* A bundle becomes a file, and the file becomes a row. */
static int
publish(struct archivist *x, struct bundle *d, enum archive_kind kind,
    struct err *e)
{
	const struct manifest_head head = {
		.tenant = x->tenant->name,
		.program = program,
		.number = x->last_no + 1,
		.kind = kind,
		.created_at = clock_now(),
		.previous_chain = x->chain,
	};
	char *name = archive_file_name(head.created_at, head.number, kind);
	char *path = xasprintf("%s/%s", x->folder, name);
	struct archive a = { 0 };
	int rc = -1;

	if (bundle_seal(d, &head, e) ||
	    archive_file_write(x->folder, name, (int)x->tenant->archive_level,
		put_members, d, e) ||
	    read_back(x, d, path, &a, e))
		goto out;
	a.file = name;
	rc = commit(x, d, &a, e);
out:
	if (rc)
		err_add(e, "archive %s", name);
	free(path);
	free(name);
	return rc;
}

static int
archive_all(struct archivist *x, enum archive_kind kind, struct err *e)
{
	int more;

	do {
		struct bundle d;
		int rc = 0;

		bundle_open(&d, x->entries, x->digest);
		more = fill(x, &d, kind, e);
		if (more >= 0 && !bundle_is_empty(&d))
			rc = publish(x, &d, kind, e);
		bundle_free(&d);
		if (more < 0 || rc)
			return -1;
	} while (more);
	return 0;
}

/* Ids of rows that are due, for a file that was found. */
struct due {
	int64_t *ids;
	size_t count;
};

static int
note_due(int64_t id, void *arg, struct err *e)
{
	struct due *due = arg;

	(void)e;
	due->ids = xreallocarray(due->ids, due->count + 1, sizeof *due->ids);
	due->ids[due->count++] = id;
	return 0;
}

static bool
is_due(const struct due *due, int64_t id)
{
	for (size_t i = 0; i < due->count; i++)
		if (due->ids[i] == id)
			return true;
	return false;
}

/* Add the rows that a manifest names: 1, or 0 if not all are due, or -1. */
static int
add_named(struct archivist *x, struct bundle *d, enum entry_kind kind,
    const struct manifest *m, struct err *e)
{
	struct due due = { 0 };
	struct list rest = { 0 };
	struct slice text;
	int64_t id, archive_no;
	int rc = -1;

	if (entry_each_due(x->entries, kind, note_due, &due, e) ||
	    list_open(&rest, manifest_section(m, kind), e))
		goto out;
	while ((rc = list_next(&rest, &text, e)) > 0) {
		rc = entry_find(x->entries, kind, text, &id, &archive_no, e);
		if (rc)
			goto out;
		if (!is_due(&due, id))
			goto out;
		if (bundle_add(d, kind, id, e)) {
			x->damaged = true;
			rc = -1;
			goto out;
		}
	}
	rc = rc < 0 ? -1 : 1;
out:
	list_close(&rest);
	free(due.ids);
	return rc;
}

/* Does the archive hold what the tables hold, and nothing else?  1, 0, -1. */
static int
fits_tables(struct archivist *x, struct bundle *d, const struct manifest *m,
    struct err *e)
{
	for (int k = 0; k < ENTRY_KINDS; k++) {
		int rc = add_named(x, d, (enum entry_kind)k, m, e);

		if (rc <= 0)
			return rc;
	}
	return bundle_is_in(d, m);
}

static bool
is_ours(const struct archivist *x, const struct archive *a,
    const struct manifest *m, const char *relative)
{
	char *name = archive_file_name(a->created_at, a->no, a->kind);
	bool ours = strcmp(name, relative) == 0 &&
	    strcmp(m->head.tenant, x->tenant->name) == 0;

	free(name);
	return ours;
}

/* Whole, and of this tenant: 1 if it comes next and is as the tables; 0; -1. */
static int
continues(struct archivist *x, struct bundle *d, const struct archive *a,
    const struct manifest *m, struct err *e)
{
	bool next = a->no == x->last_no + 1;
	int rc = 0;

	if (next && memcmp(a->previous_chain, x->chain, DIGEST_SIZE) != 0)
		return 0;
	if (next)
		rc = fits_tables(x, d, m, e);
	if (rc)
		return rc;
	x->behind = true;
	return err_set(e, ERR_DATA,
	    "it follows the last archive and holds what the database does not: "
	    "bring it back with m2s-extract --replay");
}

/* 1: it is ours now; 0: it is none of ours; -1. */
static int
adopt(
    struct archivist *x, const char *path, const char *relative, struct err *e)
{
	struct manifest m = { 0 };
	struct archive a;
	struct bundle d;
	int fd = -1;
	int rc;

	bundle_open(&d, x->entries, x->digest);
	rc = archive_file_open(&fd, path, e) ||
		archive_file_check(fd, x->digest, &a, &m, e)
	    ? -1
	    : is_ours(x, &a, &m, relative);
	if (rc > 0)
		rc = continues(x, &d, &a, &m, e);
	if (rc > 0 &&
	    (archive_file_sync(fd, e) ||
		archive_file_sync_name(x->folder, relative, e)))
		rc = -1;
	if (rc > 0) {
		a.file = relative;
		rc = commit(x, &d, &a, e) ? -1 : 1;
	}
	if (fd >= 0)
		close(fd);
	manifest_free(&m);
	bundle_free(&d);
	return rc;
}

/* What an earlier run left behind when it was stopped. */
static int
take_over(const char *path, const char *relative, void *arg, struct err *e)
{
	struct archivist *x = arg;
	int64_t no = archive_file_number(relative);
	struct err why = { 0 };
	char *to = NULL;
	int rc;

	if (no <= x->last_no)
		return 0;
	rc = adopt(x, path, relative, &why);
	if (rc > 0) {
		log_note("archive %s of a run that was stopped is taken over",
		    relative);
		return 0;
	}
	if (rc < 0 && (why.kind != ERR_DATA || x->damaged || x->behind)) {
		*e = why;
		return err_add(e, "archive %s", relative);
	}
	if (no > x->last_no + 1)
		return 0; /* none of ours, and in nobody's way */
	if (archive_file_set_aside(path, &to, e))
		return -1;
	log_warn("archive %s is not one that follows the last (%s): it is set "
		 "aside as %s",
	    relative, rc < 0 ? why.msg : "another name or chain", to);
	free(to);
	return 0;
}

static void
close_archivist(struct archivist *x)
{
	entries_close(x->entries);
	digest_close(x->digest);
	free(x->folder);
}

static int
catch_up(struct archivist *x, struct err *e)
{
	x->folder = archive_file_folder(x->tenant->dir);
	return digest_open(&x->digest, e) ||
		entries_open(&x->entries, x->db, e) ||
		archive_get_head(x->db, &x->last_no, x->chain, e) ||
		archive_file_each(x->folder, take_over, x, e)
	    ? -1
	    : 0;
}

int
archivist_catch_up(
    struct db *db, const struct config_tenant *t, int64_t run_id, struct err *e)
{
	struct archivist x = { .db = db, .tenant = t, .run_id = run_id };
	int rc = catch_up(&x, e);

	close_archivist(&x);
	return rc;
}

int
archivist_run(struct db *db, const struct config_tenant *t, int64_t run_id,
    enum archive_kind kind, struct summary *s, struct err *e)
{
	struct archivist x = { .db = db, .tenant = t, .run_id = run_id };
	int rc = catch_up(&x, e) || archive_all(&x, kind, e) ? -1 : 0;

	if (rc == 0) {
		summary_int(s, "archives", x.archives);
		summary_int(s, "archive_members", x.members);
		summary_int(s, "archive_bytes", x.bytes);
	}
	close_archivist(&x);
	return rc;
}

int
archivist_head(struct db *db, struct summary *s, struct err *e)
{
	unsigned char chain[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];
	int64_t no;

	if (archive_get_head(db, &no, chain, e))
		return -1;
	summary_text(s, "chain_head", digest_hex(chain, DIGEST_SIZE, hex));
	return 0;
}
