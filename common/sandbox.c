#define _GNU_SOURCE /* prctl, syscall */
#include "sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static int
limit(__rlimit_resource_t what, rlim_t n)
{
	const struct rlimit both = { n, n };

	return setrlimit(what, &both);
}

/* A signal of its own tells the end of that from a kill by somebody else. */
static int
limit_seconds(rlim_t n)
{
	const struct rlimit one_more_until_kill = { n, n + 1 };

	return setrlimit(RLIMIT_CPU, &one_more_until_kill);
}

static int
set_limits(void)
{
#ifndef __SANITIZE_ADDRESS__ /* it reserves terabytes */
	if (limit(RLIMIT_AS, SANDBOX_BYTES))
		return -1;
#endif
	return limit_seconds(SANDBOX_SECONDS) || limit(RLIMIT_FSIZE, 0) ||
		limit(RLIMIT_NOFILE, 0) || limit(RLIMIT_CORE, 0)
	    ? -1
	    : 0;
}

/* No rule follows: nothing of the file system can be reached. */
static void
close_file_system(void)
{
#ifdef SYS_landlock_create_ruleset
	/* What the first Landlock knows; a later one takes it, too. */
	const struct landlock_ruleset_attr all = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};
	long fd = syscall(
	    SYS_landlock_create_ruleset, &all, sizeof all.handled_access_fs, 0);

	if (fd < 0)
		return;
	syscall(SYS_landlock_restrict_self, fd, 0);
	close((int)fd);
#endif
}

#ifdef ARCHITECTURE

#define ALLOW(name)                                                            \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),                 \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* What is not allowed fails as if for want of permission. */
static void
close_kernel(void)
{
	static struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		ALLOW(read),
		ALLOW(write),
		ALLOW(mmap),
		ALLOW(munmap),
		ALLOW(mremap),
		ALLOW(mprotect),
		ALLOW(madvise),
		ALLOW(brk),
		ALLOW(futex),
		ALLOW(getrandom),
		ALLOW(clock_gettime),
		ALLOW(sched_yield),
		ALLOW(rt_sigprocmask),
		ALLOW(rt_sigreturn),
		ALLOW(exit),
		ALLOW(exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	const struct sock_fprog program = {
		.len = sizeof filter / sizeof filter[0],
		.filter = filter,
	};

	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

#else

static void
close_kernel(void)
{
}

#endif

int
sandbox_enter(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	close_file_system();
	if (set_limits())
		return -1;
	close_kernel();
	return 0;
}
