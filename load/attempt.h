/* One attempt to deliver a batch, on the record. */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

struct batch;
struct buf;
struct context;
struct err;
struct quota;
struct quota_wait;
struct result;

/*
 * Before the first byte leaves: the attempt is durable, counted by the quota,
 * and the batch flagged where an earlier attempt may have been taken and the
 * sink is not idempotent.  Where the quota allows none at now, w tells until
 * when, and nothing is changed.
 *
 * Errors: as batch_put_attempt, quota_take, db_begin.
 */
int attempt_begin(const struct context *x, struct batch *b, bool idempotent,
    const struct quota *q, int64_t now, struct quota_wait *w, struct err *e);

/*
 * After it: the receipt, the batch's new state and the wait that the sink
 * asks for, in one transaction.  A batch that the sink rejects is split into
 * halves, cut from body; a single alert is refused if may_refuse, and else
 * stays sending.
 *
 * Errors: as batch_put_end, quota_hold, db_begin.
 */
int attempt_end(const struct context *x, struct batch *b,
    const struct buf *body, const struct result *r, bool may_refuse,
    const struct quota *q, struct err *e);

#endif
