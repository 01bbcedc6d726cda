#include "buf.h"
#include "hostile.h"
#include "item.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static const unsigned char id[] = "\x65\x53\x9c\x80\x00\x01\x02\x03\x04\x05"
				  "\x06\x07\x08\x09\x0a\xff";

static const struct item click = {
	.id = id,
	.occurred_at = 1700000000,
	.severity = 7,
	.tenant = "acme",
	.log = "url",
	.alert_type = "URL Protection",
	.type_rule = "reason",
	.threat_id = "T1598.003",
	.threat_name = "Spearphishing Link",
	.threat_rule = "exact",
	.mapping = "published-1",
	.sender = "a@example.org",
	.recipient = "b@acme.example",
	.subject = "Hello",
	.message_id = "<1@example.org>",
	.url = "https://evil.example/?a=1&b=2",
	.verdict = "malicious",
	.action = "block",
};

static void
fields_stand_in_the_order_of_the_manual(void **state)
{
	struct item i = click;
	struct buf b = { 0 };

	(void)state;
	i.severity = 10;
	i.file_name = "a.pdf";
	i.file_type = "application/pdf";
	i.file_hash = "00ff";
	i.revision_of = id;
	item_put_json(&b, &i);
	assert_string_equal(b.data,
	    "{\"id\":\"65539c80000102030405060708090aff\","
	    "\"alertType\":\"URL Protection\",\"threatId\":\"T1598.003\","
	    "\"threatName\":\"Spearphishing Link\","
	    "\"time\":\"2023-11-14T22:13:20Z\",\"log\":\"url\","
	    "\"severity\":10,\"from\":\"a@example.org\","
	    "\"to\":\"b@acme.example\",\"subject\":\"Hello\","
	    "\"messageId\":\"<1@example.org>\","
	    "\"url\":\"https://evil.example/?a=1&b=2\","
	    "\"fileName\":\"a.pdf\",\"fileType\":\"application/pdf\","
	    "\"fileHash\":\"00ff\",\"verdict\":\"malicious\","
	    "\"action\":\"block\",\"tenant\":\"acme\","
	    "\"typeRule\":\"reason\",\"threatRule\":\"exact\","
	    "\"mapping\":\"published-1\","
	    "\"revisionOf\":\"65539c80000102030405060708090aff\"}");
	buf_free(&b);
}

static void
what_is_absent_is_left_out_and_what_is_empty_is_not(void **state)
{
	struct item i = click;
	struct buf b = { 0 };

	(void)state;
	i.sender = i.recipient = i.message_id = NULL;
	i.url = i.verdict = i.action = NULL;
	i.subject = "";
	item_put_json(&b, &i);
	assert_string_equal(b.data,
	    "{\"id\":\"65539c80000102030405060708090aff\","
	    "\"alertType\":\"URL Protection\",\"threatId\":\"T1598.003\","
	    "\"threatName\":\"Spearphishing Link\","
	    "\"time\":\"2023-11-14T22:13:20Z\",\"log\":\"url\","
	    "\"severity\":7,\"subject\":\"\",\"tenant\":\"acme\","
	    "\"typeRule\":\"reason\",\"threatRule\":\"exact\","
	    "\"mapping\":\"published-1\"}");
	buf_free(&b);
}

static const size_t texts[] = {
	offsetof(struct item, tenant),
	offsetof(struct item, log),
	offsetof(struct item, alert_type),
	offsetof(struct item, type_rule),
	offsetof(struct item, threat_id),
	offsetof(struct item, threat_name),
	offsetof(struct item, threat_rule),
	offsetof(struct item, mapping),
	offsetof(struct item, sender),
	offsetof(struct item, recipient),
	offsetof(struct item, subject),
	offsetof(struct item, message_id),
	offsetof(struct item, url),
	offsetof(struct item, file_name),
	offsetof(struct item, file_type),
	offsetof(struct item, file_hash),
	offsetof(struct item, verdict),
	offsetof(struct item, action),
};

static const char *const names[] = { "tenant", "log", "alertType", "typeRule",
	"threatId", "threatName", "threatRule", "mapping", "from", "to",
	"subject", "messageId", "url", "fileName", "fileType", "fileHash",
	"verdict", "action" };

enum { TEXTS = sizeof texts / sizeof texts[0] };

static void
set(struct item *i, size_t field, const char *value)
{
	memcpy((char *)i + texts[field], &value, sizeof value);
}

/* jansson is the judge: same fields, each with its own value. */
static void
assert_read_back(const struct item *i, const char *const *values)
{
	struct buf b = { 0 };
	json_error_t error;
	json_t *json;

	item_put_json(&b, i);
	for (size_t k = 0; k < b.len; k++)
		assert_true((unsigned char)b.data[k] >= 0x20);
	json = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(json);
	assert_int_equal(json_object_size(json), TEXTS + 3);
	for (size_t k = 0; k < TEXTS; k++)
		assert_string_equal(
		    json_string_value(json_object_get(json, names[k])),
		    values[k]);
	assert_string_equal(json_string_value(json_object_get(json, "id")),
	    "65539c80000102030405060708090aff");
	assert_string_equal(json_string_value(json_object_get(json, "time")),
	    "2023-11-14T22:13:20Z");
	assert_int_equal(
	    json_integer_value(json_object_get(json, "severity")), 7);
	json_decref(json);
	buf_free(&b);
}

static void
try_in_every_field(const char *text)
{
	const char *values[TEXTS];
	struct item i = click;

	for (size_t k = 0; k < TEXTS; k++)
		values[k] = "x";
	for (size_t field = 0; field < TEXTS; field++) {
		values[field] = text;
		for (size_t k = 0; k < TEXTS; k++)
			set(&i, k, values[k]);
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
	}
}

static void
a_long_text_comes_back_exactly(void **state)
{
	static char text[1000001];

	(void)state;
	for (size_t k = 0; k + 1 < sizeof text; k++)
		text[k] = (char)(1 + k % 127);
	try_in_every_field(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_stand_in_the_order_of_the_manual),
		cmocka_unit_test(
		    what_is_absent_is_left_out_and_what_is_empty_is_not),
		cmocka_unit_test(
		    hostile_text_changes_no_structure_and_comes_back_exactly),
		cmocka_unit_test(a_long_text_comes_back_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
