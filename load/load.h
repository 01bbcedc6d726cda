/* A run of m2s-load on one tenant. */
#ifndef LOAD_H
#define LOAD_H

#include <stdint.h>

struct config;
struct config_tenant;
struct db;
struct err;
struct summary;

/*
 * Bring every sink of the tenant what it is owed.  Sinks do not stop one
 * another; each puts its figures into the summary, in groups by name.
 *
 * Errors: the worst of all sinks': ERR_PARTIAL for refused alerts; ERR_DENIED
 * and ERR_AUTH where one refuses; ERR_RETRY where work is left for a later
 * run; ERR_CONFIG, and nothing was begun, for a sink that this version cannot
 * serve; ERR_CONFIG, ERR_IO for what a sink needs on this machine.  Such as
 * end the run for all sinks: ERR_IO and others of db_begin, ERR_DATA for a
 * damaged batch, ERR_BUG.
 */
int load_run(struct db *db, int64_t run_id, const struct config *c,
    const struct config_tenant *t, struct summary *s, struct err *e);

/*
 * Put into the summary what a run would have to bring: alerts owed, in how
 * many batches, and batches in doubt.  Nothing is written or sent.
 *
 * Errors: as load_run, but for what only sending shows.
 */
int load_plan(struct db *db, const struct config *c,
    const struct config_tenant *t, struct summary *s, struct err *e);

#endif
