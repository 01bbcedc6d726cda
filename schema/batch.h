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
	int64_t repeats_id; /* 0: no repeat of another */
	int64_t generation; /* 0; 1: of a repeat, 2: of a repeat of a repeat */
	unsigned char key[DIGEST_SIZE]; /* as batch_make_key makes it */
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
 * The key of a payload: its SHA-256; in a later generation, that of the
 * payload and the generation's decimal digits behind it.  A payload ends in a
 * line feed, so no payload has the key of another's repeat.
 */
void batch_make_key(struct digest *d, const void *body, size_t n,
    int64_t generation, unsigned char key[DIGEST_SIZE]);

/*
 * Store a batch that is ready, and its bytes, and set its batch_id.  Its
 * alerts are put apart, in the same transaction, the caller's.
 *
 * Errors: ERR_DATA if the sink has a batch of these bytes already; as db_open.
 */
int batch_put(struct db *db, struct batch *b, const void *body, struct err *e);
int batch_put_alerts(struct db *db, int64_t batch_id,
    const struct batch_alert *a, size_t n, struct err *e);

/* Give a batch the alerts of another one, from position first on. */
int batch_put_alerts_of(struct db *db, const struct batch *b, int64_t other_id,
    int64_t first, struct err *e);

/*
 * The batch that a run tries next: one that is ready or sending and that the
 * sink has not rejected in this run.  Halves come before wholes and small
 * ones before large ones, so that what is wrong with one batch is found out
 * before the next is touched.  Single alerts that were rejected in an earlier
 * run come last, those that were tried least often first.
 *
 * Errors: as db_open.
 */
int batch_get_next(struct db *db, int64_t sink_id, int64_t run_id,
    struct batch *b, bool *found, struct err *e);

/*
 * The first of the single alerts that the sink has rejected and that are not
 * finished.  Errors: as db_open.
 */
int batch_get_rejected(struct db *db, int64_t sink_id, struct batch *b,
    bool *found, struct err *e);

/*
 * The sink's first batch with an id after this one, up to last, that ended in
 * this state, that no other batch repeats, and whose bytes and alerts are
 * here.  Call it behind member_resolve.  Errors: as db_open.
 */
int batch_get_ended(struct db *db, int64_t sink_id, enum batch_state state,
    int64_t after, int64_t last, struct batch *b, bool *found, struct err *e);

/* Of the batches that ended in a state and that no other repeats. */
struct batch_ended {
	int64_t batches; /* whose bytes and alerts are here */
	int64_t alerts; /* in them */
	int64_t bodiless; /* batches whose bytes only archives have */
	int64_t memberless; /* others, whose alerts transform has yet to make */
};

/* Errors: as db_open. */
int batch_count_ended(struct db *db, int64_t sink_id, enum batch_state state,
    struct batch_ended *out, struct err *e);

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
	int64_t rejected; /* batches: of one alert, which the sink rejects */
};

/* Errors: as db_open. */
int batch_get_left(
    struct db *db, int64_t sink_id, struct batch_left *left, struct err *e);

#endif
