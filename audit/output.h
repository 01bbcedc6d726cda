/* A file for others: whole when it has its name, or not there. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stddef.h>

struct audit;
struct err;

struct output {
	char *path;
	char *draft; /* beside it, until the end */
	int fd; /* of the draft */
};

/*
 * Where a tenant's file goes: the name that -o or --metrics gave or, where
 * several tenants are asked, with the tenant's in it: "m2s.prom" becomes
 * "m2s.acme.prom".  Owned by the caller.
 */
char *output_path(const struct audit *a, const char *name);

/*
 * Begin the file of that path: an empty draft, which belongs to us alone.  A
 * draft that an earlier run left is replaced.  *o is given back with
 * output_free, also after an error.
 *
 * Errors, of all functions here: ERR_IO.
 */
int output_open(struct output *o, const char *path, struct err *e);

int output_put(struct output *o, const void *data, size_t n, struct err *e);

/* Sync it and give it its name; a file that has it already is replaced. */
int output_commit(struct output *o, struct err *e);

/* What was not committed is removed. */
void output_free(struct output *o);

#endif
