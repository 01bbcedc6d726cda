/*
 * When the next request may be made to a sink's host: the limits of the
 * configuration, and what the host itself said last.  Both outlast the run.
 */
#ifndef QUOTA_H
#define QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

struct db;
struct err;

struct quota {
	char host[300]; /* as http_host gives it; "": nothing is counted */
	struct config_budget limits;
};

/* Why a request may not be made now. */
struct quota_wait {
	int64_t not_before; /* seconds since 1970, UTC; 0: it may be made */
	bool asked; /* the host asked for it; else the limits are reached */
};

/* The quota of a sink's host. */
struct quota quota_of(const struct config_sink *c);

/*
 * Count one request, made at now, if it may be made; else tell in w when.  A
 * period of a limit begins with the first request in it.  Call it in a
 * transaction.
 *
 * Errors: as budget_get.
 */
int quota_take(struct db *db, const struct quota *q, int64_t now,
    struct quota_wait *w, struct err *e);

/*
 * The host wants no request before that second.  It counts while it is at most
 * POLICY_WAIT_MAX_S ahead: the clock may have been wrong when it was put.  Call
 * it in a transaction.
 *
 * Errors: as budget_put.
 */
int quota_hold(
    struct db *db, const struct quota *q, int64_t not_before, struct err *e);

#endif
