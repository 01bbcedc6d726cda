/*
 * kill_at [OPTION...] N PROGRAM ARG...: run a program and disturb it, and all
 * its children, as one of them enters the N-th system call that they make
 * together since its main began.  With N = 0, or where they make fewer, they
 * end by themselves.
 *
 *	(none)      they are all killed with SIGKILL
 *	-p FOLDER   the same, and the power of the file systems that are
 *	            mounted at the folders is cut
 *	-e ERRNO    the call does nothing and fails so: one of ENOSPC, EDQUOT,
 *	            EIO, EINTR, ENOMEM, EMFILE.  Only calls that could fail so
 *	            on a real machine are counted.
 *	-r TIMES    and so do the next ones, TIMES in all; 0: all of them
 *	-x COMMAND  it waits while the shell runs that
 *	-c FILE     gets COUNT as well, in a line of its own
 *
 * The status is the program's, 137 if it was killed, 124 if it was still
 * running after a minute, 77 if this machine cannot do what is asked.  The
 * last line on standard error is "calls COUNT".
 */
#define _GNU_SOURCE
#include "call.h"
#include "power.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PROCESSES = 64,
	FOLDERS = 4,
	TIME_LIMIT_S = 60,
	HUNG = 124,
	CANNOT = 77,
	FOLLOW = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL,
	AT_CALL = SIGTRAP | 0x80
};

struct process {
	pid_t pid;
	const struct call_error *error; /* of the call it is in, or NULL */
};

struct plan {
	long at;
	const struct call_error *error; /* NULL: kill */
	long times; /* how many calls fail; 0: all from there on */
	const char *folders[FOLDERS];
	int folders_count;
	const char *command; /* NULL: none */
	const char *count_file; /* NULL: none */
};

static struct process processes[PROCESSES];
static volatile sig_atomic_t hung;

static struct process *
process_of(pid_t pid)
{
	struct process *unused = NULL;

	for (int i = 0; i < PROCESSES; i++) {
		if (processes[i].pid == pid)
			return &processes[i];
		if (processes[i].pid == 0)
			unused = &processes[i];
	}
	if (!unused) {
		fprintf(stderr, "kill_at: too many processes\n");
		exit(70);
	}
	*unused = (struct process){ .pid = pid };
	return unused;
}

static void
kill_all(void)
{
	for (int i = 0; i < PROCESSES; i++)
		if (processes[i].pid)
			kill(processes[i].pid, SIGKILL);
}

static void
on_alarm(int sig)
{
	(void)sig;
	hung = 1;
	kill_all();
}

static pid_t
start(char **argv)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

/* The signal to hand on to a process that stopped. */
static int
signal_of(int status)
{
	int sig = WSTOPSIG(status);

	if (sig == AT_CALL || status >> 16 || sig == SIGSTOP || sig == SIGTRAP)
		return 0;
	return sig;
}

static int
exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static _Noreturn void
cannot(const char *what)
{
	fprintf(stderr, "kill_at: %s: %s\n", what, strerror(errno));
	kill_all();
	exit(CANNOT);
}

static bool
is_hit(const struct plan *p, long calls)
{
	if (p->at == 0 || calls < p->at)
		return false;
	return calls == p->at ||
	    (p->error && (p->times == 0 || calls < p->at + p->times));
}

static void
disturb(const struct plan *p, struct process *victim)
{
	if (p->command) {
		if (system(p->command) == -1)
			cannot(p->command);
		return;
	}
	if (p->error) {
		if (call_skip(victim->pid))
			cannot("cannot make a call fail");
		victim->error = p->error;
		return;
	}
	for (int i = 0; i < p->folders_count; i++)
		if (power_cut(p->folders[i]))
			cannot(p->folders[i]);
	kill_all();
}

static void
at_call(const struct plan *p, struct process *victim, long *calls)
{
	static bool counting;
	struct call c = call_read(victim->pid);

	if (c.stop == CALL_LEFT && victim->error) {
		if (call_result(victim->pid, -(long)victim->error->number))
			cannot("cannot make a call fail");
		victim->error = NULL;
	}
	if (c.stop != CALL_ENTERED)
		return;
	counting |= call_is_first(&c);
	if (!counting || (p->error && !call_may_fail(&c, p->error)))
		return;
	if (is_hit(p, ++*calls))
		disturb(p, victim);
}

static int
follow(const struct plan *p, pid_t first, long *calls)
{
	int status, result = 70;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		struct process *stopped;

		if (pid < 0)
			continue;
		stopped = process_of(pid);
		if (!WIFSTOPPED(status)) {
			if (pid == first)
				result = exit_status(status);
			stopped->pid = 0;
			continue;
		}
		if (WSTOPSIG(status) == AT_CALL)
			at_call(p, stopped, calls);
		ptrace(
		    PTRACE_SYSCALL, pid, NULL, (void *)(long)signal_of(status));
	}
	return hung ? HUNG : result;
}

static _Noreturn void
usage(void)
{
	fprintf(stderr,
	    "usage: kill_at [-e ERRNO [-r TIMES]] [-p FOLDER]... "
	    "[-x COMMAND] [-c FILE] N PROGRAM ARG...\n");
	exit(64);
}

static struct plan
parse(int argc, char **argv)
{
	struct plan p = { .times = 1 };
	int option;

	while ((option = getopt(argc, argv, "+c:e:r:p:x:")) > 0)
		switch (option) {
		case 'c':
			p.count_file = optarg;
			break;
		case 'e':
			p.error = call_error_of(optarg);
			if (!p.error)
				usage();
			break;
		case 'r':
			p.times = strtol(optarg, NULL, 10);
			break;
		case 'p':
			if (p.folders_count == FOLDERS)
				usage();
			p.folders[p.folders_count++] = optarg;
			break;
		case 'x':
			p.command = optarg;
			break;
		default:
			usage();
		}
	if (argc - optind < 2)
		usage();
	p.at = strtol(argv[optind], NULL, 10);
	return p;
}

static void
tell(const struct plan *p, long calls)
{
	FILE *f;

	fprintf(stderr, "calls %ld\n", calls);
	if (!p->count_file)
		return;
	f = fopen(p->count_file, "w");
	if (!f || fprintf(f, "%ld\n", calls) < 0 || fclose(f))
		cannot(p->count_file);
}

int
main(int argc, char **argv)
{
	struct plan p = parse(argc, argv);
	long calls = 0;
	int status;
	pid_t first;

	signal(SIGALRM, on_alarm);
	first = start(argv + optind + 1);
	process_of(first);
	waitpid(first, &status, 0);
	if (ptrace(PTRACE_SETOPTIONS, first, NULL, (void *)(long)FOLLOW) < 0)
		cannot("cannot trace");
	alarm(TIME_LIMIT_S);
	ptrace(PTRACE_SYSCALL, first, NULL, NULL);
	status = follow(&p, first, &calls);
	tell(&p, calls);
	return status;
}
