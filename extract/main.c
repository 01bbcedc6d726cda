#include "archivist.h"
#include "cli.h"
#include "err.h"
#include "extract.h"
#include "mem.h"
#include "replay.h"
#include "staging.h"
#include "summary.h"

#include <argp.h>
#include <stdbool.h>
#include <stdlib.h>

enum { OPTION_BACKFILL = 1000, OPTION_REPLAY, OPTION_CHECK };

struct options {
	struct extract_options extract;
	struct replay_options replay;
	bool is_replay;
	char **paths; /* owned; of a replay */
};

static const struct argp_option options[] = {
	{ "backfill", OPTION_BACKFILL, "FROM..TO", 0,
	    "Read that time, two ISO times with zones, once more or for the "
	    "first time, and nothing else",
	    0 },
	{ "replay", OPTION_REPLAY, NULL, 0,
	    "Bring back what is in archives, and nothing else: PATHs are "
	    "files and folders of them",
	    0 },
	{ "check", OPTION_CHECK, NULL, 0,
	    "With --replay: compare the archives with the tables, and write "
	    "nothing",
	    0 },
	{ 0 },
};

static void
add_path(struct options *o, char *path)
{
	size_t n = o->replay.count++;

	o->paths = xreallocarray(o->paths, n + 1, sizeof *o->paths);
	o->paths[n] = path;
}

static void
check_whole(struct options *o, struct argp_state *state)
{
	o->replay.paths = o->paths;
	if (o->is_replay && o->replay.count == 0)
		argp_error(state, "--replay: a PATH is needed");
	if (o->is_replay && o->extract.backfill)
		argp_error(state, "--replay and --backfill: one at a time");
	if (!o->is_replay && o->replay.check)
		argp_error(state, "--check goes with --replay only");
	if (!o->is_replay && o->replay.count > 0)
		argp_error(
		    state, "%s: PATHs go with --replay only", o->paths[0]);
}

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case OPTION_BACKFILL:
		o->extract.backfill = arg;
		return 0;
	case OPTION_REPLAY:
		o->is_replay = true;
		return 0;
	case OPTION_CHECK:
		o->replay.check = true;
		return 0;
	case ARGP_KEY_ARG:
		add_path(o, arg);
		return 0;
	case ARGP_KEY_END:
		check_whole(o, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Compare archives with the tables; nothing is written. */
static int
check(const struct config_tenant *t, const struct replay_options *opt,
    struct summary *s, struct err *e)
{
	struct staging staging = { .lock_fd = -1 };
	struct err ignored = { 0 };
	int rc = -1;

	if (staging_open_read(&staging, t, e) == 0)
		rc = replay_run(staging.db, 0, t, opt, s, e);
	staging_close(&staging, 0, &ignored);
	return rc;
}

/* An archive is one tenant's: which one is meant must be said. */
static int
check_tenant(const struct cli *cli, struct err *e)
{
	if (cli->config->tenants_count > 1 && cli->tenants_count != 1)
		return err_set(e, ERR_USAGE,
		    "--replay: name the tenant whose archives they are "
		    "with -t");
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
	struct options *o = options_;
	struct staging staging = { .lock_fd = -1 };
	struct err closing = { 0 };

	o->extract.json = cli->json;
	o->replay.check |= cli->dry_run;
	if (o->is_replay && check_tenant(cli, e))
		return -1;
	if (o->is_replay && o->replay.check)
		return check(t, &o->replay, s, e);
	if (cli->dry_run)
		return dry_run(t, &o->extract, s, e);
	if (staging_open(&staging, t, "extract", cli->wait_s, e) == 0) {
		if (o->is_replay)
			replay_run(
			    staging.db, staging.run_id, t, &o->replay, s, e);
		else
			extract_run(
			    staging.db, staging.run_id, t, &o->extract, s, e);
		if (archivist_head(staging.db, s, &closing))
			err_merge(e, &closing);
	}
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
		.args_doc = "\n--replay PATH...",
		.doc = "Fetch what is due of Mimecast's threat logs into "
		       "staging, as it is received.",
		.children = children,
	};
	struct cli cli = { .program = "m2s-extract" };
	struct options o = { 0 };
	int status = cli_main(argc, argv, &cli, &argp, &o, extract_tenant);

	free(o.paths);
	return status;
}
