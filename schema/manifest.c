#include "manifest.h"
#include "err.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

const char manifest_name[] = "manifest.json";

enum head_field {
	SCHEMA,
	TENANT,
	PROGRAM,
	NUMBER,
	KIND,
	CREATED_AT,
	PREVIOUS_CHAIN,
	WINDOWS,
	MAPPINGS,
	GAPS,
	SINKS,
	BATCHES,
	MEMBERS,
	HEAD_FIELDS
};

static const struct object_field head_fields[HEAD_FIELDS] = {
	[SCHEMA] = { "schema", OBJECT_INT, 0, 0 },
	[TENANT] = { "tenant", OBJECT_TEXT, 0, 0 },
	[PROGRAM] = { "program", OBJECT_TEXT, 0, 0 },
	[NUMBER] = { "number", OBJECT_INT, 0, 0 },
	[KIND] = { "kind", OBJECT_TEXT, 0, 0 },
	[CREATED_AT] = { "created_at", OBJECT_INT, 0, 0 },
	[PREVIOUS_CHAIN] = { "previous_chain", OBJECT_HEX, DIGEST_SIZE, 0 },
	[WINDOWS] = { "windows", OBJECT_LIST, 0, 0 },
	[MAPPINGS] = { "mappings", OBJECT_LIST, 0, 0 },
	[GAPS] = { "gaps", OBJECT_LIST, 0, 0 },
	[SINKS] = { "sinks", OBJECT_LIST, 0, 0 },
	[BATCHES] = { "batches", OBJECT_LIST, 0, 0 },
	[MEMBERS] = { "members", OBJECT_LIST, 0, 0 },
};

static const enum head_field sections[ENTRY_KINDS] = {
	[ENTRY_WINDOW] = WINDOWS,
	[ENTRY_MAPPING] = MAPPINGS,
	[ENTRY_GAP] = GAPS,
	[ENTRY_BATCH] = BATCHES,
};

const struct object_field manifest_member_fields[MANIFEST_MEMBER_FIELDS] = {
	{ "name", OBJECT_TEXT, 0, 0 },
	{ "size", OBJECT_INT, 0, 0 },
	{ "sha256", OBJECT_HEX, DIGEST_SIZE, 0 },
};

const char *
archive_kind_name(enum archive_kind kind)
{
	static const char *const names[ARCHIVE_KINDS] = {
		[ARCHIVE_EVIDENCE] = "evidence",
		[ARCHIVE_DELIVERY] = "delivery",
	};

	return names[kind];
}

static void
put_array(struct buf *out, enum head_field field, const struct buf *elements)
{
	buf_printf(out, ",\n\"%s\":[", head_fields[field].name);
	buf_put(out, elements->data, elements->len);
	buf_putc(out, ']');
}

void
manifest_put(struct buf *out, const struct manifest_head *head,
    const struct buf all[ENTRY_KINDS], const struct buf *sinks,
    const struct buf *members)
{
	char hex[DIGEST_HEX_SIZE];

	buf_printf(out, "{\"schema\":%d,\"tenant\":", MANIFEST_SCHEMA);
	text_put_json_clean(out, head->tenant, strlen(head->tenant));
	buf_puts(out, ",\"program\":");
	text_put_json_clean(out, head->program, strlen(head->program));
	buf_printf(out,
	    ",\"number\":%" PRId64 ",\"kind\":\"%s\",\"created_at\":%" PRId64
	    ",\"previous_chain\":\"%s\"",
	    head->number, archive_kind_name(head->kind), head->created_at,
	    digest_hex(head->previous_chain, DIGEST_SIZE, hex));
	put_array(out, WINDOWS, &all[ENTRY_WINDOW]);
	put_array(out, MAPPINGS, &all[ENTRY_MAPPING]);
	put_array(out, GAPS, &all[ENTRY_GAP]);
	put_array(out, SINKS, sinks);
	put_array(out, BATCHES, &all[ENTRY_BATCH]);
	put_array(out, MEMBERS, members);
	buf_puts(out, "}\n");
}

void
manifest_put_member(struct buf *members, const char *name, size_t size,
    const unsigned char digest[DIGEST_SIZE])
{
	char hex[DIGEST_HEX_SIZE];

	buf_puts(members, members->len ? ",\n{\"name\":" : "{\"name\":");
	text_put_json_clean(members, name, strlen(name));
	buf_printf(members, ",\"size\":%zu,\"sha256\":\"%s\"}", size,
	    digest_hex(digest, DIGEST_SIZE, hex));
}

static int
take_head(struct manifest *m, struct err *e)
{
	const struct object_value *v = m->object.values;
	struct manifest_head *h = &m->head;
	int kind = 0;

	if (v[SCHEMA].n != MANIFEST_SCHEMA)
		return err_set(e, ERR_DATA,
		    "manifest: schema %" PRId64 " is not known", v[SCHEMA].n);
	while (kind < ARCHIVE_KINDS &&
	    strcmp(v[KIND].bytes.data,
		archive_kind_name((enum archive_kind)kind)) != 0)
		kind++;
	if (kind == ARCHIVE_KINDS)
		return err_set(e, ERR_DATA, "manifest: its kind is not known");
	if (v[NUMBER].n < 1)
		return err_set(e, ERR_DATA, "manifest: its number is wrong");
	h->tenant = v[TENANT].bytes.data;
	h->program = v[PROGRAM].bytes.data;
	h->number = v[NUMBER].n;
	h->kind = (enum archive_kind)kind;
	h->created_at = v[CREATED_AT].n;
	h->previous_chain = (const unsigned char *)v[PREVIOUS_CHAIN].bytes.data;
	return 0;
}

int
manifest_parse(struct manifest *m, const void *data, size_t n, struct digest *d,
    struct err *e)
{
	*m = (struct manifest){ 0 };
	object_open(&m->object, head_fields, HEAD_FIELDS);
	buf_put(&m->text, data, n);
	digest_of(d, data, n, m->digest);
	if (object_parse(&m->object, "manifest",
		(struct slice){ m->text.data, m->text.len }, e))
		return -1;
	return take_head(m, e);
}

void
manifest_free(struct manifest *m)
{
	buf_free(&m->text);
	object_close(&m->object);
	*m = (struct manifest){ 0 };
}

struct slice
manifest_section(const struct manifest *m, enum entry_kind kind)
{
	return m->object.values[sections[kind]].bytes;
}

struct slice
manifest_sinks(const struct manifest *m)
{
	return m->object.values[SINKS].bytes;
}

struct slice
manifest_members(const struct manifest *m)
{
	return m->object.values[MEMBERS].bytes;
}
