#include "chain.h"
#include "archive.h"
#include "archive_file.h"
#include "err.h"
#include "mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The rows, read at once, so that no transaction waits for files. */
struct rows {
	struct archive *all;
	size_t count;
};

static int
note_row(const struct archive *a, void *arg, struct err *e)
{
	struct rows *rows = arg;

	(void)e;
	rows->all =
	    xreallocarray(rows->all, rows->count + 1, sizeof *rows->all);
	rows->all[rows->count] = *a;
	rows->all[rows->count++].file = xstrdup(a->file);
	return 0;
}

static void
rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		union {
			const char *borrowed;
			char *owned;
		} file = { rows->all[i].file };

		free(file.owned);
	}
	free(rows->all);
}

static void __attribute__((format(printf, 3, 4)))
tell(struct chain *c, const struct archive *row, const char *fmt, ...)
{
	char what[400];
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	snprintf(line, sizeof line, "archive %" PRId64 " (%s): %s", row->no,
	    row->file, what);
	c->found(line, c->arg);
}

/* What can be said without the file. */
static bool
row_follows(
    struct chain *c, const struct archive *row, const struct archive *before)
{
	static const unsigned char zeros[DIGEST_SIZE];
	struct archive again = *row;
	bool ok = true;

	if (row->no != (before ? before->no + 1 : 1)) {
		tell(c, row, "archives before it are missing in the table");
		ok = false;
	} else if (memcmp(row->previous_chain, before ? before->chain : zeros,
		       DIGEST_SIZE) != 0) {
		tell(c, row,
		    "the chain is broken: it does not follow the one "
		    "before it");
		ok = false;
	}
	archive_link(&again, c->digest);
	if (memcmp(again.chain, row->chain, DIGEST_SIZE) != 0) {
		tell(c, row, "the chain is broken: its own value is wrong");
		ok = false;
	}
	return ok;
}

/* The file against the row. */
static bool
is_that(struct chain *c, const struct archive *row, const struct archive *a,
    const struct manifest *m)
{
	if (memcmp(row->manifest_digest, a->manifest_digest, DIGEST_SIZE) != 0)
		tell(c, row,
		    "its manifest is not the one that was written: "
		    "another archive, or one packed anew");
	else if (memcmp(row->file_digest, a->file_digest, DIGEST_SIZE) != 0)
		tell(c, row,
		    "its bytes are not those that were written: "
		    "packed anew");
	else if (a->no != row->no || a->kind != row->kind ||
	    a->members != row->members || a->bytes != row->bytes ||
	    a->created_at != row->created_at ||
	    memcmp(a->chain, row->chain, DIGEST_SIZE) != 0)
		tell(c, row, "the table says other things of it than it does");
	else if (strcmp(m->head.tenant, c->tenant) != 0)
		tell(c, row, "it is another tenant's");
	else
		return true;
	return false;
}

/* 1: it is whole; 0: it is not, and that is told; -1. */
static int
verify_file(struct chain *c, const struct archive *row, struct manifest *m,
    struct err *e)
{
	char *path = xasprintf("%s/%s", c->folder, row->file);
	struct err why = { 0 };
	struct archive a;
	int fd = -1;
	int rc = 0;

	if (access(path, F_OK)) {
		tell(c, row, "the file is missing");
	} else if (archive_file_open(&fd, path, &why) ||
	    archive_file_check(fd, c->digest, &a, m, &why)) {
		if (why.kind != ERR_DATA)
			rc = -1;
		else
			tell(c, row, "%s", why.msg);
	} else {
		rc = is_that(c, row, &a, m);
	}
	if (rc < 0) {
		*e = why;
		err_add(e, "%s", path);
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return rc;
}

static int
verify_archive(struct chain *c, const struct archive *row,
    const struct archive *before, struct err *e)
{
	struct manifest m = { 0 };
	bool follows = row_follows(c, row, before);
	int rc = verify_file(c, row, &m, e);

	c->archives++;
	c->members += row->members;
	if (rc > 0) {
		c->archives_whole += follows;
		c->members_whole += row->members;
	}
	if (rc > 0 && follows && c->whole)
		rc = c->whole(row, &m, c->arg, e);
	manifest_free(&m);
	return rc < 0 ? -1 : 0;
}

int
chain_verify(struct chain *c, struct err *e)
{
	struct rows rows = { 0 };
	int rc = archive_each(c->db, note_row, &rows, e);

	c->archives = c->archives_whole = 0;
	c->members = c->members_whole = 0;
	for (size_t i = 0; rc == 0 && i < rows.count; i++)
		rc = verify_archive(
		    c, &rows.all[i], i ? &rows.all[i - 1] : NULL, e);
	rows_free(&rows);
	return rc;
}
