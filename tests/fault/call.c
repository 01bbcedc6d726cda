#define _GNU_SOURCE
#include "call.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

/* glibc's name of it differs from the kernel's, and headers clash. */
struct syscall_info {
	unsigned char op;
	unsigned char pad[3];
	unsigned int arch;
	unsigned long long instruction_pointer;
	unsigned long long stack_pointer;
	unsigned long long number; /* on entry */
	unsigned long long args[6];
	unsigned long long ret_data;
};

enum { INFO_ENTRY = 1, INFO_EXIT = 2 };

/* What a call works on, and so how it can fail. */
enum kind {
	OPENS = 1 << 0, /* makes a file descriptor of a path */
	CREATES = 1 << 1, /* it may need a new block for a name */
	MAKES_FD = 1 << 2, /* makes one of nothing */
	READS = 1 << 3, /* args[0]: a file descriptor */
	WRITES = 1 << 4, /* the same */
	SYNCS = 1 << 5, /* the same */
	NAMES = 1 << 6, /* looks at or changes names */
	MAPS = 1 << 7, /* asks for memory */
	WAITS = 1 << 8, /* a signal may end it */
	FORKS = 1 << 9
};

static const struct {
	long number;
	unsigned kinds;
} calls[] = {
#ifdef SYS_open
	{ SYS_open, OPENS },
	{ SYS_mkdir, CREATES | NAMES },
	{ SYS_rename, CREATES | NAMES },
	{ SYS_link, CREATES | NAMES },
	{ SYS_unlink, NAMES },
	{ SYS_stat, NAMES },
	{ SYS_lstat, NAMES },
	{ SYS_access, NAMES },
	{ SYS_poll, WAITS },
	{ SYS_epoll_wait, WAITS },
	{ SYS_select, WAITS },
	{ SYS_fork, FORKS },
	{ SYS_vfork, FORKS },
	{ SYS_dup2, MAKES_FD },
	{ SYS_pipe, MAKES_FD },
#endif
	{ SYS_openat, OPENS },
	{ SYS_mkdirat, CREATES | NAMES },
	{ SYS_renameat2, CREATES | NAMES },
	{ SYS_linkat, CREATES | NAMES },
#ifdef SYS_renameat
	{ SYS_renameat, CREATES | NAMES },
#endif
	{ SYS_unlinkat, NAMES },
	{ SYS_newfstatat, NAMES },
	{ SYS_faccessat, NAMES },
	{ SYS_read, READS | WAITS },
	{ SYS_pread64, READS },
	{ SYS_readv, READS | WAITS },
	{ SYS_getdents64, READS },
	{ SYS_write, WRITES | WAITS },
	{ SYS_pwrite64, WRITES },
	{ SYS_writev, WRITES | WAITS },
	{ SYS_ftruncate, WRITES },
	{ SYS_fallocate, WRITES },
	{ SYS_copy_file_range, WRITES },
	{ SYS_fsync, SYNCS },
	{ SYS_fdatasync, SYNCS },
	{ SYS_socket, MAKES_FD },
	{ SYS_socketpair, MAKES_FD },
	{ SYS_pipe2, MAKES_FD },
	{ SYS_dup, MAKES_FD },
	{ SYS_dup3, MAKES_FD },
	{ SYS_epoll_create1, MAKES_FD },
	{ SYS_eventfd2, MAKES_FD },
	{ SYS_accept4, MAKES_FD | WAITS },
	{ SYS_memfd_create, MAKES_FD },
	{ SYS_connect, WAITS },
	{ SYS_sendto, WAITS },
	{ SYS_recvfrom, WAITS },
	{ SYS_sendmsg, WAITS },
	{ SYS_recvmsg, WAITS },
	{ SYS_ppoll, WAITS },
	{ SYS_epoll_pwait, WAITS },
	{ SYS_wait4, WAITS },
	{ SYS_waitid, WAITS },
	{ SYS_nanosleep, WAITS },
	{ SYS_clock_nanosleep, WAITS },
	{ SYS_mmap, MAPS },
	{ SYS_mremap, MAPS },
	{ SYS_clone, FORKS },
};

static const struct call_error errors[] = {
	{ "ENOSPC", ENOSPC },
	{ "EDQUOT", EDQUOT },
	{ "EIO", EIO },
	{ "EINTR", EINTR },
	{ "ENOMEM", ENOMEM },
	{ "EMFILE", EMFILE },
};

const struct call_error *
call_error_of(const char *name)
{
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (strcmp(errors[i].name, name) == 0)
			return &errors[i];
	return NULL;
}

struct call
call_read(pid_t pid)
{
	struct syscall_info info = { 0 };
	struct call c = { .stop = CALL_OTHER, .pid = pid };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) <
	    0)
		return c;
	if (info.op == INFO_EXIT)
		c.stop = CALL_LEFT;
	if (info.op != INFO_ENTRY)
		return c;
	c.stop = CALL_ENTERED;
	c.number = (long)info.number;
	for (int i = 0; i < 6; i++)
		c.args[i] = (unsigned long)info.args[i];
	return c;
}

bool
call_is_first(const struct call *c)
{
	return c->number == SYS_umask;
}

static unsigned
kinds_of(const struct call *c)
{
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (calls[i].number == c->number)
			return calls[i].kinds;
	return 0;
}

/* A disk is behind the file descriptor. */
static bool
is_on_disk(const struct call *c)
{
	char path[64];
	struct stat st;

	snprintf(
	    path, sizeof path, "/proc/%d/fd/%d", (int)c->pid, (int)c->args[0]);
	return stat(path, &st) == 0 &&
	    (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

static bool
creates(const struct call *c)
{
	unsigned long flags = c->number == SYS_openat ? c->args[2] : c->args[1];

	return flags & O_CREAT;
}

bool
call_may_fail(const struct call *c, const struct call_error *e)
{
	unsigned k = kinds_of(c);

	/* What the program says about it must not be lost as well. */
	if (k & (READS | WRITES) && c->args[0] <= STDERR_FILENO)
		return false;
	switch (e->number) {
	case ENOSPC:
	case EDQUOT:
		return k & CREATES || (k & OPENS && creates(c)) ||
		    (k & (WRITES | SYNCS) && is_on_disk(c));
	case EIO:
		return k & (OPENS | NAMES) ||
		    (k & (READS | WRITES | SYNCS) && is_on_disk(c));
	case EINTR:
		return k & (WAITS | OPENS);
	case ENOMEM:
		return k & (MAPS | FORKS | OPENS | MAKES_FD);
	case EMFILE:
		return k & (OPENS | MAKES_FD);
	default:
		return false;
	}
}

#if defined __x86_64__

int
call_skip(pid_t pid)
{
	return ptrace(PTRACE_POKEUSER, pid,
		   (void *)offsetof(struct user_regs_struct, orig_rax),
		   (void *)-1) < 0
	    ? -1
	    : 0;
}

int
call_result(pid_t pid, long result)
{
	return ptrace(PTRACE_POKEUSER, pid,
		   (void *)offsetof(struct user_regs_struct, rax),
		   (void *)result) < 0
	    ? -1
	    : 0;
}

#elif defined __aarch64__

int
call_skip(pid_t pid)
{
	int none = -1;
	struct iovec v = { &none, sizeof none };

	return ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &v) < 0
	    ? -1
	    : 0;
}

int
call_result(pid_t pid, long result)
{
	struct user_regs_struct regs;
	struct iovec v = { &regs, sizeof regs };

	if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &v) < 0)
		return -1;
	regs.regs[0] = (unsigned long long)result;
	return ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &v) < 0 ? -1
									  : 0;
}

#else

int
call_skip(pid_t pid)
{
	(void)pid;
	return -1;
}

int
call_result(pid_t pid, long result)
{
	(void)pid;
	(void)result;
	return -1;
}

#endif
