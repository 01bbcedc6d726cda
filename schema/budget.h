/* What may be asked of a host: table budget, migrations/0001_staging.sql. */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdint.h>

struct db;
struct err;

struct budget {
	int64_t started_at; /* of the period that is counted */
	int64_t used; /* requests in it */
	int64_t not_before; /* no request before this second; 0: any time */
};

/*
 * host is as http_host gives it; period: "second", "minute", "hour", "day",
 * or "quota" for what the host itself said.  All is 0 where there is no row.
 *
 * Errors: as db_open.
 */
int budget_get(struct db *db, const char *host, const char *period,
    struct budget *out, struct err *e);

/* Store or replace it.  Call it in a transaction.  Errors: as db_open. */
int budget_put(struct db *db, const char *host, const char *period,
    const struct budget *b, struct err *e);

#endif
