/* An answer to a request, before it is put on the wire. */
#ifndef SIM_ANSWER_H
#define SIM_ANSWER_H

#include "buf.h"

#include <stdint.h>

enum { ANSWER_HEADERS = 8 };

struct answer {
	unsigned status;
	const char *type; /* Content-Type, static */
	struct buf body;
	struct buf lines; /* for the ledger, written before the answer */
	size_t pad_at; /* where in the body padding goes */
	size_t pad; /* how many bytes x */
	int64_t cut; /* send only so many bytes; -1: all */
	int64_t date_skew_s;
	struct {
		const char *name; /* static or the fault's */
		char value[256];
	} header[ANSWER_HEADERS];
	size_t headers;
};

/* Empty, 200, JSON. */
void answer_init(struct answer *a);

void answer_header(struct answer *a, const char *name, const char *value);

/* A refusal in the v1 envelope: fail[].errors[].{code,message,retryable}. */
void answer_fail(
    struct answer *a, unsigned status, const char *code, const char *message);

/* A refusal in the v2 gateway's envelope: fail[].{code,message}. */
void answer_flat_fail(
    struct answer *a, unsigned status, const char *code, const char *message);

/* Compresses the body, padding included, and says so in a header. */
void answer_gzip(struct answer *a);

void answer_free(struct answer *a);

#endif
