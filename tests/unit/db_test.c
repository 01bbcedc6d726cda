#include "db.h"
#include "err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char dir[64];
	char path[96];
	char copy[96];
	struct db *db;
	struct err e;
};

static int
set_up(void **state)
{
	static struct fixture the_only;
	struct fixture *f = &the_only;

	*f = (struct fixture){ 0 };
	strcpy(f->dir, "/tmp/m2s-db-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->path, sizeof f->path, "%s/a.db", f->dir);
	snprintf(f->copy, sizeof f->copy, "%s/copy.db", f->dir);
	*state = f;
	if (db_open(&f->db, f->path, DB_CREATE, &f->e))
		return -1;
	return db_exec(f->db,
	    "CREATE TABLE t (a INTEGER CHECK (a < 100), b TEXT, c BLOB)",
	    &f->e);
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	char command[96];

	db_close(f->db);
	snprintf(command, sizeof command, "rm -rf %s", f->dir);
	if (system(command))
		return -1;
	return 0;
}

static int
put(struct fixture *f, int64_t a, const char *b)
{
	struct stmt *s = NULL;
	int rc;

	assert_int_equal(
	    stmt_prepare(&s, f->db, "INSERT INTO t VALUES (:a, :b, :c)", &f->e),
	    0);
	stmt_bind_int(s, ":a", a);
	stmt_bind_text(s, ":b", b);
	stmt_bind_blob(s, ":c", "\0\1", 2);
	rc = stmt_run(s, &f->e);
	stmt_free(s);
	return rc;
}

static void
a_new_file_is_durable_and_private(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	int64_t v;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(db_int(f->db, "PRAGMA synchronous", &v, &f->e), 0);
	assert_int_equal(v, 2);
	assert_int_equal(db_int(f->db, "PRAGMA page_size", &v, &f->e), 0);
	assert_int_equal(v, 16384);
	assert_int_equal(db_int(f->db, "PRAGMA foreign_keys", &v, &f->e), 0);
	assert_int_equal(v, 1);
	assert_int_equal(
	    db_int(f->db, "PRAGMA wal_autocheckpoint", &v, &f->e), 0);
	assert_int_equal(v, 0);
}

static void
values_come_back_as_they_were_bound(void **state)
{
	struct fixture *f = *state;
	struct stmt *s = NULL;
	const void *blob;
	size_t n;

	assert_int_equal(put(f, 7, "text"), 0);
	assert_int_equal(
	    stmt_prepare(&s, f->db, "SELECT a, b, c, NULL FROM t", &f->e), 0);
	assert_int_equal(stmt_step(s, &f->e), 1);
	assert_int_equal(stmt_int(s, 0), 7);
	assert_string_equal(stmt_text(s, 1), "text");
	blob = stmt_blob(s, 2, &n);
	assert_int_equal(n, 2);
	assert_memory_equal(blob, "\0\1", 2);
	assert_true(stmt_is_null(s, 3));
	assert_int_equal(stmt_step(s, &f->e), 0);
	stmt_free(s);
}

static void
a_broken_check_is_bad_data(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(put(f, 100, "x"), -1);
	assert_int_equal(f->e.kind, ERR_DATA);
	assert_string_equal(
	    f->e.msg, "database: CHECK constraint failed: a < 100");
}

static void
a_failed_transaction_leaves_nothing_and_keeps_the_error(void **state)
{
	struct fixture *f = *state;
	int64_t n;

	assert_int_equal(db_begin(f->db, &f->e), 0);
	assert_int_equal(put(f, 1, "x"), 0);
	err_set(&f->e, ERR_DATA, "mine");
	assert_int_equal(db_end(f->db, -1, &f->e), -1);
	assert_string_equal(f->e.msg, "mine");
	db_int(f->db, "SELECT count(*) FROM t", &n, &f->e);
	assert_int_equal(n, 0);
}

static void
a_database_held_by_another_is_tried_again_later(void **state)
{
	struct fixture *f = *state;
	struct db *other = NULL;

	assert_int_equal(db_open(&other, f->path, DB_WRITE, &f->e), 0);
	assert_int_equal(db_exec(other, "PRAGMA busy_timeout = 0", &f->e), 0);
	assert_int_equal(db_begin(f->db, &f->e), 0);
	assert_int_equal(db_begin(other, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_RETRY);
	assert_string_equal(
	    f->e.msg, "database: another process holds the database");
	db_close(other);
	assert_int_equal(db_end(f->db, 0, &f->e), 0);
}

static void
what_is_no_database_is_bad_data(void **state)
{
	struct fixture *f = *state;
	struct db *other = NULL;
	FILE *file = fopen(f->copy, "w");

	for (int i = 0; i < 2000; i++)
		fputs("not a database\n", file);
	fclose(file);
	assert_int_equal(db_open(&other, f->copy, DB_WRITE, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_DATA);
	assert_non_null(strstr(f->e.msg, "file is not a database"));
	assert_null(other);
}

static void
a_missing_file_is_not_made_by_a_reader(void **state)
{
	struct fixture *f = *state;
	struct db *other = NULL;

	assert_int_equal(db_open(&other, f->copy, DB_READ, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_IO);
	assert_int_equal(access(f->copy, F_OK), -1);
}

static void
a_reader_cannot_write(void **state)
{
	struct fixture *f = *state;
	struct db *reader = NULL;

	assert_int_equal(db_open(&reader, f->path, DB_READ, &f->e), 0);
	assert_int_equal(db_exec(reader, "DELETE FROM t", &f->e), -1);
	db_close(reader);
}

static const struct {
	const char *sql;
	const char *msg; /* NULL: allowed */
} questions[] = {
	{ "SELECT count(*) FROM t", NULL },
	{ "EXPLAIN QUERY PLAN SELECT a FROM t", NULL },
	{ "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	  " WHERE i < 3) SELECT * FROM n",
	    NULL },
	{ "DELETE FROM t", "SQL: only SELECT and EXPLAIN are answered" },
	{ "INSERT INTO t VALUES (1, 2, 3)",
	    "SQL: only SELECT and EXPLAIN are answered" },
	{ "ATTACH 'x.db' AS x", "SQL: only SELECT and EXPLAIN are answered" },
	{ "PRAGMA synchronous = OFF",
	    "SQL: only SELECT and EXPLAIN are answered" },
	{ "SELECT load_extension('x')",
	    "SQL: not authorized to use "
	    "function: load_extension" },
	{ "CREATE TABLE u (a)", "SQL: only SELECT and EXPLAIN are answered" },
	{ "DROP TABLE t", "SQL: only SELECT and EXPLAIN are answered" },
	{ "VACUUM", "database: authorization denied" },
	{ "BEGIN", "SQL: only SELECT and EXPLAIN are answered" },
	{ "SELEC 1", "SQL: near \"SELEC\": syntax error" },
};

static void
a_restricted_database_answers_questions_only(void **state)
{
	struct fixture *f = *state;

	db_restrict(f->db);
	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
		struct stmt *s = NULL;
		int rc = stmt_prepare_first(
		    &s, f->db, questions[i].sql, NULL, &f->e);

		if (rc == 0 && stmt_step(s, &f->e) < 0)
			rc = -1;
		stmt_free(s);
		assert_int_equal(rc, questions[i].msg ? -1 : 0);
		if (questions[i].msg)
			assert_string_equal(f->e.msg, questions[i].msg);
	}
}

static void
a_database_without_a_table_of_ours_is_bad_data(void **state)
{
	struct fixture *f = *state;
	struct stmt *s = NULL;

	assert_int_equal(stmt_prepare(&s, f->db, "SELECT 1 FROM u", &f->e), -1);
	assert_int_equal(f->e.kind, ERR_DATA);
	assert_string_equal(f->e.msg, "database: no such table: u");
	assert_int_equal(db_exec(f->db, "DELETE FROM u", &f->e), -1);
	assert_int_equal(f->e.kind, ERR_DATA);
	assert_int_equal(
	    stmt_prepare(&s, f->db, "SELECT abs(-9223372036854775808)", &f->e),
	    0);
	assert_int_equal(stmt_step(s, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_DATA);
	stmt_free(s);
}

static void
statements_of_a_text_come_one_by_one(void **state)
{
	struct fixture *f = *state;
	const char *sql = "SELECT 1; SELECT :a, ?; -- the end";
	struct stmt *s = NULL;

	assert_int_equal(stmt_prepare_first(&s, f->db, sql, &sql, &f->e), 0);
	assert_string_equal(sql, " SELECT :a, ?; -- the end");
	assert_int_equal(stmt_parameters(s), 0);
	stmt_free(s);
	assert_int_equal(stmt_prepare_first(&s, f->db, sql, &sql, &f->e), 0);
	assert_int_equal(stmt_parameters(s), 2);
	stmt_free(s);
	assert_int_equal(stmt_prepare_first(&s, f->db, sql, &sql, &f->e), 0);
	assert_null(s);
	assert_string_equal(sql, "");
}

static bool
at_once(void)
{
	return true;
}

static void
a_statement_under_way_can_be_stopped(void **state)
{
	struct fixture *f = *state;
	int64_t n;

	db_stop_when(f->db, at_once);
	assert_int_equal(db_int(f->db,
			     "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
			     " SELECT i + 1 FROM n) SELECT count(*) FROM n",
			     &n, &f->e),
	    -1);
	assert_int_equal(f->e.kind, ERR_RETRY);
	assert_string_equal(f->e.msg, "database: ended by a signal");
}

static void
a_copy_is_whole_and_checked(void **state)
{
	struct fixture *f = *state;
	struct db *copy = NULL;
	int64_t n;

	assert_int_equal(put(f, 1, "x"), 0);
	assert_int_equal(db_copy(f->db, f->copy, NULL, &f->e), 0);
	assert_int_equal(db_open(&copy, f->copy, DB_READ, &f->e), 0);
	db_int(copy, "SELECT count(*) FROM t", &n, &f->e);
	assert_int_equal(n, 1);
	db_close(copy);
	assert_int_equal(db_copy(f->db, f->copy, NULL, &f->e), -1);
}

static void
a_checkpoint_empties_the_wal(void **state)
{
	struct fixture *f = *state;
	char wal[128];
	struct stat st;
	int64_t left = -1;

	snprintf(wal, sizeof wal, "%s-wal", f->path);
	assert_int_equal(stat(wal, &st), 0);
	assert_true(st.st_size > 0);
	assert_int_equal(db_checkpoint(f->db, &left, &f->e), 0);
	assert_int_equal(left, 0);
	assert_int_equal(stat(wal, &st), 0);
	assert_int_equal(st.st_size, 0);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_new_file_is_durable_and_private),
		CASE(values_come_back_as_they_were_bound),
		CASE(a_broken_check_is_bad_data),
		CASE(a_failed_transaction_leaves_nothing_and_keeps_the_error),
		CASE(a_database_held_by_another_is_tried_again_later),
		CASE(what_is_no_database_is_bad_data),
		CASE(a_missing_file_is_not_made_by_a_reader),
		CASE(a_reader_cannot_write),
		CASE(a_restricted_database_answers_questions_only),
		CASE(a_database_without_a_table_of_ours_is_bad_data),
		CASE(statements_of_a_text_come_one_by_one),
		CASE(a_statement_under_way_can_be_stopped),
		CASE(a_copy_is_whole_and_checked),
		CASE(a_checkpoint_empties_the_wal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
