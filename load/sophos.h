/*
 * Signing in to Sophos Central: a token, then whoami, which names the tenant
 * and the host of its region.
 *
 * Source: developer.sophos.com, "Getting started as a tenant" (read
 * 2026-11-24).
 */
#ifndef SOPHOS_H
#define SOPHOS_H

#include <stdbool.h>
#include <stdint.h>

struct config_sink;
struct err;
struct http;
struct result;
struct sophos;

/*
 * Read the secrets of a sink with auth: sophos; touch no network.  c is
 * borrowed.
 *
 * Errors: as secret_read.
 */
int sophos_open(
    struct sophos **out, const struct config_sink *c, struct err *e);
void sophos_close(struct sophos *s);

/* Is there a token that is not about to end? */
bool sophos_signed_in(const struct sophos *s);

/* The service has refused the token. */
void sophos_distrust(struct sophos *s);

/*
 * Sign in: 1; or 0, and r tells why not and what to do next, with the outcome
 * RECEIPT_NOT_TAKEN; or -1.
 *
 * Errors: as http_start.
 */
int sophos_sign_in(struct sophos *s, struct http *h, int64_t timeout_ms,
    struct result *r, struct err *e);

/*
 * Where to send, {dataRegion}{path}, and two whole headers, the bearer's and
 * the tenant's.  Only while signed in; they die with the next sign-in.
 */
const char *sophos_url(const struct sophos *s);
const char *sophos_bearer(const struct sophos *s);
const char *sophos_tenant(const struct sophos *s);

#endif
