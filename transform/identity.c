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

struct identity {
	struct digest *digest;
	struct scan scan; /* of nested values */
	struct buf bytes;
	struct buf sorted;
	size_t *members; /* of all objects in hand, outer ones first: where
			    they begin in the bytes */
	size_t members_count;
	size_t members_cap;
};

static void
store(char *p, uint64_t n, size_t size)
{
	for (size_t i = size; i-- > 0; n >>= 8)
		p[i] = (char)(n & 0xff);
}

static uint64_t
load(const char *p, size_t size)
{
	uint64_t n = 0;

	for (size_t i = 0; i < size; i++)
		n = n << 8 | (unsigned char)p[i];
	return n;
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

static void
add_member(struct identity *id, size_t at)
{
	if (id->members_count == id->members_cap) {
		id->members_cap = id->members_cap * 2 + 64;
		id->members = xreallocarray(
		    id->members, id->members_cap, sizeof *id->members);
	}
	id->members[id->members_count++] = at;
}

/* How long the value at p is; a name is one, too. */
static size_t
length_of(const char *p)
{
	const char *start = p;

	for (uint64_t values = 1; values > 0; values--) {
		char letter = *p;
		uint64_t n = load(p + 1, 8);

		p += HEAD_SIZE;
		if (letter == 's' || letter == 'n')
			p += n;
		else if (letter == 'a')
			values += n;
		else if (letter == 'o')
			values += 2 * n;
	}
	return (size_t)(p - start);
}

static int
compare_names(const char *a, const char *b)
{
	uint64_t a_len = load(a + 1, 8);
	uint64_t b_len = load(b + 1, 8);
	int order = memcmp(a + HEAD_SIZE, b + HEAD_SIZE,
	    (size_t)(a_len < b_len ? a_len : b_len));

	if (order == 0 && a_len != b_len)
		order = a_len < b_len ? -1 : 1;
	return order;
}

/* By name, bytewise; of equal names the earlier first. */
static bool
is_before(const struct buf *b, size_t x, size_t y)
{
	int order = compare_names(b->data + x, b->data + y);

	return order < 0 || (order == 0 && x < y);
}

/* The parts below a root are heaps: make the whole one. */
static void
sift(const struct buf *b, size_t *m, size_t root, size_t n)
{
	size_t moved = m[root];
	size_t child;

	while ((child = 2 * root + 1) < n) {
		if (child + 1 < n && is_before(b, m[child], m[child + 1]))
			child++;
		if (!is_before(b, moved, m[child]))
			break;
		m[root] = m[child];
		root = child;
	}
	m[root] = moved;
}

/* In place: qsort would take as much memory again. */
static void
sort(const struct buf *b, size_t *m, size_t n)
{
	for (size_t root = n / 2; root-- > 0;)
		sift(b, m, root, n);
	while (n-- > 1) {
		size_t last = m[0];

		m[0] = m[n];
		m[n] = last;
		sift(b, m, 0, n);
	}
}

static bool
are_in_place(const size_t *m, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (m[i] > m[i + 1])
			return false;
	return true;
}

/*
 * Put the members that follow the object's head in order, and leave out
 * those that a later one of the same name replaces and those of no content.
 * A large value must not be copied only because it has a name.
 */
static void
settle_members(struct identity *id, struct buf *b, size_t head, size_t first)
{
	size_t *m = id->members + first;
	size_t n = id->members_count - first;
	size_t end = head + HEAD_SIZE;
	uint64_t kept = 0;
	bool in_place;

	sort(b, m, n);
	in_place = are_in_place(m, n);
	buf_clear(&id->sorted);
	for (size_t i = 0; i < n; i++) {
		char *member = b->data + m[i];
		size_t len = length_of(member);

		if (member[len] == '-' ||
		    (i + 1 < n &&
			compare_names(member, b->data + m[i + 1]) == 0))
			continue;
		len += length_of(member + len);
		if (in_place)
			memmove(b->data + end, member, len);
		else
			buf_put(&id->sorted, member, len);
		end += len;
		kept++;
	}
	if (id->sorted.len > 0)
		memcpy(b->data + head + HEAD_SIZE, id->sorted.data,
		    id->sorted.len);
	b->len = end;
	buf_put(b, "", 0); /* for its closing NUL */
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
		add_member(id, b->len);
		put_string(b, &name);
		put_at_cursor(id, b);
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
