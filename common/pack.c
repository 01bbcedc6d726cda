#include "pack.h"
#include "buf.h"
#include "err.h"
#include "mem.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

enum {
	NAME_MAX_BYTES = 255,
	BLOCK = 512, /* of a tar */
	TAR_END = 1024, /* that many zeros, at least, are its end */
	CHUNK = 1 << 16,
	AHEAD = 16 << 20, /* packed bytes read before they unpack to any */
};

/*
 * Relative, and with one spelling only: no part is empty, "." or "..", no
 * byte but printable ASCII.
 */
static bool
name_is_plain(const char *name)
{
	size_t n = strlen(name);
	size_t part;

	if (n == 0 || n > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < n; i++)
		if (name[i] < ' ' || name[i] > '~')
			return false;
	for (const char *p = name;; p += part + 1) {
		part = strcspn(p, "/");
		if (part == 0 || (part == 1 && p[0] == '.') ||
		    (part == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		if (!p[part])
			return true;
	}
}

struct pack_writer {
	struct archive *archive;
	struct archive_entry *entry;
	int fd;
	bool abandoned;
};

static la_ssize_t
write_packed(struct archive *a, void *arg, const void *data, size_t n)
{
	struct pack_writer *w = arg;
	ssize_t done;

	if (w->abandoned)
		return (la_ssize_t)n;
	do
		done = write(w->fd, data, n);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		archive_set_error(a, errno, "%s", strerror(errno));
	return done;
}

static int
write_fault(struct pack_writer *w, struct err *e)
{
	const char *why = archive_error_string(w->archive);

	/* It would give back twice what it could not get all of. */
	if (archive_errno(w->archive) == ENOMEM)
		xnomem();
	return err_set(e, ERR_IO, "archive cannot be written: %s",
	    why ? why : "no reason given");
}

int
pack_create(struct pack_writer **out, int fd, int level, struct err *e)
{
	struct pack_writer *w = xcalloc(1, sizeof *w);
	char digits[16];

	snprintf(digits, sizeof digits, "%d", level);
	w->fd = fd;
	w->archive = archive_write_new();
	w->entry = archive_entry_new();
	if (!w->archive || !w->entry) {
		pack_writer_free(w);
		return err_set(e, ERR_IO, "libarchive cannot be set up");
	}
	/* Extended headers only where a member needs them; no padding. */
	if (archive_write_set_format_pax_restricted(w->archive) ||
	    archive_write_add_filter_zstd(w->archive) ||
	    archive_write_set_filter_option(
		w->archive, "zstd", "compression-level", digits) ||
	    archive_write_set_bytes_in_last_block(w->archive, 1) ||
	    archive_write_open(w->archive, w, NULL, write_packed, NULL)) {
		write_fault(w, e);
		pack_writer_free(w);
		return -1;
	}
	*out = w;
	return 0;
}

int
pack_add(struct pack_writer *w, const char *name, const void *data, size_t n,
    struct err *e)
{
	assert(name_is_plain(name));
	archive_entry_clear(w->entry);
	archive_entry_set_pathname(w->entry, name);
	archive_entry_set_filetype(w->entry, AE_IFREG);
	archive_entry_set_perm(w->entry, 0644);
	archive_entry_set_uid(w->entry, 0);
	archive_entry_set_gid(w->entry, 0);
	archive_entry_set_mtime(w->entry, 0, 0);
	archive_entry_set_size(w->entry, (la_int64_t)n);
	if (archive_write_header(w->archive, w->entry) ||
	    archive_write_data(w->archive, data, n) != (la_ssize_t)n ||
	    archive_write_finish_entry(w->archive)) {
		write_fault(w, e);
		return err_add(e, "%s", name);
	}
	return 0;
}

int
pack_finish(struct pack_writer *w, struct err *e)
{
	return archive_write_close(w->archive) ? write_fault(w, e) : 0;
}

void
pack_writer_free(struct pack_writer *w)
{
	if (!w)
		return;
	/* Else the end would be written, as if nothing were missing. */
	w->abandoned = true;
	archive_entry_free(w->entry);
	archive_write_free(w->archive);
	free(w);
}

/*
 * Two libarchives in a row: one unpacks, the other takes the tar apart.  So
 * every byte of the tar passes by us on its way, which is what it takes to
 * tell a whole archive from one that was cut behind a member, since that is
 * no fault to libarchive, and to see what stands behind the end.
 */
struct pack_reader {
	struct archive *unpack;
	struct archive *tar;
	struct pack_limits limits;
	int fd;
	int read_errno; /* why fd could not be read, or 0 */
	char in[CHUNK]; /* of fd */
	int64_t in_bytes; /* read from fd */
	int64_t tar_bytes; /* unpacked */
	int64_t tar_zeros_from; /* behind the last byte that is not 0 */
	int64_t members;
	void *names; /* of members, owned: a tree of tsearch() */
	char *name; /* of the last one; names owns it */
	struct buf data;
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static la_ssize_t
read_packed(struct archive *a, void *arg, const void **out)
{
	struct pack_reader *r = arg;
	ssize_t n;

	do
		n = read(r->fd, r->in, sizeof r->in);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		r->read_errno = errno;
		archive_set_error(a, errno, "%s", strerror(errno));
		return ARCHIVE_FATAL;
	}
	*out = r->in;
	r->in_bytes += n;
	if (r->in_bytes > r->tar_bytes + AHEAD) {
		archive_set_error(a, EFBIG, "it unpacks to less than it is");
		return ARCHIVE_FATAL;
	}
	return n;
}

/* Where the zeros begin that the tar ends with so far. */
static void
note_zeros(struct pack_reader *r, const char *data, size_t n)
{
	if (data[0] == 0 && memcmp(data, data + 1, n - 1) == 0)
		return; /* all of them: most of what a bomb is made of */
	while (data[n - 1] == 0)
		n--;
	r->tar_zeros_from = r->tar_bytes + (int64_t)n;
}

static la_ssize_t
read_tar(struct archive *a, void *arg, const void **out)
{
	struct pack_reader *r = arg;
	la_int64_t offset;
	size_t n = 0;
	int code;

	do
		code = archive_read_data_block(r->unpack, out, &n, &offset);
	while (code == ARCHIVE_OK && n == 0);
	if (code == ARCHIVE_EOF)
		return 0;
	if (code != ARCHIVE_OK) {
		archive_copy_error(a, r->unpack);
		return ARCHIVE_FATAL;
	}
	if ((int64_t)n > r->limits.total_bytes - r->tar_bytes) {
		archive_set_error(a, EFBIG, "more than %" PRId64 " bytes",
		    r->limits.total_bytes);
		return ARCHIVE_FATAL;
	}
	note_zeros(r, *out, n);
	r->tar_bytes += (int64_t)n;
	return (la_ssize_t)n;
}

static int
read_fault(struct pack_reader *r, struct archive *a, struct err *e)
{
	const char *why = archive_error_string(a);

	if (r->read_errno)
		return err_set(e, ERR_IO, "archive cannot be read: %s",
		    strerror(r->read_errno));
	if (archive_errno(a) == ENOMEM || archive_errno(r->unpack) == ENOMEM)
		xnomem();
	return err_set(e, ERR_DATA, "archive is damaged: %s",
	    why ? why : "no reason given");
}

/* libarchive without libzstd would start an external program: a warning. */
static int
open_unpack(struct pack_reader *r, struct err *e)
{
	struct archive_entry *entry;

	if (archive_read_support_filter_zstd(r->unpack) ||
	    archive_read_support_filter_gzip(r->unpack) ||
	    archive_read_support_format_raw(r->unpack))
		return err_set(
		    e, ERR_IO, "libarchive was built without zstd or gzip");
	if (archive_read_open(r->unpack, r, NULL, read_packed, NULL))
		return read_fault(r, r->unpack, e);
	/* The last of its filters stands for the file itself. */
	if (archive_filter_count(r->unpack) > 2)
		return err_set(e, ERR_DATA, "archive is packed twice");
	if (archive_read_next_header(r->unpack, &entry))
		return read_fault(r, r->unpack, e);
	return 0;
}

int
pack_open(struct pack_reader **out, int fd, const struct pack_limits *limits,
    struct err *e)
{
	struct pack_reader *r = xcalloc(1, sizeof *r);

	r->fd = fd;
	r->limits = *limits;
	r->unpack = archive_read_new();
	r->tar = archive_read_new();
	if (!r->unpack || !r->tar) {
		err_set(e, ERR_IO, "libarchive cannot be set up");
		goto fail;
	}
	if (open_unpack(r, e))
		goto fail;
	if (archive_read_support_format_tar(r->tar) ||
	    archive_read_open(r->tar, r, NULL, read_tar, NULL)) {
		read_fault(r, r->tar, e);
		goto fail;
	}
	*out = r;
	return 0;
fail:
	pack_reader_free(r);
	return -1;
}

/* What follows the last member must be zeros, enough of them, and no more. */
static int
check_end(struct pack_reader *r, int64_t end, struct err *e)
{
	const void *rest;
	la_ssize_t n;

	while ((n = read_tar(r->tar, r, &rest)) > 0)
		;
	if (n < 0)
		return read_fault(r, r->tar, e);
	if (r->tar_zeros_from > end)
		return err_set(e, ERR_DATA, "archive has bytes behind its end");
	if (r->tar_bytes - end < TAR_END)
		return err_set(e, ERR_DATA, "archive is cut short");
	n = read_packed(r->unpack, r, &rest);
	if (n < 0)
		return read_fault(r, r->unpack, e);
	if (n > 0 || r->in_bytes != archive_filter_bytes(r->unpack, -1))
		return err_set(e, ERR_DATA, "archive has bytes behind its end");
	return 0;
}

static int
check_member(struct pack_reader *r, struct archive_entry *entry, struct err *e)
{
	const char *name = archive_entry_pathname(entry);
	int64_t size = archive_entry_size(entry);

	if (!name || !name_is_plain(name))
		return err_set(e, ERR_DATA,
		    "member %" PRId64 " has a name that is not plain",
		    r->members + 1);
	if (archive_entry_filetype(entry) != AE_IFREG ||
	    archive_entry_hardlink(entry) || archive_entry_symlink(entry) ||
	    archive_entry_sparse_count(entry))
		return err_set(e, ERR_DATA, "%s: not a plain file", name);
	if (r->members == r->limits.members)
		return err_set(e, ERR_DATA,
		    "archive has more than %" PRId64 " members",
		    r->limits.members);
	if (size < 0 || size > r->limits.member_bytes)
		return err_set(e, ERR_DATA, "%s: more than %" PRId64 " bytes",
		    name, r->limits.member_bytes);
	if (tfind(name, &r->names, by_name))
		return err_set(e, ERR_DATA, "%s: there twice", name);
	return 0;
}

/* Memory grows with what is there, not with what a header claims. */
static int
read_member(struct pack_reader *r, struct err *e)
{
	la_ssize_t n;

	buf_clear(&r->data);
	do {
		buf_reserve(&r->data, CHUNK);
		n = archive_read_data(
		    r->tar, r->data.data + r->data.len, CHUNK);
		if (n > 0)
			r->data.len += (size_t)n;
	} while (n > 0);
	if (n < 0) {
		read_fault(r, r->tar, e);
		return err_add(e, "%s", r->name);
	}
	r->data.data[r->data.len] = '\0';
	return 0;
}

int
pack_next(struct pack_reader *r, const char **name, const void **data,
    size_t *n, struct err *e)
{
	struct archive_entry *entry;
	int64_t end =
	    (archive_filter_bytes(r->tar, 0) + BLOCK - 1) / BLOCK * BLOCK;
	int code = archive_read_next_header(r->tar, &entry);

	if (code == ARCHIVE_EOF)
		return check_end(r, end, e);
	if (code != ARCHIVE_OK)
		return read_fault(r, r->tar, e);
	if (check_member(r, entry, e))
		return -1;
	r->name = xstrdup(archive_entry_pathname(entry));
	if (!tsearch(r->name, &r->names, by_name)) {
		free(r->name);
		return err_set(e, ERR_IO, "out of memory");
	}
	r->members++;
	if (read_member(r, e))
		return -1;
	*name = r->name;
	*data = r->data.data;
	*n = r->data.len;
	return 1;
}

void
pack_reader_free(struct pack_reader *r)
{
	if (!r)
		return;
	archive_read_free(r->tar);
	archive_read_free(r->unpack);
	while (r->names) {
		char *name = *(char **)r->names;

		tdelete(name, &r->names, by_name);
		free(name);
	}
	buf_free(&r->data);
	free(r);
}
