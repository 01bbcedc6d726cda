/* SQLite.  The one file that includes sqlite3.h is db.c. */
#ifndef DB_H
#define DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct err;
struct stmt;

enum db_mode {
	DB_CREATE, /* read and write; a missing file is created, 0600 */
	DB_WRITE, /* read and write; it must exist */
	DB_READ, /* read only, beside writers */
};

/*
 * Open a staging database: WAL, synchronous=FULL (asserted), foreign keys,
 * defensive, no mmap, no automatic checkpoint, trusted_schema off, and for a
 * new file 16 KiB pages.  *out is closed with db_close.
 *
 * Errors: ERR_DATA if it is no database or damaged; ERR_RETRY if another
 * process holds it; ERR_IO otherwise.
 */
int db_open(
    struct db **out, const char *path, enum db_mode mode, struct err *e);
void db_close(struct db *db);

/*
 * begin takes the write lock.  end commits if rc is 0, else rolls back and
 * keeps e; returns 0 only when the work is durable.
 *
 * Errors: as db_open.  A failed COMMIT is ERR_IO.  begin is ERR_RETRY while
 * readers keep more than 1 GiB in the WAL.
 */
int db_begin(struct db *db, struct err *e);
int db_end(struct db *db, int rc, struct err *e);

/* A read transaction, so that several statements see one state. */
int db_begin_read(struct db *db, struct err *e);

/* Run statements without values or rows, as of a migration. */
int db_exec(struct db *db, const char *sql, struct err *e);

/* The one integer that a query without values gives; 0 if it has no row. */
int db_int(struct db *db, const char *sql, int64_t *out, struct err *e);

int64_t db_last_id(struct db *db); /* rowid of the last insert */
int64_t db_changes(struct db *db); /* rows the last statement changed */

/*
 * Move the WAL into the database, as far as readers allow; *wal_bytes is
 * what they keep back.  Only under the tenant's lock, where every commit does
 * the same for a WAL that has grown.
 */
int db_checkpoint(struct db *db, int64_t *wal_bytes, struct err *e);

/* Only SELECT and EXPLAIN from here on: no write, no ATTACH, no PRAGMA. */
void db_restrict(struct db *db);

/*
 * A function that gives rows, for SQL of others: "SELECT name FROM
 * archive_members('...')".  It is asked for one text and gives a row at a
 * time; what cells point to lives until the next call.
 */
enum db_type { DB_NULL, DB_INT, DB_REAL, DB_TEXT, DB_BLOB };

struct db_cell {
	enum db_type type; /* no DB_REAL */
	int64_t n; /* of DB_INT */
	const void *data; /* of DB_TEXT, DB_BLOB */
	size_t len;
};

enum { DB_CELLS_MAX = 8 };

struct db_function {
	const char *name;
	const char *columns; /* "name TEXT, size INTEGER": as in CREATE TABLE */
	int (*open)(
	    void **cursor, void *ctx, const char *argument, struct err *e);
	/* 1: a row; 0: no more; -1 */
	int (*next)(void *cursor, struct db_cell *cells, struct err *e);
	void (*close)(void *cursor);
	void *ctx;
};

/*
 * Offer the function; f and what it points to live as long as db.  What it
 * fails with is what the statement that asks it fails with.
 * Errors: ERR_IO.
 */
int db_table_function(
    struct db *db, const struct db_function *f, struct err *e);

/* A statement under way ends with ERR_RETRY soon after stop() is true. */
void db_stop_when(struct db *db, bool (*stop)(void));

/*
 * Copy the whole database into a new file (or one that is there and empty),
 * run the statements of `then` on the copy unless it is NULL, sync it and
 * check it.  It has no WAL.  No transaction may be open.
 *
 * Errors: as db_open; ERR_DATA if the copy is damaged.
 */
int db_copy(struct db *db, const char *path, const char *then, struct err *e);

/*
 * Prepare one statement of our own text.  One that was freed stays prepared
 * for a while, so that asking for the same text again costs little.
 *
 * Errors: as db_open; ERR_DATA as well if the tables are not ours.
 */
int stmt_prepare(
    struct stmt **out, struct db *db, const char *sql, struct err *e);
void stmt_free(struct stmt *s);

/*
 * The same for the first of several statements in a text that need not be
 * ours; *rest is where the next one begins.  *out is NULL where there is only
 * white space or a comment.
 *
 * Errors: ERR_USAGE if it is no valid SQL (the message is SQLite's), or asks
 * for too much when it is run; otherwise as db_open.
 */
int stmt_prepare_first(struct stmt **out, struct db *db, const char *sql,
    const char **rest, struct err *e);

/* How many parameters it has, named or not. */
int stmt_parameters(struct stmt *s);

/*
 * Bind by name; every name must be bound before each run.  They return
 * nothing: the first bad bind is kept and reported by the next run or step.
 * Text and blobs are borrowed until the statement was run or stepped to its
 * end; text must be UTF-8 without NUL bytes; a NULL pointer binds NULL.
 */
void stmt_bind_int(struct stmt *s, const char *name, int64_t v);
void stmt_bind_real(struct stmt *s, const char *name, double v);
void stmt_bind_text(struct stmt *s, const char *name, const char *v);
void stmt_bind_textn(struct stmt *s, const char *name, const char *v, size_t n);
void stmt_bind_blob(struct stmt *s, const char *name, const void *v, size_t n);
void stmt_bind_null(struct stmt *s, const char *name);

/* Run a statement that gives no rows; ready for the next binds. */
int stmt_run(struct stmt *s, struct err *e);

/*
 * The next row: 1, or 0 after the last one, or -1.  After 0 and -1 the
 * statement is ready for the next binds; bound values are forgotten.
 */
int stmt_step(struct stmt *s, struct err *e);

/* Give up the rows that are left. */
void stmt_reset(struct stmt *s);

/* Columns of the current row, from 0.  Pointers die with the row. */
int stmt_columns(struct stmt *s);
const char *stmt_column_name(struct stmt *s, int i);
bool stmt_is_null(struct stmt *s, int i);
int64_t stmt_int(struct stmt *s, int i);
double stmt_real(struct stmt *s, int i);
const char *stmt_text(struct stmt *s, int i); /* NULL for NULL */
const void *stmt_blob(struct stmt *s, int i, size_t *n);
enum db_type stmt_type(struct stmt *s, int i);

#endif
