#include "patience.h"
#include "cli.h"
#include "clock.h"
#include "digest.h"
#include "err.h"
#include "timestamp.h"

#include <time.h>

enum {
	BACKOFF_MS = 500,
	BACKOFF_MAX_MS = 30000,
	NAP_MS = 100,
	TIMEOUT_MIN_MS = 1000
};

struct patience
patience_start(int64_t deadline_s)
{
	return (struct patience){
		.deadline_ms = clock_monotonic_ms() + deadline_s * 1000,
	};
}

void
patience_quota(struct patience *p, int64_t wait_ms)
{
	int64_t until_ms = clock_monotonic_ms() + wait_ms;
	int64_t not_before = clock_now() + (wait_ms + 999) / 1000;

	if (until_ms > p->quota_ms)
		p->quota_ms = until_ms;
	if (not_before > p->not_before)
		p->not_before = not_before;
}

void
patience_quota_until(struct patience *p, int64_t not_before)
{
	int64_t left_s = not_before - clock_now();

	if (left_s > 0)
		patience_quota(p, left_s * 1000);
}

int
patience_check(const struct patience *p, struct err *e)
{
	char text[TIMESTAMP_SIZE];

	if (cli_stopping())
		return err_set(
		    e, ERR_RETRY, "ended by a signal: run again to go on");
	if (clock_monotonic_ms() >= p->deadline_ms)
		return err_set(
		    e, ERR_RETRY, "deadline_s has passed: run again to go on");
	if (p->quota_ms >= p->deadline_ms)
		return err_set(e, ERR_RETRY,
		    "the service's quota is used up until %s: run again then",
		    timestamp_iso(p->not_before, text));
	return 0;
}

int64_t
patience_timeout_ms(const struct patience *p, int64_t most_ms)
{
	int64_t left = p->deadline_ms - clock_monotonic_ms();

	if (left < TIMEOUT_MIN_MS)
		return TIMEOUT_MIN_MS;
	return left < most_ms ? left : most_ms;
}

static void
nap(int64_t ms)
{
	struct timespec t = { .tv_nsec =
				  (ms < NAP_MS ? ms : NAP_MS) * 1000000 };

	nanosleep(&t, NULL);
}

int
patience_sleep(const struct patience *p, int64_t until_ms, struct err *e)
{
	int64_t left;

	if (until_ms < p->quota_ms)
		until_ms = p->quota_ms;
	while (!patience_check(p, e)) {
		if (until_ms >= p->deadline_ms)
			return err_set(e, ERR_RETRY,
			    "deadline_s leaves no time to try again: run "
			    "again to go on");
		left = until_ms - clock_monotonic_ms();
		if (left <= 0)
			return 0;
		nap(left);
	}
	return -1;
}

int64_t
patience_backoff_ms(unsigned failures)
{
	int64_t ms = BACKOFF_MS;
	uint32_t chance;

	while (--failures && ms < BACKOFF_MAX_MS)
		ms *= 2;
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	digest_random(&chance, sizeof chance);
	return ms - chance % (ms / 2 + 1);
}
