#include "archive_reader.h"
#include "err.h"
#include "mem.h"
#include "unpack.h"

#include <stdlib.h>
#include <string.h>

enum { NAME, SIZE, SHA256 };

struct archive_reader {
	struct unpack *unpack;
	struct digest *digest;
	struct manifest manifest;
	struct list listed; /* members in the manifest, from the next one on */
	struct object row;
	int64_t count;
};

static int
read_manifest(struct archive_reader *r, struct err *e)
{
	const char *name;
	const void *data;
	size_t n;
	int rc = unpack_next(r->unpack, &name, &data, &n, e);

	if (rc < 0)
		return -1;
	if (rc == 0 || strcmp(name, manifest_name) != 0)
		return err_set(
		    e, ERR_DATA, "its first member is not %s", manifest_name);
	r->count = 1;
	if (manifest_parse(&r->manifest, data, n, r->digest, e))
		return -1;
	return list_open(&r->listed, manifest_members(&r->manifest), e);
}

int
archive_reader_open(
    struct archive_reader **out, int fd, struct digest *d, struct err *e)
{
	struct archive_reader *r = xcalloc(1, sizeof *r);

	r->digest = d;
	object_open(&r->row, manifest_member_fields, MANIFEST_MEMBER_FIELDS);
	if (unpack_open(&r->unpack, fd, e) || read_manifest(r, e)) {
		archive_reader_close(r);
		return -1;
	}
	*out = r;
	return 0;
}

void
archive_reader_close(struct archive_reader *r)
{
	if (!r)
		return;
	unpack_close(r->unpack);
	list_close(&r->listed);
	object_close(&r->row);
	manifest_free(&r->manifest);
	free(r);
}

const struct manifest *
archive_reader_manifest(const struct archive_reader *r)
{
	return &r->manifest;
}

int64_t
archive_reader_count(const struct archive_reader *r)
{
	return r->count;
}

static int
compare(struct archive_reader *r, struct archive_member *m, struct err *e)
{
	const struct object_value *v = r->row.values;

	if (strcmp(m->name, v[NAME].bytes.data) != 0)
		return err_set(e, ERR_DATA,
		    "%s stands where its manifest has %s", m->name,
		    v[NAME].bytes.data);
	digest_of(r->digest, m->data, m->len, m->digest);
	if ((int64_t)m->len != v[SIZE].n ||
	    memcmp(m->digest, v[SHA256].bytes.data, DIGEST_SIZE) != 0)
		return err_set(e, ERR_DATA,
		    "%s is not what its manifest says: damaged", m->name);
	r->count++;
	return 1;
}

int
archive_reader_next(
    struct archive_reader *r, struct archive_member *m, struct err *e)
{
	struct slice text;
	int listed = list_next(&r->listed, &text, e);
	int rc;

	if (listed < 0 ||
	    (listed > 0 && object_parse(&r->row, "member", text, e)))
		return -1;
	rc = unpack_next(r->unpack, &m->name, &m->data, &m->len, e);
	if (rc < 0)
		return -1;
	if (listed == 0 && rc > 0)
		return err_set(
		    e, ERR_DATA, "%s is not in its manifest", m->name);
	if (listed > 0 && rc == 0)
		return err_set(e, ERR_DATA, "%s is missing",
		    r->row.values[NAME].bytes.data);
	return rc == 0 ? 0 : compare(r, m, e);
}
