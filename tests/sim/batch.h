/* A batch of alerts as a receiver sees it: NDJSON, or one JSON array. */
#ifndef SIM_BATCH_H
#define SIM_BATCH_H

#include <stddef.h>

struct buf;

enum { BATCH_MESSAGE = 256 };

struct batch {
	struct json_t *items; /* owned array of objects, all well formed */
	size_t count;
};

/*
 * Parses and checks every item: id (32 hex digits, lower case), alertType,
 * threatId, threatName, log and tenant (not empty), time (RFC 3339, Z) and
 * severity (an integer from 0 to 10).  Returns 0, or -1 and what is wrong.
 */
int batch_parse(struct batch *b, const char *body, size_t size,
    char message[BATCH_MESSAGE]);

/* Whether an item has this id. */
int batch_has_id(const struct batch *b, const char *id);

/* Appends the ledger lines "alert" of its items. */
void batch_lines(const struct batch *b, struct buf *lines);

void batch_free(struct batch *b);

#endif
