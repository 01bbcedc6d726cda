/*
 * The signed headers of API 1.0.
 * Source: reference/mimecast.md, API 1.0.
 */
#ifndef SIM_SIGNATURE_H
#define SIM_SIGNATURE_H

#include "buf.h"

#include <stdbool.h>

struct request;

struct signature_keys {
	const char *app_id;
	char *app_key, *access_key; /* owned */
	struct buf secret; /* owned; decoded */
};

/* The keys of the files; dies if one cannot be read. */
void signature_load(struct signature_keys *k, const char *app_id,
    const char *app_key_file, const char *access_key_file,
    const char *secret_key_file);

/* NULL if x-mc-app-id, x-mc-req-id and x-mc-date are there and well formed,
 * else what is wrong. */
const char *signature_headers(const struct request *q);

/* Whether the Authorization header is the right one for the request. */
bool signature_good(const struct signature_keys *k, const struct request *q);

void signature_free(struct signature_keys *k);

#endif
