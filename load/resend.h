/*
 * Batches that are final and whose bytes are sent again, because somebody
 * asked for it: each becomes a new batch of the next generation, and so has
 * another key.
 */
#ifndef RESEND_H
#define RESEND_H

#include <stdint.h>

#include "batch.h"

struct context;
struct err;

/*
 * Make a repeat of every batch of the sink that has ended so, delivered or
 * refused, that has none yet, and whose bytes and alerts are here.  A repeat of
 * what was delivered is flagged; one of what was refused is flagged if that
 * was, or was ever in doubt.
 *
 * Errors: ERR_DATA for a damaged batch; as db_begin.
 */
int resend(const struct context *x, int64_t sink_id, enum batch_state ended,
    struct err *e);

#endif
