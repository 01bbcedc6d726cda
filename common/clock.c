#include "clock.h"

#include <time.h>

static bool fixed;
static int64_t fixed_now;

void
clock_set(int64_t now)
{
	fixed = true;
	fixed_now = now;
}

bool
clock_is_set(void)
{
	return fixed;
}

int64_t
clock_now(void)
{
	return fixed ? fixed_now : (int64_t)time(NULL);
}

int64_t
clock_monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
