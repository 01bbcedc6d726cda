/* How long a run waits, and for what.  All of it by the real clock. */
#ifndef PATIENCE_H
#define PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

struct err;

struct patience {
	int64_t deadline_ms; /* clock_monotonic_ms: no request from then on */
	int64_t quota_ms; /* and none before that moment */
	int64_t not_before; /* the same by clock_now; 0: no quota was met */
	uint64_t chance; /* what the next wait is shortened by */
};

/* Chance follows from the time where that was set, so that a run can be
 * repeated. */
struct patience patience_start(int64_t deadline_s);

/* The service wants no request for so long. */
void patience_quota(struct patience *p, int64_t wait_ms);

/*
 * The same, from the last run: not before that second by clock_now.  One that
 * no answer could ask for is passed over: it was put by a clock that was wrong.
 */
void patience_quota_until(struct patience *p, int64_t not_before);

/*
 * May requests still be made, now or after a wait that fits?  Errors:
 * ERR_RETRY if the deadline has passed or a quota ends behind it, or if the
 * process was told to end.
 */
int patience_check(const struct patience *p, struct err *e);

/* How long a request may take: so long at most, and not past the deadline. */
int64_t patience_timeout_ms(const struct patience *p, int64_t most_ms);

/*
 * Sleep until that moment of the monotonic clock and until the quota allows
 * a request.  Errors: as patience_check, and ERR_RETRY if the moment lies
 * behind the deadline.
 */
int patience_sleep(const struct patience *p, int64_t until_ms, struct err *e);

/*
 * How long to wait after so many failures in a row (1, 2, ...): from 500 ms,
 * twice as long each time, 30 s at most, less up to a half by chance, so that
 * many clients do not come back at once.
 */
int64_t patience_backoff_ms(struct patience *p, unsigned failures);

#endif
