/* What went wrong, and what the operator does next. */
#ifndef ERR_H
#define ERR_H

/*
 * A kind is an exit status.  Source: the table of exit statuses in the
 * manual, man/m2s.7; the numbers from 64 on are those of sysexits.h.
 */
enum err_kind {
	ERR_NONE = 0,
	ERR_NO = 1, /* audit: the answer is no */
	ERR_PARTIAL = 3, /* done, but alerts refused or too many invalid */
	ERR_GAP = 4, /* done, but source time was found lost */
	ERR_USAGE = 64, /* correct the command line */
	ERR_DATA = 65, /* the input broke its contract: inspect it */
	ERR_DENIED = 69, /* the service refuses: ask its administrator */
	ERR_BUG = 70, /* a broken promise of our own: report it */
	ERR_IO = 74, /* this machine: disk, database, permissions */
	ERR_RETRY = 75, /* run again later: network, quota, lock held */
	ERR_AUTH = 77, /* credentials refused: renew them */
	ERR_CONFIG = 78, /* correct the configuration */
};

struct err {
	enum err_kind kind;
	char msg[512]; /* one line, cut, never overflowed */
};

/* Set kind and message; returns -1. */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "context: " in front of the message; returns -1. */
int err_add(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Of two kinds the one that a run must end with, when both happened:
 * the first in the order 70 65 74 78 77 69 64 4 75 3 1 0.
 */
enum err_kind err_worst(enum err_kind a, enum err_kind b);

/* Make e the worse of the two; of equals the first stays. */
void err_merge(struct err *e, const struct err *other);

#endif
