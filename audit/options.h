/* The command line of m2s-audit: which question, and what it is told. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

#include "audit.h"
#include "buf.h"

struct argp;

typedef int audit_question(struct audit *a, struct err *e);

struct command {
	const char *name;
	audit_question *run;
	unsigned uses; /* bits of options.c: what it may be told, and must */
	bool without_views; /* needs neither a read transaction nor views */
};

struct options {
	const struct command *command;
	struct audit asked; /* its db, summary and tenant are yet to come */
	struct buf input; /* of standard input; asked may point into it */
	unsigned given; /* private to options.c */
};

/* Its input is a struct options, all zero at first. */
extern const struct argp options_argp;

#endif
