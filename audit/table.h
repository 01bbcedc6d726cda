/* The rows of a statement, written for people or for programs. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct buf;
struct err;
struct stmt;

enum table_format {
	TABLE_TABS, /* a line of names, a line a row, tabs between */
	TABLE_BOX, /* the same in a frame, aligned; held in memory */
	TABLE_ASCII, /* the same, its frame of + - | */
	TABLE_LIST, /* "  name  value", a line each; "  none" for no rows */
	TABLE_CSV, /* RFC 4180, but for LF as the end of a line */
	TABLE_JSON /* an array of objects, on one line */
};

struct table {
	FILE *out; /* NULL: text is added to */
	struct buf *text; /* instead (not where there is a frame) */
	enum table_format format;
	const char *tenant; /* the value of a first column; NULL: no such */
	bool headless; /* no line of names, where there is no frame */
};

/*
 * Run a statement to its end and write its rows; add their number to *rows
 * unless it is NULL.
 *
 * NULL is written as nothing (TABLE_LIST leaves out its line, as it does for
 * an empty text), in JSON as null; blobs as lower-case hex.  What
 * a terminal would act on is written as \xHH (text_put_visible); JSON has
 * U+FFFD for bytes that are no text.  Text in CSV that a spreadsheet would
 * take for a formula (a leading = + - @ tab CR) gets an apostrophe in front.
 *
 * Errors: those of stmt_step.  What was written stays written.
 */
int table_put(
    const struct table *t, struct stmt *s, int64_t *rows, struct err *e);

/*
 * The same, but no more than rows_max rows, one at least; not where there is
 * a frame.  Returns 1 if there may be more, for the next call; 0 at the end.
 */
int table_put_some(const struct table *t, struct stmt *s, int64_t rows_max,
    int64_t *rows, struct err *e);

/* Write a text as it is. */
void table_puts(const struct table *t, const char *text);

/* Append the value of a column as a cell of TABLE_TABS has it. */
void table_put_cell(struct buf *b, struct stmt *s, int column);

#endif
