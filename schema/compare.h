/* Do the tables hold what an archive says they held? */
#ifndef COMPARE_H
#define COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "manifest.h"

struct db;
struct digest;
struct entries;
struct err;

struct compare {
	struct entries *entries; /* borrowed, as all here */
	struct digest *digest;
	const struct manifest *manifest;
	int64_t archive_no; /* rows must say that this one holds them; 0: any */
	bool read_data; /* hash bytes that are in the database, too */
	void (*found)(const char *what, void *arg); /* a difference */
	void *arg;
	int64_t differences; /* set by compare_tables */
};

/*
 * Compare every entry of a manifest with its row, and every member that it
 * lists with what the row says; bytes that were pruned are no difference.
 * found is told each difference, "window 0a1b...: differs".
 *
 * Errors: ERR_DATA if the manifest is none of ours; otherwise as db_open.
 */
int compare_tables(struct compare *c, struct err *e);

#endif
