#include "compare.h"
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAME, SIZE, SHA256, SUBJECT_BYTES = 100 };

/* Where the walk over a manifest is. */
struct walk {
	struct compare *c;
	struct list listed; /* its members, from the next one on */
	struct object member;
	struct buf row; /* an entry as the tables have it */
	enum entry_kind kind;
};

static void __attribute__((format(printf, 2, 3)))
differ(struct compare *c, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	c->differences++;
	c->found(what, c->arg);
}

/* The beginning of an entry names it, whatever it is about. */
static void
name_subject(char out[SUBJECT_BYTES], enum entry_kind kind, struct slice text)
{
	int n = (int)(text.len < 60 ? text.len : 60);

	snprintf(out, SUBJECT_BYTES, "%s: %.*s...", entry_section(kind), n,
	    text.data);
}

static int
compare_member(const struct entry_member *m, void *arg, struct err *e)
{
	unsigned char digest[DIGEST_SIZE];
	struct walk *w = arg;
	const struct object_value *v = w->member.values;
	struct slice text;
	int rc = list_next(&w->listed, &text, e);

	if (rc < 0 || (rc > 0 && object_parse(&w->member, "member", text, e)))
		return -1;
	if (rc == 0 || strcmp(v[NAME].bytes.data, m->name) != 0) {
		differ(w->c, "%s is not in its place in the archive", m->name);
		return 0;
	}
	if (m->digest &&
	    memcmp(m->digest, v[SHA256].bytes.data, DIGEST_SIZE) != 0)
		differ(w->c, "%s has another digest in the database", m->name);
	if (!w->c->read_data || !m->data)
		return 0;
	digest_of(w->c->digest, m->data, m->len, digest);
	if (memcmp(digest, v[SHA256].bytes.data, DIGEST_SIZE) != 0)
		differ(w->c, "%s has other bytes in the database", m->name);
	return 0;
}

static int
compare_entry(struct walk *w, struct slice text, struct err *e)
{
	char subject[SUBJECT_BYTES];
	struct compare *c = w->c;
	int64_t id, archive_no;

	name_subject(subject, w->kind, text);
	if (entry_find(c->entries, w->kind, text, &id, &archive_no, e))
		return -1;
	if (id == 0) {
		differ(c, "%s is not in the database", subject);
		return 0;
	}
	if (c->archive_no && archive_no != c->archive_no)
		differ(c, "%s says that another archive holds it", subject);
	buf_clear(&w->row);
	if (entry_put(c->entries, w->kind, id, &w->row, e))
		return -1;
	if (w->row.len != text.len ||
	    memcmp(w->row.data, text.data, text.len) != 0)
		differ(c, "%s differs from the database", subject);
	return entry_each_member(c->entries, w->kind, id, compare_member, w, e);
}

static int
compare_section(struct walk *w, struct err *e)
{
	struct compare *c = w->c;
	struct slice text;
	struct list rest;
	int64_t listed = 0;
	int64_t rows = 0;
	int rc;

	if (list_open(&rest, manifest_section(c->manifest, w->kind), e))
		return -1;
	while ((rc = list_next(&rest, &text, e)) > 0) {
		listed++;
		rc = compare_entry(w, text, e);
		if (rc)
			break;
	}
	list_close(&rest);
	if (rc || c->archive_no == 0)
		return rc;
	if (entry_count(c->entries, w->kind, c->archive_no, &rows, e))
		return -1;
	if (rows > listed)
		differ(c,
		    "%s in the database say that it holds them, and it "
		    "does not",
		    entry_section(w->kind));
	return 0;
}

int
compare_tables(struct compare *c, struct err *e)
{
	struct walk w = { .c = c };
	int rc = -1;

	c->differences = 0;
	object_open(&w.member, manifest_member_fields, MANIFEST_MEMBER_FIELDS);
	if (list_open(&w.listed, manifest_members(c->manifest), e))
		goto out;
	for (int k = 0; k < ENTRY_KINDS; k++) {
		w.kind = (enum entry_kind)k;
		if (compare_section(&w, e))
			goto out;
	}
	rc = 0;
out:
	list_close(&w.listed);
	object_close(&w.member);
	buf_free(&w.row);
	return rc;
}
