#include "cli.h"
#include "err.h"
#include "extract.h"
#include "staging.h"
#include "summary.h"

#include <argp.h>

enum { OPTION_BACKFILL = 1000 };

static const struct argp_option options[] = {
	{ "backfill", OPTION_BACKFILL, "FROM..TO", 0,
	    "Read that time, two ISO times with zones, once more or for the "
	    "first time, and nothing else",
	    0 },
	{ 0 },
};

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct extract_options *opt = state->input;

	if (key != OPTION_BACKFILL)
		return ARGP_ERR_UNKNOWN;
	opt->backfill = arg;
	return 0;
}

static int
dry_run(const struct config_tenant *t, const struct extract_options *opt,
    struct summary *s, struct err *e)
{
	struct staging staging = { .lock_fd = -1 };
	struct err ignored = { 0 };
	int rc = -1;

	if (staging_exists(t) && staging_open_read(&staging, t, e))
		goto out;
	rc = extract_dry_run(staging.db, t, opt, s, e);
out:
	staging_close(&staging, 0, &ignored);
	return rc;
}

static int
extract_tenant(const struct cli *cli, const struct config_tenant *t,
    void *options_, struct summary *s, struct err *e)
{
	struct extract_options *opt = options_;
	struct staging staging = { .lock_fd = -1 };
	struct err closing = { 0 };

	opt->json = cli->json;
	if (cli->dry_run)
		return dry_run(t, opt, s, e);
	if (staging_open(&staging, t, "extract", cli->wait_s, e) == 0)
		extract_run(staging.db, staging.run_id, t, opt, s, e);
	if (staging_close(&staging, (int)e->kind, &closing))
		err_merge(e, &closing);
	return e->kind ? -1 : 0;
}

int
main(int argc, char **argv)
{
	static const struct argp_child children[] = { { &cli_argp, 0, NULL, 0 },
		{ 0 } };
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.doc = "Fetch what is due of Mimecast's threat logs into "
		       "staging, as it is received.",
		.children = children,
	};
	struct extract_options opt = { 0 };
	struct cli cli = { .program = "m2s-extract" };

	return cli_main(argc, argv, &cli, &argp, &opt, extract_tenant);
}
