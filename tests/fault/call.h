/* A system call that another process is about to make. */
#ifndef CALL_H
#define CALL_H

#include <stdbool.h>
#include <sys/types.h>

/* An error that a call may be made to fail with. */
struct call_error {
	const char *name; /* such as "ENOSPC" */
	int number;
};

/* NULL: none of the six that are known. */
const struct call_error *call_error_of(const char *name);

/* What a stopped process does. */
enum call_stop { CALL_ENTERED, CALL_LEFT, CALL_OTHER };

struct call {
	enum call_stop stop;
	pid_t pid;
	long number; /* when it is entered */
	unsigned long args[6];
};

/* Read it from a process that stopped at a call. */
struct call call_read(pid_t pid);

/* Is it the call with which main begins?  The loader makes none such. */
bool call_is_first(const struct call *c);

/* Could the call fail so, on the file it names, on a real machine? */
bool call_may_fail(const struct call *c, const struct call_error *e);

/*
 * Make the call that was entered do nothing.  When it is left, call_result
 * says what it returns.  -1: this program cannot do that on this processor.
 */
int call_skip(pid_t pid);
int call_result(pid_t pid, long result);

#endif
