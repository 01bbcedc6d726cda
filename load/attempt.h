/* One attempt to deliver a batch, on the record. */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <stdbool.h>

struct batch;
struct buf;
struct context;
struct err;
struct result;

/*
 * Before the first byte leaves: the attempt is durable, and the batch flagged
 * where an earlier attempt may have been taken and the sink is not
 * idempotent.
 *
 * Errors: as batch_put_attempt, db_begin.
 */
int attempt_begin(
    const struct context *x, struct batch *b, bool idempotent, struct err *e);

/*
 * After it: the receipt and the batch's new state, in one transaction.  A
 * batch that the sink rejects is split into halves, cut from body; a single
 * alert is refused if may_refuse, and else stays sending.
 *
 * Errors: as batch_put_end, db_begin.
 */
int attempt_end(const struct context *x, struct batch *b,
    const struct buf *body, const struct result *r, bool may_refuse,
    struct err *e);

#endif
