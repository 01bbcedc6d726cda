/* Command lines: a table of long options, then operands. */
#ifndef SIM_OPTION_H
#define SIM_OPTION_H

#include <stddef.h>

enum { OPTION_LIST_MAX = 32 };

struct option_list {
	const char *at[OPTION_LIST_MAX];
	size_t count;
};

enum option_type {
	OPTION_FLAG, /* bool */
	OPTION_NUMBER, /* int64_t */
	OPTION_TEXT, /* const char * */
	OPTION_LIST /* struct option_list: may be repeated */
};

struct option_row {
	const char *name; /* with its dashes; NULL ends the table */
	enum option_type type;
	void *to;
};

/*
 * Sets what argv asks for and returns the index of the first operand.
 * "--name value" and "--name=value" are alike.  Dies with DIE_USAGE.
 */
int option_parse(const struct option_row *rows, int argc, char **argv);

/* The first line of a file, a secret; dies if it cannot be read. */
char *option_secret(const char *path);

#endif
