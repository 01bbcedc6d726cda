#include "archive.h"
#include "clock.h"
#include "db.h"

#include <assert.h>
#include <string.h>

void
archive_link(struct archive *a, struct digest *d)
{
	digest_begin(d);
	digest_put(d, a->previous_chain, DIGEST_SIZE);
	digest_put(d, a->manifest_digest, DIGEST_SIZE);
	digest_end(d, a->chain);
}

static const char put_sql[] =
    "INSERT INTO archive (archive_no, kind, file, file_digest,"
    " manifest_digest, previous_chain, chain, members, bytes, run_id,"
    " created_at, verified_at)"
    " VALUES (:no, :kind, :file, :file_digest,"
    " :manifest_digest, :previous, :chain, :members, :bytes, :run,"
    " :created_at, max(:now, :created_at))";

int
archive_put(
    struct db *db, const struct archive *a, int64_t run_id, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, put_sql, e))
		return -1;
	stmt_bind_int(s, ":no", a->no);
	stmt_bind_text(s, ":kind", archive_kind_name(a->kind));
	stmt_bind_text(s, ":file", a->file);
	stmt_bind_blob(s, ":file_digest", a->file_digest, DIGEST_SIZE);
	stmt_bind_blob(s, ":manifest_digest", a->manifest_digest, DIGEST_SIZE);
	stmt_bind_blob(s, ":previous", a->previous_chain, DIGEST_SIZE);
	stmt_bind_blob(s, ":chain", a->chain, DIGEST_SIZE);
	stmt_bind_int(s, ":members", a->members);
	stmt_bind_int(s, ":bytes", a->bytes);
	stmt_bind_int(s, ":run", run_id);
	stmt_bind_int(s, ":created_at", a->created_at);
	stmt_bind_int(s, ":now", clock_now());
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}

#define COLUMNS                                                                \
	"archive_no, kind, file, file_digest, manifest_digest,"                \
	" previous_chain, chain, members, bytes, created_at"

static void
take_digest(struct stmt *s, int i, unsigned char out[DIGEST_SIZE])
{
	size_t n;
	const void *digest = stmt_blob(s, i, &n);

	assert(n == DIGEST_SIZE);
	memcpy(out, digest, n);
}

static void
read_row(struct stmt *s, struct archive *a)
{
	a->no = stmt_int(s, 0);
	a->kind = strcmp(stmt_text(s, 1), "evidence") == 0 ? ARCHIVE_EVIDENCE
							   : ARCHIVE_DELIVERY;
	a->file = stmt_text(s, 2);
	take_digest(s, 3, a->file_digest);
	take_digest(s, 4, a->manifest_digest);
	take_digest(s, 5, a->previous_chain);
	take_digest(s, 6, a->chain);
	a->members = stmt_int(s, 7);
	a->bytes = stmt_int(s, 8);
	a->created_at = stmt_int(s, 9);
}

static const char get_sql[] =
    "SELECT " COLUMNS " FROM archive WHERE archive_no = :no";

int
archive_get(
    struct db *db, int64_t no, struct archive *a, bool *found, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, get_sql, e))
		return -1;
	stmt_bind_int(s, ":no", no);
	rc = stmt_step(s, e);
	*found = rc == 1;
	if (rc == 1)
		read_row(s, a);
	a->file = NULL;
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}

static const char get_head_sql[] =
    "SELECT archive_no, chain FROM archive ORDER BY archive_no DESC LIMIT 1";

int
archive_get_head(
    struct db *db, int64_t *no, unsigned char chain[DIGEST_SIZE], struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	*no = 0;
	memset(chain, 0, DIGEST_SIZE);
	if (stmt_prepare(&s, db, get_head_sql, e))
		return -1;
	rc = stmt_step(s, e);
	if (rc == 1) {
		*no = stmt_int(s, 0);
		take_digest(s, 1, chain);
	}
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}

static const char each_sql[] =
    "SELECT " COLUMNS " FROM archive ORDER BY archive_no";

int
archive_each(struct db *db, archive_fn *fn, void *arg, struct err *e)
{
	struct stmt *s = NULL;
	struct archive a;
	int rc;

	if (stmt_prepare(&s, db, each_sql, e))
		return -1;
	while ((rc = stmt_step(s, e)) > 0) {
		read_row(s, &a);
		rc = fn(&a, arg, e);
		if (rc)
			break;
	}
	stmt_free(s);
	return rc;
}
