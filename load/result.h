/* What became of one attempt to deliver a batch. */
#ifndef RESULT_H
#define RESULT_H

#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "err.h"
#include "receipt.h"

/* What to do with the batch next. */
enum result_next {
	RESULT_DONE, /* it is delivered */
	RESULT_HALVE, /* something in it is bad: find it by halving */
	RESULT_AGAIN, /* the same bytes again, later */
	RESULT_STOP /* nothing more to this sink in this run */
};

struct result {
	enum receipt_outcome outcome;
	enum result_next next;
	enum err_kind stop; /* of RESULT_STOP: the kind of error */
	const char *advice; /* of RESULT_STOP: what the operator does; static */
	int64_t
	    wait_ms; /* of RESULT_AGAIN: as the sink asks; -1: it does not */
	int64_t latency_ms;
	int http_status; /* 0: none */
	char request_id[128]; /* the sink's own, UTF-8; "": none */
	char detail[512]; /* for people: one line of UTF-8 */
	unsigned char body_start[RECEIPT_BODY_START];
	size_t body_start_len;
	unsigned char body_digest[DIGEST_SIZE];
};

#endif
