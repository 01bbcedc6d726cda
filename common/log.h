/*
 * Standard error, for people: one line a call, in one write, with the
 * program and the tenant in front.  Whatever an argument holds, a line
 * stays a line: control bytes and bad UTF-8 are printed as \xHH.
 */
#ifndef LOG_H
#define LOG_H

enum log_level {
	LOG_QUIET, /* -q: errors only */
	LOG_NORMAL, /* and warnings */
	LOG_VERBOSE /* -v: and notes */
};

/* Both strings are kept by reference; tenant may be NULL. */
void log_open(const char *program, enum log_level level);
void log_tenant(const char *tenant);

/* "extract[acme]: message", always; log_warn not under -q. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * The progress line of a terminal: overwritten by the next one and by any
 * message.  Nothing is shown under -q or when standard error is no terminal.
 */
void log_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
