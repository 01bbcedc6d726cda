/*
 * For LD_PRELOAD: memory runs out at the N-th allocation, counted from the
 * umask() with which main begins, in the process itself and in each of its
 * children anew.  FAIL_MALLOC is N, FAIL_MALLOC_ALL is set if all that follow
 * fail, too.  FAIL_MALLOC_PLACES is a file that gets a line for each new place
 * that asks: its allocation's number, and a name that it has in each run.  A
 * place is the call and those that led to it, DEPTH deep.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 8, PLACES = 1 << 16 };

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static atomic_long allocations;
static atomic_bool counting;
static long fail_at;
static bool for_good;
static int places_fd = -1;
static atomic_ulong places[PLACES];

/*
 * Whose fault it is: the judge knows one place that is not ours.  The process
 * is at its end, whatever this does.
 */
/* NOLINTBEGIN(bugprone-signal-handler,cert-sig30-c) */
static void
tell_place(int sig)
{
	static const char said[] = "fault in ";
	void *frames[3];
	Dl_info place;

	(void)sig;
	if (backtrace(frames, 3) < 3 || !dladdr(frames[2], &place) ||
	    !place.dli_sname)
		return;
	/* Without memory there is no dprintf. */
	if (write(STDERR_FILENO, said, sizeof said - 1) < 0 ||
	    write(STDERR_FILENO, place.dli_sname, strlen(place.dli_sname)) <
		0 ||
	    write(STDERR_FILENO, "\n", 1) < 0)
		return;
}
/* NOLINTEND(bugprone-signal-handler,cert-sig30-c) */

/* Before main, which clears the environment. */
__attribute__((constructor)) static void
read_orders(void)
{
	const char *at = getenv("FAIL_MALLOC");
	const char *file = getenv("FAIL_MALLOC_PLACES");
	void *frames[1];
	struct sigaction told = { .sa_handler = tell_place,
		.sa_flags = (int)SA_RESETHAND };

	backtrace(frames, 1); /* loads what it needs while there is memory */
	/* It is met again, and ends the process: a sandbox allows no reset. */
	sigaction(SIGSEGV, &told, NULL);
	fail_at = at ? strtol(at, NULL, 10) : 0;
	for_good = getenv("FAIL_MALLOC_ALL") != NULL;
	if (file)
		places_fd =
		    open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static unsigned long
mix(unsigned long h, unsigned long value) /* FNV-1a */
{
	return (h ^ value) * 1099511628211u;
}

/* The same in each run, wherever programs and libraries are loaded. */
static unsigned long
name_of(void *const *frames, int n)
{
	unsigned long h = 14695981039346656037u;
	struct dl_find_object object;
	const char *name;

	for (int i = 0; i < n; i++) {
		if (_dl_find_object(frames[i], &object))
			continue;
		name = object.dlfo_link_map->l_name;
		if (!*name)
			name = program_invocation_name;
		for (; *name; name++)
			h = mix(h, (unsigned char)*name);
		h = mix(h,
		    (unsigned long)((char *)frames[i] -
			(char *)object.dlfo_map_start));
	}
	return h ? h : 1;
}

static bool
is_new(unsigned long name)
{
	for (unsigned long i = name % PLACES;; i = (i + 1) % PLACES) {
		unsigned long there = atomic_load(&places[i]);

		if (there == name)
			return false;
		if (there == 0) {
			atomic_store(&places[i], name);
			return true;
		}
	}
}

static void
note_place(long number)
{
	static _Thread_local bool inside; /* backtrace asks for memory, too */
	void *frames[DEPTH];
	unsigned long name;
	char line[64];
	int n;

	if (places_fd < 0 || inside)
		return;
	inside = true;
	name = name_of(frames, backtrace(frames, DEPTH));
	if (is_new(name)) {
		n = snprintf(line, sizeof line, "%ld %016lx\n", number, name);
		if (write(places_fd, line, (size_t)n) < 0)
			_exit(70);
	}
	inside = false;
}

static bool
fails(void)
{
	long n;

	if (!atomic_load(&counting))
		return false;
	n = atomic_fetch_add(&allocations, 1) + 1;
	note_place(n);
	if (!fail_at || (n != fail_at && !(for_good && n > fail_at)))
		return false;
	errno = ENOMEM;
	return true;
}

mode_t
umask(mode_t mask)
{
	mode_t (*real)(mode_t);

	*(void **)&real = dlsym(RTLD_NEXT, "umask");
	atomic_store(&counting, true);
	return real(mask);
}

void *
malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}
