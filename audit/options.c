#include "options.h"
#include "cli.h"
#include "timestamp.h"

#include <argp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STDIN_MAX_BYTES = 1 << 20 };

/* What a question may be told, and what it must. */
enum {
	ARGUMENT = 1 << 0,
	FAIL_ON_GAP = 1 << 1,
	FORMAT = 1 << 2,
	HEAD = 1 << 3,
	READ_DATA = 1 << 4,
	METRICS = 1 << 5,
	SEARCH = 1 << 6,
	RANGE = 1 << 7,
	OUTPUT = 1 << 8,
	NEEDS_OUTPUT = 1 << 9
};

enum {
	KEY_FAIL_ON_GAP = 0x200,
	KEY_FORMAT,
	KEY_HEAD,
	KEY_READ_DATA,
	KEY_METRICS,
	KEY_MESSAGE_ID,
	KEY_RECIPIENT,
	KEY_URL,
	KEY_FROM,
	KEY_TO
};

static const struct command commands[] = {
	{ "check", check_run, 0, false },
	{ "coverage", coverage_run, FAIL_ON_GAP, false },
	{ "evidence", evidence_run, RANGE | OUTPUT | NEEDS_OUTPUT, false },
	{ "reconcile", reconcile_run, 0, false },
	{ "report", report_run, RANGE | OUTPUT | NEEDS_OUTPUT, false },
	{ "snapshot", snapshot_run, OUTPUT, true },
	{ "sql", sql_run, ARGUMENT | FORMAT, false },
	{ "status", status_run, METRICS, false },
	{ "trace", trace_run, ARGUMENT | SEARCH | RANGE, false },
	{ "verify", verify_run, ARGUMENT | HEAD | READ_DATA, false },
};

static const struct {
	const char *name;
	enum table_format format;
} formats[] = {
	{ "box", TABLE_BOX },
	{ "csv", TABLE_CSV },
	{ "json", TABLE_JSON },
	{ "table", TABLE_ASCII },
};

static const struct argp_option options[] = {
	{ "fail-on-gap", KEY_FAIL_ON_GAP, NULL, 0,
	    "coverage: end with status 1 if source time is lost", 0 },
	{ "format", KEY_FORMAT, "FORMAT", 0,
	    "sql: box, table, csv or json (else a box on a terminal, tabs in "
	    "a pipe)",
	    0 },
	{ "from", KEY_FROM, "TIME", 0,
	    "trace, report, evidence: source time from then on, as 2026-01-31 "
	    "or 2026-01-31T12:00:00Z",
	    0 },
	{ "head", KEY_HEAD, "VALUE", 0,
	    "verify: a chain_head that a run printed before", 0 },
	{ "message-id", KEY_MESSAGE_ID, "TEXT", 0,
	    "trace: the records of that message", 0 },
	{ "metrics", KEY_METRICS, "FILE", 0,
	    "status: write figures for Prometheus's textfile collector", 0 },
	{ "output", 'o', "FILE", 0,
	    "report, evidence, snapshot: the file to write", 0 },
	{ "read-data", KEY_READ_DATA, NULL, 0,
	    "verify: compare the bytes in the database, too", 0 },
	{ "recipient", KEY_RECIPIENT, "TEXT", 0,
	    "trace: the records with that recipient", 0 },
	{ "to", KEY_TO, "TIME", 0, "up to then, not included", 0 },
	{ "url", KEY_URL, "TEXT", 0, "trace: the records with that URL", 0 },
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
    "               (PAGE:POSITION); or of what --message-id, --recipient\n"
    "               and --url find\n"
    "  verify       whether all archives are there and as they were written;\n"
    "  verify FILE  whether evidence is\n"
    "  sql [QUERY]  answers to SQL, of QUERY or of standard input\n"
    "  report       all of it as one page, with figures, for a browser\n"
    "  evidence     an archive of the report, the tables, and what proves "
    "them\n"
    "  snapshot     a copy of the database for those who may not read it\n"
    "\n"
    "Exit status: 0 the answer is yes, 1 it is no, 64 and up as m2s(7) says.";

static void
take_format(struct options *o, const char *name, struct argp_state *state)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		if (strcmp(formats[i].name, name) != 0)
			continue;
		o->asked.table.format = formats[i].format;
		return;
	}
	argp_error(
	    state, "--format: %s is none of box, table, csv and json", name);
}

/* A moment, or a day for its first second. */
static void
take_time(
    int64_t *at, const char *option, const char *arg, struct argp_state *state)
{
	char text[TIMESTAMP_SIZE];
	int n = snprintf(text, sizeof text, "%s%s", arg,
	    strchr(arg, 'T') ? "" : "T00:00:00Z");

	if (n >= (int)sizeof text || !timestamp_parse(text, (size_t)n, at))
		argp_error(state,
		    "%s: %s is no time: write it as 2026-01-31 or "
		    "2026-01-31T12:00:00Z",
		    option, arg);
}

static void
take_argument(struct options *o, const char *arg, struct argp_state *state)
{
	if (o->command) {
		if (o->asked.subject || !(o->command->uses & ARGUMENT))
			argp_error(state, "%s: one argument too many: %s",
			    o->command->name, arg);
		o->asked.subject = arg;
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
read_input(struct options *o, struct argp_state *state)
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
	o->asked.subject = o->input.data;
}

static void
check_uses(const struct options *o, struct argp_state *state)
{
	static const struct {
		unsigned use;
		const char *option;
		const char *with;
	} rules[] = {
		{ FAIL_ON_GAP, "--fail-on-gap", "coverage" },
		{ FORMAT, "--format", "sql" },
		{ HEAD, "--head", "verify" },
		{ READ_DATA, "--read-data", "verify" },
		{ METRICS, "--metrics", "status" },
		{ SEARCH, "--message-id, --recipient or --url", "trace" },
		{ RANGE, "--from or --to", "trace, report and evidence" },
		{ OUTPUT, "-o", "report, evidence and snapshot" },
	};

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (o->given & ~o->command->uses & rules[i].use)
			argp_error(state, "%s goes with %s only",
			    rules[i].option, rules[i].with);
	if (o->command->uses & NEEDS_OUTPUT && !o->asked.file)
		argp_error(state, "%s: -o FILE is needed", o->command->name);
}

static void
check_trace(const struct audit *a, struct argp_state *state)
{
	bool searched = a->message_id || a->recipient || a->url;

	if (!searched && !a->subject)
		argp_error(state, "trace: an ID is needed");
	if (searched && a->subject)
		argp_error(state, "trace: an ID, or something to look for");
	if (a->subject && (a->from_at != INT64_MIN || a->to_at != INT64_MAX))
		argp_error(
		    state, "trace: --from and --to go with what is looked for");
}

static void
check_whole(struct options *o, struct argp_state *state)
{
	if (!o->command) {
		argp_error(state, "a subcommand is needed");
		return;
	}
	check_uses(o, state);
	if (o->asked.from_at >= o->asked.to_at)
		argp_error(state, "--from must be before --to");
	if (o->command->run == trace_run)
		check_trace(&o->asked, state);
	if (o->command->run == sql_run && !o->asked.subject)
		read_input(o, state);
}

static int
take_option(int key, char *arg, struct options *o, struct argp_state *state)
{
	struct audit *a = &o->asked;

	switch (key) {
	case KEY_FAIL_ON_GAP:
		a->fail_on_gap = true;
		o->given |= FAIL_ON_GAP;
		return 0;
	case KEY_FORMAT:
		take_format(o, arg, state);
		o->given |= FORMAT;
		return 0;
	case KEY_HEAD:
		a->head = arg;
		o->given |= HEAD;
		return 0;
	case KEY_READ_DATA:
		a->read_data = true;
		o->given |= READ_DATA;
		return 0;
	case KEY_METRICS:
		a->metrics = arg;
		o->given |= METRICS;
		return 0;
	case KEY_MESSAGE_ID:
		a->message_id = arg;
		o->given |= SEARCH;
		return 0;
	case KEY_RECIPIENT:
		a->recipient = arg;
		o->given |= SEARCH;
		return 0;
	case KEY_URL:
		a->url = arg;
		o->given |= SEARCH;
		return 0;
	case KEY_FROM:
		take_time(&a->from_at, "--from", arg, state);
		o->given |= RANGE;
		return 0;
	case KEY_TO:
		take_time(&a->to_at, "--to", arg, state);
		o->given |= RANGE;
		return 0;
	case 'o':
		a->file = arg;
		o->given |= OUTPUT;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int
parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		o->asked.from_at = INT64_MIN;
		o->asked.to_at = INT64_MAX;
		o->asked.table.format =
		    isatty(STDOUT_FILENO) ? TABLE_BOX : TABLE_TABS;
		return 0;
	case ARGP_KEY_ARG:
		take_argument(o, arg, state);
		return 0;
	case ARGP_KEY_END:
		check_whole(o, state);
		return 0;
	default:
		return take_option(key, arg, o, state);
	}
}

static const struct argp_child children[] = { { .argp = &cli_argp }, { 0 } };

const struct argp options_argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "SUBCOMMAND [ARGUMENT]",
	.doc = doc,
	.children = children,
};
