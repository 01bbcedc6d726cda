/*
 * Page tokens: opaque, bound to their query, the same after a restart with
 * the same events.
 */
#ifndef SIM_PAGETOKEN_H
#define SIM_PAGETOKEN_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct query;

enum pagetoken_state {
	PAGETOKEN_GOOD,
	PAGETOKEN_UNKNOWN, /* never handed out */
	PAGETOKEN_MISUSED /* of another log, from or to */
};

/* Appends the token of a position in the query; secret is the events'. */
void pagetoken_make(
    struct buf *out, uint64_t secret, const struct query *q, uint64_t position);

/* Reads the token of the query. */
enum pagetoken_state pagetoken_read(
    const struct query *q, uint64_t secret, uint64_t *position);

#endif
