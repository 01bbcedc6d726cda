/*
 * floor JUDGED FILE: the least that a transform can cost.  Reads each page of
 * the staging database FILE, copies its body, and inserts the rows that a
 * finished copy of it, JUDGED, has for it: no parsing, no judging, no hashing,
 * no look-ups.  The rows are in memory before its clock starts; the last line
 * is "cpu SECONDS".
 */
#include "buf.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
	COMMIT_RECORDS = 10000,
	WAL_TIDY_PAGES = 1024 /* 16 MiB, as common/db.c */
};

/* A table: how its rows are read from JUDGED, in the order of records. */
struct table {
	const char *select; /* the first column names the page */
	const char *insert;
	struct buf rows; /* of each: page, then a cell for each column */
	size_t at;
	sqlite3_stmt *put;
};

/* A value; text or a blob follows it. */
struct cell {
	int type;
	int len;
	sqlite3_int64 number;
};

enum { RECORD, ALERT, ALERT_MAPPING, TABLES };

static struct table tables[TABLES] = {
	[RECORD] = { .select = "SELECT record_id / 33554432, *"
			       " FROM record ORDER BY record_id",
	    .insert = "INSERT INTO record VALUES (?,?,?,?,?,?,?,?,?)" },
	[ALERT] = { .select = "SELECT record_id / 33554432, *"
			      " FROM alert ORDER BY record_id",
	    .insert = "INSERT INTO alert VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
		      "?,?,?,?,?,?,?,?)" },
	[ALERT_MAPPING] = { .select = "SELECT record_id / 33554432, m.*"
				      " FROM alert_mapping AS m"
				      " JOIN alert USING (alert_no)"
				      " ORDER BY record_id",
	    .insert = "INSERT INTO alert_mapping VALUES (?,?,?,?,?,?,?,?,?)" },
};

/* What the rows above refer to. */
static const char referred_format[] =
    "ATTACH %Q AS judged;"
    "INSERT OR IGNORE INTO run SELECT * FROM judged.run;"
    "INSERT OR IGNORE INTO mapping SELECT * FROM judged.mapping;"
    "INSERT OR IGNORE INTO mapping_rule SELECT * FROM judged.mapping_rule;"
    "DETACH judged";

static sqlite3 *db;

static void
must(int code)
{
	if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
		return;
	fprintf(stderr, "floor: %s\n", sqlite3_errmsg(db));
	exit(74);
}

static sqlite3_stmt *
prepare(sqlite3 *in, const char *sql)
{
	sqlite3_stmt *s;

	must(sqlite3_prepare_v2(in, sql, -1, &s, NULL));
	return s;
}

static void
keep_cell(struct buf *rows, sqlite3_stmt *s, int i)
{
	struct cell cell = { .type = sqlite3_column_type(s, i) };
	const void *bytes = NULL;

	if (cell.type == SQLITE_INTEGER)
		cell.number = sqlite3_column_int64(s, i);
	else if (cell.type == SQLITE_TEXT || cell.type == SQLITE_BLOB)
		bytes = sqlite3_column_blob(s, i);
	if (bytes)
		cell.len = sqlite3_column_bytes(s, i);
	buf_put(rows, &cell, sizeof cell);
	if (bytes)
		buf_put(rows, bytes, (size_t)cell.len);
}

static void
keep_rows(struct table *t, sqlite3 *judged)
{
	sqlite3_stmt *s = prepare(judged, t->select);

	while (sqlite3_step(s) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(s); i++)
			keep_cell(&t->rows, s, i);
	must(sqlite3_finalize(s));
}

static struct cell
next_cell(struct table *t, const char **bytes)
{
	struct cell cell;

	memcpy(&cell, t->rows.data + t->at, sizeof cell);
	t->at += sizeof cell;
	*bytes = t->rows.data + t->at;
	t->at += (size_t)cell.len;
	return cell;
}

static void
bind(sqlite3_stmt *s, int i, const struct cell *cell, const char *bytes)
{
	switch (cell->type) {
	case SQLITE_INTEGER:
		must(sqlite3_bind_int64(s, i, cell->number));
		break;
	case SQLITE_TEXT:
		must(sqlite3_bind_text(s, i, bytes, cell->len, SQLITE_STATIC));
		break;
	case SQLITE_BLOB:
		must(sqlite3_bind_blob(s, i, bytes, cell->len, SQLITE_STATIC));
		break;
	default:
		must(sqlite3_bind_null(s, i));
	}
}

/* Insert the rows of a page; how many. */
static int
put_rows(struct table *t, sqlite3_int64 page)
{
	int columns = sqlite3_bind_parameter_count(t->put);
	int rows = 0;

	while (t->at < t->rows.len) {
		size_t start = t->at;
		const char *bytes;
		struct cell cell = next_cell(t, &bytes);

		if (cell.number != page) {
			t->at = start;
			break;
		}
		for (int i = 1; i <= columns; i++) {
			cell = next_cell(t, &bytes);
			bind(t->put, i, &cell, bytes);
		}
		must(sqlite3_step(t->put));
		must(sqlite3_reset(t->put));
		rows++;
	}
	return rows;
}

static void
exec(const char *sql)
{
	must(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static int
put_page(sqlite3_stmt *page, struct buf *copy)
{
	sqlite3_int64 id = sqlite3_column_int64(page, 0);
	int records;

	buf_clear(copy);
	buf_put(copy, sqlite3_column_blob(page, 1),
	    (size_t)sqlite3_column_bytes(page, 1));
	records = put_rows(&tables[RECORD], id);
	for (int i = ALERT; i < TABLES; i++)
		put_rows(&tables[i], id);
	return records;
}

/* Pages in the order of their numbers, which is that of their records. */
static void
put_pages(void)
{
	sqlite3_stmt *page = prepare(db,
	    "SELECT page_id, body FROM page_body WHERE page_id > ?"
	    " ORDER BY page_id LIMIT 1");
	sqlite3_int64 last = 0;
	struct buf copy = { 0 };
	int pending = 0;

	exec("BEGIN IMMEDIATE");
	for (;;) {
		must(sqlite3_bind_int64(page, 1, last));
		if (sqlite3_step(page) != SQLITE_ROW)
			break;
		last = sqlite3_column_int64(page, 0);
		pending += put_page(page, &copy);
		must(sqlite3_reset(page));
		if (pending < COMMIT_RECORDS)
			continue;
		exec("COMMIT; BEGIN IMMEDIATE");
		pending = 0;
	}
	exec("COMMIT");
	must(sqlite3_finalize(page));
	buf_free(&copy);
}

static void
read_judged(const char *path)
{
	sqlite3 *judged;

	must(sqlite3_config(SQLITE_CONFIG_SINGLETHREAD));
	must(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0));
	must(sqlite3_open_v2(path, &judged, SQLITE_OPEN_READONLY, NULL));
	for (int i = 0; i < TABLES; i++)
		keep_rows(&tables[i], judged);
	must(sqlite3_close(judged));
}

static void
open_file(const char *path, const char *judged)
{
	char *sql;

	must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL));
	exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	     "PRAGMA foreign_keys = ON; PRAGMA cache_size = -8192");
	must(sqlite3_wal_autocheckpoint(db, WAL_TIDY_PAGES));
	sql = sqlite3_mprintf(referred_format, judged);
	exec(sql);
	sqlite3_free(sql);
	for (int i = 0; i < TABLES; i++)
		tables[i].put = prepare(db, tables[i].insert);
}

static double
cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int
main(int argc, char **argv)
{
	double start;

	if (argc != 3) {
		fprintf(stderr, "usage: floor JUDGED FILE\n");
		return 64;
	}
	read_judged(argv[1]);
	start = cpu();
	open_file(argv[2], argv[1]);
	put_pages();
	for (int i = 0; i < TABLES; i++)
		must(sqlite3_finalize(tables[i].put));
	must(sqlite3_close(db));
	printf("cpu %.3f\n", cpu() - start);
	return 0;
}
