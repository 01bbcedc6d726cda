/*
 * What the four programs have in common: their options, a process for each
 * tenant, signals, and how they end.
 */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

struct argp;
struct err;
struct summary;

struct cli {
	const char *program; /* "m2s-extract" */
	const char *config_path; /* -c, $M2S_CONFIG or /etc/m2s/m2s.conf */
	const char **tenants; /* -t; none: all */
	unsigned tenants_count;
	bool dry_run; /* -n */
	bool json; /* --json */
	bool clock_set; /* -T */
	int64_t wait_s; /* --wait */
	const struct config *config;
};

/* Put this among the children of a program's argp; its input: struct cli. */
extern const struct argp cli_argp;

/* The work of a program for one tenant; it runs in a process of its own. */
typedef int cli_work(const struct cli *cli, const struct config_tenant *t,
    void *options, struct summary *s, struct err *e);

/*
 * The whole of a program: parse the command line (options goes to argp as
 * the input of the program's own argp), read the configuration, do the work
 * for each tenant asked for, print summaries in the order of the
 * configuration, and return the exit status: the worst of all.
 *
 * Before anything else the process forgets its environment but for an
 * allow-list, and makes itself unreadable to core dumps and debuggers.
 *
 * One tenant writes to standard output as it goes; several have their output
 * kept apart and printed whole as each ends.  A tenant's process that dies of
 * a signal counts as ERR_BUG.
 */
int cli_main(int argc, char **argv, struct cli *cli, const struct argp *argp,
    void *options, cli_work *work);

/* Has SIGTERM, SIGINT or SIGHUP asked us to end after the work in hand? */
bool cli_stopping(void);

#endif
