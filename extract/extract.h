/* The stage: what is due goes from Mimecast into staging, as received. */
#ifndef EXTRACT_H
#define EXTRACT_H

#include <stdbool.h>
#include <stdint.h>

struct config_tenant;
struct db;
struct err;
struct summary;

struct extract_options {
	const char *backfill; /* "FROM..TO" or NULL */
	bool json; /* a dry run prints no lines, only figures */
};

/*
 * Plan what is due and read all open windows, as fetch.h says.  What was
 * done goes into s: windows, pages, records, requests, bytes, in all and for
 * each log.  The run reports source time that is lost until a run that did
 * so has ended without a worse error.
 *
 * Errors: ERR_GAP if all is done, but source time was lost; ERR_USAGE for a
 * backfill range; ERR_IO if the clock is wrong, and nothing is planned; of a
 * log or of all: ERR_AUTH, ERR_DENIED, ERR_CONFIG, ERR_RETRY, as reply.h and
 * fetch.h; otherwise as db_open.  Of several the worst; the others were
 * printed.
 */
int extract_run(struct db *db, int64_t run_id, const struct config_tenant *t,
    const struct extract_options *opt, struct summary *s, struct err *e);

/*
 * Print what a run would do, having asked the service for the time.  db may
 * be NULL: there is none yet.  Errors: as extract_run.
 */
int extract_dry_run(struct db *db, const struct config_tenant *t,
    const struct extract_options *opt, struct summary *s, struct err *e);

#endif
