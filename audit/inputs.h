/* What the rules of its log look at in a record. */
#ifndef INPUTS_H
#define INPUTS_H

#include <stdint.h>

struct audit;
struct err;

/*
 * Show those members, in the order of the rules: to be valid, to be clean, to
 * name the type of an alert.  Values are as the source wrote them.  Nothing
 * is shown of a page whose body is gone.
 *
 * Errors: as db_open.
 */
int inputs_show(struct audit *a, int64_t record_id, struct err *e);

#endif
