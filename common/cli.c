#define _GNU_SOURCE /* prctl, clearenv */
#include "cli.h"
#include "clock.h"
#include "err.h"
#include "log.h"
#include "mem.h"
#include "summary.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char default_config[] = "/etc/m2s/m2s.conf";

/* What of the environment may have a say in what we do. */
static const char *const allowed[] = { "PATH", "HOME", "TMPDIR", "TERM",
	"NO_COLOR", "M2S_CONFIG", "CREDENTIALS_DIRECTORY", "https_proxy",
	"HTTPS_PROXY", "no_proxy", "NO_PROXY" };

enum { ALLOWED = sizeof allowed / sizeof allowed[0] };

enum { OPTION_JSON = 0x100, OPTION_WAIT };

static const struct argp_option options[] = {
	{ "config", 'c', "FILE", 0,
	    "the configuration (else $M2S_CONFIG, else /etc/m2s/m2s.conf)",
	    90 },
	{ "tenant", 't', "TENANT", 0, "only this tenant; may be repeated", 90 },
	{ "dry-run", 'n', NULL, 0,
	    "say what would be done; write and send nothing", 90 },
	{ "verbose", 'v', NULL, 0, "say more", 90 },
	{ "quiet", 'q', NULL, 0, "say nothing but errors and results", 90 },
	{ "json", OPTION_JSON, NULL, 0, "one JSON object a tenant", 90 },
	{ NULL, 'T', "SECONDS", 0,
	    "the time, in seconds since 1970; only against loopback hosts",
	    90 },
	{ "wait", OPTION_WAIT, "SECONDS", 0,
	    "how long to wait for another run of this tenant to end (0)", 90 },
	{ 0 },
};

static struct cli *parsing;
static enum log_level level = LOG_NORMAL;

static volatile sig_atomic_t stopping;

/* The processes of the tenants; the handler passes a signal on to them. */
struct child {
	volatile pid_t pid; /* 0: none */
	FILE *out; /* its standard output, if it has its own */
};

static struct child *children;
static volatile sig_atomic_t children_count;

static int64_t
number(const char *arg, const char *what, struct argp_state *state)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(arg, &end, 10);
	if (errno || end == arg || *end || v < 0 || v > INT64_MAX / 1000000)
		argp_error(state, "%s: %s is no number of seconds", what, arg);
	return v;
}

static int
parse_option(int key, char *arg, struct argp_state *state)
{
	struct cli *c = parsing;

	switch (key) {
	case 'c':
		c->config_path = arg;
		return 0;
	case 't':
		c->tenants = xreallocarray(
		    c->tenants, c->tenants_count + 1, sizeof *c->tenants);
		c->tenants[c->tenants_count++] = arg;
		return 0;
	case 'n':
		c->dry_run = true;
		return 0;
	case 'v':
		level = LOG_VERBOSE;
		return 0;
	case 'q':
		level = LOG_QUIET;
		return 0;
	case OPTION_JSON:
		c->json = true;
		return 0;
	case 'T':
		c->clock_set = true;
		clock_set(number(arg, "-T", state));
		return 0;
	case OPTION_WAIT:
		c->wait_s = number(arg, "--wait", state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp cli_argp = { .options = options, .parser = parse_option };

static void
on_signal(int sig)
{
	stopping = 1;
	for (sig_atomic_t i = 0; i < children_count; i++)
		if (children[i].pid > 0)
			kill(children[i].pid, sig);
}

bool
cli_stopping(void)
{
	return stopping;
}

static void
catch_signals(void)
{
	struct sigaction end = { .sa_handler = on_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

/* A file opened later must not become standard output by accident. */
static void
hold_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void
keep_allowed_environment(void)
{
	char *kept[ALLOWED] = { 0 };

	for (size_t i = 0; i < ALLOWED; i++)
		if (getenv(allowed[i]))
			kept[i] = xstrdup(getenv(allowed[i]));
	clearenv();
	for (size_t i = 0; i < ALLOWED; i++) {
		if (kept[i])
			setenv(allowed[i], kept[i], 1);
		free(kept[i]);
	}
	setenv("TZ", "UTC0", 1);
}

/* Secrets are in our memory: no core dump, and no debugger but root's. */
static void
hide_memory(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* whose leak check reads our memory */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static void
prepare_process(void)
{
	hold_standard_streams();
	keep_allowed_environment();
	hide_memory();
	umask(077);
	catch_signals();
}

static void
parse(
    struct cli *c, const struct argp *argp, int argc, char **argv, void *input)
{
	parsing = c;
	argp_err_exit_status = ERR_USAGE;
	argp_program_version = xasprintf("%s %s", c->program, M2S_VERSION);
	if (argp_parse(argp, argc, argv, 0, NULL, input) == ENOMEM)
		xnomem();
	if (!c->config_path)
		c->config_path = getenv("M2S_CONFIG");
	if (!c->config_path)
		c->config_path = default_config;
}

static bool
wanted(const struct cli *c, const struct config_tenant *t)
{
	for (unsigned i = 0; i < c->tenants_count; i++)
		if (strcmp(c->tenants[i], t->name) == 0)
			return true;
	return c->tenants_count == 0;
}

static int
check_tenants(const struct cli *c, struct err *e)
{
	for (unsigned i = 0; i < c->tenants_count; i++)
		if (!config_tenant(c->config, c->tenants[i]))
			return err_set(e, ERR_USAGE,
			    "%s has no tenant \"%s\": check -t", c->config_path,
			    c->tenants[i]);
	for (unsigned i = 0; c->clock_set && i < c->config->tenants_count;
	     i++) {
		const struct config_tenant *t = &c->config->tenants[i];

		if (wanted(c, t) && !config_is_loopback(t))
			return err_set(e, ERR_USAGE,
			    "-T is for tests: tenant \"%s\" has hosts that are "
			    "not loopback",
			    t->name);
	}
	return 0;
}

/* Say what went wrong; the status of the process. */
static int
finish(struct err *e)
{
	struct err lost = { 0 };

	if ((fflush(stdout) || ferror(stdout)) && errno != EPIPE) {
		err_set(&lost, ERR_IO, "standard output: %s", strerror(errno));
		err_merge(e, &lost);
	}
	if (e->msg[0])
		log_error("%s", e->msg);
	return (int)e->kind;
}

static bool ended;

/* libarchive ends the process by itself, with 1, where it lacks memory. */
static void
check_end(void)
{
	if (!ended)
		xnomem();
}

static _Noreturn void
work_in_child(const struct cli *c, const struct config_tenant *t, void *input,
    cli_work *work)
{
	struct summary *s = summary_new(c->program, t->name);
	struct err e = { 0 };
	int status;

	atexit(check_end);
	log_tenant(t->name);
	work(c, t, input, s, &e);
	summary_print(s, &e, c->json);
	summary_free(s);
	status = finish(&e);
	ended = true;
	exit(status);
}

/*
 * Start the process of a tenant.  out: where its standard output goes, or
 * NULL for ours.
 */
static pid_t
start(const struct cli *c, const struct config_tenant *t, void *input,
    cli_work *work, FILE *out)
{
	pid_t parent = getpid();
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid != 0)
		return pid;
	children_count = 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(ERR_RETRY);
	if (out)
		dup2(fileno(out), STDOUT_FILENO);
	work_in_child(c, t, input, work);
}

static void
copy_out(FILE *out)
{
	char chunk[8192];
	size_t n;

	rewind(out);
	while ((n = fread(chunk, 1, sizeof chunk, out)) > 0)
		fwrite(chunk, 1, n, stdout);
	fclose(out);
}

static enum err_kind
wait_for(pid_t pid, const char *tenant)
{
	int status;

	if (pid < 0) {
		log_error("tenant %s: no process to work in: free memory or "
			  "raise the limit of processes, then run again",
		    tenant);
		return ERR_IO;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return ERR_BUG;
	if (WIFEXITED(status))
		return (enum err_kind)WEXITSTATUS(status);
	log_error("tenant %s: its process died of signal %d; run again, and "
		  "report it if it comes back",
	    tenant, WTERMSIG(status));
	return ERR_BUG;
}

static enum err_kind
work_for_all(const struct cli *c, void *input, cli_work *work)
{
	const struct config *config = c->config;
	unsigned n = config->tenants_count;
	bool several = c->tenants_count != 1 && n > 1;
	enum err_kind worst = ERR_NONE;

	children = xcalloc(n, sizeof *children);
	children_count = (sig_atomic_t)n;
	for (unsigned i = 0; i < n; i++) {
		struct child *child = &children[i];

		if (!wanted(c, &config->tenants[i]))
			continue;
		if (stopping) {
			log_error("tenant %s: stopped by a signal before it "
				  "began: run again",
			    config->tenants[i].name);
			worst = ERR_RETRY;
			continue;
		}
		child->out = several ? tmpfile() : NULL;
		child->pid =
		    start(c, &config->tenants[i], input, work, child->out);
	}
	if (stopping) /* it may have come before a pid was noted */
		on_signal(SIGTERM);
	for (unsigned i = 0; i < n; i++) {
		struct child *child = &children[i];

		if (child->pid == 0)
			continue;
		worst = err_worst(
		    worst, wait_for(child->pid, config->tenants[i].name));
		child->pid = 0;
		if (child->out)
			copy_out(child->out);
	}
	return worst;
}

int
cli_main(int argc, char **argv, struct cli *c, const struct argp *argp,
    void *input, cli_work *work)
{
	struct config *config = NULL;
	struct err e = { 0 };

	prepare_process();
	log_open(c->program + strlen("m2s-"), level);
	parse(c, argp, argc, argv, input);
	log_open(c->program + strlen("m2s-"), level);
	if (config_open(&config, c->config_path, &e))
		return finish(&e);
	c->config = config;
	if (check_tenants(c, &e) == 0)
		e.kind = work_for_all(c, input, work);
	config_free(config);
	free(c->tenants);
	return finish(&e);
}
