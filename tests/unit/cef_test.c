#include "buf.h"
#include "cef.h"
#include "cef_reader.h"
#include "hostile.h"
#include "item.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const unsigned char id[] = "\x65\x53\x9c\x80\x00\x01\x02\x03\x04\x05"
				  "\x06\x07\x08\x09\x0a\xff";

static const struct item click = {
	.id = id,
	.occurred_at = 1700000000,
	.severity = 7,
	.tenant = "acme",
	.log = "url",
	.alert_type = "URL Protection",
	.threat_id = "T1598.003",
	.threat_name = "Spearphishing Link",
	.sender = "a@example.org",
	.recipient = "b@acme.example",
	.subject = "Hello",
	.message_id = "<1@example.org>",
	.url = "https://evil.example/?a=1",
	.source_ip = "203.0.113.7",
	.verdict = "malicious",
	.action = "block",
};

static void
keys_stand_in_the_order_of_the_manual(void **state)
{
	struct item i = click;
	struct buf b = { 0 };

	(void)state;
	i.severity = 10;
	i.file_name = "a|b.pdf";
	i.file_type = "application/pdf";
	i.file_hash = "00ff";
	i.revision_of = id;
	cef_put(&b, &i);
	assert_string_equal(b.data,
	    "<132>1 2023-11-14T22:13:20Z acme m2s - ttp-url - "
	    "CEF:0|Mimecast|Email Security Cloud Gateway|2.0|ttp-url|"
	    "URL Protection|10|"
	    "externalId=65539c80000102030405060708090aff rt=1700000000000 "
	    "suser=a@example.org duser=b@acme.example msg=Hello "
	    "request=https://evil.example/?a\\=1 fname=a|b.pdf "
	    "fileType=application/pdf fileHash=00ff src=203.0.113.7 act=block "
	    "outcome=malicious cs1Label=threatId cs1=T1598.003 "
	    "cs2Label=threatName cs2=Spearphishing Link "
	    "cs3Label=messageId cs3=<1@example.org> "
	    "cs4Label=revisionOf cs4=65539c80000102030405060708090aff");
	buf_free(&b);
}

static void
what_is_absent_is_left_out_and_what_is_empty_is_not(void **state)
{
	struct item i = { .id = id,
		.tenant = "acme",
		.log = "attachment",
		.alert_type = "a|b\\c=d",
		.threat_id = "T1",
		.threat_name = "",
		.subject = "" };
	struct buf b = { 0 };

	(void)state;
	cef_put(&b, &i);
	assert_string_equal(b.data,
	    "<132>1 1970-01-01T00:00:00Z acme m2s - ttp-attachment - "
	    "CEF:0|Mimecast|Email Security Cloud Gateway|2.0|ttp-attachment|"
	    "a\\|b\\\\c=d|0|"
	    "externalId=65539c80000102030405060708090aff rt=0000 msg= "
	    "cs1Label=threatId cs1=T1 cs2Label=threatName cs2=");
	buf_free(&b);
}

static const struct {
	const char *text;
	bool is_address;
} sources[] = {
	{ "203.0.113.7", true },
	{ "2001:db8::1", true },
	{ "::ffff:203.0.113.7", true },
	{ "203.0.113.256", false },
	{ "203.0.113", false },
	{ "203.0.113.7 ", false },
	{ "203.0.113.7, 203.0.113.8", false },
	{ "[2001:db8::1]", false },
	{ "localhost", false },
	{ "", false },
};

static void
a_source_is_an_address_or_left_out(void **state)
{
	struct item i = click;
	struct buf b = { 0 };
	struct cef_event v;

	(void)state;
	for (size_t n = 0; n < sizeof sources / sizeof sources[0]; n++) {
		i.source_ip = sources[n].text;
		buf_clear(&b);
		cef_put(&b, &i);
		assert_true(cef_parse(&v, b.data, b.len));
		if (sources[n].is_address)
			assert_string_equal(
			    cef_value(&v, "src"), sources[n].text);
		else
			assert_null(cef_value(&v, "src"));
		cef_free(&v);
	}
	buf_free(&b);
}

/* What may hold text from outside, and the key that carries it. */
static const struct {
	size_t offset;
	const char *key; /* NULL: the event's name, in the header */
} fields[] = {
	{ offsetof(struct item, alert_type), NULL },
	{ offsetof(struct item, sender), "suser" },
	{ offsetof(struct item, recipient), "duser" },
	{ offsetof(struct item, subject), "msg" },
	{ offsetof(struct item, url), "request" },
	{ offsetof(struct item, file_name), "fname" },
	{ offsetof(struct item, file_type), "fileType" },
	{ offsetof(struct item, file_hash), "fileHash" },
	{ offsetof(struct item, action), "act" },
	{ offsetof(struct item, verdict), "outcome" },
	{ offsetof(struct item, threat_id), "cs1" },
	{ offsetof(struct item, threat_name), "cs2" },
	{ offsetof(struct item, message_id), "cs3" },
};

enum { FIELDS = sizeof fields / sizeof fields[0] };

static void
assert_read_back(const struct item *i, const char *const *values)
{
	struct buf b = { 0 };
	struct cef_event v;

	cef_put(&b, i);
	assert_null(memchr(b.data, '\n', b.len));
	assert_null(memchr(b.data, '\r', b.len));
	assert_true(cef_parse(&v, b.data, b.len));
	assert_string_equal(
	    v.syslog, "<132>1 2023-11-14T22:13:20Z acme m2s - ttp-url - ");
	assert_string_equal(v.header[1], "Mimecast");
	assert_string_equal(v.header[4], "ttp-url");
	assert_string_equal(v.header[6], "7");
	assert_int_equal(v.count, FIELDS - 1 + 3 + 3);
	assert_string_equal(
	    cef_value(&v, "externalId"), "65539c80000102030405060708090aff");
	assert_string_equal(cef_value(&v, "rt"), "1700000000000");
	assert_string_equal(cef_value(&v, "cs1Label"), "threatId");
	for (size_t k = 0; k < FIELDS; k++)
		assert_string_equal(
		    fields[k].key ? cef_value(&v, fields[k].key) : v.header[5],
		    values[k]);
	cef_free(&v);
	buf_free(&b);
}

static void
try_in_every_field(const char *text)
{
	const char *values[FIELDS];
	struct item i = click;

	for (size_t k = 0; k < FIELDS; k++)
		values[k] = "x";
	for (size_t field = 0; field < FIELDS; field++) {
		values[field] = text;
		for (size_t k = 0; k < FIELDS; k++)
			memcpy((char *)&i + fields[k].offset, &values[k],
			    sizeof values[k]);
		assert_read_back(&i, values);
		values[field] = "x";
	}
}

static void
hostile_text_changes_no_structure_and_comes_back_exactly(void **state)
{
	char one[] = "aXb";

	(void)state;
	for (size_t n = 0; n < HOSTILE; n++)
		try_in_every_field(hostile[n]);
	for (int c = 1; c < 0x80; c++) {
		one[1] = (char)c;
		try_in_every_field(one);
		try_in_every_field(one + 1);
	}
}

/* Two of them side by side: one value must not leak into the next. */
static void
hostile_neighbours_stay_apart(void **state)
{
	struct item i = click;
	struct buf b = { 0 };
	struct cef_event v;

	(void)state;
	for (size_t n = 0; n < HOSTILE; n++)
		for (size_t m = 0; m < HOSTILE; m++) {
			i.recipient = hostile[n];
			i.subject = hostile[m];
			buf_clear(&b);
			cef_put(&b, &i);
			assert_true(cef_parse(&v, b.data, b.len));
			assert_string_equal(cef_value(&v, "duser"), hostile[n]);
			assert_string_equal(cef_value(&v, "msg"), hostile[m]);
			cef_free(&v);
		}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_stand_in_the_order_of_the_manual),
		cmocka_unit_test(
		    what_is_absent_is_left_out_and_what_is_empty_is_not),
		cmocka_unit_test(a_source_is_an_address_or_left_out),
		cmocka_unit_test(
		    hostile_text_changes_no_structure_and_comes_back_exactly),
		cmocka_unit_test(hostile_neighbours_stay_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
