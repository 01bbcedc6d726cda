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
	IDLE_MAX = 32, /* statements kept prepared */
	WAL_TIDY_BYTES = 16 << 20, /* checkpoint when the WAL is so big */
	WAL_STOP_BYTES = 1 << 30 /* readers hold it: no more work */
};

struct db {
	sqlite3 *handle;
	int64_t page_bytes;
	int64_t wal_bytes; /* not yet in the database file */
	bool (*stop)(void); /* of db_stop_when, or NULL */
	struct err function_err; /* what a function of ours failed with */
	struct stmt *idle; /* given back, and still prepared */
	int idle_count;
};

struct stmt {
	struct db *db;
	sqlite3_stmt *handle;
	char *names[NAMES_MAX]; /* copies: SQLite's die when it prepares anew */
	int names_count;
	int next; /* where the search for a name begins */
	uint64_t bound; /* a bit for each name that has its value */
	int bind_result; /* the first that was not SQLITE_OK */
	bool again; /* its text is ours, and may be asked for again */
	struct stmt *next_idle;
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
	case SQLITE_ERROR: /* of a text of our own: the tables are not ours */
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

/*
 * None of our programs has threads: SQLite need not lock, nor count its
 * memory.  Heard before the first database is opened only.
 */
static void
use_one_thread(void)
{
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
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
	use_one_thread();
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

static void
finalize(struct stmt *s)
{
	sqlite3_finalize(s->handle);
	for (int i = 0; i < s->names_count; i++)
		free(s->names[i]);
	free(s);
}

void
db_close(struct db *db)
{
	struct stmt *next;

	if (!db)
		return;
	for (struct stmt *s = db->idle; s; s = next) {
		next = s->next_idle;
		finalize(s);
	}
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

/*
 * A function is a virtual table of its own name whose last column, hidden, is
 * its argument.
 */
struct function {
	sqlite3_vtab vtab; /* first: SQLite knows no more of it */
	struct db *db;
	const struct db_function *f;
	int columns;
};

struct function_cursor {
	sqlite3_vtab_cursor cursor; /* likewise */
	void *rows; /* of the function; NULL: none are open */
	struct db_cell cells[DB_CELLS_MAX];
	sqlite3_int64 row;
	bool ended;
};

struct function_ctx {
	struct db *db;
	const struct db_function *f;
};

static int
function_connect(sqlite3 *handle, void *arg, int argc, const char *const *argv,
    sqlite3_vtab **out, char **why)
{
	const struct function_ctx *ctx = arg;
	struct function *t;
	char *sql = sqlite3_mprintf(
	    "CREATE TABLE x (%s, argument HIDDEN)", ctx->f->columns);
	int code = sql ? sqlite3_declare_vtab(handle, sql) : SQLITE_NOMEM;

	(void)argc, (void)argv, (void)why;
	sqlite3_free(sql);
	if (code != SQLITE_OK)
		return code;
	t = xcalloc(1, sizeof *t);
	t->db = ctx->db;
	t->f = ctx->f;
	t->columns = 1;
	for (const char *p = ctx->f->columns; *p; p++)
		t->columns += *p == ',';
	assert(t->columns <= DB_CELLS_MAX);
	*out = &t->vtab;
	return SQLITE_OK;
}

static int
function_disconnect(sqlite3_vtab *vtab)
{
	free(vtab);
	return SQLITE_OK;
}

/* There is one way to ask it: with its argument. */
static int
function_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info)
{
	const struct function *t = (const struct function *)vtab;

	for (int i = 0; i < info->nConstraint; i++) {
		if (info->aConstraint[i].iColumn != t->columns ||
		    info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
			continue;
		if (!info->aConstraint[i].usable)
			return SQLITE_CONSTRAINT;
		info->aConstraintUsage[i].argvIndex = 1;
		info->aConstraintUsage[i].omit = 1;
		info->estimatedCost = 1000;
		return SQLITE_OK;
	}
	return SQLITE_CONSTRAINT;
}

static int
function_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out)
{
	struct function_cursor *c = xcalloc(1, sizeof *c);

	(void)vtab;
	*out = &c->cursor;
	return SQLITE_OK;
}

static void
function_end(struct function_cursor *c)
{
	const struct function *t = (const struct function *)c->cursor.pVtab;

	if (c->rows)
		t->f->close(c->rows);
	c->rows = NULL;
	c->ended = true;
}

static int
function_close(sqlite3_vtab_cursor *cursor)
{
	function_end((struct function_cursor *)cursor);
	free(cursor);
	return SQLITE_OK;
}

static int
function_next(sqlite3_vtab_cursor *cursor)
{
	struct function_cursor *c = (struct function_cursor *)cursor;
	const struct function *t = (const struct function *)cursor->pVtab;
	int rc = t->f->next(c->rows, c->cells, &t->db->function_err);

	c->row++;
	if (rc <= 0)
		function_end(c);
	return rc < 0 ? SQLITE_ERROR : SQLITE_OK;
}

static int
function_filter(sqlite3_vtab_cursor *cursor, int index, const char *name,
    int argc, sqlite3_value **argv)
{
	struct function_cursor *c = (struct function_cursor *)cursor;
	const struct function *t = (const struct function *)cursor->pVtab;
	const char *argument =
	    argc ? (const char *)sqlite3_value_text(argv[0]) : NULL;

	(void)index, (void)name;
	function_end(c);
	if (!argument) /* NULL has no rows */
		return SQLITE_OK;
	if (t->f->open(&c->rows, t->f->ctx, argument, &t->db->function_err))
		return SQLITE_ERROR;
	c->ended = false;
	return function_next(cursor);
}

static int
function_eof(sqlite3_vtab_cursor *cursor)
{
	return ((struct function_cursor *)cursor)->ended;
}

static int
function_column(sqlite3_vtab_cursor *cursor, sqlite3_context *out, int i)
{
	const struct function_cursor *c = (struct function_cursor *)cursor;
	const struct function *t = (const struct function *)cursor->pVtab;
	const struct db_cell *cell = &c->cells[i];

	if (i >= t->columns)
		return SQLITE_OK;
	if (cell->type == DB_INT)
		sqlite3_result_int64(out, cell->n);
	else if (cell->type == DB_TEXT)
		sqlite3_result_text64(
		    out, cell->data, cell->len, SQLITE_TRANSIENT, SQLITE_UTF8);
	else if (cell->type == DB_BLOB)
		sqlite3_result_blob64(
		    out, cell->data, cell->len, SQLITE_TRANSIENT);
	return SQLITE_OK;
}

static int
function_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *row)
{
	*row = ((struct function_cursor *)cursor)->row;
	return SQLITE_OK;
}

int
db_table_function(struct db *db, const struct db_function *f, struct err *e)
{
	static const sqlite3_module module = {
		.xConnect = function_connect,
		.xBestIndex = function_best_index,
		.xDisconnect = function_disconnect,
		.xOpen = function_open,
		.xClose = function_close,
		.xFilter = function_filter,
		.xNext = function_next,
		.xEof = function_eof,
		.xColumn = function_column,
		.xRowid = function_rowid,
	};
	struct function_ctx *ctx = xcalloc(1, sizeof *ctx);
	char *ask;
	int code;

	ctx->db = db;
	ctx->f = f;
	code =
	    sqlite3_create_module_v2(db->handle, f->name, &module, ctx, free);
	/* Asked once, it is there also where db_restrict forbids to make it. */
	ask = sqlite3_mprintf("SELECT 1 FROM %s(NULL)", f->name);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db->handle, ask, NULL, NULL, NULL);
	sqlite3_free(ask);
	return code == SQLITE_OK ? 0 : fail(db, code, f->name, e);
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

/* What goes wrong with a copy leaves the original: it needs no journal. */
static int
change_copy(struct db *db, const char *path, const char *sql, struct err *e)
{
	static const char fast[] = "PRAGMA journal_mode = OFF;"
				   "PRAGMA synchronous = OFF;";
	struct db copy = { .stop = db->stop };
	int code = sqlite3_open_v2(path, &copy.handle,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);
	int rc = -1;

	if (code != SQLITE_OK) {
		fail(&copy, code, path, e);
		goto out;
	}
	if (copy.stop)
		db_stop_when(&copy, copy.stop);
	if (db_exec(&copy, fast, e) || db_exec(&copy, sql, e)) {
		err_add(e, "copy %s", path);
		goto out;
	}
	rc = 0;
out:
	sqlite3_close(copy.handle);
	return rc;
}

int
db_copy(struct db *db, const char *path, const char *then, struct err *e)
{
	struct stmt *s = NULL;
	int rc = -1;

	/* Where this is on, SQLite takes the copy for a write to the original.
	 */
	if (db_exec(db, "PRAGMA query_only = OFF", e) ||
	    stmt_prepare(&s, db, "VACUUM INTO :path", e))
		return -1;
	stmt_bind_text(s, ":path", path);
	if (stmt_run(s, e) || (then && change_copy(db, path, then, e)) ||
	    sync_path(path, e) || check_copy(path, e))
		goto out;
	rc = 0;
out:
	stmt_free(s);
	return rc;
}

/* Preparing costs more than running most of what is run for each page. */
static struct stmt *
take_idle(struct db *db, const char *sql)
{
	struct stmt *s;

	for (struct stmt **p = &db->idle; *p; p = &(*p)->next_idle) {
		s = *p;
		if (strcmp(sqlite3_sql(s->handle), sql) != 0)
			continue;
		*p = s->next_idle;
		db->idle_count--;
		return s;
	}
	return NULL;
}

int
stmt_prepare(struct stmt **out, struct db *db, const char *sql, struct err *e)
{
	struct stmt *s = take_idle(db, sql);

	if (s) {
		*out = s;
		return 0;
	}
	if (stmt_prepare_first(out, db, sql, NULL, e)) {
		if (e->kind == ERR_USAGE)
			fail(db, SQLITE_ERROR, "database", e);
		return -1;
	}
	assert(*out); /* a text of our own holds a statement */
	(*out)->again = true;
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
	if (!s->again || s->db->idle_count == IDLE_MAX) {
		finalize(s);
		return;
	}
	stmt_reset(s);
	s->next_idle = s->db->idle;
	s->db->idle = s;
	s->db->idle_count++;
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
	s->next = 0;
	s->bound = 0; /* old values are never used: all_bound() */
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
	if ((code & 0xff) == SQLITE_ERROR && s->db->function_err.kind) {
		*e = s->db->function_err;
		s->db->function_err.kind = ERR_NONE;
	} else if ((code & 0xff) == SQLITE_ERROR && !s->again) {
		fail_text(e, sqlite3_errmsg(s->db->handle)); /* an overflow */
	} else if (code != SQLITE_DONE) {
		fail(s->db, code, "database", e);
	}
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
	const char *name = sqlite3_column_name(s->handle, i);

	if (!name)
		xnomem();
	return name;
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

/* A NULL may be what SQLite had no memory for. */
static const void *
given(const struct stmt *s, const void *p)
{
	if (!p && sqlite3_errcode(s->db->handle) == SQLITE_NOMEM)
		xnomem();
	return p;
}

const char *
stmt_text(struct stmt *s, int i)
{
	return given(s, sqlite3_column_text(s->handle, i));
}

const void *
stmt_blob(struct stmt *s, int i, size_t *n)
{
	const void *p = given(s, sqlite3_column_blob(s->handle, i));

	*n = (size_t)sqlite3_column_bytes(s->handle, i);
	return p;
}
