/* The events a simulated service holds, by log and in order of time. */
#ifndef SIM_EVENT_H
#define SIM_EVENT_H

#include "record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event {
	int64_t time; /* seconds since 1970 UTC, under which it is served */
	int64_t visible_at; /* not before; > time for a late row */
	const char *text; /* its bytes in a record file; NULL: generated */
	uint32_t size; /* of text */
	uint32_t number; /* names it in the ledger */
	uint32_t base; /* generated: the event it is derived from */
	uint8_t log; /* enum log */
	uint8_t shape; /* generated: how it is derived, see generate.h */
};

/* A response of a record file, served as it is. */
struct event_whole {
	enum log log;
	int64_t time;
	const char *text;
	size_t size;
	struct event *inner; /* owned; the records inside, in order */
	size_t inners;
};

struct event_list {
	struct event *row; /* owned; by time, then number, once sealed */
	size_t count, capacity;
	struct event *late; /* owned; copies of the late ones, same order */
	size_t lates;
};

struct event_set {
	struct event_list list[LOG_COUNT];
	struct event_whole *whole; /* owned; in order of their files */
	size_t wholes;
	uint64_t seed; /* of those that are generated */
};

void event_add(struct event_set *s, const struct event *e);

/* Takes w and its inner rows over. */
void event_add_whole(struct event_set *s, const struct event_whole *w);

/* Sorts; call once, when all are added. */
void event_seal(struct event_set *s);

bool event_visible(const struct event *e, int64_t now);

/* The rows [*low, *high) whose time is in [from, to). */
void event_range(const struct event_list *l, int64_t from, int64_t to,
    size_t *low, size_t *high);

/* How many of the rows with time in [from, to) are visible. */
size_t event_total(
    const struct event_list *l, int64_t from, int64_t to, int64_t now);

/* Appends the bytes of the record. */
void event_text(
    const struct event_set *s, const struct event *e, struct buf *out);

/* The earliest and latest time of all; false if there are no events. */
bool event_span(const struct event_set *s, int64_t *first, int64_t *last);

void event_free(struct event_set *s);

#endif
