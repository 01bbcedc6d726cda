/* From the type of an alert to the threat it stands for. */
#ifndef THREAT_H
#define THREAT_H

#include <stddef.h>

#include "mapping.h"

struct err;
struct threats;

/*
 * Make rules ready to be searched; they are borrowed.  Regular expressions
 * must be such as threat_check_regex takes, and each log have its default.
 * *out is closed with threat_close.
 *
 * Errors: ERR_DATA for an expression that cannot be compiled.
 */
int threat_open(struct threats **out, const struct mapping_rule *rules,
    size_t n, struct err *e);
void threat_close(struct threats *t);

/*
 * The rule for a type of n bytes: an exact one, else the first prefix, else
 * the first expression that matches any part of it, else the default.
 */
const struct mapping_rule *threat_find(
    struct threats *t, enum ttp log, const char *type, size_t n);

const struct mapping_rule *threat_default(
    const struct threats *t, enum ttp log);

/*
 * May that POSIX extended regular expression be used?  It must compile and
 * be cheap to match: at most 200 bytes, no back-reference, at most one {m,n}.
 *
 * Errors: ERR_DATA, saying what is wrong with it.
 */
int threat_check_regex(const char *pattern, struct err *e);

#endif
