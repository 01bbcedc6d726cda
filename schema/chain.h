/*
 * The archives of a tenant as a whole: table and folder, file by file, each
 * chained to the one before it.
 */
#ifndef CHAIN_H
#define CHAIN_H

#include <stdbool.h>
#include <stdint.h>

struct archive;
struct db;
struct digest;
struct err;
struct manifest;

struct chain {
	struct db *db;
	const char *tenant; /* its name */
	const char *folder; /* of its archives */
	struct digest *digest;

	/* Told what is wrong, a line each time. */
	void (*found)(const char *what, void *arg);

	/*
	 * Called for each archive that is whole and in its place; NULL: not.
	 * -1 ends the walk.
	 */
	int (*whole)(const struct archive *a, const struct manifest *m,
	    void *arg, struct err *e);
	void *arg;

	/* Set by chain_verify. */
	int64_t archives, archives_whole;
	int64_t members, members_whole;
};

/*
 * Read every archive of the table from its file and check it: that the file
 * is there, is the one that was written, holds what its manifest says, and
 * follows the one before it.  No transaction need be open, and none is held
 * while files are read.
 *
 * Errors: ERR_IO if a file cannot be read; those of whole; as db_open.
 */
int chain_verify(struct chain *c, struct err *e);

#endif
