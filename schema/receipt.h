/* Receipts: table receipt, migrations/0001_staging.sql. */
#ifndef RECEIPT_H
#define RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"

struct db;
struct err;

/* What an attempt says about its batch. */
enum receipt_outcome {
	RECEIPT_STORED, /* file: synced and renamed */
	RECEIPT_ACKNOWLEDGED, /* https: 2xx */
	RECEIPT_HANDED_OVER, /* syslog: all sent, closed cleanly */
	RECEIPT_NOT_TAKEN, /* the sink certainly took nothing */
	RECEIPT_IN_DOUBT, /* it may have taken some or all */
	RECEIPT_REJECTED /* it took nothing: the payload itself is bad */
};

enum { RECEIPT_BODY_START = 4096 };

/* Pointers are borrowed; texts are UTF-8. */
struct receipt {
	int64_t batch_id;
	int64_t attempt;
	int64_t run_id;
	int64_t latency_ms;
	enum receipt_outcome outcome;
	int http_status; /* 0: none */
	const char *request_id; /* the sink's own; NULL: none */
	const char *detail;
	const void *body_start; /* RECEIPT_BODY_START bytes at most */
	size_t body_start_len;
	unsigned char body_digest[DIGEST_SIZE];
};

/*
 * Store the receipt of an attempt, received now by our clock.
 * Errors: ERR_DATA if the attempt has one already; as db_open.
 */
int receipt_put(struct db *db, const struct receipt *r, struct err *e);

/*
 * May one of a batch's attempts so far have been taken?  True as well for an
 * attempt without a receipt: it was cut off.  Errors: as db_open.
 */
int receipt_get_doubt(struct db *db, int64_t batch_id, int64_t attempts,
    bool *doubt, struct err *e);

#endif
