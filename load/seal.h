/* Sealing: alerts that are owed become batches whose bytes never change. */
#ifndef SEAL_H
#define SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct config_sink;
struct context;
struct err;
struct sink;

/* What was sealed, or would be. */
struct seal_sum {
	int64_t batches;
	int64_t alerts;
	int64_t bytes;
};

enum { SEAL_SOME = 8 };

/* The bytes that were sealed last, as they were stored. */
struct seal_kept {
	int64_t batch_id[SEAL_SOME]; /* 0: none, or taken */
	struct buf body[SEAL_SOME];
};

/* Put the bytes of a batch in place of what out held, if they are here. */
bool seal_take(struct seal_kept *k, int64_t batch_id, struct buf *out);
void seal_free(struct seal_kept *k);

/*
 * Seal the next batches of a sink, some at a time, in one transaction, and
 * move sink->sealed_to.  A batch holds at most c->batch_alerts alerts and
 * c->batch_bytes bytes; an alert that is larger alone goes alone.  The sum
 * is set; no batches: nothing more is owed.  k, unless it is NULL, then holds
 * what was sealed, and nothing else.
 *
 * Errors: ERR_BUG for an alert without a mapping; as db_begin.
 */
int seal_some(const struct context *x, const struct config_sink *c,
    struct sink *sink, struct seal_sum *sum, struct seal_kept *k,
    struct err *e);

/* Add up what seal_some would seal until nothing is owed; store nothing. */
int seal_count(const struct context *x, const struct config_sink *c,
    const struct sink *sink, struct seal_sum *sum, struct err *e);

#endif
