/* The rows of a statement, held in memory. */
#ifndef SHEET_H
#define SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct stmt;

struct sheet_cell {
	char *text; /* safe to show (text_put_visible); "" for NULL */
	int64_t number; /* 0 for what is none */
	bool is_number;
};

struct sheet {
	size_t columns;
	size_t rows;
	char **names; /* of the columns */
	struct sheet_cell *cells; /* row by row */
};

/*
 * Run a statement to its end.  Given back with sheet_free, also after an
 * error.  Errors: those of stmt_step.
 */
int sheet_read(struct sheet *out, struct stmt *s, struct err *e);
void sheet_free(struct sheet *s);

/* A column of that name must be there. */
const char *sheet_text(const struct sheet *s, size_t row, const char *column);
int64_t sheet_int(const struct sheet *s, size_t row, const char *column);

/* The sum and the largest of a column; 0 where there is no row. */
int64_t sheet_sum(const struct sheet *s, const char *column);
int64_t sheet_max(const struct sheet *s, const char *column);

#endif
