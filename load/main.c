#include "archivist.h"
#include "cli.h"
#include "err.h"
#include "load.h"
#include "log.h"
#include "prune.h"
#include "staging.h"

#include <argp.h>

static const struct argp_child children[] = { { .argp = &cli_argp }, { 0 } };

enum { OPTION_RETRY_REFUSED = 1000, OPTION_AGAIN, OPTION_PRUNE };

static const struct argp_option options[] = {
	{ "retry-refused", OPTION_RETRY_REFUSED, "SINK", OPTION_ARG_OPTIONAL,
	    "send again what this sink, or each, has refused", 10 },
	{ "again", OPTION_AGAIN, "SINK", OPTION_ARG_OPTIONAL,
	    "send again what was delivered to this sink, or each: flagged, "
	    "and under other keys",
	    10 },
	{ "prune", OPTION_PRUNE, NULL, 0,
	    "verify the archives and drop what they hold from staging; send "
	    "nothing",
	    10 },
	{ 0 },
};

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct load_options *o = state->input;

	switch (key) {
	case OPTION_RETRY_REFUSED:
		o->retry_refused = arg ? arg : "";
		return 0;
	case OPTION_AGAIN:
		o->again = arg ? arg : "";
		return 0;
	case OPTION_PRUNE:
		o->prune = true;
		return 0;
	case ARGP_KEY_END:
		if (o->prune && (o->again || o->retry_refused))
			argp_error(state,
			    "--prune sends nothing: it does not "
			    "go with --again, --retry-refused");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.doc = "Deliver alerts to the sinks of a tenant.",
	.children = children,
};

static int
plan_tenant(const struct config_tenant *t, const struct load_options *o,
    struct summary *s, struct err *e)
{
	struct staging st = { 0 };
	struct err unused = { 0 };
	int rc = -1;

	if (o->prune)
		return err_set(e, ERR_USAGE,
		    "--prune has no dry run: m2s-audit verify tells whether "
		    "the archives are whole");
	if (!staging_exists(t)) {
		log_note("there is no staging database yet: nothing is owed");
		return 0;
	}
	if (!staging_open_read(&st, t, e))
		rc = load_plan(st.db, t, o, s, e);
	staging_close(&st, 0, &unused);
	return rc;
}

/* What is final is archived; a run that is to end leaves it to the next. */
static int
settle(struct staging *st, const struct config_tenant *t, struct summary *s,
    struct err *e)
{
	if (!cli_stopping() &&
	    archivist_run(st->db, t, st->run_id, ARCHIVE_DELIVERY, s, e))
		return -1;
	return archivist_head(st->db, s, e);
}

static int
run_tenant(const struct cli *cli, const struct config_tenant *t,
    const struct load_options *o, struct summary *s, struct err *e)
{
	struct staging st = { 0 };
	struct err closing = { 0 };

	if (!staging_open(&st, t, "load", cli->wait_s, e) &&
	    !archivist_catch_up(st.db, t, st.run_id, e)) {
		if (o->prune)
			prune_run(st.db, t, s, e);
		else
			load_run(st.db, st.run_id, t, o, s, e);
		if (settle(&st, t, s, &closing))
			err_merge(e, &closing);
	}
	if (staging_close(&st, (int)e->kind, &closing))
		err_merge(e, &closing);
	return e->kind ? -1 : 0;
}

static int
load_tenant(const struct cli *cli, const struct config_tenant *t, void *given,
    struct summary *s, struct err *e)
{
	return cli->dry_run ? plan_tenant(t, given, s, e)
			    : run_tenant(cli, t, given, s, e);
}

int
main(int argc, char **argv)
{
	struct cli cli = { .program = "m2s-load" };
	struct load_options o = { 0 };

	return cli_main(argc, argv, &cli, &argp, &o, load_tenant);
}
