#include "digest.h"
#include "err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct digest *
open_digest(void)
{
	struct err e = { 0 };
	struct digest *d = NULL;

	assert_int_equal(digest_open(&d, &e), 0);
	return d;
}

/* Source: FIPS 180-4 examples, csrc.nist.gov (read 2026-11-24). */
static void
digest_of_gives_the_published_hashes(void **state)
{
	static const struct {
		const char *text;
		const char *hex;
	} cases[] = {
		{ "",
		    "e3b0c44298fc1c149afbf4c8996fb924"
		    "27ae41e4649b934ca495991b7852b855" },
		{ "abc",
		    "ba7816bf8f01cfea414140de5dae2223"
		    "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "248d6a61d20638b8e5c026930c3e6039"
		    "a33ce45964ff2167f6ecedd419db06c1" },
	};
	struct digest *d = open_digest();
	unsigned char out[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		digest_of(d, cases[i].text, strlen(cases[i].text), out);
		assert_string_equal(
		    digest_hex(out, sizeof out, hex), cases[i].hex);
	}
	digest_close(d);
}

static void
digest_put_may_come_in_parts(void **state)
{
	struct digest *d = open_digest();
	unsigned char whole[DIGEST_SIZE];
	unsigned char parts[DIGEST_SIZE];

	(void)state;
	digest_of(d, "abc", 3, whole);
	digest_begin(d);
	digest_put(d, "left over", 9);
	digest_begin(d);
	digest_put(d, "a", 1);
	digest_put(d, NULL, 0);
	digest_put(d, "bc", 2);
	digest_end(d, parts);
	assert_memory_equal(whole, parts, sizeof whole);
	digest_close(d);
	digest_close(NULL);
}

static void
digest_random_differs(void **state)
{
	unsigned char a[16];
	unsigned char b[16];

	(void)state;
	digest_random(a, sizeof a);
	digest_random(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
}

/*
 * Source: Mimecast API 1.0, authorization; RFC 2202, section 3, cases 1
 * and 2, their keys in base64 (read 2026-11-24).
 */
static void
digest_sign_gives_the_published_signatures(void **state)
{
	static const struct {
		const char *key64;
		const char *text;
		const char *signature; /* NULL: no key */
	} cases[] = {
		{ "U2VjcmV0S2V5",
		    "Sun, 21 Aug 2022 13:49:40 UTC:"
		    "3d796b76-4180-40e5-8f7c-6e0fd643b1a9:"
		    "/api/test/some-url:ApplicationKey",
		    "WOywLsnZlsE+D6bp/ug6uch5kxc=" },
		{ "CwsLCwsLCwsLCwsLCwsLCwsLCws=", "Hi There",
		    "thcxhlUFcmTii8C2+zeMjvFGvgA=" },
		{ "SmVmZQ==", "what do ya want for nothing?",
		    "7/zfauXrL6LSdBbV8YTfnCWafHk=" },
		{ "", "x", NULL },
		{ "U2V", "x", NULL },
		{ "====", "x", NULL },
		{ "U===", "x", NULL },
		{ "SmVmZQ=", "x", NULL },
		{ "SmVmZR==", "x", NULL }, /* stray bits */
		{ "SmVm ZQ==", "x", NULL },
		{ " U2VjcmV0S2V", "x", NULL },
		{ "U2VjcmV0S2V5\n", "x", NULL },
		{ "U2Vj-mV0S2V5", "x", NULL },
		{ "Sm==VmZQ", "x", NULL },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool ok = digest_sign(cases[i].key64, cases[i].text, out);

		assert_int_equal(ok, cases[i].signature != NULL);
		if (ok)
			assert_string_equal(out, cases[i].signature);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest_of_gives_the_published_hashes),
		cmocka_unit_test(digest_put_may_come_in_parts),
		cmocka_unit_test(digest_random_differs),
		cmocka_unit_test(digest_sign_gives_the_published_signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
