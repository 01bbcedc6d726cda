#include "audit.h"
#include "buf.h"
#include "cli.h"
#include "db.h"
#include "err.h"
#include "migrate.h"
#include "options.h"
#include "staging.h"

#include <stdio.h>
#include <string.h>

/* Of several tenants, only the first one's table has its names above it. */
static bool
is_first(const struct cli *cli, const struct config_tenant *t)
{
	for (unsigned i = 0; i < cli->config->tenants_count; i++) {
		const char *name = cli->config->tenants[i].name;

		if (cli->tenants_count == 0)
			return strcmp(name, t->name) == 0;
		for (unsigned j = 0; j < cli->tenants_count; j++)
			if (strcmp(name, cli->tenants[j]) == 0)
				return strcmp(name, t->name) == 0;
	}
	return true;
}

static struct audit
question(const struct cli *cli, const struct options *o,
    const struct config_tenant *t, struct summary *summary)
{
	struct audit a = o->asked;

	a.tenant = t;
	a.summary = summary;
	a.json = cli->json;
	a.dry_run = cli->dry_run;
	a.several = cli->config->tenants_count > 1 && cli->tenants_count != 1;
	a.table.out = stdout;
	a.table.tenant = a.several ? t->name : NULL;
	a.table.headless = a.several && !is_first(cli, t);
	return a;
}

static int
audit_tenant(const struct cli *cli, const struct config_tenant *t, void *input,
    struct summary *summary, struct err *e)
{
	const struct options *o = input;
	struct audit a = question(cli, o, t, summary);
	struct staging s;
	int rc = -1;

	if (staging_open_read(&s, t, e))
		goto out;
	db_stop_when(s.db, cli_stopping);
	a.db = s.db;
	if (!o->command->without_views &&
	    (db_begin_read(s.db, e) || migrate_check_views(s.db, e)))
		goto out;
	rc = o->command->run(&a, e);
out:
	staging_close(&s, (int)e->kind, e);
	return rc;
}

int
main(int argc, char **argv)
{
	struct cli cli = { .program = "m2s-audit" };
	struct options o = { 0 };
	int status =
	    cli_main(argc, argv, &cli, &options_argp, &o, audit_tenant);

	buf_free(&o.input);
	return status;
}
