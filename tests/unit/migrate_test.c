#include "db.h"
#include "err.h"
#include "migrate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char dir[64];
	char path[96];
	struct db *db;
	struct err e;
};

static int
set_up(void **state)
{
	static struct fixture the_only;
	struct fixture *f = &the_only;

	*f = (struct fixture){ 0 };
	strcpy(f->dir, "/tmp/m2s-migrate-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->path, sizeof f->path, "%s/staging.db", f->dir);
	*state = f;
	return db_open(&f->db, f->path, DB_CREATE, &f->e);
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

static void
a_new_database_gets_every_table_and_view(void **state)
{
	struct fixture *f = *state;
	int64_t n;

	assert_int_equal(migrate(f->db, f->path, &f->e), 0);
	assert_int_equal(db_int(f->db, "PRAGMA user_version", &n, &f->e), 0);
	assert_int_equal(n, migrate_version());
	db_int(f->db,
	    "SELECT count(*) FROM sqlite_schema WHERE name IN ("
	    "'run', 'window', 'page', 'page_body', 'record', 'alert',"
	    "'mapping', 'mapping_rule', 'alert_mapping', 'sink', 'batch',"
	    "'batch_body', 'batch_alert', 'receipt', 'archive', 'gap',"
	    "'budget', 'unknown_field',"
	    "'v_coverage', 'v_reconciliation', 'v_lineage', 'v_invalid',"
	    "'v_clean', 'v_unmapped', 'v_delivery', 'v_in_doubt',"
	    "'v_mapping_history', 'v_revision', 'v_violation',"
	    "'v_unfinished', 'v_unknown_field')",
	    &n, &f->e);
	assert_int_equal(n, 18 + 13);
}

/* Every view can be asked; a view that names a missing column cannot. */
static void
every_view_answers(void **state)
{
	struct fixture *f = *state;
	struct stmt *views = NULL;

	assert_int_equal(migrate(f->db, f->path, &f->e), 0);
	assert_int_equal(stmt_prepare(&views, f->db,
			     "SELECT 'SELECT * FROM ' || name"
			     " FROM sqlite_schema WHERE type = 'view'",
			     &f->e),
	    0);
	while (stmt_step(views, &f->e) > 0) {
		struct stmt *s = NULL;

		if (stmt_prepare(&s, f->db, stmt_text(views, 0), &f->e) ||
		    stmt_step(s, &f->e) < 0)
			fail_msg("%s: %s", stmt_text(views, 0), f->e.msg);
		stmt_free(s);
	}
	stmt_free(views);
}

static void
migrating_again_changes_nothing(void **state)
{
	struct fixture *f = *state;
	int64_t before, after;

	assert_int_equal(migrate(f->db, f->path, &f->e), 0);
	db_int(f->db, "PRAGMA schema_version", &before, &f->e);
	assert_int_equal(migrate(f->db, f->path, &f->e), 0);
	db_int(f->db, "PRAGMA schema_version", &after, &f->e);
	assert_int_equal(before, after);
}

static void
views_of_another_program_are_made_anew(void **state)
{
	struct fixture *f = *state;
	int64_t n;

	assert_int_equal(migrate(f->db, f->path, &f->e), 0);
	assert_int_equal(db_exec(f->db,
			     "UPDATE view_version SET digest = 'other';"
			     "DROP VIEW v_violation;"
			     "CREATE VIEW v_old AS SELECT 1",
			     &f->e),
	    0);
	assert_int_equal(migrate(f->db, f->path, &f->e), 0);
	db_int(f->db,
	    "SELECT count(*) FILTER (WHERE name = 'v_violation')"
	    " + 10 * count(*) FILTER (WHERE name = 'v_old')"
	    " FROM sqlite_schema",
	    &n, &f->e);
	assert_int_equal(n, 1);
}

static const struct {
	const char *sql;
	enum err_kind kind;
	const char *msg;
} refused[] = {
	{ "CREATE TABLE t (a)", ERR_DATA,
	    "this is a database, but none of m2s: move it away" },
	{ "PRAGMA application_id = 7", ERR_DATA,
	    "this is a database, but none of m2s: move it away" },
	{ "PRAGMA application_id = 1832022833; PRAGMA user_version = 9999",
	    ERR_CONFIG, NULL },
};

static void
a_database_that_is_not_ours_or_newer_is_refused(void **state)
{
	struct fixture *f;
	char newer[200];

	snprintf(newer, sizeof newer,
	    "the database is newer than this program (9999 > %lld): "
	    "install the newer m2s",
	    (long long)migrate_version());
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		tear_down(state);
		assert_int_equal(set_up(state), 0);
		f = *state;
		assert_int_equal(db_exec(f->db, refused[i].sql, &f->e), 0);
		assert_int_equal(migrate(f->db, f->path, &f->e), -1);
		assert_int_equal(f->e.kind, refused[i].kind);
		assert_string_equal(
		    f->e.msg, refused[i].msg ? refused[i].msg : newer);
	}
}

static void
a_reader_needs_exactly_this_version(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(migrate_check(f->db, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_CONFIG);
	assert_int_equal(migrate(f->db, f->path, &f->e), 0);
	assert_int_equal(migrate_check(f->db, &f->e), 0);
}

/*
 * The schema after all migrations, so that what a migration does shows in
 * review.  UPDATE=1 writes it anew.
 */
static void
the_schema_is_the_one_reviewed(void **state)
{
	static const char good[] = "tests/schema.good";
	struct fixture *f = *state;
	char command[400];

	assert_int_equal(migrate(f->db, f->path, &f->e), 0);
	snprintf(command, sizeof command,
	    "sqlite3 -readonly %s \"SELECT sql || ';' FROM sqlite_schema"
	    " WHERE sql IS NOT NULL AND type <> 'view' ORDER BY rowid\""
	    " %s %s",
	    f->path, getenv("UPDATE") ? ">" : "| cmp -", good);
	assert_int_equal(system(command), 0);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_new_database_gets_every_table_and_view),
		CASE(every_view_answers),
		CASE(migrating_again_changes_nothing),
		CASE(views_of_another_program_are_made_anew),
		CASE(a_database_that_is_not_ours_or_newer_is_refused),
		CASE(a_reader_needs_exactly_this_version),
		CASE(the_schema_is_the_one_reviewed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
