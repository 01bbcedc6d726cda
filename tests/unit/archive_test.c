/* Table archive, its chain, and the manifest. */
#include "archive.h"
#include "archive_file.h"
#include "fresh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
a_chain_value_is_the_digest_of_the_previous_one_and_the_manifest(void **state)
{
	struct archive a = { 0 };
	struct digest *d = NULL;
	char hex[DIGEST_HEX_SIZE];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(digest_open(&d, &e), 0);
	digest_of(d, "", 0, a.manifest_digest);
	archive_link(&a, d);
	/* By Python's hashlib. */
	assert_string_equal(digest_hex(a.chain, DIGEST_SIZE, hex),
	    "1c9ecec90e28d2461650418635878a5c91e49f47586ecf75f2b0cbb94e897112");
	digest_close(d);
}

static void
the_head_is_the_last_archive(void **state)
{
	struct fresh *f = *state;
	struct archive a = { .no = 1, .file = "a", .members = 1, .bytes = 2 };
	unsigned char chain[DIGEST_SIZE];
	struct archive got;
	int64_t no;
	bool found;

	assert_int_equal(archive_get_head(f->db, &no, chain, &f->e), 0);
	assert_int_equal(no, 0);
	assert_int_equal(chain[0] | chain[DIGEST_SIZE - 1], 0);
	a.chain[0] = 7;
	assert_int_equal(archive_put(f->db, &a, f->run_id, &f->e), 0);
	a.no = 2;
	a.file = "b";
	a.kind = ARCHIVE_DELIVERY;
	a.chain[0] = 8;
	assert_int_equal(archive_put(f->db, &a, f->run_id, &f->e), 0);
	assert_int_equal(archive_get_head(f->db, &no, chain, &f->e), 0);
	assert_int_equal(no, 2);
	assert_int_equal(chain[0], 8);
	assert_int_equal(archive_get(f->db, 2, &got, &found, &f->e), 0);
	assert_true(found);
	assert_int_equal(got.kind, ARCHIVE_DELIVERY);
	assert_int_equal(archive_get(f->db, 3, &got, &found, &f->e), 0);
	assert_false(found);
	assert_int_equal(archive_put(f->db, &a, f->run_id, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_DATA);
}

static void
a_file_is_named_by_day_number_and_kind(void **state)
{
	static const struct {
		int64_t at;
		int64_t no;
		enum archive_kind kind;
		const char *name;
	} cases[] = {
		{ 1772366400, 3, ARCHIVE_EVIDENCE,
		    "2026/03/01/000003-evidence.tar.zst" },
		{ 0, 1234567, ARCHIVE_DELIVERY,
		    "1970/01/01/1234567-delivery.tar.zst" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *name =
		    archive_file_name(cases[i].at, cases[i].no, cases[i].kind);

		assert_string_equal(name, cases[i].name);
		assert_int_equal(archive_file_number(name), cases[i].no);
		free(name);
	}
	assert_int_equal(archive_file_number("note"), 0);
	assert_int_equal(archive_file_number("2026/03/01/3"), 0);
	assert_int_equal(archive_file_number("-1-evidence.tar.zst"), 0);
}

static void
a_file_is_set_aside_under_a_name_that_is_free(void **state)
{
	static const char *const want[] = { ".damaged-x", ".damaged-2-x",
		".damaged-3-x" };
	struct fresh *f = *state;
	char path[128], expected[128];

	for (size_t i = 0; i < 3; i++) {
		FILE *file;
		char *to = NULL;

		snprintf(path, sizeof path, "%s/x", f->dir);
		file = fopen(path, "w");
		assert_non_null(file);
		fclose(file);
		assert_int_equal(archive_file_set_aside(path, &to, &f->e), 0);
		snprintf(expected, sizeof expected, "%s/%s", f->dir, want[i]);
		assert_string_equal(to, expected);
		free(to);
	}
}

static void
a_manifest_comes_back_as_it_was_put(void **state)
{
	const struct manifest_head head = {
		.tenant = "acme",
		.program = "m2s \"0\"",
		.number = 12,
		.kind = ARCHIVE_DELIVERY,
		.created_at = 1772366400,
		.previous_chain = (const unsigned char *)"0123456789abcdef"
							 "0123456789ABCDEF",
	};
	struct buf sections[ENTRY_KINDS] = { 0 };
	struct buf sinks = { 0 }, members = { 0 }, text = { 0 };
	struct digest *d = NULL;
	struct err e = { 0 };
	struct manifest m;

	(void)state;
	assert_int_equal(digest_open(&d, &e), 0);
	buf_puts(&sections[ENTRY_GAP], "{},{}");
	manifest_put_member(&members, "x", 5, head.previous_chain);
	manifest_put(&text, &head, sections, &sinks, &members);
	assert_int_equal(manifest_parse(&m, text.data, text.len, d, &e), 0);
	assert_string_equal(m.head.tenant, "acme");
	assert_string_equal(m.head.program, "m2s \"0\"");
	assert_int_equal(m.head.number, 12);
	assert_int_equal(m.head.kind, ARCHIVE_DELIVERY);
	assert_int_equal(m.head.created_at, 1772366400);
	assert_memory_equal(
	    m.head.previous_chain, head.previous_chain, DIGEST_SIZE);
	assert_int_equal(manifest_section(&m, ENTRY_GAP).len, 7);
	assert_int_equal(manifest_section(&m, ENTRY_WINDOW).len, 2);
	assert_int_equal(manifest_members(&m).len, members.len + 2);
	manifest_free(&m);
	assert_int_equal(manifest_parse(&m, "{}", 2, d, &e), -1);
	assert_string_equal(
	    e.msg, "manifest: \"schema\" is missing or not in its place");
	manifest_free(&m);
	buf_free(&sections[ENTRY_GAP]);
	buf_free(&members);
	buf_free(&text);
	digest_close(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_chain_value_is_the_digest_of_the_previous_one_and_the_manifest),
		cmocka_unit_test_setup_teardown(the_head_is_the_last_archive,
		    fresh_set_up, fresh_tear_down),
		cmocka_unit_test(a_file_is_named_by_day_number_and_kind),
		cmocka_unit_test_setup_teardown(
		    a_file_is_set_aside_under_a_name_that_is_free, fresh_set_up,
		    fresh_tear_down),
		cmocka_unit_test(a_manifest_comes_back_as_it_was_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
