/* The body of a page: where its records are. */
#ifndef BODY_H
#define BODY_H

#include <stddef.h>

#include "ttp.h"

struct err;
struct event;
struct scan;

/* 0 to go on, -1 to stop.  position: of the record in its page, from 0. */
typedef int body_fn(
    struct event *ev, size_t position, void *arg, struct err *e);

/*
 * Read each record of data[*].clickLogs (or the array of ev's log) in order.
 * s is working memory.
 *
 * Errors: ERR_DATA if it is no JSON object, or has more records than a page
 * may have; what fn says.
 */
int body_each(struct scan *s, struct event *ev, const void *data, size_t len,
    body_fn *fn, void *arg, struct err *e);

#endif
