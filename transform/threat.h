/* From the type of an alert to the threat it stands for. */
#ifndef THREAT_H
#define THREAT_H

#include <stddef.h>

#include "mapping.h"

struct err;
struct threats;

enum { THREAT_REGEX_BYTES = 1024 }; /* expressions see of a type */

/*
 * Make rules ready to be searched; they are borrowed.  Each log must have its
 * default.  *out is closed with threat_close.
 *
 * Errors: ERR_DATA for a regular expression that pattern.h refuses.
 */
int threat_open(struct threats **out, const struct mapping_rule *rules,
    size_t n, struct err *e);
void threat_close(struct threats *t);

/*
 * The rule for a type of n bytes: an exact one, else the first prefix, else
 * the first expression that matches any part of its first THREAT_REGEX_BYTES,
 * which end for it where they are cut, else the default.
 */
const struct mapping_rule *threat_find(
    struct threats *t, enum ttp log, const char *type, size_t n);

const struct mapping_rule *threat_default(
    const struct threats *t, enum ttp log);

#endif
