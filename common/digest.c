#include "digest.h"
#include "err.h"
#include "mem.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

struct digest {
	EVP_MD *md; /* fetched once: that is most of the cost of a hash */
	EVP_MD_CTX *ctx;
};

int
digest_open(struct digest **out, struct err *e)
{
	struct digest *d = xcalloc(1, sizeof *d);

	/* What is set up by the way is not checked by those that need it. */
	if (!OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL) ||
	    !OSSL_LIB_CTX_get0_global_default())
		xnomem();
	d->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	d->ctx = EVP_MD_CTX_new();
	if (!d->md || !d->ctx || !EVP_DigestInit_ex2(d->ctx, d->md, NULL)) {
		digest_close(d);
		return err_set(e, ERR_IO, "OpenSSL has no SHA-256");
	}
	*out = d;
	return 0;
}

void
digest_close(struct digest *d)
{
	if (!d)
		return;
	EVP_MD_CTX_free(d->ctx);
	EVP_MD_free(d->md);
	free(d);
}

/* With a context that has been set up, these lack nothing but memory. */
static void
must(int done)
{
	if (done != 1)
		xnomem();
}

void
digest_begin(struct digest *d)
{
	must(EVP_DigestInit_ex2(d->ctx, NULL, NULL));
}

void
digest_put(struct digest *d, const void *data, size_t n)
{
	must(EVP_DigestUpdate(d->ctx, data, n));
}

void
digest_end(struct digest *d, unsigned char out[DIGEST_SIZE])
{
	must(EVP_DigestFinal_ex(d->ctx, out, NULL));
}

void
digest_of(struct digest *d, const void *data, size_t n,
    unsigned char out[DIGEST_SIZE])
{
	digest_begin(d);
	digest_put(d, data, n);
	digest_end(d, out);
}

char *
digest_hex(const unsigned char *data, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[data[i] >> 4];
		out[2 * i + 1] = digits[data[i] & 15];
	}
	out[2 * n] = '\0';
	return out;
}

void
digest_random(void *out, size_t n)
{
	assert(n <= INT_MAX);
	if (RAND_bytes(out, (int)n) != 1) {
		fputs("m2s: the system has no randomness\n", stderr);
		_exit(74);
	}
}

/*
 * Decode base64 into a new block of memory, or NULL.  OpenSSL's decoder lets
 * spaces, wrong padding and stray bits pass: only text that it would encode
 * in the same way is base64 here.
 */
static unsigned char *
decode(const char *text, size_t *n)
{
	size_t len = strlen(text);
	unsigned char *data = xcalloc(len + 1, 1);
	unsigned char *again = xcalloc(len + 4, 1);
	const unsigned char *in = (const unsigned char *)text;
	bool ok;

	ok = len >= 4 && len % 4 == 0 && len <= INT_MAX &&
	    EVP_DecodeBlock(data, in, (int)len) >= 0;
	if (ok) {
		*n = len / 4 * 3 - (text[len - 1] == '=') -
		    (text[len - 2] == '=');
		EVP_EncodeBlock(again, data, (int)*n);
		ok = memcmp(again, in, len) == 0;
	}
	OPENSSL_cleanse(again, len);
	free(again);
	if (!ok) {
		OPENSSL_cleanse(data, len);
		free(data);
		return NULL;
	}
	return data;
}

bool
digest_sign(const char *key64, const char *text, char out[64])
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned char signature[64];
	unsigned int mac_len = 0;
	size_t key_len = 0;
	unsigned char *key = decode(key64, &key_len);

	if (!key)
		return false;
	/* NULL only if OpenSSL has no SHA-1 at all. */
	must(HMAC(EVP_sha1(), key, (int)key_len, (const unsigned char *)text,
		 strlen(text), mac, &mac_len) != NULL);
	OPENSSL_cleanse(key, key_len);
	free(key);
	EVP_EncodeBlock(signature, mac, (int)mac_len);
	memcpy(out, signature, strlen((char *)signature) + 1);
	return true;
}
