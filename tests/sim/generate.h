/*
 * Records made up from a seed.  The same seed and number give the same bytes
 * on every machine; only the times follow from the span asked for.
 */
#ifndef SIM_GENERATE_H
#define SIM_GENERATE_H

#include "record.h"

#include <stdint.h>

struct event;
struct event_set;

enum generate_shape {
	SHAPE_PLAIN, /* alone: may be flawed */
	SHAPE_BASE, /* others are derived from it */
	SHAPE_TWIN, /* the same bytes as its base */
	SHAPE_CHANGED, /* its base with another action and verdict, later */
	SHAPE_SIBLING /* another file of its base's message */
};

struct generate_plan {
	uint64_t seed;
	uint32_t start; /* number of the first event */
	uint32_t records; /* how many */
	int64_t from, to; /* times are in [from, to) */
};

/*
 * Adds the planned events: 60 % url, 25 % attachment, 15 % impersonation,
 * with twins, changed, late and flawed rows among them.
 */
void generate_events(struct event_set *s, const struct generate_plan *plan);

/* Appends the bytes of a generated event. */
void generate_text(uint64_t seed, const struct event *e, struct buf *out);

/* What must become of it, as it was meant; record_judge must agree. */
enum record_kind generate_kind(uint64_t seed, const struct event *e);

#endif
