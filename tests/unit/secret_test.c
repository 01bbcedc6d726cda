#include "err.h"
#include "mem.h"
#include "secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct {
	const char *content;
	mode_t mode;
	const char *secret; /* NULL: refused */
	const char *msg;
} cases[] = {
	{ "abc", 0600, "abc", NULL },
	{ "abc\n", 0400, "abc", NULL },
	{ " \tabc def \r\nsecond line\n", 0600, "abc def", NULL },
	{ "", 0600, NULL,
	    "secret file key: nothing in its first line: put the secret "
	    "there" },
	{ " \nabc\n", 0600, NULL,
	    "secret file key: nothing in its first line: put the secret "
	    "there" },
	{ "a\x01", 0600, NULL,
	    "secret file key: its first line is not printable ASCII: put the "
	    "secret alone there" },
	{ "\xc3\xa9", 0600, NULL,
	    "secret file key: its first line is not printable ASCII: put the "
	    "secret alone there" },
	{ "abc", 0640, NULL,
	    "secret file key may be read by others: chmod 600 key" },
	{ "abc", 0604, NULL,
	    "secret file key may be read by others: chmod 600 key" },
};

static void
put(const char *file, const char *content, mode_t mode)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_true(fputs(content, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(file, mode), 0);
}

static int
in_new_folder(void **state)
{
	static char folder[32];

	strcpy(folder, "/tmp/m2s-secret-XXXXXX");
	*state = folder;
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	return mkdtemp(folder) ? chdir(folder) : -1;
}

static int
remove_folder(void **state)
{
	remove("key");
	remove("link");
	remove("cred/key");
	remove("cred");
	return chdir("/") || rmdir(*state);
}

static void
assert_refused(const char *path, const char *msg)
{
	struct err e = { 0 };
	char *secret = NULL;

	assert_int_equal(secret_read(&secret, path, &e), -1);
	assert_null(secret);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.msg, msg);
}

static void
assert_secret(const char *path, const char *want)
{
	struct err e = { 0 };
	char *secret = NULL;

	if (secret_read(&secret, path, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(secret, want);
	secret_free(secret);
}

static void
secret_read_takes_the_first_line_of_a_private_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		remove("key");
		put("key", cases[i].content, cases[i].mode);
		if (cases[i].secret)
			assert_secret("key", cases[i].secret);
		else
			assert_refused("key", cases[i].msg);
	}
}

static void
a_secret_has_4096_bytes_at_most(void **state)
{
	static const char msg[] = "secret file key: its first line is over "
				  "4096 bytes: put the secret alone there";
	char s[10000] = { 0 };

	(void)state;
	memset(s, 'x', sizeof s - 1);
	put("key", s, 0600);
	assert_refused("key", msg);
	s[4097] = '\0';
	put("key", s, 0600);
	assert_refused("key", msg);
	s[4096] = '\0';
	put("key", s, 0600);
	assert_secret("key", s);
}

static void
secret_read_refuses_what_is_no_regular_file(void **state)
{
	(void)state;
	assert_refused("key", "secret file key: No such file or directory");
	assert_int_equal(mkfifo("key", 0600), 0);
	assert_refused(
	    "key", "secret file key is no regular file: name another");
	assert_refused(
	    "/tmp", "secret file /tmp is no regular file: name another");
}

static void
secret_read_follows_a_link_to_the_file_that_counts(void **state)
{
	(void)state;
	assert_int_equal(symlink("key", "link"), 0);
	put("key", "abc", 0600);
	assert_secret("link", "abc");
	put("key", "abc", 0644);
	assert_refused(
	    "link", "secret file link may be read by others: chmod 600 link");
}

static void
credentials_of_systemd_come_first_and_are_trusted(void **state)
{
	char *folder = xasprintf("%s/cred", (char *)*state);
	char *file = xasprintf("%s/key", folder);
	char *outside = xasprintf("%s/../key", folder);
	char *msg =
	    xasprintf("secret file %s may be read by others: chmod 600 %s",
		outside, outside);

	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	put("key", "plain", 0600);
	assert_secret("key", "plain");
	put(file, "credential", 0644);
	assert_secret("key", "credential");
	assert_secret(file, "credential");
	assert_secret("./key", "plain");
	put("key", "plain", 0644);
	assert_refused(outside, msg);
	free(msg);
	free(outside);
	free(file);
	free(folder);
}

static void
secret_wipe_leaves_nothing(void **state)
{
	char s[] = "abc";

	(void)state;
	secret_wipe(s, sizeof s);
	assert_memory_equal(s, "\0\0\0", sizeof s);
	secret_free(NULL);
}

/* What the kernel says of the pages that hold the secret. */
static void
a_secret_stays_out_of_core_dumps(void **state)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	bool here = false;
	bool kept_out = false;
	char *secret = NULL;
	struct err e = { 0 };
	char line[512];

	(void)state;
	put("key", "abc", 0600);
	assert_non_null(f);
	assert_int_equal(secret_read(&secret, "key", &e), 0);
	while (fgets(line, sizeof line, f)) {
		char *end;
		uintptr_t from = strtoul(line, &end, 16);

		if (*end == '-')
			here = from <= (uintptr_t)secret &&
			    (uintptr_t)secret < strtoul(end + 1, NULL, 16);
		if (here && strncmp(line, "VmFlags:", 8) == 0)
			kept_out = strstr(line, " dd") != NULL;
	}
	assert_true(kept_out);
	secret_free(secret);
	assert_int_equal(fclose(f), 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, in_new_folder, remove_folder)
	static const struct CMUnitTest tests[] = {
		TEST(secret_read_takes_the_first_line_of_a_private_file),
		TEST(a_secret_has_4096_bytes_at_most),
		TEST(secret_read_refuses_what_is_no_regular_file),
		TEST(secret_read_follows_a_link_to_the_file_that_counts),
		TEST(credentials_of_systemd_come_first_and_are_trusted),
		TEST(secret_wipe_leaves_nothing),
		TEST(a_secret_stays_out_of_core_dumps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
