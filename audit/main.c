#include "audit.h"
#include "buf.h"
#include "cli.h"
#include "db.h"
#include "err.h"
#include "migrate.h"
#include "staging.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_FAIL_ON_GAP = 0x200, OPTION_FORMAT };

enum { STDIN_MAX_BYTES = 1 << 20 };

typedef int audit_question(struct audit *a, struct err *e);

static const struct command {
	const char *name;
	audit_question *run;
	bool needs_argument;
	bool takes_argument;
} commands[] = {
	{ "check", check_run, false, false },
	{ "coverage", coverage_run, false, false },
	{ "reconcile", reconcile_run, false, false },
	{ "sql", sql_run, false, true },
	{ "status", status_run, false, false },
	{ "trace", trace_run, true, true },
};

static const struct {
	const char *name;
	enum table_format format;
} formats[] = {
	{ "csv", TABLE_CSV },
	{ "json", TABLE_JSON },
	{ "table", TABLE_BOX },
};

struct audit_options {
	const struct command *command;
	const char *argument;
	struct buf input; /* the statements of standard input */
	bool fail_on_gap;
	bool format_set;
	enum table_format format;
};

static const struct argp_option options[] = {
	{ "fail-on-gap", OPTION_FAIL_ON_GAP, NULL, 0,
	    "coverage: end with status 1 if source time is lost", 0 },
	{ "format", OPTION_FORMAT, "FORMAT", 0,
	    "sql: table, csv or json (else a table on a terminal, tabs in a "
	    "pipe)",
	    0 },
	{ 0 },
};

static const char doc[] =
    "Answer questions about what the other programs did; change nothing."
    "\v"
    "Subcommands:\n"
    "  status       how far each log, sink and stage is\n"
    "  coverage     which source time is covered, open or lost\n"
    "  reconcile    whether source, records, alerts and deliveries add up\n"
    "  check        whether every invariant holds and the file is sound\n"
    "  trace ID     the whole story of an alert (its id) or of a record\n"
    "               (PAGE:POSITION)\n"
    "  sql [QUERY]  answers to SQL, of QUERY or of standard input\n"
    "\n"
    "Exit status: 0 the answer is yes, 1 it is no, 64 and up as m2s(7) says.";

static void
take_format(struct audit_options *o, const char *name, struct argp_state *state)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		if (strcmp(formats[i].name, name) != 0)
			continue;
		o->format = formats[i].format;
		o->format_set = true;
		return;
	}
	argp_error(state, "--format: %s is none of table, csv and json", name);
}

static void
take_argument(
    struct audit_options *o, const char *arg, struct argp_state *state)
{
	if (o->command) {
		if (o->argument || !o->command->takes_argument)
			argp_error(state, "%s: one argument too many: %s",
			    o->command->name, arg);
		o->argument = arg;
		return;
	}
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (strcmp(commands[i].name, arg) == 0)
			o->command = &commands[i];
	if (!o->command)
		argp_error(state, "there is no subcommand %s", arg);
}

/* Before tenants have processes of their own, which would share it. */
static void
read_input(struct audit_options *o, struct argp_state *state)
{
	char chunk[4096];
	size_t n;

	buf_puts(&o->input, "");
	while ((n = fread(chunk, 1, sizeof chunk, stdin)) > 0) {
		buf_put(&o->input, chunk, n);
		if (o->input.len > STDIN_MAX_BYTES)
			argp_error(state, "sql: more than 1 MiB of SQL");
	}
	if (memchr(o->input.data, '\0', o->input.len))
		argp_error(state, "sql: standard input is no text");
	o->argument = o->input.data;
}

static void
check_whole(struct audit_options *o, struct argp_state *state)
{
	if (!o->command) {
		argp_error(state, "a subcommand is needed");
		return;
	}
	if (o->command->needs_argument && !o->argument)
		argp_error(state, "%s: an ID is needed", o->command->name);
	if (o->fail_on_gap && o->command->run != coverage_run)
		argp_error(state, "--fail-on-gap goes with coverage only");
	if (o->format_set && o->command->run != sql_run)
		argp_error(state, "--format goes with sql only");
	if (o->command->run == sql_run && !o->argument)
		read_input(o, state);
}

static int
parse_option(int key, char *arg, struct argp_state *state)
{
	struct audit_options *o = state->input;

	switch (key) {
	case OPTION_FAIL_ON_GAP:
		o->fail_on_gap = true;
		return 0;
	case OPTION_FORMAT:
		take_format(o, arg, state);
		return 0;
	case ARGP_KEY_ARG:
		take_argument(o, arg, state);
		return 0;
	case ARGP_KEY_END:
		check_whole(o, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { .argp = &cli_argp }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "SUBCOMMAND [ARGUMENT]",
	.doc = doc,
	.children = children,
};

static enum table_format
format_of(const struct audit_options *o)
{
	if (o->format_set)
		return o->format;
	return isatty(STDOUT_FILENO) ? TABLE_BOX : TABLE_TABS;
}

static int
audit_tenant(const struct cli *cli, const struct config_tenant *t, void *input,
    struct summary *summary, struct err *e)
{
	const struct audit_options *o = input;
	bool several =
	    cli->config->tenants_count > 1 && cli->tenants_count != 1;
	struct audit a = {
		.table = { .out = stdout,
		    .format = format_of(o),
		    .tenant = several ? t->name : NULL },
		.json = cli->json,
		.summary = summary,
		.subject = o->argument,
		.fail_on_gap = o->fail_on_gap,
	};
	struct staging s;
	int rc = -1;

	if (staging_open_read(&s, t, e))
		goto out;
	db_stop_when(s.db, cli_stopping);
	a.db = s.db;
	if (db_begin_read(s.db, e) || migrate_check_views(s.db, e) ||
	    o->command->run(&a, e))
		goto out;
	rc = 0;
out:
	staging_close(&s, (int)e->kind, e);
	return rc;
}

int
main(int argc, char **argv)
{
	struct cli cli = { .program = "m2s-audit" };
	struct audit_options o = { 0 };
	int status = cli_main(argc, argv, &cli, &argp, &o, audit_tenant);

	buf_free(&o.input);
	return status;
}
