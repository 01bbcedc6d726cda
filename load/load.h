/* A run of m2s-load on one tenant. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stdint.h>

struct config_tenant;
struct db;
struct err;
struct summary;

/* The sink whose batches are sent again: NULL: none; "": every one. */
struct load_options {
	const char *retry_refused; /* those it refused */
	const char *again; /* those it has: flagged, and under other keys */
	bool prune; /* nothing of this: prune.h */
};

/*
 * Bring every sink of the tenant what it is owed.  Sinks do not stop one
 * another; each puts its figures into the summary, in groups by name.
 *
 * Errors: ERR_USAGE, and nothing was begun, where an option names no sink of
 * the tenant; the worst of all sinks': ERR_PARTIAL for refused alerts;
 * ERR_DENIED and ERR_AUTH where one refuses; ERR_RETRY where work is left for
 * a later run; ERR_CONFIG, ERR_IO for what a sink needs on this machine.  Such
 * as end the run for all sinks: ERR_IO and others of db_begin, ERR_DATA for a
 * damaged batch, ERR_BUG.
 */
int load_run(struct db *db, int64_t run_id, const struct config_tenant *t,
    const struct load_options *o, struct summary *s, struct err *e);

/*
 * Put into the summary what a run would have to bring: alerts owed, in how
 * many batches, and batches in doubt.  Nothing is written or sent.
 *
 * Errors: as load_run, but for what only sending shows.
 */
int load_plan(struct db *db, const struct config_tenant *t,
    const struct load_options *o, struct summary *s, struct err *e);

#endif
