#include "archive_members.h"
#include "archive_file.h"
#include "archive_reader.h"
#include "audit.h"
#include "config.h"
#include "db.h"
#include "err.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARCHIVE, NAME, SIZE, DIGEST, BODY };

struct members {
	char *argument;
	int fd;
	struct digest *digest;
	struct archive_reader *reader;
	struct archive_member now;
	bool first; /* the manifest is still to be shown */
};

static void
close_members(void *cursor)
{
	struct members *m = cursor;

	archive_reader_close(m->reader);
	digest_close(m->digest);
	if (m->fd >= 0)
		close(m->fd);
	free(m->argument);
	free(m);
}

/* Where the table has an archive of that number, it must be this one. */
static int
check_listed(const struct audit *a, const struct manifest *m, struct err *e)
{
	struct archive row;
	bool found;

	if (strcmp(m->head.tenant, a->tenant->name) != 0)
		return 0;
	if (archive_get(a->db, m->head.number, &row, &found, e))
		return -1;
	if (found && memcmp(row.manifest_digest, m->digest, DIGEST_SIZE) != 0)
		return err_set(e, ERR_DATA,
		    "it is not the archive that was written: m2s-audit verify "
		    "tells more");
	return 0;
}

static int
open_members(void **cursor, void *ctx, const char *argument, struct err *e)
{
	const struct audit *a = ctx;
	char *folder = archive_file_folder(a->tenant->dir);
	char *path = argument[0] == '/' ? xstrdup(argument)
					: xasprintf("%s/%s", folder, argument);
	struct members *m = xcalloc(1, sizeof *m);
	int rc = -1;

	m->fd = -1;
	m->first = true;
	m->argument = xstrdup(argument);
	if (archive_file_open(&m->fd, path, e))
		goto out;
	if (digest_open(&m->digest, e) ||
	    archive_reader_open(&m->reader, m->fd, m->digest, e) ||
	    check_listed(a, archive_reader_manifest(m->reader), e)) {
		err_add(e, "%s", argument);
		goto out;
	}
	*cursor = m;
	m = NULL;
	rc = 0;
out:
	if (m)
		close_members(m);
	free(path);
	free(folder);
	return rc;
}

static int
step(struct members *m, struct err *e)
{
	const struct manifest *manifest;

	if (!m->first)
		return archive_reader_next(m->reader, &m->now, e);
	m->first = false;
	manifest = archive_reader_manifest(m->reader);
	m->now.name = manifest_name;
	m->now.data = manifest->text.data;
	m->now.len = manifest->text.len;
	memcpy(m->now.digest, manifest->digest, DIGEST_SIZE);
	return 1;
}

static struct db_cell
text(const char *s)
{
	return (struct db_cell){ DB_TEXT, 0, s, strlen(s) };
}

static int
next_member(void *cursor, struct db_cell *cells, struct err *e)
{
	struct members *m = cursor;
	int rc = step(m, e);

	if (rc < 0)
		return err_add(e, "%s", m->argument);
	if (rc == 0)
		return 0;
	cells[ARCHIVE] = text(m->argument);
	cells[NAME] = text(m->now.name);
	cells[SIZE] =
	    (struct db_cell){ .type = DB_INT, .n = (int64_t)m->now.len };
	cells[DIGEST] =
	    (struct db_cell){ DB_BLOB, 0, m->now.digest, DIGEST_SIZE };
	cells[BODY] = (struct db_cell){ DB_BLOB, 0, m->now.data, m->now.len };
	return 1;
}

int
archive_members_offer(struct audit *a, struct err *e)
{
	static struct db_function function = {
		.name = "archive_members",
		.columns = "archive TEXT, name TEXT, size INTEGER,"
			   " digest BLOB, body BLOB",
		.open = open_members,
		.next = next_member,
		.close = close_members,
	};

	function.ctx = a;
	return db_table_function(a->db, &function, e);
}
