/*
 * Fault scripts.  A line is a rule, "NTH PATH ACTION [ARG...]", or a comment
 * if it starts with #.  A rule counts the requests whose path contains PATH;
 * NTH says to which of them it applies: 3, 3-5, * (each) or /4 (every fourth).
 * The first rule that applies wins.  DESIGN.md lists the actions.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stddef.h>
#include <stdint.h>

struct answer;

enum fault_action {
	FAULT_STATUS,
	FAULT_RETRY,
	FAULT_DELAY,
	FAULT_HANG,
	FAULT_RESET,
	FAULT_RESET_AFTER,
	FAULT_TRUNCATE,
	FAULT_HTML,
	FAULT_FAIL,
	FAULT_FLATFAIL,
	FAULT_GZIP,
	FAULT_BIG,
	FAULT_BOMB,
	FAULT_REDIRECT,
	FAULT_REFUSE_TOKEN,
	FAULT_REPEAT_TOKEN,
	FAULT_TOTAL,
	FAULT_NO_TOTAL,
	FAULT_GARBAGE,
	FAULT_SKEW
};

struct fault {
	enum fault_action action;
	const char *name; /* of the action, static */
	unsigned status;
	int64_t number; /* milliseconds, bytes, seconds or a count */
	char *word; /* a header's name or a code */
	char *text; /* the rest of the line, or NULL */
};

struct fault_rule;

struct fault_script {
	struct fault_rule *rule;
	size_t rules;
	struct fault_script *older; /* what it replaced, still referred to */
};

enum { FAULT_MESSAGE = 512 };

/* Returns 0, or -1 with "file:line: what is wrong" in message. */
int fault_load(
    struct fault_script **out, const char *path, char message[FAULT_MESSAGE]);

/* Counts a request; the fault it meets, or NULL. */
const struct fault *fault_next(struct fault_script *s, const char *path);

/* Makes the answer of a fault that replaces it, else returns -1. */
int fault_answer(const struct fault *f, struct answer *a);

/* Changes an answer that was made as usual. */
void fault_change(const struct fault *f, struct answer *a);

/* Also of the older ones. */
void fault_free(struct fault_script *s);

#endif
