/* Sealing: alerts that are owed become batches whose bytes never change. */
#ifndef SEAL_H
#define SEAL_H

#include <stdint.h>

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

/*
 * Seal the next batches of a sink, some at a time, in one transaction, and
 * move sink->sealed_to.  A batch holds at most c->batch_alerts alerts and
 * c->batch_bytes bytes; an alert that is larger alone goes alone.  The sum
 * is set; no batches: nothing more is owed.
 *
 * Errors: ERR_BUG for an alert without a mapping; as db_begin.
 */
int seal_some(const struct context *x, const struct config_sink *c,
    struct sink *sink, struct seal_sum *sum, struct err *e);

/* Add up what seal_some would seal until nothing is owed; store nothing. */
int seal_count(const struct context *x, const struct config_sink *c,
    const struct sink *sink, struct seal_sum *sum, struct err *e);

#endif
