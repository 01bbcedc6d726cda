/*
 * Staging where memory runs out at each allocation, ours and SQLite's: the
 * work ends with ERR_IO, whose number is the status of the process that ends
 * in xcalloc, and what was committed stays.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "db.h"
#include "err.h"
#include "migrate.h"
#include "page.h"
#include "run.h"
#include "window.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAGES = 3, STEP = 401 };

/* What a child tells, however it ends. */
struct told {
	int64_t committed;
	bool migrated;
	bool reached; /* the allocation that was to fail */
	int kind; /* of the error */
	char msg[512];
};

static struct told *told;
static char dir[64];
static char path[96];
static long left; /* allocations until one fails; 0: none does */
static bool for_good;

static bool
fails(void)
{
	if (left == 0)
		return false;
	if (left > 1) {
		left--;
		return false;
	}
	told->reached = true;
	if (!for_good)
		left = 0;
	return true;
}

/* The linker puts these before those of libc, for our code. */
void *__wrap_calloc(size_t n, size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__real_realloc(void *p, size_t n);

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

static sqlite3_mem_methods memory;

static void *
sqlite_malloc(int n)
{
	return fails() ? NULL : memory.xMalloc(n);
}

static void *
sqlite_realloc(void *p, int n)
{
	return fails() ? NULL : memory.xRealloc(p, n);
}

static int
group_set_up(void **state)
{
	sqlite3_mem_methods ours;

	(void)state;
	told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told == MAP_FAILED ||
	    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory) != SQLITE_OK)
		return -1;
	ours = memory;
	ours.xMalloc = sqlite_malloc;
	ours.xRealloc = sqlite_realloc;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) != SQLITE_OK)
		return -1;
	/* In memory, where there is such a folder: it is synced often. */
	strcpy(dir, "/dev/shm/m2s-memory-XXXXXX");
	if (!mkdtemp(dir)) {
		strcpy(dir, "/tmp/m2s-memory-XXXXXX");
		if (!mkdtemp(dir))
			return -1;
	}
	snprintf(path, sizeof path, "%s/staging.db", dir);
	return 0;
}

static void
start_over(void)
{
	static const char *const suffixes[] = { "", "-wal", "-shm",
		"-journal" };
	char name[128];

	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
		unlink(name);
	}
	memset(told, 0, sizeof *told);
}

static int
group_tear_down(void **state)
{
	(void)state;
	start_over();
	munmap(told, sizeof *told);
	return rmdir(dir);
}

static int
put(struct db *db, int64_t run_id, int64_t i, struct err *e)
{
	static const unsigned char digest[32] = { 1 };
	struct window w = { .from_at = 60 * i,
		.to_at = 60 * i + 60,
		.run_id = run_id,
		.page_size = 9 };
	struct page p = { .attempt = 1,
		.number = 1,
		.run_id = run_id,
		.request = "{}",
		.http_status = 200,
		.digest = digest,
		.body = "body",
		.body_bytes = 4,
		.records = 2,
		.total = -1,
		.next_token = "next" };

	if (window_put(db, &w, e))
		return -1;
	p.window_id = w.id;
	w.pages = 1;
	w.records = 2;
	w.next_token = (char[]){ "next" };
	return page_put(db, &p, e) || window_update(db, &w, e) ? -1 : 0;
}

static int
work(struct err *e)
{
	struct db *db = NULL;
	int64_t run_id, wal_bytes;
	int rc = -1;

	if (db_open(&db, path, DB_CREATE, e) || migrate(db, path, e))
		goto out;
	told->migrated = true;
	if (run_put(db, "extract", &run_id, e))
		goto out;
	for (int64_t i = 0; i < PAGES; i++) {
		if (db_begin(db, e) || db_end(db, put(db, run_id, i, e), e))
			goto out;
		told->committed++;
	}
	if (run_end(db, run_id, 0, e) || db_checkpoint(db, &wal_bytes, e))
		goto out;
	rc = 0;
out:
	db_close(db);
	return rc;
}

static int
status_of_child(long n)
{
	struct err e = { 0 };
	int status, rc;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		left = n;
		rc = work(&e);
		left = 0;
		told->kind = (int)e.kind;
		memcpy(told->msg, e.msg, sizeof told->msg);
		_exit(rc ? (int)e.kind : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int64_t
count(struct db *db, const char *sql)
{
	struct err e = { 0 };
	int64_t n;

	if (db_int(db, sql, &n, &e))
		fail_msg("%s: %s", sql, e.msg);
	return n;
}

static void
judge(long n)
{
	struct err e = { 0 };
	struct db *db = NULL;
	int64_t pages;

	if (db_open(&db, path, DB_CREATE, &e))
		fail_msg("allocation %ld: %s", n, e.msg);
	if (told->migrated && count(db, "PRAGMA user_version") == 0)
		fail_msg("allocation %ld: the migration is lost", n);
	if (migrate(db, path, &e))
		fail_msg("allocation %ld: %s", n, e.msg);
	pages = count(
	    db, "SELECT count(*) FROM page JOIN page_body USING (page_id)");
	if (pages < told->committed || pages > told->committed + 1)
		fail_msg("allocation %ld: %lld pages where %lld were committed",
		    n, (long long)pages, (long long)told->committed);
	if (count(db, "SELECT count(*) FROM v_violation"))
		fail_msg("allocation %ld: v_violation has rows", n);
	db_close(db);
}

static void
fail_everywhere(bool all)
{
	const long step = getenv("PROVE") ? 1 : STEP;
	long points = 0;

	for_good = all;
	for (long n = 1;; n += step, points++) {
		int status;

		start_over();
		status = status_of_child(n);
		if (!told->reached)
			break;
		/* SQLite does without some of what it asks for. */
		if (status != 0 && status != ERR_IO)
			fail_msg("allocation %ld: status %d: %s", n, status,
			    told->msg);
		judge(n);
	}
	assert_true(points > 5);
	print_message("# %ld allocations failed\n", points);
}

static void
each_allocation_may_fail_once(void **state)
{
	(void)state;
	fail_everywhere(false);
}

static void
memory_may_run_out_at_each_allocation(void **state)
{
	(void)state;
	fail_everywhere(true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_may_fail_once),
		cmocka_unit_test(memory_may_run_out_at_each_allocation),
	};

	return cmocka_run_group_tests(tests, group_set_up, group_tear_down);
}
