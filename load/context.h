/* What a run of m2s-load on one tenant works with.  All is borrowed. */
#ifndef CONTEXT_H
#define CONTEXT_H

#include <stdint.h>

struct db;
struct digest;

struct context {
	struct db *db;
	struct digest *digest;
	const char *tenant;
	int64_t run_id;
};

#endif
