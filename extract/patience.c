#include "patience.h"
#include "cli.h"
#include "clock.h"
#include "digest.h"
#include "err.h"
#include "reply.h"
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
	struct patience p = {
		.deadline_ms = clock_monotonic_ms() + deadline_s * 1000,
		.chance = (uint64_t)clock_now(),
	};

	if (!clock_is_set())
		digest_random(&p.chance, sizeof p.chance);
	return p;
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

	if (left_s > 0 && left_s <= REPLY_WAIT_MAX_S)
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

/* Source: SplitMix64, Steele, Lea and Flood 2014 (read 2026-11-24). */
static uint32_t
next_chance(struct patience *p)
{
	uint64_t z = p->chance += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)(z >> 32);
}

int64_t
patience_backoff_ms(struct patience *p, unsigned failures)
{
	int64_t ms = BACKOFF_MS;

	while (--failures && ms < BACKOFF_MAX_MS)
		ms *= 2;
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	return ms - next_chance(p) % (ms / 2 + 1);
}
