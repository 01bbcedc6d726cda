/*
 * A process that gives up all it does not need before it touches what others
 * made.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

enum { SANDBOX_BYTES = 256 << 20, SANDBOX_SECONDS = 60 };

/*
 * For a process just forked: from here on it can read and write what is open,
 * have SANDBOX_BYTES of memory and SANDBOX_SECONDS of processor time, and
 * end.  It opens no file, starts no program and no process, and gets no
 * privilege; it dies with its parent.  Where the kernel has no seccomp or no
 * Landlock the rest holds.
 *
 * Returns 0, or -1 if a limit that every kernel has cannot be set.
 */
int sandbox_enter(void);

#endif
