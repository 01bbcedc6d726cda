/* m2s-transform: windows -> records, alerts. */
#include "cli.h"
#include "config.h"
#include "db.h"
#include "err.h"
#include "mapping_file.h"
#include "staging.h"
#include "summary.h"
#include "tally.h"
#include "transform.h"
#include "unjudged.h"

#include <argp.h>
#include <stdio.h>

static int
open_mapping(struct mapping_file *out, const struct cli *cli,
    const struct config_tenant *t, struct err *e)
{
	char key[64];

	if (!t->mapping_file)
		return mapping_file_published(out, e);
	if (mapping_file_open(out, t->mapping_file, e) == 0)
		return 0;
	if (e->kind != ERR_CONFIG)
		return -1;
	snprintf(key, sizeof key, "tenants[%td].mapping_file",
	    t - cli->config->tenants);
	return config_err(
	    cli->config, key, e, "%s: cannot be read", t->mapping_file);
}

/* What a run would do. */
static int
preview(const struct config_tenant *t, struct summary *s, struct err *e)
{
	struct staging staging = { 0 };
	int64_t windows = 0, pages = 0, records = 0;
	int rc = -1;

	if (staging_exists(t) &&
	    (staging_open_read(&staging, t, e) ||
		unjudged_count(staging.db, &windows, &pages, &records, e)))
		goto out;
	summary_int(s, "windows", windows);
	summary_int(s, "pages", pages);
	summary_int(s, "records", records);
	rc = 0;
out:
	staging_close(&staging, 0, e);
	return rc;
}

static int
judge_all(const struct mapping_file *mapping, const struct cli *cli,
    const struct config_tenant *t, struct summary *s, struct err *e)
{
	struct staging staging = { 0 };
	struct tally tally = { 0 };
	int rc;

	rc = staging_open(&staging, t, "transform", cli->wait_s, e);
	if (rc == 0) {
		const struct transform_options options = {
			.run_id = staging.run_id,
			.mapping = mapping,
			.stopping = cli_stopping,
		};

		rc = transform_run(staging.db, &options, &tally, e);
		tally_summary(&tally, s);
	}
	if (rc == 0)
		rc = tally_check(&tally, t->max_invalid_ratio, e);
	if (staging_close(&staging, rc ? (int)e->kind : 0, e))
		rc = -1;
	return rc;
}

static int
transform_tenant(const struct cli *cli, const struct config_tenant *t,
    void *options, struct summary *s, struct err *e)
{
	struct mapping_file mapping = { 0 };
	int rc = -1;

	(void)options;
	if (open_mapping(&mapping, cli, t, e))
		return -1;
	rc =
	    cli->dry_run ? preview(t, s, e) : judge_all(&mapping, cli, t, s, e);
	mapping_file_free(&mapping);
	return rc;
}

static const struct argp_child children[] = { { &cli_argp, 0, NULL, 0 },
	{ 0 } };

static const struct argp argp = {
	.doc = "Judge what was fetched and make alerts of it.",
	.children = children,
};

int
main(int argc, char **argv)
{
	struct cli cli = { .program = "m2s-transform" };

	return cli_main(argc, argv, &cli, &argp, NULL, transform_tenant);
}
