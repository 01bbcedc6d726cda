/*
 * A mapping file: the table that names threats, as JSON.
 *
 *   { "version": "...", "attack_version": "...",
 *     "rules": [ { "alertType": "...", "match": "exact|prefix|regex",
 *                  "threatId": "...", "threatName": "...",
 *                  "severity": 0 to 10, may be left out } ],
 *     "defaults": { "url": {...}, "attachment": {...},
 *                   "impersonation": {...} } }
 *
 * A default is like a rule without "match"; its alertType names a click that
 * names none itself.  Any object may hold a "comment", a string.
 */
#ifndef MAPPING_FILE_H
#define MAPPING_FILE_H

#include <stddef.h>

#include "mapping.h"

struct err;
struct pool;

struct mapping_file {
	struct mapping mapping;
	struct mapping_rule *rules; /* in the file's order, then defaults */
	size_t rules_count;
	struct pool *pool; /* it owns all the rest */
};

/*
 * Read a text of len bytes, which is copied; source names it in messages
 * and in the database.  *out is given back with mapping_file_free.
 *
 * Errors: ERR_DATA, "SOURCE:3:14: what is wrong", line and column (in bytes)
 * from 1: no JSON, an unknown, repeated or missing name, a wrong type, an
 * empty text, a value out of range, an expression that pattern.h refuses, or
 * more than 100 of them.
 * ERR_IO from the digest.
 */
int mapping_file_parse(struct mapping_file *out, const char *source,
    const char *text, size_t len, struct err *e);

/*
 * Read a file of at most a megabyte.
 *
 * Errors: ERR_CONFIG if it cannot be opened; ERR_DATA as above or if it is
 * larger; ERR_IO.
 */
int mapping_file_open(
    struct mapping_file *out, const char *path, struct err *e);

/* The published table, which is built in. */
int mapping_file_published(struct mapping_file *out, struct err *e);

void mapping_file_free(struct mapping_file *f);

#endif
