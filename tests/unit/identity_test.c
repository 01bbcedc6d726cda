/* Identity version 1 is frozen: transform/IDENTITY.md has these vectors. */
#include "buf.h"
#include "err.h"
#include "event.h"
#include "identity.h"
#include "judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct scan scan;

/* Read a record; its text must outlive the event. */
static void
read_event(struct event *ev, enum ttp log, const char *text, size_t len)
{
	event_open(ev, rules_of(log));
	event_scan(&scan, text, len);
	assert_true(event_read(ev, &scan));
	assert_true(scan_end(&scan));
	judge(ev);
	assert_true(ev->has_time);
}

static void
assert_hex(const unsigned char *data, size_t n, const char *want)
{
	char hex[DIGEST_HEX_SIZE];

	assert_string_equal(digest_hex(data, n, hex), want);
}

#define CLICK                                                                  \
	"{\"userEmailAddress\":\"a@x.example\",\"url\":\"https://x.example/"   \
	"\","                                                                  \
	"\"scanResult\":\"malicious\",\"date\":\"2021-10-16T14:45:34+0000\""

static const struct {
	enum ttp log;
	const char *record;
	const char *digest;
	const char *ids[2];
	const char *natural_key;
} vectors[] = {
	{ TTP_URL, CLICK "}",
	    "27c7d18f520f3bf8a0dc3f89058c6083"
	    "6ac1fb45204e4923f1d9a6a6e4334f60",
	    { "616ae58ece15c249b04b33a411665f6e",
		"616ae58ec7699cce68e4bcc9d6343bd0" },
	    "616ae58e1999a39bbb689a171313786d" },
	{ TTP_URL,
	    CLICK ",\"emailPartsDescription\":[\"Body\",null,\"Subject\"],"
		  "\"tagMap\":{\"b:2\":{\"x\":[\"1\"]},\"a\":{\"y\":[2,true]},"
		  "\"none\":{\"z\":null}}}",
	    "2dad6a8d4169df256287edff5d14b3e9"
	    "b8126b61fd526427af27e162b8e17f25",
	    { "616ae58e1eedb60632ef3713647c4610",
		"616ae58e266a2abaad7d752e4997cb9c" },
	    "616ae58e1999a39bbb689a171313786d" },
	{ TTP_ATTACHMENT,
	    "{\"recipientAddress\":\"b@x.example\","
	    "\"fileName\":\"r\\u00e9sum\\u00e9.pdf\",\"result\":\"timeout\","
	    "\"date\":\"2024-02-29T23:59:59Z\",\"senderAddress\":\"<>\"}",
	    "bc39bdba46a9de0c9facafc5e4a8cb18"
	    "9ef10745998459602b79a33e6b963882",
	    { "65e11a7ffe1ff2ee8f51c2cd42f7df2a",
		"65e11a7fa431d77684134817d0bd2e34" },
	    "65e11a7f30739ff1e6bb5c597ae7dd28" },
	{ TTP_IMPERSONATION,
	    "{\"id\":\"MTOKEN:1\",\"senderAddress\":\"c@x.example\","
	    "\"recipientAddress\":\"b@x.example\",\"hits\":2,"
	    "\"identifiers\":[\"a\",\"b\"],\"taggedExternal\":false,"
	    "\"taggedMalicious\":true,"
	    "\"eventTime\":\"1969-12-31T23:59:59+0000\","
	    "\"impersonationResults\":[{\"stringSimilarToDomain\":\"who\","
	    "\"checkerResult\":\"hit\"}]}",
	    "162c1e6906fd40604f994be461101410"
	    "709affefb624c0664d3debf88fc45785",
	    { "000000000469ab7fb9f7e252f2ccb7c9",
		"00000000ecb5f0fea68ad671990a66d4" },
	    "0000000085e675c5166e20e8c68b9ea8" },
};

static void
identity_version_1_is_what_the_vectors_say(void **state)
{
	struct identity *id = *state;

	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		const char *text = vectors[i].record;
		unsigned char digest[DIGEST_SIZE], name[ALERT_ID_SIZE];
		struct event ev = { 0 };

		read_event(&ev, vectors[i].log, text, strlen(text));
		identity_digest(id, &ev, digest);
		assert_hex(digest, sizeof digest, vectors[i].digest);
		for (int twin = 0; twin < 2; twin++) {
			identity_alert_id(id, ev.at, digest, twin, name);
			assert_hex(name, sizeof name, vectors[i].ids[twin]);
		}
		identity_natural_key(id, &ev, name);
		assert_hex(name, sizeof name, vectors[i].natural_key);
		event_close(&ev);
	}
}

static void
the_content_of_the_first_vector_is_as_documented(void **state)
{
	static const char want[] =
	    "s\0\0\0\0\0\0\0\3url"
	    "s\0\0\0\0\0\0\0\13a@x.example"
	    "-\0\0\0\0\0\0\0\0"
	    "s\0\0\0\0\0\0\0\22https://x.example/"
	    "-\0\0\0\0\0\0\0\0-\0\0\0\0\0\0\0\0-\0\0\0\0\0\0\0\0"
	    "-\0\0\0\0\0\0\0\0-\0\0\0\0\0\0\0\0-\0\0\0\0\0\0\0\0"
	    "s\0\0\0\0\0\0\0\11malicious"
	    "-\0\0\0\0\0\0\0\0-\0\0\0\0\0\0\0\0-\0\0\0\0\0\0\0\0"
	    "n\0\0\0\0\0\0\0\012"
	    "1634395534"
	    "-\0\0\0\0\0\0\0\0-\0\0\0\0\0\0\0\0-\0\0\0\0\0\0\0\0"
	    "-\0\0\0\0\0\0\0\0-\0\0\0\0\0\0\0\0";
	struct event ev = { 0 };
	struct buf content = { 0 };

	read_event(&ev, TTP_URL, vectors[0].record, strlen(vectors[0].record));
	identity_content(*state, &ev, &content);
	assert_int_equal(content.len, sizeof want - 1);
	assert_memory_equal(content.data, want, sizeof want - 1);
	buf_free(&content);
	event_close(&ev);
}

/* What is added to a click, inside its braces. */
static const struct {
	const char *a;
	const char *b;
} alike[] = {
	{ "", " ,\n\t\"newField\" : { \"x\": [1] }" },
	{ "", ",\"subject\":null" },
	{ "", ",\"subject\":\"\"" },
	{ "", ",\"tagMap\":{},\"emailPartsDescription\":[]" },
	{ "", ",\"tagMap\":{\"a\":{\"b\":{\"c\":[]}}}" },
	{ "", ",\"reason\":\"some reason\"" },
	{ "", ",\"date\":\"2021-10-16T16:45:34.999+02:00\"" },
	{ "", ",\"date\":\"2021-10-16t14:45:34z\"" },
	{ ",\"subject\":\"a/<b>\"", ",\"subject\":\"a\\/\\u003cb\\u003E\"" },
	{ ",\"subject\":\"\\ud83d\\ude00\"", ",\"subject\":\"\xf0\x9f\x98\x80\"" },
	{ ",\"subject\":\"x\"", ",\"\\u0073ubject\":\"x\"" },
	{ ",\"subject\":\"x\"", ",\"subject\":1,\"subject\":\"x\"" },
	{ ",\"subject\":\"x\",\"action\":\"y\"",
	    ",\"action\":\"y\",\"subject\":\"x\"" },
	{ ",\"tagMap\":{\"a\":[1],\"b\":[2],\"ab\":[3]}",
	    ",\"tagMap\":{\"b\":[2],\"\\u0061b\":[3],\"a\":[1]}" },
	{ ",\"tagMap\":{\"a\":1,\"b\":2}",
	    ",\"tagMap\":{\"b\":7,\"a\":1,\"b\":2}" },
	{ ",\"tagMap\":{\"a\":1}", ",\"tagMap\":{\"a\":1,\"b\":2,\"b\":null}" },
	{ ",\"tagMap\":{\"a\":1,\"c\":[3]}",
	    ",\"tagMap\":{\"a\":1,\"b\":[],\"c\":[3],\"d\":{}}" },
	{ ",\"tagMap\":{\"a\":[2],\"b\":3}",
	    ",\"tagMap\":{\"a\":[1],\"a\":[2],\"b\":3}" },
	{ ",\"tagMap\":{\"a\":1}",
	    ",\"tagMap\":{\"z\":null,\"b\":\"\",\"a\":1}" },
	{ "", ",\"tagMap\":{\"z\":null,\"b\":{\"d\":[],\"c\":{}}}" },
	{ ",\"subject\":\"\\ud800\"", ",\"subject\":\"\xed\xa0\x80\"" },
}, different[] = {
	{ "", ",\"subject\":\" \"" },
	{ "", ",\"subject\":false" },
	{ "", ",\"emailPartsDescription\":[null]" },
	{ "", ",\"date\":\"2021-10-16T14:45:35+0000\"" },
	{ ",\"subject\":\"1\"", ",\"subject\":1" },
	{ ",\"subject\":1", ",\"subject\":1.0" },
	{ ",\"subject\":\"x\"", ",\"action\":\"x\"" },
	{ ",\"subject\":\"ab\",\"action\":\"c\"",
	    ",\"subject\":\"a\",\"action\":\"bc\"" },
	{ ",\"subject\":\"true\"", ",\"subject\":true" },
	{ ",\"subject\":\"\\u0000\"", ",\"subject\":\"\\ufffd\"" },
	{ ",\"subject\":\"\xff\"", ",\"subject\":\"\xfe\"" },
	{ ",\"tagMap\":{\"a\":\"b\"}", ",\"tagMap\":[\"a\",\"b\"]" },
	{ ",\"tagMap\":[[1],2]", ",\"tagMap\":[[1,2]]" },
	{ ",\"tagMap\":[1,null]", ",\"tagMap\":[null,1]" },
	{ ",\"tagMap\":{\"a\":{\"b\":1}}", ",\"tagMap\":{\"a\":1,\"b\":1}" },
	{ ",\"emailPartsDescription\":[\"x\"]",
	    ",\"emailPartsDescription\":\"x\"" },
};

static void
digest_with(
    struct identity *id, const char *more, unsigned char out[DIGEST_SIZE])
{
	struct event ev = { 0 };
	struct buf text = { 0 };

	buf_printf(&text, CLICK "%s}", more);
	read_event(&ev, TTP_URL, text.data, text.len);
	identity_digest(id, &ev, out);
	event_close(&ev);
	buf_free(&text);
}

static void
what_is_alike_has_one_digest(void **state)
{
	unsigned char a[DIGEST_SIZE], b[DIGEST_SIZE];

	for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) {
		digest_with(*state, alike[i].a, a);
		digest_with(*state, alike[i].b, b);
		if (memcmp(a, b, sizeof a) != 0)
			fail_msg("%s | %s", alike[i].a, alike[i].b);
	}
}

static void
what_is_different_has_two_digests(void **state)
{
	unsigned char a[DIGEST_SIZE], b[DIGEST_SIZE];

	for (size_t i = 0; i < sizeof different / sizeof different[0]; i++) {
		digest_with(*state, different[i].a, a);
		digest_with(*state, different[i].b, b);
		if (memcmp(a, b, sizeof a) == 0)
			fail_msg("%s | %s", different[i].a, different[i].b);
	}
}

static void
logs_do_not_share_digests(void **state)
{
	static const char text[] = "{\"date\":\"2021-10-16T14:45:34Z\","
				   "\"eventTime\":\"2021-10-16T14:45:34Z\"}";
	unsigned char digests[TTP_COUNT][DIGEST_SIZE];

	for (int log = 0; log < TTP_COUNT; log++) {
		struct event ev = { 0 };

		read_event(&ev, (enum ttp)log, text, sizeof text - 1);
		identity_digest(*state, &ev, digests[log]);
		event_close(&ev);
	}
	assert_memory_not_equal(digests[0], digests[1], DIGEST_SIZE);
	assert_memory_not_equal(digests[1], digests[2], DIGEST_SIZE);
	assert_memory_not_equal(digests[0], digests[2], DIGEST_SIZE);
}

static void
times_outside_32_bits_are_saturated_in_an_id(void **state)
{
	static const struct {
		int64_t at;
		const char *hex;
	} cases[] = {
		{ INT64_MIN, "00000000" },
		{ -1, "00000000" },
		{ 0, "00000000" },
		{ 1, "00000001" },
		{ UINT32_MAX, "ffffffff" },
		{ INT64_C(1) + UINT32_MAX, "ffffffff" },
		{ INT64_MAX, "ffffffff" },
	};
	const unsigned char digest[DIGEST_SIZE] = { 0 };
	unsigned char id[ALERT_ID_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		identity_alert_id(*state, cases[i].at, digest, 0, id);
		assert_hex(id, 4, cases[i].hex);
	}
}

static void
natural_key(
    struct identity *id, const char *text, unsigned char out[ALERT_KEY_SIZE])
{
	struct event ev = { 0 };

	read_event(&ev, TTP_IMPERSONATION, text, strlen(text));
	identity_natural_key(id, &ev, out);
	event_close(&ev);
}

static void
an_own_id_is_the_natural_key_and_an_empty_one_is_none(void **state)
{
#define AT "\"eventTime\":\"2021-10-15T17:10:46Z\",\"recipientAddress\":\"r\""
	unsigned char a[ALERT_KEY_SIZE], b[ALERT_KEY_SIZE];

	natural_key(*state, "{\"id\":\"1\",\"messageId\":\"m\"," AT "}", a);
	natural_key(*state, "{\"id\":\"1\",\"messageId\":\"n\"," AT "}", b);
	assert_memory_equal(a, b, sizeof a);
	natural_key(*state, "{\"id\":\"\",\"messageId\":\"m\"," AT "}", a);
	natural_key(*state, "{\"messageId\":\"m\",\"hits\":3," AT "}", b);
	assert_memory_equal(a, b, sizeof a);
	natural_key(*state, "{\"messageId\":\"n\"," AT "}", b);
	assert_memory_not_equal(a, b, sizeof a);
}

/* In an order that no sort would find by chance, each name twice. */
static void
many_members_are_sorted_and_the_last_of_a_name_counts(void **state)
{
	unsigned char a[DIGEST_SIZE], b[DIGEST_SIZE];
	struct buf up = { 0 }, down = { 0 };

	buf_puts(&up, ",\"tagMap\":{\"\":0");
	buf_puts(&down, ",\"tagMap\":{\"\":1");
	for (int i = 0; i < 5000; i++) {
		buf_printf(&up, ",\"k%d\":%d", i, i);
		buf_printf(&down, ",\"k%d\":null,\"k%d\":%d",
		    (i * 3 + 7) % 5000, (i * 7 + 1) % 5000, (i * 7 + 1) % 5000);
	}
	for (int i = 0; i < 5000; i++)
		buf_printf(&down, ",\"k%d\":%d", 4999 - i, 4999 - i);
	buf_puts(&up, "}");
	buf_puts(&down, ",\"\":0}");
	digest_with(*state, up.data, a);
	digest_with(*state, down.data, b);
	assert_memory_equal(a, b, sizeof a);
	buf_free(&up);
	buf_free(&down);
}

static int
open_identity(void **state)
{
	struct identity *id;
	struct err e;

	if (identity_open(&id, &e))
		return -1;
	*state = id;
	return 0;
}

static int
close_identity(void **state)
{
	identity_close(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity_version_1_is_what_the_vectors_say),
		cmocka_unit_test(
		    the_content_of_the_first_vector_is_as_documented),
		cmocka_unit_test(what_is_alike_has_one_digest),
		cmocka_unit_test(what_is_different_has_two_digests),
		cmocka_unit_test(logs_do_not_share_digests),
		cmocka_unit_test(times_outside_32_bits_are_saturated_in_an_id),
		cmocka_unit_test(
		    an_own_id_is_the_natural_key_and_an_empty_one_is_none),
		cmocka_unit_test(
		    many_members_are_sorted_and_the_last_of_a_name_counts),
	};

	return cmocka_run_group_tests(tests, open_identity, close_identity);
}
