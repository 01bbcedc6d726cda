/* The time.  What -T says rules every reading of it; waiting is real. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* From now on the time is this: seconds since 1970, UTC. */
void clock_set(int64_t now);

/* Was it told? */
bool clock_is_set(void);

/* Seconds since 1970, UTC. */
int64_t clock_now(void);

/* Milliseconds of the real, monotonic clock: for deadlines and waits. */
int64_t clock_monotonic_ms(void);

#endif
