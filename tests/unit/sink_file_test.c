#include "batch.h"
#include "buf.h"
#include "config.h"
#include "err.h"
#include "result.h"
#include "sink_type.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct folder {
	char root[64];
	char dir[96];
	struct config_sink c;
	struct err e;
};

static int
set_up(void **state)
{
	static struct folder folder;
	struct folder *f = &folder;

	memset(f, 0, sizeof *f);
	strcpy(f->root, "/tmp/m2s-sink-XXXXXX");
	if (!mkdtemp(f->root))
		return -1;
	snprintf(f->dir, sizeof f->dir, "%s/out", f->root);
	f->c.dir = f->dir;
	*state = f;
	return 0;
}

static int
shell(const struct folder *f, const char *command)
{
	char line[512];

	snprintf(line, sizeof line, "cd %s && %s", f->root, command);
	return system(line);
}

static int
tear_down(void **state)
{
	return shell(*state, "chmod -R u+rwx . && rm -rf \"$PWD\"");
}

static struct result
put(struct folder *f, int64_t batch_id, enum config_format format,
    const char *text)
{
	struct batch b = { .batch_id = batch_id,
		.format = format,
		.key = {
		    0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xff } };
	struct buf body = { 0 };
	struct result r = { 0 };
	void *conn = NULL;

	buf_puts(&body, text);
	assert_int_equal(sink_file.open(&conn, &f->c, &f->e), 0);
	assert_int_equal(sink_file.send(conn, &b, &body, 1000, &r, &f->e), 0);
	sink_file.close(conn);
	buf_free(&body);
	return r;
}

static void
a_batch_becomes_a_file_with_its_bytes(void **state)
{
	struct folder *f = *state;
	struct result r = put(f, 12, CONFIG_NDJSON, "{}\n");
	struct stat st;

	assert_int_equal(r.outcome, RECEIPT_STORED);
	assert_int_equal(r.next, RESULT_DONE);
	assert_string_equal(r.detail, "000012-0123456789abcdef.ndjson");
	assert_int_equal(
	    shell(f, "test \"$(cat out/000012-0123456789abcdef.ndjson)\" = {}"),
	    0);
	assert_int_equal(shell(f, "test $(ls -A out | wc -l) = 1"), 0);
	assert_int_equal(stat(f->dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void
an_array_has_a_suffix_of_its_own(void **state)
{
	struct result r = put(*state, 1234567, CONFIG_ARRAY, "[{}]\n");

	assert_string_equal(r.detail, "1234567-0123456789abcdef.json");
}

static void
the_same_batch_again_is_the_same_file(void **state)
{
	struct folder *f = *state;

	put(f, 1, CONFIG_NDJSON, "{}\n");
	put(f, 1, CONFIG_NDJSON, "{}\n");
	assert_int_equal(shell(f, "test $(ls -A out | wc -l) = 1"), 0);
}

static void
what_a_crash_left_half_written_is_written_whole(void **state)
{
	struct folder *f = *state;

	assert_int_equal(shell(f,
			     "mkdir out && echo longer than the batch is >"
			     "out/.000001-0123456789abcdef.ndjson.tmp"),
	    0);
	put(f, 1, CONFIG_NDJSON, "{}\n");
	assert_int_equal(shell(f, "test $(ls -A out | wc -l) = 1"), 0);
	assert_int_equal(
	    shell(f, "test \"$(cat out/000001-0123456789abcdef.ndjson)\" = {}"),
	    0);
}

static const struct {
	const char *prepare;
	const char *doing;
	const char *name; /* NULL: the folder */
	const char *why;
} failures[] = {
	{ "chmod 500 .", "mkdir", NULL, "Permission denied" },
	{ "touch out", "open", NULL, "Not a directory" },
	{ "mkdir -p out/.000001-0123456789abcdef.ndjson.tmp", "open",
	    ".000001-0123456789abcdef.ndjson.tmp", "Is a directory" },
	{ "mkdir -p out/000001-0123456789abcdef.ndjson", "rename",
	    "000001-0123456789abcdef.ndjson", "Is a directory" },
	{ "mkdir out && ln -s x out/.000001-0123456789abcdef.ndjson.tmp",
	    "open", ".000001-0123456789abcdef.ndjson.tmp",
	    "Too many levels of symbolic links" },
};

static void
a_failure_stops_the_sink_and_says_where(void **state)
{
	struct folder *f = *state;
	char detail[512];
	struct result r;

	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
		if (i == 0 && geteuid() == 0)
			continue; /* root may write anywhere */
		assert_int_equal(shell(f, failures[i].prepare), 0);
		r = put(f, 1, CONFIG_NDJSON, "{}\n");
		snprintf(detail, sizeof detail, "%s %s: %s", failures[i].doing,
		    failures[i].name ? failures[i].name : f->dir,
		    failures[i].why);
		assert_string_equal(r.detail, detail);
		assert_int_equal(r.outcome, RECEIPT_NOT_TAKEN);
		assert_int_equal(r.next, RESULT_STOP);
		assert_int_equal(r.stop, ERR_IO);
		assert_string_equal(r.advice, "mend the folder or its disk");
		assert_int_equal(shell(f, "chmod 700 . && rm -rf out"), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_batch_becomes_a_file_with_its_bytes),
		TEST(an_array_has_a_suffix_of_its_own),
		TEST(the_same_batch_again_is_the_same_file),
		TEST(what_a_crash_left_half_written_is_written_whole),
		TEST(a_failure_stops_the_sink_and_says_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
