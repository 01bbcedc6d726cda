#include "cli.h"
#include "err.h"
#include "load.h"
#include "log.h"
#include "staging.h"

#include <argp.h>

static const struct argp_child children[] = { { .argp = &cli_argp }, { 0 } };

static const struct argp argp = {
	.doc = "Deliver alerts to the sinks of a tenant.",
	.children = children,
};

static int
plan_tenant(const struct cli *cli, const struct config_tenant *t,
    struct summary *s, struct err *e)
{
	struct staging st = { 0 };
	struct err unused = { 0 };
	int rc = -1;

	if (!staging_exists(t)) {
		log_note("there is no staging database yet: nothing is owed");
		return 0;
	}
	if (!staging_open_read(&st, t, e))
		rc = load_plan(st.db, cli->config, t, s, e);
	staging_close(&st, 0, &unused);
	return rc;
}

static int
run_tenant(const struct cli *cli, const struct config_tenant *t,
    struct summary *s, struct err *e)
{
	struct staging st = { 0 };
	struct err closing = { 0 };

	if (!staging_open(&st, t, "load", cli->wait_s, e))
		load_run(st.db, st.run_id, cli->config, t, s, e);
	if (staging_close(&st, (int)e->kind, &closing))
		err_merge(e, &closing);
	return e->kind ? -1 : 0;
}

static int
load_tenant(const struct cli *cli, const struct config_tenant *t, void *options,
    struct summary *s, struct err *e)
{
	(void)options;
	return cli->dry_run ? plan_tenant(cli, t, s, e)
			    : run_tenant(cli, t, s, e);
}

int
main(int argc, char **argv)
{
	struct cli cli = { .program = "m2s-load" };

	return cli_main(argc, argv, &cli, &argp, NULL, load_tenant);
}
