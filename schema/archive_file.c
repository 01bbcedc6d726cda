#define _GNU_SOURCE /* fts, renameat2 */
#include "archive_file.h"
#include "archive_reader.h"
#include "err.h"
#include "mem.h"
#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 1 << 18, ASIDE_MAX = 1000 };

static int
io_err(struct err *e, const char *path)
{
	return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
}

char *
archive_file_folder(const char *tenant_dir)
{
	return xasprintf("%s/archive", tenant_dir);
}

char *
archive_file_name(int64_t created_at, int64_t no, enum archive_kind kind)
{
	time_t at = (time_t)created_at;
	struct tm day;
	char folder[32];

	gmtime_r(&at, &day);
	strftime(folder, sizeof folder, "%Y/%m/%d", &day);
	return xasprintf(
	    "%s/%06" PRId64 "-%s.tar.zst", folder, no, archive_kind_name(kind));
}

int64_t
archive_file_number(const char *name)
{
	const char *last = strrchr(name, '/');
	char *end;
	long long no;

	last = last ? last + 1 : name;
	if (*last < '0' || *last > '9')
		return 0;
	no = strtoll(last, &end, 10);
	return *end == '-' ? no : 0;
}

int
archive_file_open(int *fd, const char *path, struct err *e)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*fd < 0 && errno == ELOOP)
		return err_set(e, ERR_DATA, "%s is no regular file", path);
	if (*fd < 0)
		return io_err(e, path);
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	close(*fd);
	*fd = -1;
	return err_set(e, ERR_DATA, "%s is no regular file", path);
}

int
archive_file_digest(int fd, struct digest *d, unsigned char out[DIGEST_SIZE],
    int64_t *bytes, struct err *e)
{
	char *chunk = xcalloc(1, CHUNK);
	ssize_t n;

	*bytes = 0;
	digest_begin(d);
	while ((n = pread(fd, chunk, CHUNK, (off_t)*bytes)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		digest_put(d, chunk, (size_t)n);
		*bytes += n;
	}
	digest_end(d, out);
	free(chunk);
	return n < 0 ? io_err(e, "archive") : 0;
}

static int
read_members(struct archive_reader *r, struct err *e)
{
	struct archive_member m;
	int rc;

	while ((rc = archive_reader_next(r, &m, e)) > 0)
		;
	return rc;
}

int
archive_file_check(int fd, struct digest *d, struct archive *a,
    struct manifest *m, struct err *e)
{
	const struct manifest *read;
	struct archive_reader *r = NULL;
	int rc = -1;

	*a = (struct archive){ 0 };
	*m = (struct manifest){ 0 };
	/* The whole file last: what is no archive may have any size. */
	if (archive_reader_open(&r, fd, d, e) || read_members(r, e) ||
	    archive_file_digest(fd, d, a->file_digest, &a->bytes, e))
		goto out;
	read = archive_reader_manifest(r);
	if (manifest_parse(m, read->text.data, read->text.len, d, e))
		goto out;
	a->no = m->head.number;
	a->kind = m->head.kind;
	a->created_at = m->head.created_at;
	a->members = archive_reader_count(r);
	memcpy(a->manifest_digest, m->digest, DIGEST_SIZE);
	memcpy(a->previous_chain, m->head.previous_chain, DIGEST_SIZE);
	archive_link(a, d);
	rc = 0;
out:
	archive_reader_close(r);
	return rc;
}

int
archive_file_sync(int fd, struct err *e)
{
	return fsync(fd) ? io_err(e, "archive") : 0;
}

static int
sync_folder(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) ? io_err(e, path) : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

int
archive_file_sync_name(const char *folder, const char *name, struct err *e)
{
	char *path = xasprintf("%s/%s", folder, name);
	size_t above = (size_t)(strrchr(folder, '/') - folder);
	int rc = 0;

	while (rc == 0 && strlen(path) > above) {
		*strrchr(path, '/') = '\0';
		rc = sync_folder(path, e);
	}
	free(path);
	return rc;
}

/* Make the folders on the way to a file. */
static int
make_folders(char *path, struct err *e)
{
	for (char *p = path + 1; (p = strchr(p, '/')); p++) {
		int rc;

		*p = '\0';
		rc = mkdir(path, 0700) && errno != EEXIST ? io_err(e, path) : 0;
		*p = '/';
		if (rc)
			return -1;
	}
	return 0;
}

static int
write_members(int fd, int level, archive_file_fn *put, void *arg, struct err *e)
{
	struct pack_writer *w = NULL;
	int rc = -1;

	if (pack_create(&w, fd, level, e) || put(w, arg, e) ||
	    pack_finish(w, e))
		goto out;
	rc = archive_file_sync(fd, e);
out:
	pack_writer_free(w);
	return rc;
}

int
archive_file_write(const char *folder, const char *name, int level,
    archive_file_fn *put, void *arg, struct err *e)
{
	char *temporary = xasprintf("%s/.new", folder);
	char *path = xasprintf("%s/%s", folder, name);
	int fd = -1;
	int rc = -1;

	if (make_folders(path, e))
		goto out;
	unlink(temporary); /* of a run that was stopped */
	fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		io_err(e, temporary);
		goto out;
	}
	if (write_members(fd, level, put, arg, e)) {
		unlink(temporary);
	} else if (renameat2(
		       AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE)) {
		io_err(e, path);
		unlink(temporary);
	} else {
		rc = archive_file_sync_name(folder, name, e);
	}
out:
	if (fd >= 0)
		close(fd);
	free(path);
	free(temporary);
	return rc;
}

int
archive_file_set_aside(const char *path, char **to, struct err *e)
{
	const char *name = strrchr(path, '/') + 1;
	int folder = (int)(name - path);

	for (int i = 1; i < ASIDE_MAX; i++) {
		char number[16] = "";

		if (i > 1)
			snprintf(number, sizeof number, "%d-", i);
		*to =
		    xasprintf("%.*s.damaged-%s%s", folder, path, number, name);
		if (renameat2(
			AT_FDCWD, path, AT_FDCWD, *to, RENAME_NOREPLACE) == 0)
			return 0;
		free(*to);
		*to = NULL;
		if (errno != EEXIST)
			break;
	}
	return io_err(e, path);
}

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int
visit(FTS *tree, const char *root, archive_file_visit *fn, void *arg,
    struct err *e)
{
	size_t skip = strlen(root);
	FTSENT *f;
	int rc;

	while ((f = fts_read(tree))) {
		const char *relative = f->fts_path + skip;

		if (f->fts_level > 0 && f->fts_name[0] == '.') {
			fts_set(tree, f, FTS_SKIP);
			continue;
		}
		if (f->fts_info == FTS_D || f->fts_info == FTS_DP)
			continue;
		if (f->fts_info == FTS_DNR || f->fts_info == FTS_ERR) {
			errno = f->fts_errno;
			return io_err(e, f->fts_path);
		}
		relative += strspn(relative, "/");
		rc = fn(
		    f->fts_path, f->fts_level ? relative : f->fts_name, arg, e);
		if (rc)
			return rc;
		errno = 0;
	}
	return errno ? io_err(e, root) : 0;
}

int
archive_file_each(
    const char *root, archive_file_visit *fn, void *arg, struct err *e)
{
	char *path = xstrdup(root);
	char *const paths[] = { path, NULL };
	FTS *tree;
	int rc;

	if (access(root, F_OK) && errno == ENOENT) {
		free(path);
		return 0;
	}
	tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	rc = tree ? visit(tree, root, fn, arg, e) : io_err(e, root);
	if (tree)
		fts_close(tree);
	free(path);
	return rc;
}
