/* Staging on a disk that fails, and on one whose power is cut. */
#include "db.h"
#include "err.h"
#include "mem.h"
#include "migrate.h"
#include "page.h"
#include "run.h"
#include "vfs_shim.h"
#include "window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAGES = 3, LUCKS = 4, STEP = 13, SHORT_STEP = 5 };

struct fixture {
	char dir[64];
	char path[96];
	bool migrated; /* migrate said so */
	int64_t committed; /* pages that db_end said were durable */
	struct err e;
};

static struct fixture f;

static int
set_up(void **state)
{
	(void)state;
	vfs_shim_install();
	vfs_shim_fail(VFS_SHIM_READ, 0, false);
	f = (struct fixture){ 0 };
	/* In memory, where there is such a folder: it is synced often. */
	strcpy(f.dir, "/dev/shm/m2s-vfs-XXXXXX");
	if (!mkdtemp(f.dir)) {
		strcpy(f.dir, "/tmp/m2s-vfs-XXXXXX");
		if (!mkdtemp(f.dir))
			return -1;
	}
	snprintf(f.path, sizeof f.path, "%s/staging.db", f.dir);
	return 0;
}

/* As if nothing had ever been there. */
static void
start_over(void)
{
	static const char *const suffixes[] = { "", "-wal", "-shm",
		"-journal" };

	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		char *path = xasprintf("%s%s", f.path, suffixes[i]);

		unlink(path);
		free(path);
	}
	vfs_shim_forget();
	vfs_shim_fail(VFS_SHIM_READ, 0, false);
	f.migrated = false;
	f.committed = 0;
	f.e = (struct err){ 0 };
}

static int
tear_down(void **state)
{
	(void)state;
	start_over();
	return rmdir(f.dir);
}

static int
put(struct db *db, int64_t run_id, int64_t i)
{
	static const unsigned char digest[32] = { 1 };
	char body[40000];
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
		.body = body,
		.body_bytes = sizeof body,
		.records = 2,
		.total = -1,
		.next_token = "next" };

	memset(body, 'x', sizeof body);
	if (window_put(db, &w, &f.e))
		return -1;
	p.window_id = w.id;
	w.pages = 1;
	w.records = 2;
	w.next_token = (char[]){ "next" };
	return page_put(db, &p, &f.e) || window_update(db, &w, &f.e) ? -1 : 0;
}

static int
put_pages(struct db *db, int64_t run_id)
{
	for (int64_t i = 0; i < PAGES; i++) {
		if (db_begin(db, &f.e) || db_end(db, put(db, run_id, i), &f.e))
			return -1;
		f.committed++;
	}
	return 0;
}

/* As staging.c does, which syncs the folder in between. */
static int
open_staging(struct db **db)
{
	if (db_open(db, f.path, DB_CREATE, &f.e))
		return -1;
	vfs_shim_sync_folder();
	return migrate(*db, f.path, &f.e);
}

/* All that extract does with the database, from nothing. */
static int
work(void)
{
	struct db *db = NULL;
	int64_t run_id, wal_bytes;
	int rc = -1;

	if (open_staging(&db))
		goto out;
	f.migrated = true;
	if (run_put(db, "extract", &run_id, &f.e) || put_pages(db, run_id) ||
	    run_end(db, run_id, 0, &f.e) || db_checkpoint(db, &wal_bytes, &f.e))
		goto out;
	rc = 0;
out:
	db_close(db);
	return rc;
}

static int64_t
count(struct db *db, const char *sql)
{
	int64_t n;

	if (db_int(db, sql, &n, &f.e))
		fail_msg("%s: %s", sql, f.e.msg);
	return n;
}

/*
 * What was said to be durable is there, at most one more page is, and nothing
 * by halves.
 */
static void
judge(const char *what, long n)
{
	struct db *db = NULL;
	int64_t pages;

	vfs_shim_fail(VFS_SHIM_READ, 0, false);
	f.e = (struct err){ 0 };
	if (db_open(&db, f.path, DB_CREATE, &f.e))
		fail_msg("%s %ld: %s", what, n, f.e.msg);
	if (f.migrated && count(db, "PRAGMA user_version") != migrate_version())
		fail_msg("%s %ld: the migration is lost", what, n);
	if (migrate(db, f.path, &f.e))
		fail_msg("%s %ld: %s", what, n, f.e.msg);
	pages = count(db,
	    "SELECT count(*) FROM page JOIN page_body USING (page_id)"
	    " WHERE length(body) = 40000");
	if (pages < f.committed || pages > f.committed + 1)
		fail_msg("%s %ld: %lld pages where %lld were committed", what,
		    n, (long long)pages, (long long)f.committed);
	if (count(db, "SELECT count(*) FROM v_violation"))
		fail_msg("%s %ld: v_violation has rows", what, n);
	if (count(db,
		"SELECT count(*) FROM pragma_integrity_check"
		" WHERE integrity_check <> 'ok'"))
		fail_msg("%s %ld: the database is damaged", what, n);
	db_close(db);
}

/* In make prove every point, else some; of writes there are most. */
static long
step(enum vfs_shim_call call)
{
	if (getenv("PROVE"))
		return 1;
	return call == VFS_SHIM_WRITE || call == VFS_SHIM_CHANGE ? STEP
								 : SHORT_STEP;
}

static void
fail_everywhere(enum vfs_shim_call call, const char *what, bool for_good)
{
	long points = 0;
	long n = 1;
	int rc;

	for (;; n += step(call), points++) {
		start_over();
		vfs_shim_fail(call, n, for_good);
		rc = work();
		if (rc && f.e.kind != ERR_IO && f.e.kind != ERR_RETRY)
			fail_msg(
			    "%s %ld: kind %d: %s", what, n, f.e.kind, f.e.msg);
		if (rc && !f.e.msg[0])
			fail_msg("%s %ld: no message", what, n);
		if (!rc && vfs_shim_count(call) < n)
			break;
		judge(what, n);
	}
	assert_true(points > 1);
	print_message("# %s: %ld points\n", what, points);
}

static void
each_read_may_fail(void **state)
{
	(void)state;
	fail_everywhere(VFS_SHIM_READ, "read", false);
	fail_everywhere(VFS_SHIM_READ, "read for good", true);
}

static void
each_write_may_fail(void **state)
{
	(void)state;
	fail_everywhere(VFS_SHIM_WRITE, "write", false);
	fail_everywhere(VFS_SHIM_WRITE, "write for good", true);
}

static void
each_sync_may_fail(void **state)
{
	(void)state;
	fail_everywhere(VFS_SHIM_SYNC, "sync", false);
	fail_everywhere(VFS_SHIM_SYNC, "sync for good", true);
}

static void
each_lock_may_fail(void **state)
{
	(void)state;
	fail_everywhere(VFS_SHIM_LOCK, "lock", false);
	fail_everywhere(VFS_SHIM_LOCK, "lock for good", true);
}

static void
cut_everywhere(unsigned luck)
{
	long points = 0;
	long n = 1;
	int rc;

	for (;; n += step(VFS_SHIM_CHANGE), points++) {
		start_over();
		vfs_shim_fail(VFS_SHIM_CHANGE, n, true);
		rc = work();
		vfs_shim_crash(luck);
		judge("power cut", n);
		if (!rc)
			break;
	}
	assert_true(points > 10);
	print_message("# luck %u: %ld power cuts\n", luck, points);
}

static void
a_power_cut_takes_nothing_that_was_committed(void **state)
{
	(void)state;
	for (unsigned luck = 0; luck < LUCKS; luck++)
		cut_everywhere(luck);
}

/* The shim can tell, or the test above proves nothing. */
static void
a_power_cut_takes_what_was_not_synced(void **state)
{
	struct db *db = NULL;
	int64_t n;

	(void)state;
	start_over();
	assert_int_equal(work(), 0);
	assert_int_equal(db_open(&db, f.path, DB_WRITE, &f.e), 0);
	assert_int_equal(
	    db_exec(
		db, "PRAGMA synchronous = NORMAL; DELETE FROM page_body", &f.e),
	    0);
	n = count(db, "SELECT count(*) FROM page_body");
	assert_int_equal(n, 0);
	/* so that closing it moves nothing into the database */
	vfs_shim_fail(VFS_SHIM_CHANGE, 1, true);
	db_close(db);
	vfs_shim_crash(0);
	vfs_shim_fail(VFS_SHIM_READ, 0, false);
	assert_int_equal(db_open(&db, f.path, DB_WRITE, &f.e), 0);
	assert_int_equal(count(db, "SELECT count(*) FROM page_body"), PAGES);
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    each_read_may_fail, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    each_write_may_fail, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    each_sync_may_fail, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    each_lock_may_fail, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_power_cut_takes_nothing_that_was_committed, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    a_power_cut_takes_what_was_not_synced, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
