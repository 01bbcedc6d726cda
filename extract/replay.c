#include "replay.h"
#include "archive_file.h"
#include "buf.h"
#include "cli.h"
#include "compare.h"
#include "config.h"
#include "db.h"
#include "digest.h"
#include "err.h"
#include "log.h"
#include "mem.h"
#include "member.h"
#include "restore.h"
#include "sample.h"
#include "summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SAMPLE_BYTES = 64 << 20,
	TAR_MAGIC_AT = 257,
	MAGIC_BYTES = 512,
};

/* A file that was found and checked. */
struct found {
	char *path; /* owned */
	bool is_archive;
	struct archive archive;
};

struct replay {
	struct db *db;
	int64_t run_id;
	const struct config_tenant *tenant;
	const struct replay_options *options;
	struct digest *digest;
	struct restore *restore;
	struct restore_sum sum;
	struct sample sample;
	struct found *found;
	size_t count;
	int64_t compared; /* archives */
	int64_t differences;
};

/*
 * Which files are taken for archives: packed, or a tar.  Everything else is
 * text or refused.
 */
static bool
looks_packed(const unsigned char *head, size_t n)
{
	static const unsigned char zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };
	static const unsigned char gzip[] = { 0x1f, 0x8b };

	return (n >= sizeof zstd && memcmp(head, zstd, sizeof zstd) == 0) ||
	    (n >= sizeof gzip && memcmp(head, gzip, sizeof gzip) == 0) ||
	    (n >= TAR_MAGIC_AT + 5 &&
		memcmp(head + TAR_MAGIC_AT, "ustar", 5) == 0);
}

static int
read_text(int fd, struct buf *text, const char *path, struct err *e)
{
	ssize_t n;

	do {
		buf_reserve(text, 1 << 16);
		n = pread(
		    fd, text->data + text->len, 1 << 16, (off_t)text->len);
		if (n > 0)
			text->len += (size_t)n;
	} while (n > 0 && text->len <= SAMPLE_BYTES);
	if (n < 0)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	if (text->len > SAMPLE_BYTES)
		return err_set(e, ERR_DATA,
		    "%s: no archive, and more than 64 MiB of text", path);
	text->data[text->len] = '\0';
	return 0;
}

static int
check_archive(struct replay *x, struct found *f, int fd, struct err *e)
{
	int64_t no = archive_file_number(f->path);
	struct manifest m = { 0 };
	bool known;
	int rc = -1;

	if (restore_is_known(x->restore, fd, no, &f->archive, &known, e) ||
	    (!known &&
		(archive_file_check(fd, x->digest, &f->archive, &m, e) ||
		    restore_check(
			x->restore, &f->archive, &m, x->tenant->name, e))))
		err_add(e, "%s", f->path);
	else
		rc = 0;
	manifest_free(&m);
	return rc;
}

static int
check_sample(const char *path, int fd, struct err *e)
{
	struct buf text = { 0 };
	int rc = read_text(fd, &text, path, e) || sample_check(&text, path, e)
	    ? -1
	    : 0;

	buf_free(&text);
	return rc;
}

static int
check_file(struct replay *x, struct found *f, struct err *e)
{
	unsigned char head[MAGIC_BYTES];
	ssize_t n;
	int fd = -1;
	int rc;

	if (archive_file_open(&fd, f->path, e))
		return -1;
	n = pread(fd, head, sizeof head, 0);
	f->is_archive = n > 0 && looks_packed(head, (size_t)n);
	rc = f->is_archive ? check_archive(x, f, fd, e)
			   : check_sample(f->path, fd, e);
	close(fd);
	return rc;
}

static int
add_file(const char *path, const char *relative, void *arg, struct err *e)
{
	struct replay *x = arg;
	struct found f = { 0 };

	(void)relative;
	if (cli_stopping())
		return err_set(
		    e, ERR_RETRY, "stopped by a signal: nothing was replayed");
	f.path = xstrdup(path);
	if (check_file(x, &f, e)) {
		free(f.path);
		return -1;
	}
	x->found = xreallocarray(x->found, x->count + 1, sizeof *x->found);
	x->found[x->count++] = f;
	log_progress("%zu files checked", x->count);
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	const struct found *f = a;
	const struct found *g = b;

	if (f->archive.no != g->archive.no)
		return f->archive.no < g->archive.no ? -1 : 1;
	return strcmp(f->path, g->path);
}

/* All archives given must be of one chain, the table's or a new one. */
static int
check_order(struct replay *x, struct err *e)
{
	qsort(x->found, x->count, sizeof *x->found, by_number);
	for (size_t i = 1; i < x->count; i++) {
		const struct found *f = &x->found[i];
		const struct archive *a = &f->archive;
		const struct archive *before = &x->found[i - 1].archive;

		if (!f->is_archive || before->no == 0)
			continue;
		if ((a->no == before->no &&
			memcmp(a->chain, before->chain, DIGEST_SIZE) != 0) ||
		    (a->no == before->no + 1 &&
			memcmp(a->previous_chain, before->chain, DIGEST_SIZE) !=
			    0))
			return err_set(e, ERR_DATA, "%s: it does not follow %s",
			    f->path, x->found[i - 1].path);
	}
	return 0;
}

static int
find_files(struct replay *x, struct err *e)
{
	const struct replay_options *o = x->options;

	for (size_t i = 0; i < o->count; i++) {
		if (access(o->paths[i], F_OK))
			return err_set(
			    e, ERR_IO, "%s: %s", o->paths[i], strerror(errno));
		if (archive_file_each(o->paths[i], add_file, x, e))
			return -1;
	}
	return check_order(x, e);
}

static int
put_archive(struct replay *x, struct found *f, int fd, struct err *e)
{
	char *name = archive_file_name(
	    f->archive.created_at, f->archive.no, f->archive.kind);
	int rc;

	f->archive.file = name;
	rc = restore_archive(x->restore, &f->archive, fd, e);
	f->archive.file = NULL;
	free(name);
	return rc ? err_add(e, "%s", f->path) : 0;
}

static int
put_sample(struct replay *x, const struct found *f, int fd, struct err *e)
{
	struct buf text = { 0 };
	int rc = read_text(fd, &text, f->path, e) ||
		sample_put(&x->sample, &text, f->path, e)
	    ? -1
	    : 0;

	buf_free(&text);
	return rc;
}

static void
tell(const char *what, void *arg)
{
	struct replay *x = arg;

	x->differences++;
	log_error("%s", what);
}

static int
compare_archive(struct replay *x, const struct found *f, int fd, struct err *e)
{
	struct entries *entries = NULL;
	struct manifest m = { 0 };
	struct archive a;
	struct compare c = {
		.digest = x->digest,
		.manifest = &m,
		.read_data = true,
		.found = tell,
		.arg = x,
	};
	int rc = -1;

	if (entries_open(&entries, x->db, e) ||
	    archive_file_check(fd, x->digest, &a, &m, e))
		goto out;
	c.entries = entries;
	rc = compare_tables(&c, e);
	x->compared++;
out:
	entries_close(entries);
	manifest_free(&m);
	return rc ? err_add(e, "%s", f->path) : 0;
}

static int
replay_file(struct replay *x, struct found *f, struct err *e)
{
	int fd = -1;
	int rc;

	if (cli_stopping())
		return err_set(e, ERR_RETRY,
		    "stopped by a signal: run it again for the rest");
	if (archive_file_open(&fd, f->path, e))
		return -1;
	if (!f->is_archive)
		rc = x->options->check ? 0 : put_sample(x, f, fd, e);
	else if (x->options->check)
		rc = compare_archive(x, f, fd, e);
	else
		rc = put_archive(x, f, fd, e);
	close(fd);
	return rc;
}

static int
finish(struct replay *x, struct err *e)
{
	if (x->options->check) {
		if (x->differences == 0)
			return 0;
		return err_set(e, ERR_NO,
		    "the database does not hold what the archives hold: "
		    "%" PRId64 " differences",
		    x->differences);
	}
	if (x->sum.differing)
		log_warn("rows that are not as the archives have them, and "
			 "stay as they are: %" PRId64 ": --check names them",
		    x->sum.differing);
	if (x->sum.rows[ENTRY_WINDOW] &&
	    restore_plan(x->restore, x->tenant->mimecast.page_size, e))
		return -1;
	return member_resolve(x->db, e);
}

static void
sum_up(const struct replay *x, struct summary *s)
{
	summary_int(s, "files", (int64_t)x->count);
	if (x->options->check) {
		summary_int(s, "archives_compared", x->compared);
		summary_int(s, "differences", x->differences);
		return;
	}
	summary_int(s, "archives_restored", x->sum.archives);
	for (int k = 0; k < ENTRY_KINDS; k++) {
		char *name =
		    xasprintf("%s_restored", entry_section((enum entry_kind)k));

		summary_int(s, name, x->sum.rows[k]);
		free(name);
	}
	summary_int(s, "known", x->sum.known + x->sample.known);
	summary_int(s, "bodies_restored", x->sum.bodies);
	summary_int(s, "sample_windows", x->sample.windows);
	summary_int(s, "sample_records", x->sample.records);
}

static void
close_all(struct replay *x)
{
	for (size_t i = 0; i < x->count; i++)
		free(x->found[i].path);
	free(x->found);
	restore_close(x->restore);
	digest_close(x->digest);
}

int
replay_run(struct db *db, int64_t run_id, const struct config_tenant *t,
    const struct replay_options *opt, struct summary *s, struct err *e)
{
	struct replay x = {
		.db = db, .run_id = run_id, .tenant = t, .options = opt
	};
	int rc = -1;

	if (digest_open(&x.digest, e) ||
	    restore_open(&x.restore, db, run_id, &x.sum, e) ||
	    find_files(&x, e))
		goto out;
	x.sample =
	    (struct sample){ .db = db, .run_id = run_id, .digest = x.digest };
	rc = 0;
	for (size_t i = 0; rc == 0 && i < x.count; i++)
		rc = replay_file(&x, &x.found[i], e);
	if (rc == 0)
		rc = finish(&x, e);
	sum_up(&x, s);
out:
	close_all(&x);
	return rc;
}
