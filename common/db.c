#include "db.h"
#include "err.h"
#include "mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BUSY_MS = 10000,
	NAMES_MAX = 64,
	STOP_STEPS = 10000, /* of SQLite's machine between two questions */
	WAL_TIDY_BYTES = 16 << 20, /* checkpoint when the WAL is so big */
	WAL_STOP_BYTES = 1 << 30 /* readers hold it: no more work */
};

struct db {
	sqlite3 *handle;
	int64_t page_bytes;
	int64_t wal_bytes; /* not yet in the database file */
	bool (*stop)(void); /* of db_stop_when, or NULL */
};

struct stmt {
	struct db *db;
	sqlite3_stmt *handle;
	char *names[NAMES_MAX]; /* copies: SQLite's die when it prepares anew */
	int names_count;
	int next; /* where the search for a name begins */
	uint64_t bound; /* a bit for each name that has its value */
	int bind_result; /* the first that was not SQLITE_OK */
};

static int
fail(struct db *db, int code, const char *doing, struct err *e)
{
	const char *why =
	    db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code);

	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		err_set(e, ERR_RETRY, "%s: another process holds the database",
		    doing);
		break;
	case SQLITE_INTERRUPT:
		err_set(e, ERR_RETRY, "%s: ended by a signal", doing);
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_CONSTRAINT:
		err_set(e, ERR_DATA, "%s: %s", doing, why);
		break;
	default:
		err_set(e, ERR_IO, "%s: %s", doing, why);
	}
	return -1;
}

/* The text of a statement is wrong, or asks for what is not allowed. */
static int
fail_text(struct err *e, const char *why)
{
	err_set(e, ERR_USAGE, "SQL: %s", why);
	return -1;
}

int
db_exec(struct db *db, const char *sql, struct err *e)
{
	int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : fail(db, code, "database", e);
}

int
db_int(struct db *db, const char *sql, int64_t *out, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	*out = 0;
	if (stmt_prepare(&s, db, sql, e))
		return -1;
	rc = stmt_step(s, e);
	if (rc > 0)
		*out = stmt_int(s, 0);
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}

/*
 * Only the holder of the tenant's lock writes, so only it moves the WAL into
 * the database: after a commit, when enough has gathered.
 */
static int
after_commit(void *arg, sqlite3 *handle, const char *schema, int pages)
{
	struct db *db = arg;
	int in_wal = pages;
	int moved = 0;

	db->wal_bytes = pages * db->page_bytes;
	if (db->wal_bytes < WAL_TIDY_BYTES)
		return SQLITE_OK;
	if (sqlite3_wal_checkpoint_v2(handle, schema, SQLITE_CHECKPOINT_PASSIVE,
		&in_wal, &moved) == SQLITE_OK)
		db->wal_bytes = (in_wal - moved) * db->page_bytes;
	return SQLITE_OK;
}

static int
expect(struct db *db, const char *pragma, int64_t want, struct err *e)
{
	int64_t got;

	if (db_int(db, pragma, &got, e))
		return -1;
	if (got != want)
		return err_set(e, ERR_IO,
		    "database: %s is %lld where %lld is needed", pragma,
		    (long long)got, (long long)want);
	return 0;
}

/* A new file belongs to its owner alone, whatever the umask. */
static int
create(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(
		    e, ERR_IO, "database %s: %s", path, strerror(errno));
	close(fd);
	return 0;
}

static int
set_up(struct db *db, enum db_mode mode, struct err *e)
{
	static const char both[] = "PRAGMA foreign_keys = ON;"
				   "PRAGMA trusted_schema = OFF;"
				   "PRAGMA cell_size_check = ON;"
				   "PRAGMA mmap_size = 0;"
				   "PRAGMA cache_size = -8192;"
				   "PRAGMA synchronous = FULL;";
	static const char writer[] = "PRAGMA page_size = 16384;"
				     "PRAGMA journal_mode = WAL;"
				     "PRAGMA wal_autocheckpoint = 0;";

	sqlite3_busy_timeout(db->handle, BUSY_MS);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (mode != DB_READ && db_exec(db, writer, e))
		return -1;
	if (db_exec(db, both, e) || expect(db, "PRAGMA foreign_keys", 1, e) ||
	    expect(db, "PRAGMA synchronous", 2, e) ||
	    db_int(db, "PRAGMA page_size", &db->page_bytes, e))
		return -1;
	if (mode == DB_READ)
		return db_exec(db, "PRAGMA query_only = ON", e);
	sqlite3_wal_hook(db->handle, after_commit, db);
	return 0;
}

int
db_open(struct db **out, const char *path, enum db_mode mode, struct err *e)
{
	int flags = SQLITE_OPEN_EXRESCODE |
	    (mode == DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	struct db *db;
	int code;

	if (mode == DB_CREATE && create(path, e))
		return -1;
	db = xcalloc(1, sizeof *db);
	code = sqlite3_open_v2(path, &db->handle, flags, NULL);
	if (code != SQLITE_OK) {
		fail(db, code, path, e);
		goto fail;
	}
	if (set_up(db, mode, e)) {
		err_add(e, "%s", path);
		goto fail;
	}
	*out = db;
	return 0;
fail:
	db_close(db);
	return -1;
}

void
db_close(struct db *db)
{
	if (!db)
		return;
	sqlite3_close(db->handle);
	free(db);
}

int
db_begin(struct db *db, struct err *e)
{
	if (db->wal_bytes > WAL_STOP_BYTES)
		return err_set(e, ERR_RETRY,
		    "database: readers keep %lld MiB from leaving the WAL: "
		    "end the longest of them and run again",
		    (long long)(db->wal_bytes >> 20));
	return db_exec(db, "BEGIN IMMEDIATE", e);
}

int
db_begin_read(struct db *db, struct err *e)
{
	return db_exec(db, "BEGIN", e);
}

int
db_end(struct db *db, int rc, struct err *e)
{
	int code;

	if (rc == 0) {
		code = sqlite3_exec(db->handle, "COMMIT", NULL, NULL, NULL);
		if (code == SQLITE_OK)
			return 0;
		err_set(e, ERR_IO, "database: COMMIT: %s",
		    sqlite3_errmsg(db->handle));
	}
	if (!sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int64_t
db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

int64_t
db_changes(struct db *db)
{
	return sqlite3_changes64(db->handle);
}

int
db_checkpoint(struct db *db, int64_t *wal_bytes, struct err *e)
{
	int pages = 0;
	int moved = 0;
	int code;

	/* Readers may stay for long; what they hold back can wait. */
	sqlite3_busy_timeout(db->handle, 0);
	code = sqlite3_wal_checkpoint_v2(
	    db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, &pages, &moved);
	sqlite3_busy_timeout(db->handle, BUSY_MS);
	if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
		return fail(db, code, "checkpoint", e);
	db->wal_bytes = (pages - moved) * db->page_bytes;
	*wal_bytes = db->wal_bytes;
	return 0;
}

static int
only_reading(void *arg, int action, const char *one, const char *two,
    const char *schema, const char *trigger)
{
	(void)arg, (void)one, (void)schema, (void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return strcmp(two, "load_extension") == 0 ? SQLITE_DENY
							  : SQLITE_OK;
	default:
		return SQLITE_DENY;
	}
}

void
db_restrict(struct db *db)
{
	sqlite3_set_authorizer(db->handle, only_reading, NULL);
}

static int
ask_stop(void *arg)
{
	struct db *db = arg;

	return db->stop();
}

void
db_stop_when(struct db *db, bool (*stop)(void))
{
	db->stop = stop;
	sqlite3_progress_handler(db->handle, STOP_STEPS, ask_stop, db);
}

static int
check_copy(const char *path, struct err *e)
{
	struct db *copy = NULL;
	struct stmt *s = NULL;
	int rc = -1;

	if (db_open(&copy, path, DB_READ, e) ||
	    stmt_prepare(&s, copy, "PRAGMA integrity_check", e) ||
	    stmt_step(s, e) < 0)
		goto out;
	if (strcmp(stmt_text(s, 0), "ok") != 0) {
		err_set(e, ERR_DATA, "copy %s: %s", path, stmt_text(s, 0));
		goto out;
	}
	rc = 0;
out:
	stmt_free(s);
	db_close(copy);
	return rc;
}

static int
sync_path(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) ? -1 : 0;

	if (rc)
		err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

int
db_copy(struct db *db, const char *path, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, db, "VACUUM INTO :path", e))
		return -1;
	stmt_bind_text(s, ":path", path);
	if (stmt_run(s, e) == 0 && sync_path(path, e) == 0 &&
	    check_copy(path, e) == 0)
		rc = 0;
	stmt_free(s);
	return rc;
}

int
stmt_prepare(struct stmt **out, struct db *db, const char *sql, struct err *e)
{
	if (stmt_prepare_first(out, db, sql, NULL, e))
		return -1;
	assert(*out); /* a text of our own holds a statement */
	return 0;
}

int
stmt_prepare_first(struct stmt **out, struct db *db, const char *sql,
    const char **rest, struct err *e)
{
	sqlite3_stmt *handle;
	struct stmt *s;
	int code = sqlite3_prepare_v3(
	    db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, rest);

	if (code == SQLITE_AUTH)
		return fail_text(e, "only SELECT and EXPLAIN are answered");
	if (code == SQLITE_ERROR)
		return fail_text(e, sqlite3_errmsg(db->handle));
	if (code != SQLITE_OK)
		return fail(db, code, "database", e);
	if (!handle) {
		*out = NULL;
		return 0;
	}
	if (sqlite3_bind_parameter_count(handle) > NAMES_MAX) {
		sqlite3_finalize(handle);
		return fail_text(e, "more than 64 parameters");
	}
	s = xcalloc(1, sizeof *s);
	s->db = db;
	s->handle = handle;
	s->names_count = sqlite3_bind_parameter_count(handle);
	for (int i = 0; i < s->names_count; i++) {
		const char *name = sqlite3_bind_parameter_name(handle, i + 1);

		s->names[i] = xstrdup(name ? name : "?");
	}
	*out = s;
	return 0;
}

int
stmt_parameters(struct stmt *s)
{
	return s->names_count;
}

void
stmt_free(struct stmt *s)
{
	if (!s)
		return;
	sqlite3_finalize(s->handle);
	for (int i = 0; i < s->names_count; i++)
		free(s->names[i]);
	free(s);
}

/*
 * The number of a name.  Binds mostly come in the order of the statement, so
 * the search goes on where the last one ended.
 */
static int
index_of(struct stmt *s, const char *name)
{
	for (int tried = 0; tried < s->names_count; tried++) {
		int i = s->next;

		s->next = i + 1 < s->names_count ? i + 1 : 0;
		if (strcmp(s->names[i], name) == 0) {
			s->bound |= UINT64_C(1) << i;
			return i + 1;
		}
	}
	fprintf(stderr, "m2s: no %s in %s\n", name, sqlite3_sql(s->handle));
	abort(); /* a broken promise of our own */
}

static void
keep(struct stmt *s, int code)
{
	if (s->bind_result == SQLITE_OK)
		s->bind_result = code;
}

void
stmt_bind_int(struct stmt *s, const char *name, int64_t v)
{
	keep(s, sqlite3_bind_int64(s->handle, index_of(s, name), v));
}

void
stmt_bind_real(struct stmt *s, const char *name, double v)
{
	keep(s, sqlite3_bind_double(s->handle, index_of(s, name), v));
}

void
stmt_bind_text(struct stmt *s, const char *name, const char *v)
{
	stmt_bind_textn(s, name, v, v ? strlen(v) : 0);
}

void
stmt_bind_textn(struct stmt *s, const char *name, const char *v, size_t n)
{
	keep(s,
	    sqlite3_bind_text64(s->handle, index_of(s, name), v, n,
		SQLITE_STATIC, SQLITE_UTF8));
}

void
stmt_bind_blob(struct stmt *s, const char *name, const void *v, size_t n)
{
	keep(s,
	    sqlite3_bind_blob64(
		s->handle, index_of(s, name), v, n, SQLITE_STATIC));
}

void
stmt_bind_null(struct stmt *s, const char *name)
{
	keep(s, sqlite3_bind_null(s->handle, index_of(s, name)));
}

void
stmt_reset(struct stmt *s)
{
	sqlite3_reset(s->handle);
	sqlite3_clear_bindings(s->handle);
	s->next = 0;
	s->bound = 0;
	s->bind_result = SQLITE_OK;
}

static bool
all_bound(const struct stmt *s)
{
	return s->names_count == 0 ||
	    s->bound == UINT64_MAX >> (NAMES_MAX - s->names_count);
}

int
stmt_step(struct stmt *s, struct err *e)
{
	int code = s->bind_result;

	assert(all_bound(s));
	if (code == SQLITE_OK)
		code = sqlite3_step(s->handle);
	if (code == SQLITE_ROW)
		return 1;
	if ((code & 0xff) == SQLITE_ERROR) /* such as an overflow in it */
		err_set(e, ERR_USAGE, "SQL: %s", sqlite3_errmsg(s->db->handle));
	else if (code != SQLITE_DONE)
		fail(s->db, code, "database", e);
	stmt_reset(s);
	return code == SQLITE_DONE ? 0 : -1;
}

int
stmt_run(struct stmt *s, struct err *e)
{
	int rc;

	do
		rc = stmt_step(s, e);
	while (rc > 0);
	return rc;
}

int
stmt_columns(struct stmt *s)
{
	return sqlite3_column_count(s->handle);
}

const char *
stmt_column_name(struct stmt *s, int i)
{
	return sqlite3_column_name(s->handle, i);
}

enum db_type
stmt_type(struct stmt *s, int i)
{
	switch (sqlite3_column_type(s->handle, i)) {
	case SQLITE_INTEGER:
		return DB_INT;
	case SQLITE_FLOAT:
		return DB_REAL;
	case SQLITE_TEXT:
		return DB_TEXT;
	case SQLITE_BLOB:
		return DB_BLOB;
	default:
		return DB_NULL;
	}
}

bool
stmt_is_null(struct stmt *s, int i)
{
	return stmt_type(s, i) == DB_NULL;
}

int64_t
stmt_int(struct stmt *s, int i)
{
	return sqlite3_column_int64(s->handle, i);
}

double
stmt_real(struct stmt *s, int i)
{
	return sqlite3_column_double(s->handle, i);
}

const char *
stmt_text(struct stmt *s, int i)
{
	return (const char *)sqlite3_column_text(s->handle, i);
}

const void *
stmt_blob(struct stmt *s, int i, size_t *n)
{
	const void *p = sqlite3_column_blob(s->handle, i);

	*n = (size_t)sqlite3_column_bytes(s->handle, i);
	return p;
}
