/* What an HTTP answer says about the batch that was sent. */
#ifndef POLICY_H
#define POLICY_H

#include <stdint.h>

#include "http.h"

struct result;

enum { POLICY_WAIT_MAX_S = 86400 }; /* a longer wait is taken for this one */

/*
 * Set what r says about the batch (outcome, next, stop, advice, wait_ms) from
 * how the exchange ended, its status and its Retry-After (NULL: none), whose
 * dates count from now, in seconds since 1970 UTC.
 *
 * Source: RFC 9110, 15 and 10.2.3 (read 2026-11-24); the product's manual,
 * m2s-load(1), has the table.
 */
void policy_judge(enum http_end end, int status, const char *retry_after,
    int64_t now, struct result *r);

#endif
