/*
 * Does a chain of page tokens come back to one it had?  One token is
 * remembered, however long the chain (Brent's algorithm): a circle is found
 * after at most three times its length and what led to it.
 */
#ifndef REPEAT_H
#define REPEAT_H

#include <stdbool.h>
#include <stdint.h>

struct repeat { /* { 0 } is a chain without a token */
	char *mark; /* owned */
	uint64_t steps; /* since the mark was set */
	uint64_t limit; /* set it anew after so many */
};

/* Add the next token.  True if the chain repeats. */
bool repeat_next(struct repeat *r, const char *token);

/* Forget the chain; r is { 0 } again. */
void repeat_free(struct repeat *r);

#endif
