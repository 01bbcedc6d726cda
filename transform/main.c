/* m2s-transform: windows -> records, alerts. */
#include "archivist.h"
#include "cli.h"
#include "config.h"
#include "db.h"
#include "diff.h"
#include "err.h"
#include "log.h"
#include "mapped_alert.h"
#include "mapping_file.h"
#include "mapping_lint.h"
#include "member.h"
#include "remap.h"
#include "staging.h"
#include "summary.h"
#include "tally.h"
#include "transform.h"
#include "unjudged.h"

#include <argp.h>
#include <stdio.h>

/* One of them, or neither: judge what was fetched. */
struct transform_choice {
	const char *diff; /* --diff FILE */
	bool remap; /* --remap */
};

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
	return config_err(cli->config, key, e, "%s: cannot be read: %s",
	    t->mapping_file, e->msg);
}

static void
warn(void *arg, const char *msg)
{
	(void)arg;
	log_warn("%s", msg);
}

/* --diff */
static int
compare(const struct transform_choice *choice, const struct cli *cli,
    const struct config_tenant *t, struct summary *s, struct err *e)
{
	struct mapping_file mapping = { 0 };
	struct staging staging = { 0 };
	int rc = -1;

	if (mapping_file_open(&mapping, choice->diff, e)) {
		if (e->kind != ERR_CONFIG)
			return -1;
		e->kind = ERR_USAGE; /* it names no file */
		return err_add(e, "--diff: %s cannot be read", choice->diff);
	}
	mapping_lint(&mapping, warn, NULL);
	if (staging_open_read(&staging, t, e))
		goto out;
	db_stop_when(staging.db, cli_stopping);
	if (db_begin_read(staging.db, e))
		goto out;
	rc = diff_run(staging.db, &mapping, cli->json, s, e);
out:
	staging_close(&staging, 0, e);
	mapping_file_free(&mapping);
	return rc;
}

/* What --remap would do; db is NULL where there is none yet. */
static int
plan_remap(struct db *db, const struct mapping_file *mapping, struct summary *s,
    struct err *e)
{
	int64_t count = 0;

	if (db &&
	    mapped_alert_count_lacking(db, mapping->mapping.digest, &count, e))
		return -1;
	summary_int(s, "remapped", count);
	return 0;
}

/* What is still to be judged. */
static int
plan_judging(struct db *db, struct summary *s, struct err *e)
{
	int64_t windows = 0, pages = 0, records = 0;

	if (db && unjudged_count(db, &windows, &pages, &records, e))
		return -1;
	summary_int(s, "windows", windows);
	summary_int(s, "pages", pages);
	summary_int(s, "records", records);
	return 0;
}

/* What a run would do. */
static int
preview(const struct transform_choice *choice,
    const struct mapping_file *mapping, const struct config_tenant *t,
    struct summary *s, struct err *e)
{
	struct staging staging = { 0 };
	int rc = -1;

	if (staging_exists(t) && staging_open_read(&staging, t, e))
		goto out;
	rc = choice->remap ? plan_remap(staging.db, mapping, s, e)
			   : plan_judging(staging.db, s, e);
out:
	staging_close(&staging, 0, e);
	return rc;
}

static int
remap_all(const struct staging *staging, const struct mapping_file *mapping,
    struct summary *s, struct err *e)
{
	const struct remap_options options = {
		.run_id = staging->run_id,
		.mapping = mapping,
		.stopping = cli_stopping,
	};
	int64_t count = 0;
	int rc = remap_run(staging->db, &options, &count, e);

	summary_int(s, "remapped", count);
	return rc;
}

/* What is judged is archived; a run that is to end leaves it to the next. */
static int
settle(const struct staging *staging, const struct config_tenant *t,
    struct summary *s, struct err *e)
{
	if (member_resolve(staging->db, e))
		return -1;
	if (cli_stopping())
		return 0;
	return archivist_run(
	    staging->db, t, staging->run_id, ARCHIVE_EVIDENCE, s, e);
}

static int
judge_all(const struct staging *staging, const struct mapping_file *mapping,
    const struct config_tenant *t, struct summary *s, struct err *e)
{
	const struct transform_options options = {
		.run_id = staging->run_id,
		.mapping = mapping,
		.stopping = cli_stopping,
	};
	struct tally tally = { 0 };
	struct err late = { 0 };
	int rc = transform_run(staging->db, &options, &tally, e);

	tally_summary(&tally, s);
	if (rc == 0)
		rc = tally_check(&tally, t->max_invalid_ratio, e);
	if (settle(staging, t, s, &late)) {
		err_merge(e, &late);
		rc = -1;
	}
	return rc;
}

static int
run(const struct transform_choice *choice, const struct mapping_file *mapping,
    const struct cli *cli, const struct config_tenant *t, struct summary *s,
    struct err *e)
{
	struct staging staging = { 0 };
	struct err late = { 0 };
	int rc = staging_open(&staging, t, "transform", cli->wait_s, e);

	if (rc == 0) {
		rc = choice->remap ? remap_all(&staging, mapping, s, e)
				   : judge_all(&staging, mapping, t, s, e);
		if (archivist_head(staging.db, s, &late)) {
			err_merge(e, &late);
			rc = -1;
		}
	}
	if (staging_close(&staging, rc ? (int)e->kind : 0, e))
		rc = -1;
	return rc;
}

static int
transform_tenant(const struct cli *cli, const struct config_tenant *t,
    void *options, struct summary *s, struct err *e)
{
	const struct transform_choice *choice = options;
	struct mapping_file mapping = { 0 };
	int rc;

	if (choice->diff)
		return compare(choice, cli, t, s, e);
	if (open_mapping(&mapping, cli, t, e))
		return -1;
	mapping_lint(&mapping, warn, NULL);
	rc = cli->dry_run ? preview(choice, &mapping, t, s, e)
			  : run(choice, &mapping, cli, t, s, e);
	mapping_file_free(&mapping);
	return rc;
}

enum { OPTION_DIFF = 0x200, OPTION_REMAP };

static const struct argp_option options[] = {
	{ "diff", OPTION_DIFF, "FILE", 0,
	    "compare another mapping over the alerts there are, and write "
	    "nothing; status 1 if any would change",
	    10 },
	{ "remap", OPTION_REMAP, NULL, 0,
	    "add what the mapping makes of older alerts; nothing is sent again",
	    10 },
	{ 0 },
};

static int
parse_option(int key, char *arg, struct argp_state *state)
{
	struct transform_choice *choice = state->input;

	switch (key) {
	case OPTION_DIFF:
		choice->diff = arg;
		break;
	case OPTION_REMAP:
		choice->remap = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (choice->diff && choice->remap)
		argp_error(state, "--diff and --remap exclude each other");
	return 0;
}

static const struct argp_child children[] = { { &cli_argp, 0, NULL, 0 },
	{ 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.doc = "Judge what was fetched and make alerts of it.",
	.children = children,
};

int
main(int argc, char **argv)
{
	struct cli cli = { .program = "m2s-transform" };
	struct transform_choice choice = { 0 };

	return cli_main(argc, argv, &cli, &argp, &choice, transform_tenant);
}
