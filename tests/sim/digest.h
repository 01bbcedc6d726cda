/* Digests, signatures and random names: the door to libcrypto. */
#ifndef SIM_DIGEST_H
#define SIM_DIGEST_H

#include <stddef.h>

struct buf;

enum { DIGEST_HEX = 65, DIGEST_UUID = 37 };

/* SHA-256 in lower-case hex. */
void digest_sha256(const void *bytes, size_t size, char out[DIGEST_HEX]);

/* Appends base64(HMAC-SHA1(key, text)). */
void digest_hmac_sha1(struct buf *out, const struct buf *key, const char *text);

void digest_base64(struct buf *out, const void *bytes, size_t size);

/* Appends what base64 text stands for; -1 if it is malformed. */
int digest_unbase64(struct buf *out, const char *text);

/* A random UUID. */
void digest_uuid(char out[DIGEST_UUID]);

#endif
