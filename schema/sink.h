/* Sinks: table sink, migrations/0001_staging.sql. */
#ifndef SINK_H
#define SINK_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct err;

/*
 * A sink owes the alerts after owed_after, and of those before it but after
 * from_after the ones that occurred at from_at or later; none after
 * owed_until.
 */
struct sink {
	int64_t sink_id;
	const char *name; /* borrowed */
	const char *type; /* borrowed: "file", "https" or "syslog" */
	int64_t owed_after; /* alert_no */
	int64_t from_after; /* alert_no */
	int64_t from_at; /* INT64_MAX: none */
	int64_t owed_until; /* alert_no; INT64_MAX while it is active */
	int64_t sealed_to; /* alert_no; what it owes up to it is in batches */
};

/*
 * Call visit for every sink, in the order of their ids.  What s points to
 * dies with the call.  visit may change the sink it is shown; a -1 from it
 * ends the walk and is passed on.
 *
 * Errors: those of visit; as db_open.
 */
int sink_each(struct db *db,
    int (*visit)(void *ctx, const struct sink *s, struct err *e), void *ctx,
    struct err *e);

/*
 * The sink of that name.  Its name is the caller's pointer, its type static.
 * Errors: as db_open.
 */
int sink_get(struct db *db, const char *name, struct sink *s, bool *found,
    struct err *e);

/*
 * Store a sink, active from now on by our clock, and set its sink_id; one
 * whose sink_id is not 0 is there already and is made active again, with
 * these terms.  Its owed_until must be INT64_MAX.
 *
 * Errors: as db_open.
 */
int sink_put(struct db *db, struct sink *s, struct err *e);

/* It is gone from the configuration, now, and owes nothing after this. */
int sink_put_gone(
    struct db *db, int64_t sink_id, int64_t owed_until, struct err *e);

/* All it owes up to this alert is in batches. */
int sink_put_sealed(
    struct db *db, int64_t sink_id, int64_t sealed_to, struct err *e);

#endif
