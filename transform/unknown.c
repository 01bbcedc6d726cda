#include "unknown.h"
#include "buf.h"
#include "log.h"
#include "mem.h"
#include "pool.h"
#include "record.h"
#include "scan.h"
#include "text.h"
#include "unknown_field.h"

#include <stdlib.h>
#include <string.h>

enum {
	SLOTS = 2048, /* a power of two, well above UNKNOWN_NAMES */
	KEEP_BYTES = 1 << 16 /* more memory than this is not kept */
};

struct entry {
	struct unknown_field field; /* what is noted and not stored */
	uint64_t hash;
	int64_t last_record;
};

/* The names of a log, found by their hash. */
struct names {
	struct entry entries[UNKNOWN_NAMES];
	short slots[SLOTS]; /* the number of an entry, from 1; 0: free */
	short count;
	bool told; /* that there are too many */
};

struct unknown {
	struct unknown_field_table *table;
	struct names logs[TTP_COUNT];
	struct pool *pool; /* of the names */
	struct buf scratch;
	enum ttp log;
	int64_t page_id;
	int64_t fetched_at;
};

/* FNV-1a. */
static uint64_t
hash_of(const char *s, size_t n)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)s[i]) * 0x100000001b3;
	return hash;
}

/* The slot of that name, or the free one where it belongs. */
static short *
slot_of(struct names *names, const char *name, size_t len, uint64_t hash)
{
	for (size_t i = hash;; i++) {
		short *slot = &names->slots[i % SLOTS];
		const struct entry *entry;

		if (*slot == 0)
			return slot;
		entry = &names->entries[*slot - 1];
		if (entry->hash == hash && entry->field.len == len &&
		    memcmp(entry->field.name, name, len) == 0)
			return slot;
	}
}

static void
tell_full(struct unknown *u, struct names *names)
{
	if (names->told)
		return;
	names->told = true;
	log_note("%s: records have more than %d unknown names: further ones "
		 "are not noted",
	    ttp_log(u->log)->name, UNKNOWN_NAMES);
}

/* NULL: there are too many. */
static struct entry *
entry_of(struct unknown *u, struct names *names, const char *name, size_t len)
{
	uint64_t hash = hash_of(name, len);
	short *slot = slot_of(names, name, len, hash);
	struct entry *entry;
	char *copy;

	if (*slot > 0)
		return &names->entries[*slot - 1];
	if (names->count == UNKNOWN_NAMES) {
		tell_full(u, names);
		return NULL;
	}
	entry = &names->entries[names->count++];
	*slot = names->count;
	copy = pool_zero(u->pool, len + 1);
	memcpy(copy, name, len);
	*entry = (struct entry){ .field = { .name = copy, .len = len },
		.hash = hash,
		.last_record = -1 };
	return entry;
}

/* So much of a clean text as there is room for, and no part of a character. */
static size_t
cut(const char *s, size_t n)
{
	if (n <= UNKNOWN_NAME_BYTES)
		return n;
	n = UNKNOWN_NAME_BYTES;
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void
count(struct entry *entry, int64_t record, int64_t fetched_at)
{
	struct unknown_field *f = &entry->field;

	if (entry->last_record == record)
		return;
	entry->last_record = record;
	if (f->records++ == 0) {
		f->first_record = record;
		f->first_seen_at = f->last_seen_at = fetched_at;
	}
	if (fetched_at < f->first_seen_at)
		f->first_seen_at = fetched_at;
	if (fetched_at > f->last_seen_at)
		f->last_seen_at = fetched_at;
}

void
unknown_note(struct unknown *u, const struct scan_value *name, int64_t position)
{
	struct buf *text = &u->scratch;
	struct entry *entry;

	buf_clear(text);
	scan_text(name, SCAN_CLEAN, text);
	entry = entry_of(
	    u, &u->logs[u->log], text->data, cut(text->data, text->len));
	if (entry)
		count(entry, record_id(u->page_id, position), u->fetched_at);
	if (text->cap > KEEP_BYTES)
		buf_free(text);
}

void
unknown_page(
    struct unknown *u, enum ttp log, int64_t page_id, int64_t fetched_at)
{
	u->log = log;
	u->page_id = page_id;
	u->fetched_at = fetched_at;
}

static int
store_log(struct unknown *u, enum ttp log, struct err *e)
{
	struct names *names = &u->logs[log];

	for (short i = 0; i < names->count; i++) {
		struct unknown_field *field = &names->entries[i].field;

		if (field->records == 0)
			continue;
		if (unknown_field_put(u->table, log, field, e))
			return -1;
		field->records = 0;
	}
	return 0;
}

int
unknown_store(struct unknown *u, struct err *e)
{
	for (int log = 0; log < TTP_COUNT; log++)
		if (store_log(u, (enum ttp)log, e))
			return -1;
	return 0;
}

static void
add_known(void *arg, const char *name, size_t len)
{
	struct unknown *u = arg;

	entry_of(u, &u->logs[u->log], name, len);
}

static int
read_known(struct unknown *u, struct err *e)
{
	for (int log = 0; log < TTP_COUNT; log++) {
		u->log = (enum ttp)log;
		if (unknown_field_each(u->table, u->log, add_known, u, e))
			return -1;
	}
	return 0;
}

int
unknown_open(struct unknown **out, struct db *db, struct err *e)
{
	struct unknown *u = xcalloc(1, sizeof *u);

	u->pool = pool_new();
	if (unknown_field_open(&u->table, db, e) || read_known(u, e)) {
		unknown_close(u);
		return -1;
	}
	*out = u;
	return 0;
}

void
unknown_close(struct unknown *u)
{
	if (!u)
		return;
	unknown_field_close(u->table);
	pool_free(u->pool);
	buf_free(&u->scratch);
	free(u);
}
