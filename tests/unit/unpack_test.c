/* unpack, and the sandbox that it works in. */
#define _GNU_SOURCE /* syscall */
#include "err.h"
#include "pack.h"
#include "sandbox.h"
#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static FILE *
write_sample(void)
{
	static char large[5 << 20];
	struct pack_writer *w = NULL;
	struct err e = { 0 };
	FILE *f = tmpfile();

	assert_non_null(f);
	for (size_t i = 0; i < sizeof large; i++)
		large[i] = (char)(i * i % 251);
	if (pack_create(&w, fileno(f), 1, &e) ||
	    pack_add(w, "a", "one", 3, &e) || pack_add(w, "b/c", "", 0, &e) ||
	    pack_add(w, "large", large, sizeof large, &e) || pack_finish(w, &e))
		fail_msg("%s", e.msg);
	pack_writer_free(w);
	return f;
}

static void
members_come_as_they_were_packed(void **state)
{
	struct unpack *u = NULL;
	struct err e = { 0 };
	FILE *f = write_sample();
	const char *name;
	const void *data;
	size_t n;

	(void)state;
	for (int again = 0; again < 2; again++) {
		assert_int_equal(unpack_open(&u, fileno(f), &e), 0);
		assert_int_equal(unpack_next(u, &name, &data, &n, &e), 1);
		assert_string_equal(name, "a");
		assert_int_equal(n, 3);
		assert_memory_equal(data, "one", 3);
		assert_int_equal(unpack_next(u, &name, &data, &n, &e), 1);
		assert_string_equal(name, "b/c");
		assert_int_equal(n, 0);
		assert_int_equal(unpack_next(u, &name, &data, &n, &e), 1);
		assert_int_equal(n, 5 << 20);
		assert_int_equal(
		    ((const char *)data)[1000], (char)(1000000 % 251));
		assert_int_equal(unpack_next(u, &name, &data, &n, &e), 0);
		unpack_close(u);
	}
	fclose(f);
}

static void
what_is_no_archive_is_refused_with_its_reason(void **state)
{
	struct unpack *u = NULL;
	struct err e = { 0 };
	FILE *f = tmpfile();
	const char *name;
	const void *data;
	size_t n;

	(void)state;
	fputs("no archive", f);
	fflush(f);
	assert_int_equal(unpack_open(&u, fileno(f), &e), 0);
	assert_int_equal(unpack_next(u, &name, &data, &n, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	assert_string_equal(
	    e.msg, "archive is damaged: Unrecognized archive format");
	unpack_close(u);
	fclose(f);
}

static void
it_can_be_closed_before_the_end(void **state)
{
	struct unpack *u = NULL;
	struct err e = { 0 };
	FILE *f = write_sample();

	(void)state;
	assert_int_equal(unpack_open(&u, fileno(f), &e), 0);
	unpack_close(u);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	unpack_close(NULL);
	fclose(f);
}

static pid_t
only_child(void)
{
	FILE *f = fopen("/proc/thread-self/children", "r");
	char line[32];

	if (!f || !fgets(line, sizeof line, f))
		skip();
	fclose(f);
	return (pid_t)strtol(line, NULL, 10);
}

/* It is no fault of the archive's. */
static void
a_process_that_was_killed_is_the_machines(void **state)
{
	struct unpack *u = NULL;
	struct err e = { 0 };
	FILE *f = write_sample();
	const char *name;
	const void *data;
	size_t n;

	(void)state;
	assert_int_equal(unpack_open(&u, fileno(f), &e), 0);
	assert_int_equal(unpack_next(u, &name, &data, &n, &e), 1);
	kill(only_child(), SIGKILL);
	while (unpack_next(u, &name, &data, &n, &e) > 0)
		;
	assert_int_equal(e.kind, ERR_IO);
	assert_string_equal(
	    e.msg, "the process that reads the archive was killed: run again");
	unpack_close(u);
	fclose(f);
}

static void
open_a_file(void)
{
	_exit(open("/etc/passwd", O_RDONLY) >= 0);
}

static void
make_a_file(void)
{
	_exit(open("/tmp/m2s-sandbox", O_WRONLY | O_CREAT, 0600) >= 0);
}

static void
make_a_process(void)
{
	_exit(fork() >= 0);
}

static void
start_a_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
	_exit(0);
}

static void
open_a_socket(void)
{
	_exit(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static void
take_much_memory(void)
{
	_exit(mmap(NULL, (size_t)2 * SANDBOX_BYTES, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

static void
the_sandbox_keeps_a_process_from_all_but_its_work(void **state)
{
	void (*const attempts[])(void) = { open_a_file, make_a_file,
		make_a_process, start_a_program, open_a_socket,
		take_much_memory };

	(void)state;
	for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			if (sandbox_enter())
				_exit(99);
			attempts[i]();
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
#ifdef __SANITIZE_ADDRESS__ /* no limit of memory is set then */
		if (attempts[i] == take_much_memory)
			continue;
#endif
		/* To be killed for it is as good. */
		if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
			fail_msg(
			    "attempt %zu: status %d", i, WEXITSTATUS(status));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_come_as_they_were_packed),
		cmocka_unit_test(what_is_no_archive_is_refused_with_its_reason),
		cmocka_unit_test(it_can_be_closed_before_the_end),
		cmocka_unit_test(a_process_that_was_killed_is_the_machines),
		cmocka_unit_test(
		    the_sandbox_keeps_a_process_from_all_but_its_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
