#include "plan.h"
#include "config.h"
#include "err.h"
#include "timestamp.h"

#include <string.h>

enum { SKEW_MAX_S = 300 };

static int64_t
max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

struct plan
plan_live(const struct config_mimecast *c, bool has_frontier, int64_t frontier,
    int64_t now)
{
	int64_t kept_since = now - c->retention_s;
	int64_t end = now - c->settle_s;
	int64_t from = has_frontier
	    ? frontier
	    : max(now - c->lookback_s, kept_since + PLAN_MARGIN_S);
	int64_t live_from = max(from, kept_since);

	return (struct plan){
		.lost = { from, live_from },
		.live = { live_from, max(live_from, end) },
	};
}

bool
plan_tile(struct plan_span *span, int64_t window_s, struct plan_span *tile)
{
	if (span->from_at >= span->to_at)
		return false;
	tile->from_at = span->from_at;
	tile->to_at = min(span->from_at + window_s, span->to_at);
	span->from_at = tile->to_at;
	return true;
}

struct plan_span
plan_expire(
    const struct config_mimecast *c, struct plan_span *span, int64_t now)
{
	int64_t kept_since = now - c->retention_s;
	struct plan_span lost = { span->from_at,
		max(span->from_at, min(span->to_at, kept_since)) };

	span->from_at = lost.to_at;
	return lost;
}

bool
plan_is_late(const struct config_mimecast *c, int64_t to_at, int64_t now)
{
	return to_at + c->overlap_s <= now;
}

int
plan_parse_range(const char *text, struct plan_span *out, struct err *e)
{
	const char *dots = strstr(text, "..");

	if (!dots ||
	    !timestamp_parse(text, (size_t)(dots - text), &out->from_at) ||
	    !timestamp_parse(dots + 2, strlen(dots + 2), &out->to_at))
		return err_set(e, ERR_USAGE,
		    "--backfill %s: FROM..TO is needed, as in "
		    "2026-02-01T00:00:00Z..2026-02-02T00:00:00Z",
		    text);
	if (out->from_at >= out->to_at)
		return err_set(
		    e, ERR_USAGE, "--backfill %s: FROM is not before TO", text);
	return 0;
}

int
plan_check_backfill(const struct config_mimecast *c,
    const struct plan_span *range, int64_t now, struct err *e)
{
	int64_t first = now - c->retention_s;
	int64_t last = now - c->settle_s;
	char text[TIMESTAMP_SIZE];

	if (range->from_at < first)
		return err_set(e, ERR_USAGE,
		    "--backfill: the source no longer keeps that time: FROM "
		    "may be %s at the earliest",
		    timestamp_iso(first, text));
	if (range->to_at > last)
		return err_set(e, ERR_USAGE,
		    "--backfill: that time has not settled yet: TO may be %s "
		    "at the latest",
		    timestamp_iso(last, text));
	return 0;
}

static int
check_skew(int64_t clock, int64_t server_date, const char *what, struct err *e)
{
	int64_t skew = clock - server_date;

	if (skew <= SKEW_MAX_S && skew >= -SKEW_MAX_S)
		return 0;
	return err_set(e, ERR_IO,
	    "clock: it is %lld seconds %s the service's, %s: set the clock of "
	    "this machine",
	    (long long)(skew > 0 ? skew : -skew),
	    skew > 0 ? "ahead of" : "behind", what);
}

int
plan_now(int64_t clock, int64_t server_date, int64_t *now, struct err *e)
{
	if (check_skew(clock, server_date, "nothing was planned", e))
		return -1;
	*now = min(clock, server_date);
	return 0;
}

int
plan_check_date(int64_t clock, int64_t server_date, struct err *e)
{
	return check_skew(clock, server_date, "a page was not stored", e);
}
