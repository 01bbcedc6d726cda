/*
 * Batches: tables batch, batch_body and batch_alert,
 * migrations/0001_staging.sql.
 */
#ifndef BATCH_H
#define BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "digest.h"

struct buf;
struct db;
struct err;

enum batch_state {
	BATCH_READY,
	BATCH_SENDING,
	BATCH_DELIVERED,
	BATCH_REFUSED,
	BATCH_SPLIT
};

struct batch {
	int64_t batch_id;
	int64_t sink_id;
	int64_t parent_id; /* 0: no half of another */
	unsigned char key[DIGEST_SIZE]; /* SHA-256 of its body */
	enum config_format format;
	int64_t alerts;
	int64_t bytes;
	int64_t run_id; /* the run that sealed it */
	enum batch_state state;
	int64_t attempts;
	bool possible_duplicate;
};

/* An alert in a batch, and the mapping that is sent for it. */
struct batch_alert {
	int64_t alert_no;
	int64_t mapping_id;
};

/*
 * Store a batch that is ready, and its bytes, and set its batch_id.  Its
 * alerts are put apart, in the same transaction, the caller's.
 *
 * Errors: ERR_DATA if the sink has a batch of these bytes already; as db_open.
 */
int batch_put(struct db *db, struct batch *b, const void *body, struct err *e);
int batch_put_alerts(struct db *db, int64_t batch_id,
    const struct batch_alert *a, size_t n, struct err *e);

/* Give a batch n of its parent's alerts, from position first on. */
int batch_put_half(
    struct db *db, const struct batch *b, int64_t first, struct err *e);

/*
 * The sink's first batch with an id after this one that is ready or sending.
 * Errors: as db_open.
 */
int batch_get_unfinished(struct db *db, int64_t sink_id, int64_t after,
    struct batch *b, bool *found, struct err *e);

/*
 * Its bytes, in place of what out held.
 *
 * Errors: ERR_DATA if they are not those of its key: damaged; as db_open.
 */
int batch_get_body(struct db *db, const struct batch *b, struct digest *d,
    struct buf *out, struct err *e);

/*
 * Begin an attempt: state sending, one attempt more, and flagged from now on
 * where possible_duplicate is true.  b and its row change together, and only
 * if they agreed before.
 *
 * Errors: ERR_BUG if they did not; as db_open.
 */
int batch_put_attempt(
    struct db *db, struct batch *b, bool possible_duplicate, struct err *e);

/*
 * End a batch that is sending: delivered, refused or split, now by our
 * clock.  Errors: as batch_put_attempt.
 */
int batch_put_end(
    struct db *db, struct batch *b, enum batch_state state, struct err *e);

/* What of a sink's batches is not finished. */
struct batch_left {
	int64_t batches;
	int64_t alerts;
	int64_t in_doubt; /* batches: an attempt may have been taken */
};

/* Errors: as db_open. */
int batch_get_left(
    struct db *db, int64_t sink_id, struct batch_left *left, struct err *e);

#endif
