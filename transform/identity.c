#include "identity.h"
#include "buf.h"
#include "event.h"
#include "mem.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEAD_SIZE = 9, /* a letter and a number of 8 bytes */
	TIME_SIZE = 4,
	KEEP_BYTES = 1 << 20 /* more memory than this is not kept */
};

/* A member of an object in hand, as its name and value in the bytes. */
struct member {
	const char *name; /* set for sorting only */
	size_t name_len;
	size_t at;
	size_t len;
	bool empty; /* its value is */
};

struct identity {
	struct digest *digest;
	struct scan scan; /* of nested values */
	struct buf bytes;
	struct buf sorted;
	struct member *members; /* of all objects in hand, outer ones first */
	size_t members_count;
	size_t members_cap;
};

static void
store(char *p, uint64_t n, size_t size)
{
	for (size_t i = size; i-- > 0; n >>= 8)
		p[i] = (char)(n & 0xff);
}

static void
put_head(struct buf *b, char letter, uint64_t n)
{
	char head[HEAD_SIZE] = { letter };

	store(head + 1, n, 8);
	buf_put(b, head, sizeof head);
}

static void
put_bytes(struct buf *b, char letter, const char *s, size_t n)
{
	put_head(b, letter, n);
	buf_put(b, s, n);
}

static void
put_nothing(struct buf *b)
{
	put_head(b, '-', 0);
}

/* The head at `at`, whose content follows, is of so many. */
static void
set_head(struct buf *b, size_t at, uint64_t n)
{
	store(b->data + at + 1, n, 8);
}

static void
put_string(struct buf *b, const struct scan_value *v)
{
	size_t at = b->len;

	if (!(v->flags & SCAN_ESCAPED)) {
		put_bytes(b, 's', v->text + 1, v->length - 2);
		return;
	}
	put_head(b, 's', 0);
	scan_text(v, SCAN_AS_IS, b);
	set_head(b, at, b->len - at - HEAD_SIZE);
}

/* An empty string is nothing. */
static void
put_scalar(struct buf *b, const struct scan_value *v)
{
	switch (v->type) {
	case SCAN_STRING:
		if (v->length == 2)
			put_nothing(b);
		else
			put_string(b, v);
		break;
	case SCAN_NUMBER:
		put_bytes(b, 'n', v->text, v->length);
		break;
	case SCAN_TRUE:
		put_head(b, 't', 0);
		break;
	case SCAN_FALSE:
		put_head(b, 'f', 0);
		break;
	default:
		put_nothing(b);
	}
}

static void put_at_cursor(struct identity *id, struct buf *b);

static void
put_array(struct identity *id, struct buf *b)
{
	size_t at = b->len;
	uint64_t n = 0;

	put_head(b, 'a', 0);
	scan_enter(&id->scan);
	for (; scan_element(&id->scan); n++)
		put_at_cursor(id, b);
	set_head(b, at, n);
	if (n == 0)
		b->data[at] = '-';
}

static struct member *
new_member(struct identity *id)
{
	if (id->members_count == id->members_cap) {
		id->members_cap = id->members_cap * 2 + 64;
		id->members = xreallocarray(
		    id->members, id->members_cap, sizeof *id->members);
	}
	return &id->members[id->members_count++];
}

/* By name, bytewise; of equal names the earlier first. */
static int
compare(const void *pa, const void *pb)
{
	const struct member *a = pa;
	const struct member *b = pb;
	size_t n = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = memcmp(a->name, b->name, n);

	if (order == 0 && a->name_len != b->name_len)
		order = a->name_len < b->name_len ? -1 : 1;
	if (order == 0)
		order = a->at < b->at ? -1 : 1;
	return order;
}

static bool
same_name(const struct member *a, const struct member *b)
{
	return a->name_len == b->name_len &&
	    memcmp(a->name, b->name, a->name_len) == 0;
}

/*
 * Put the members that follow the object's head in order, and leave out
 * those that a later one of the same name replaces and those of no content.
 */
static void
settle_members(struct identity *id, struct buf *b, size_t head, size_t first)
{
	struct member *m = id->members + first;
	size_t n = id->members_count - first;
	uint64_t kept = 0;

	for (size_t i = 0; i < n; i++)
		m[i].name = b->data + m[i].at + HEAD_SIZE;
	qsort(m, n, sizeof *m, compare);
	buf_clear(&id->sorted);
	for (size_t i = 0; i < n; i++) {
		if (m[i].empty || (i + 1 < n && same_name(&m[i], &m[i + 1])))
			continue;
		buf_put(&id->sorted, b->data + m[i].at, m[i].len);
		kept++;
	}
	b->len = head + HEAD_SIZE;
	buf_put(b, id->sorted.data, id->sorted.len);
	set_head(b, head, kept);
	if (kept == 0)
		b->data[head] = '-';
	id->members_count = first;
}

static void
put_object(struct identity *id, struct buf *b)
{
	size_t first = id->members_count;
	size_t head = b->len;
	struct scan_value name;

	put_head(b, 'o', 0);
	scan_enter(&id->scan);
	while (scan_member(&id->scan, &name)) {
		struct member m = { .at = b->len };
		size_t value;

		put_string(b, &name);
		value = b->len;
		m.name_len = value - m.at - HEAD_SIZE;
		put_at_cursor(id, b);
		m.len = b->len - m.at;
		m.empty = b->data[value] == '-';
		*new_member(id) = m;
	}
	if (id->members_count == first)
		b->data[head] = '-';
	else
		settle_members(id, b, head, first);
}

static void
put_at_cursor(struct identity *id, struct buf *b)
{
	struct scan_value v = { 0 };

	switch (scan_peek(&id->scan)) {
	case SCAN_OBJECT:
		put_object(id, b);
		break;
	case SCAN_ARRAY:
		put_array(id, b);
		break;
	default:
		scan_value(&id->scan, &v);
		put_scalar(b, &v);
	}
}

static void
put_time(struct buf *b, int64_t at)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%" PRId64, at);

	put_bytes(b, 'n', text, (size_t)n);
}

static void
put_field(struct identity *id, const struct event *ev, int field, struct buf *b)
{
	const struct scan_value *v = &ev->fields[field];

	if (field == ev->rules->time) {
		put_time(b, ev->at);
	} else if (v->type == SCAN_OBJECT || v->type == SCAN_ARRAY) {
		scan_open(&id->scan, v->text, v->length, EVENT_LEVELS);
		put_at_cursor(id, b);
		assert(!id->scan.fault);
	} else {
		put_scalar(b, v);
	}
}

static void
put_log(struct buf *b, const struct event *ev)
{
	const char *name = ttp_log(ev->rules->log)->name;

	put_bytes(b, 's', name, strlen(name));
}

void
identity_content(struct identity *id, const struct event *ev, struct buf *out)
{
	put_log(out, ev);
	for (int i = 0; i < ev->rules->identity_count; i++)
		put_field(id, ev, i, out);
}

/* One record of many megabytes must not keep them for ever. */
static void
tidy(struct identity *id)
{
	if (id->bytes.cap > KEEP_BYTES)
		buf_free(&id->bytes);
	if (id->sorted.cap > KEEP_BYTES)
		buf_free(&id->sorted);
	if (id->members_cap * sizeof *id->members > KEEP_BYTES) {
		free(id->members);
		id->members = NULL;
		id->members_cap = 0;
	}
}

void
identity_digest(
    struct identity *id, const struct event *ev, unsigned char out[DIGEST_SIZE])
{
	buf_clear(&id->bytes);
	identity_content(id, ev, &id->bytes);
	identity_bytes(id, id->bytes.data, id->bytes.len, out);
	tidy(id);
}

/* Led by the time, so that what is stored by it grows at the end. */
static void
lead_by_time(int64_t at, const unsigned char digest[DIGEST_SIZE],
    unsigned char out[TIME_SIZE + 12])
{
	uint32_t saturated = at < 0 ? 0
	    : at > UINT32_MAX       ? UINT32_MAX
				    : (uint32_t)at;
	char time[TIME_SIZE];

	store(time, saturated, sizeof time);
	memcpy(out, time, sizeof time);
	memcpy(out + TIME_SIZE, digest, 12);
}

void
identity_natural_key(struct identity *id, const struct event *ev,
    unsigned char out[ALERT_KEY_SIZE])
{
	const struct rules *rules = ev->rules;
	unsigned char digest[DIGEST_SIZE];
	struct buf *b = &id->bytes;
	size_t start;

	buf_clear(b);
	put_log(b, ev);
	start = b->len;
	if (rules->own_id != RULES_NONE)
		put_field(id, ev, rules->own_id, b);
	if (b->len == start || b->data[start] == '-') {
		b->len = start;
		for (int i = 0; i < rules->natural_count; i++)
			put_field(id, ev, rules->natural[i], b);
	}
	identity_bytes(id, b->data, b->len, digest);
	lead_by_time(ev->at, digest, out);
	tidy(id);
}

void
identity_alert_id(struct identity *id, int64_t at,
    const unsigned char digest[DIGEST_SIZE], int64_t twin,
    unsigned char out[ALERT_ID_SIZE])
{
	unsigned char named[DIGEST_SIZE];
	char number[8];

	store(number, (uint64_t)twin, sizeof number);
	digest_begin(id->digest);
	digest_put(id->digest, digest, DIGEST_SIZE);
	digest_put(id->digest, number, sizeof number);
	digest_end(id->digest, named);
	lead_by_time(at, named, out);
}

void
identity_bytes(struct identity *id, const void *data, size_t n,
    unsigned char out[DIGEST_SIZE])
{
	digest_of(id->digest, data, n, out);
}

int
identity_open(struct identity **out, struct err *e)
{
	struct identity *id = xcalloc(1, sizeof *id);

	if (digest_open(&id->digest, e)) {
		identity_close(id);
		return -1;
	}
	*out = id;
	return 0;
}

void
identity_close(struct identity *id)
{
	if (!id)
		return;
	digest_close(id->digest);
	buf_free(&id->bytes);
	buf_free(&id->sorted);
	free(id->members);
	free(id);
}
