/* What is around the records of an answer, read without building a tree. */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include <stddef.h>
#include <stdint.h>

#include "scan.h"

struct err;
struct ttp_log;

enum { ENVELOPE_CODE_SIZE = 64, ENVELOPE_MESSAGE_SIZE = 160 };

struct envelope {
	int64_t status; /* meta.status; 0: none */
	int64_t total; /* meta.pagination.totalCount; -1: none */
	int64_t records; /* elements of the log's array; -1: no `data` */
	struct scan_value next; /* a string in the body; or SCAN_NONE */
	char code[ENVELOPE_CODE_SIZE]; /* of the first failure; UTF-8, cut */
	char message[ENVELOPE_MESSAGE_SIZE];
};

/*
 * Read the answer of a log's call; s is working memory.  Returns 0 if it is
 * a page: meta.status is 200, `fail` is absent, null or an empty array, `data`
 * is empty or has one element, and that holds the log's own array of records,
 * or nothing, or `resultCount` 0 alone.  What the fields above say is set as
 * far as it was found, also on -1.  `data` or the array twice is no page: who
 * looks for records later would find them in both.  Any other name that
 * repeats counts with its last value.  An empty `next` is none.
 *
 * Source: Mimecast's API reference, API 1.0 fail[].errors[].{code,message}
 * and API 2.0 fail[].{code,message}; either may come from either API
 * (gathered 2026-11-24).
 *
 * Errors: ERR_RETRY if the service says that it failed, "fail: err_xyz ..."
 * or "meta.status 500"; ERR_DATA if it is no such answer, "not JSON at byte
 * 17: cut short", "no meta".
 */
int envelope_read(struct envelope *v, struct scan *s, const void *data,
    size_t len, const struct ttp_log *log, struct err *e);

#endif
