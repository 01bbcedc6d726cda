/*
 * The rows of a statement in a frame, columns aligned: table.h, TABLE_BOX and
 * TABLE_ASCII.
 */
#ifndef BOX_H
#define BOX_H

#include <stdint.h>

struct err;
struct stmt;
struct table;

/* As table_put.  A character counts as one place wide. */
int box_put(
    const struct table *t, struct stmt *s, int64_t *rows, struct err *e);

#endif
