/*
 * kill_at N PROGRAM ARG...: run a program and kill it, and all its children,
 * with SIGKILL as one of them enters the N-th system call they make together.
 * With N = 0, or where they make fewer, they end by themselves.
 *
 * The status is the program's, or 137.  The last line on standard error is
 * "calls COUNT".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PROCESSES = 64,
	FOLLOW = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL,
	AT_CALL = SIGTRAP | 0x80
};

struct process {
	pid_t pid;
	bool inside; /* the next stop is where its call returns */
};

static struct process processes[PROCESSES];

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

int
main(int argc, char **argv)
{
	long target, calls = 0;
	int status, result = 70;
	pid_t first, pid;

	if (argc < 3) {
		fprintf(stderr, "usage: kill_at N PROGRAM ARG...\n");
		return 64;
	}
	target = strtol(argv[1], NULL, 10);
	first = start(argv + 2);
	waitpid(first, &status, 0);
	ptrace(PTRACE_SETOPTIONS, first, NULL, (void *)(long)FOLLOW);
	process_of(first);
	ptrace(PTRACE_SYSCALL, first, NULL, NULL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		struct process *p = process_of(pid);

		if (!WIFSTOPPED(status)) {
			if (pid == first)
				result = exit_status(status);
			p->pid = 0;
			continue;
		}
		if (WSTOPSIG(status) == AT_CALL) {
			p->inside = !p->inside;
			if (p->inside && ++calls == target)
				kill_all();
		}
		ptrace(
		    PTRACE_SYSCALL, pid, NULL, (void *)(long)signal_of(status));
	}
	fprintf(stderr, "calls %ld\n", calls);
	return result;
}
