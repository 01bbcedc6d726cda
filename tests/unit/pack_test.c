#include "buf.h"
#include "err.h"
#include "pack.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct pack_limits limits = { 4, 1 << 20, 1 << 22 };

/* A name that only fits in an extended header. */
static char long_name[256];

/* Some members of all sizes, written to a file that has no name. */
static FILE *
write_sample(int level)
{
	static char large[300000];
	struct pack_writer *w = NULL;
	struct err e = { 0 };
	FILE *f = tmpfile();

	assert_non_null(f);
	for (size_t i = 0; i < sizeof large; i++)
		large[i] = (char)(i * i % 251);
	if (pack_create(&w, fileno(f), level, &e) ||
	    pack_add(w, "manifest.json", "{}", 2, &e) ||
	    pack_add(w, "page/empty", NULL, 0, &e) ||
	    pack_add(w, "page/large", large, sizeof large, &e) ||
	    pack_add(w, long_name, "x", 1, &e) || pack_finish(w, &e))
		fail_msg("%s", e.msg);
	pack_writer_free(w);
	rewind(f);
	return f;
}

static void
slurp(struct buf *b, FILE *f)
{
	char in[4096];
	size_t n;

	while ((n = fread(in, 1, sizeof in, f)))
		buf_put(b, in, n);
}

static void
what_is_written_is_read_again(void **state)
{
	static const struct {
		const char *name;
		size_t n;
	} members[] = { { "manifest.json", 2 }, { "page/empty", 0 },
		{ "page/large", 300000 }, { long_name, 1 } };
	struct pack_reader *r = NULL;
	struct err e = { 0 };
	FILE *f = write_sample(1);
	const char *name;
	const void *data;
	size_t n;

	(void)state;
	assert_int_equal(pack_open(&r, fileno(f), &limits, &e), 0);
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		assert_int_equal(pack_next(r, &name, &data, &n, &e), 1);
		assert_string_equal(name, members[i].name);
		assert_int_equal(n, members[i].n);
		for (size_t k = 0; k < n && i == 2; k++)
			assert_int_equal(
			    ((const char *)data)[k], (char)(k * k % 251));
	}
	assert_int_equal(pack_next(r, &name, &data, &n, &e), 0);
	pack_reader_free(r);
	fclose(f);
}

static void
the_same_members_give_the_same_bytes(void **state)
{
	struct buf a = { 0 };
	struct buf b = { 0 };
	FILE *f = write_sample(3);

	(void)state;
	slurp(&a, f);
	fclose(f);
	f = write_sample(3);
	slurp(&b, f);
	fclose(f);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	buf_free(&a);
	buf_free(&b);
}

static void
gnu_tar_agrees(void **state)
{
	struct buf out = { 0 };
	char want[1024];
	char command[64];
	FILE *f = write_sample(19);
	FILE *tar;

	(void)state;
	snprintf(want, sizeof want,
	    "-rw-r--r-- 0/0               2 1970-01-01 00:00 manifest.json\n"
	    "-rw-r--r-- 0/0               0 1970-01-01 00:00 page/empty\n"
	    "-rw-r--r-- 0/0          300000 1970-01-01 00:00 page/large\n"
	    "-rw-r--r-- 0/0               1 1970-01-01 00:00 %s\n",
	    long_name);
	snprintf(command, sizeof command, "zstd -qdc <&%d | TZ=UTC tar -tvf -",
	    fileno(f));
	tar = popen(command, "r"); /* NOLINT(cert-env33-c): a test */
	assert_non_null(tar);
	slurp(&out, tar);
	assert_int_equal(pclose(tar), 0);
	assert_string_equal(out.data, want);
	buf_free(&out);
	fclose(f);
}

static void
an_unfinished_archive_has_no_end(void **state)
{
	struct pack_writer *w = NULL;
	struct pack_reader *r = NULL;
	struct err e = { 0 };
	FILE *f = tmpfile();
	const char *name;
	const void *data;
	size_t n;
	int rc;

	(void)state;
	assert_int_equal(pack_create(&w, fileno(f), 1, &e), 0);
	assert_int_equal(pack_add(w, "a", "x", 1, &e), 0);
	pack_writer_free(w);
	rewind(f);
	rc = pack_open(&r, fileno(f), &limits, &e);
	while (rc == 0 && (rc = pack_next(r, &name, &data, &n, &e)) == 1)
		rc = 0;
	assert_int_equal(rc, -1);
	assert_int_equal(e.kind, ERR_DATA);
	pack_reader_free(r);
	fclose(f);
}

/*
 * Read what a shell command prints.  The message of the refusal, or "" if it
 * was read to its end.
 */
static const char *
read_output(const char *command)
{
	static struct err e;
	struct pack_reader *r = NULL;
	const char *name;
	const void *data;
	size_t n;
	int rc;
	FILE *f = popen(command, "r"); /* NOLINT(cert-env33-c): a test */

	assert_non_null(f);
	e = (struct err){ 0 };
	rc = pack_open(&r, fileno(f), &limits, &e);
	if (rc == 0)
		do
			rc = pack_next(r, &name, &data, &n, &e);
		while (rc == 1);
	assert_int_equal(rc == 0 ? ERR_NONE : ERR_DATA, e.kind);
	pack_reader_free(r);
	pclose(f);
	return e.msg;
}

#define DAMAGED "archive is damaged: "
#define BEHIND "archive has bytes behind its end"
#define NOT_PLAIN "member 1 has a name that is not plain"
#define TAR "tar -b1 -cPf - "

static void
every_archive_that_is_not_plain_is_refused(void **state)
{
	static const struct {
		const char *command; /* in a folder made by make_files */
		const char *msg;
	} cases[] = {
		{ "tar -cf - a b/c", "" },
		{ "tar -cf - a b/c | gzip", "" },
		{ "tar -cf - a b/c | zstd -q", "" },
		{ "tar --format=posix -cf - a", "" },
		{ "tar -b2000 -cf - a", "" },
		{ "cat none", DAMAGED "Unrecognized archive format" },
		{ "cat a", DAMAGED "Unrecognized archive format" },
		{ "cat a | zstd -q", DAMAGED "Unrecognized archive format" },
		{ "tar -cf - a | xz", DAMAGED "Unrecognized archive format" },
		{ "tar -cf - a | gzip | zstd -q", "archive is packed twice" },
		{ "tar -cf - a | zstd -q | gzip", "archive is packed twice" },
		{ "tar -cf - a | gzip | gzip", "archive is packed twice" },
		{ "tar -cf - a | bzip2 | gzip",
		    DAMAGED "Unrecognized archive format" },

		{ TAR "b", NOT_PLAIN },
		{ TAR "symbolic", "symbolic: not a plain file" },
		{ TAR "e hard", "hard: not a plain file" },
		{ TAR "pipe", "pipe: not a plain file" },
		{ TAR "/dev/null --transform=s,/dev/,,",
		    "null: not a plain file" },
		{ TAR "-S sparse", "sparse: not a plain file" },
		{ TAR "--format=posix -S sparse", "sparse: not a plain file" },

		{ TAR "../files/a", NOT_PLAIN },
		{ TAR "/etc/passwd", NOT_PLAIN },
		{ TAR "./a", NOT_PLAIN },
		{ TAR "b/../a", NOT_PLAIN },
		{ TAR "b//c", NOT_PLAIN },
		{ TAR "--transform=s,a,x/.., a", NOT_PLAIN },
		{ TAR "--transform=s,a,a\\\\n, a", NOT_PLAIN },
		{ TAR "--transform=s,a,\303\244, a", NOT_PLAIN },
		{ TAR "--transform=s,a,$(printf %0255d 1), a", "" },
		{ TAR "--transform=s,a,$(printf %0256d 1), a", NOT_PLAIN },
		{ TAR "--transform=s,e,a, a e", "a: there twice" },

		{ TAR "a | head -c 1000",
		    "a: " DAMAGED "Truncated input file (needed 510 bytes, "
		    "only 486 available)" },
		{ TAR "a | head -c 100",
		    DAMAGED "Unrecognized archive format" },
		{ TAR "a | head -c 1024", "archive is cut short" },
		{ TAR "a | head -c 1536", "archive is cut short" },
		{ TAR "a | head -c 2047", "archive is cut short" },
		{ TAR "zeros | head -c 4608", "archive is cut short" },
		{ TAR "a | head -c 2048", "" },
		{ TAR "a | head -c 1024 | zstd -q", "archive is cut short" },
		{ TAR "random | zstd -q | head -c -1",
		    DAMAGED "Truncated zstd input" },
		{ TAR "random | zstd -q | head -c 4000",
		    DAMAGED "Truncated zstd input" },
		{ TAR "random | gzip | head -c -1", DAMAGED "no reason given" },
		{ TAR "random | gzip | head -c 4000",
		    DAMAGED "truncated gzip input" },
		{ TAR "a | sed s/ustar/ustor/",
		    DAMAGED "Unrecognized archive format" },
		{ TAR "a; echo", BEHIND },
		{ TAR "a; " TAR "b/c", BEHIND },
		{ "(" TAR "a; echo) | zstd -q", BEHIND },
		{ TAR "a | zstd -q; echo garbage",
		    DAMAGED
		    "Zstd decompression failed: Unknown frame descriptor" },
		{ TAR "a | gzip; echo garbage", BEHIND },
		{ TAR "a | zstd -q; " TAR "b/c | zstd -q", BEHIND },
		{ TAR "a | gzip; " TAR "b/c | gzip", BEHIND },

		{ TAR "a b/c zeros random", "" },
		{ TAR "a b/c zeros random e",
		    "archive has more than 4 members" },
		{ TAR "mega", "" },
		{ TAR "over", "over: more than 1048576 bytes" },
		{ TAR "--transform=s,a,x, a; head -c 1G /dev/zero",
		    DAMAGED "more than 4194304 bytes" },
		{ "(" TAR "a; head -c 1G /dev/zero) | zstd -q",
		    DAMAGED "more than 4194304 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *msg = read_output(cases[i].command);

		if (strcmp(msg, cases[i].msg) != 0)
			fail_msg("%s: \"%s\" instead of \"%s\"",
			    cases[i].command, msg, cases[i].msg);
	}
}

static void
a_file_that_fails_is_this_machines_fault(void **state)
{
	struct pack_reader *r = NULL;
	struct pack_writer *w = NULL;
	struct err e = { 0 };
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	assert_int_equal(pack_open(&r, -1, &limits, &e), -1);
	assert_int_equal(e.kind, ERR_IO);
	assert_string_equal(
	    e.msg, "archive cannot be read: Bad file descriptor");

	assert_int_equal(pack_create(&w, full, 1, &e), 0);
	assert_int_equal(pack_add(w, "a", "x", 1, &e), 0);
	assert_int_equal(pack_finish(w, &e), -1);
	assert_int_equal(e.kind, ERR_IO);
	assert_string_equal(
	    e.msg, "archive cannot be written: No space left on device");
	pack_writer_free(w);
	close(full);
	pack_writer_free(NULL);
	pack_reader_free(NULL);
}

static char dir[] = "/tmp/pack_test.XXXXXX";

static int
make_files(void **state)
{
	(void)state;
	memset(long_name, 'n', 200);
	if (!mkdtemp(dir) || chdir(dir))
		return -1;
	/* NOLINTNEXTLINE(cert-env33-c): a test */
	return system("mkdir files && cd files && mkdir b && echo a > a &&"
		      " echo c > b/c && echo e > e && : > none &&"
		      " ln -s a symbolic && ln e hard && mkfifo pipe &&"
		      " truncate -s 1M sparse && echo end >> sparse &&"
		      " head -c 4096 /dev/zero > zeros &&"
		      " head -c 8000 /dev/urandom > random &&"
		      " head -c 1M /dev/zero > mega &&"
		      " head -c 1048577 /dev/zero > over") ||
	    chdir("files");
}

static int
drop_files(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -r %s", dir);
	return system(command); /* NOLINT(cert-env33-c): a test */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(the_same_members_give_the_same_bytes),
		cmocka_unit_test(gnu_tar_agrees),
		cmocka_unit_test(an_unfinished_archive_has_no_end),
		cmocka_unit_test(every_archive_that_is_not_plain_is_refused),
		cmocka_unit_test(a_file_that_fails_is_this_machines_fault),
	};

	return cmocka_run_group_tests(tests, make_files, drop_files);
}
