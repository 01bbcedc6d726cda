#include "digest.h"

#include "buf.h"
#include "die.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
digest_sha256(const void *bytes, size_t size, char out[DIGEST_HEX])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n;

	if (EVP_Digest(bytes, size, md, &n, EVP_sha256(), NULL) != 1)
		die(DIE_IO, "no SHA-256");
	for (size_t i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", md[i]);
}

void
digest_hmac_sha1(struct buf *out, const struct buf *key, const char *text)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n;

	if (!HMAC(EVP_sha1(), buf_cstr(key), (int)key->size,
		(const unsigned char *)text, strlen(text), md, &n))
		die(DIE_IO, "no HMAC-SHA1");
	digest_base64(out, md, n);
}

void
digest_base64(struct buf *out, const void *bytes, size_t size)
{
	unsigned char *text = malloc(size * 4 / 3 + 8);
	int n;

	if (!text)
		die(DIE_IO, "out of memory");
	n = EVP_EncodeBlock(text, bytes, (int)size);
	buf_put(out, text, (size_t)n);
	free(text);
}

int
digest_unbase64(struct buf *out, const char *text)
{
	size_t size = strlen(text);
	unsigned char *bytes;
	int n;

	if (size % 4 != 0 || size > 65536)
		return -1;
	bytes = malloc(size + 1);
	if (!bytes)
		die(DIE_IO, "out of memory");
	n = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)size);
	/* It decodes the padding to zeros as well. */
	for (size_t i = size; n > 0 && i > 0 && text[i - 1] == '='; i--)
		n--;
	if (n > 0)
		buf_put(out, bytes, (size_t)n);
	free(bytes);
	return n >= 0 ? 0 : -1;
}

void
digest_uuid(char out[DIGEST_UUID])
{
	unsigned char r[16];

	if (RAND_bytes(r, sizeof(r)) != 1)
		die(DIE_IO, "no random numbers");
	r[6] = (unsigned char)((r[6] & 0x0F) | 0x40);
	r[8] = (unsigned char)((r[8] & 0x3F) | 0x80);
	for (int i = 0, at = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[at++] = '-';
		at += snprintf(out + at, 3, "%02x", r[i]);
	}
}
