/* Which sinks there are, and what each of them owes. */
#ifndef ENROL_H
#define ENROL_H

#include <stdint.h>

#include "sink.h"

struct config_sink;
struct config_tenant;
struct context;
struct db;
struct err;
struct seal_sum;

/*
 * Bring table sink in line with the configuration, and give the sink of each
 * of t's sinks, in its order.  DESIGN.md of this folder has the rules for
 * one that is new, that is gone and that comes back.
 *
 * Errors: ERR_CONFIG if a sink had another type before; as seal_some.
 */
int enrol(const struct context *x, const struct config_tenant *t,
    struct sink *sinks, struct err *e);

/*
 * Add up what a sink would owe after enrol and has in no batch; nothing is
 * written.  *sink_id: 0 where it is new.
 *
 * Errors: as enrol.
 */
int enrol_count(const struct context *x, const struct config_sink *c,
    int64_t *sink_id, struct seal_sum *sum, struct err *e);

#endif
