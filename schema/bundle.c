#include "bundle.h"
#include "err.h"
#include "mem.h"
#include "pack.h"
#include "unpack.h"

#include <stdlib.h>
#include <string.h>

enum {
	FULL_BYTES = UNPACK_BYTES / 2, /* however well it packs, it is read */
	FULL_MEMBERS = 50000,
	FULL_TEXT_BYTES = 1 << 20, /* of the manifest, which is in memory */
};

void
bundle_open(struct bundle *d, struct entries *entries, struct digest *digest)
{
	*d = (struct bundle){ .entries = entries, .digest = digest };
}

static void
free_parts(struct bundle *d)
{
	for (int k = 0; k < ENTRY_KINDS; k++)
		buf_free(&d->sections[k]);
	buf_free(&d->sinks);
	buf_free(&d->members);
}

void
bundle_free(struct bundle *d)
{
	free_parts(d);
	for (int k = 0; k < ENTRY_KINDS; k++)
		free(d->ids[k].ids);
	buf_free(&d->text);
}

bool
bundle_is_full(const struct bundle *d)
{
	size_t text = d->members.len;

	for (int k = 0; k < ENTRY_KINDS; k++)
		text += d->sections[k].len;
	return d->bytes >= FULL_BYTES || d->members_count >= FULL_MEMBERS ||
	    text >= FULL_TEXT_BYTES;
}

bool
bundle_is_empty(const struct bundle *d)
{
	for (int k = 0; k < ENTRY_KINDS; k++)
		if (d->ids[k].count)
			return false;
	return true;
}

static int
check_bytes(struct bundle *d, const struct entry_member *m,
    unsigned char digest[DIGEST_SIZE], struct err *e)
{
	if (!m->data)
		return err_set(e, ERR_DATA,
		    "%s is not in the database: restore it from a copy",
		    m->name);
	digest_of(d->digest, m->data, m->len, digest);
	if (m->digest && memcmp(digest, m->digest, DIGEST_SIZE) != 0)
		return err_set(e, ERR_DATA,
		    "%s is not what was stored: the database is damaged, "
		    "restore it from a copy",
		    m->name);
	return 0;
}

static int
list_member(const struct entry_member *m, void *arg, struct err *e)
{
	unsigned char digest[DIGEST_SIZE];
	struct bundle *d = arg;

	if (check_bytes(d, m, digest, e))
		return -1;
	manifest_put_member(&d->members, m->name, m->len, digest);
	d->members_count++;
	d->bytes += (int64_t)m->len;
	return 0;
}

static void
add_id(struct bundle_ids *l, int64_t id)
{
	if ((l->count & (l->count - 1)) == 0) /* 0, 1, 2, 4, 8, ... */
		l->ids = xreallocarray(
		    l->ids, l->count ? 2 * l->count : 1, sizeof *l->ids);
	l->ids[l->count++] = id;
}

int
bundle_add(struct bundle *d, enum entry_kind kind, int64_t id, struct err *e)
{
	add_id(&d->ids[kind], id);
	if (d->sections[kind].len)
		buf_puts(&d->sections[kind], ",\n");
	if (entry_put(d->entries, kind, id, &d->sections[kind], e))
		return -1;
	return entry_each_member(d->entries, kind, id, list_member, d, e);
}

static bool
is_array_of(const struct buf *elements, struct slice array)
{
	return array.len == elements->len + 2 &&
	    (elements->len == 0 ||
		memcmp(array.data + 1, elements->data, elements->len) == 0);
}

bool
bundle_is_in(const struct bundle *d, const struct manifest *m)
{
	for (int k = 0; k < ENTRY_KINDS; k++)
		if (!is_array_of(&d->sections[k],
			manifest_section(m, (enum entry_kind)k)))
			return false;
	return is_array_of(&d->members, manifest_members(m));
}

int
bundle_seal(struct bundle *d, const struct manifest_head *head, struct err *e)
{
	manifest_put(&d->text, head, d->sections, &d->sinks, &d->members);
	free_parts(d);
	if (d->text.len > UNPACK_MEMBER_BYTES ||
	    d->members_count >= UNPACK_MEMBERS)
		return err_set(e, ERR_IO,
		    "a window has too many pages for one archive: %lld",
		    (long long)d->members_count);
	return 0;
}

struct put {
	struct bundle *bundle;
	struct pack_writer *writer;
};

static int
put_member(const struct entry_member *m, void *arg, struct err *e)
{
	struct put *p = arg;

	return pack_add(p->writer, m->name, m->data, m->len, e);
}

int
bundle_put(struct bundle *d, struct pack_writer *w, struct err *e)
{
	struct put p = { d, w };

	if (pack_add(w, manifest_name, d->text.data, d->text.len, e))
		return -1;
	for (int k = 0; k < ENTRY_KINDS; k++)
		for (size_t i = 0; i < d->ids[k].count; i++)
			if (entry_each_member(d->entries, (enum entry_kind)k,
				d->ids[k].ids[i], put_member, &p, e))
				return -1;
	return 0;
}
