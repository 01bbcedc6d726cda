/* Hashes, through libcrypto. */
#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct digest;

enum { DIGEST_SIZE = 32, DIGEST_HEX_SIZE = 65 };

/* A SHA-256 machine to be used again and again. Errors: ERR_IO. */
int digest_open(struct digest **out, struct err *e);
void digest_close(struct digest *d);

/* Hash what is put between begin and end. */
void digest_begin(struct digest *d);
void digest_put(struct digest *d, const void *data, size_t n);
void digest_end(struct digest *d, unsigned char out[DIGEST_SIZE]);

/* begin, put and end in one. */
void digest_of(struct digest *d, const void *data, size_t n,
    unsigned char out[DIGEST_SIZE]);

/* Write n bytes as 2n lower-case hex digits and a NUL.  Returns out. */
char *digest_hex(const unsigned char *data, size_t n, char *out);

/* n bytes of the system's randomness.  Ends the process if there is none. */
void digest_random(void *out, size_t n);

/*
 * The signature of API 1.0: base64(HMAC-SHA1(base64decode(key64), text)).
 * False if key64 is not base64.
 */
bool digest_sign(const char *key64, const char *text, char out[64]);

#endif
