/* Which source time is due to be asked for: a pure function of the past. */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stdint.h>

struct config_mimecast;
struct err;

/*
 * Where time at the edge of retention is planned while a run lasts, it begins
 * so much later: the edge moves on while the request is on its way.
 */
enum { PLAN_MARGIN_S = 60 };

/* A stretch of time, [from_at, to_at); empty if they are equal. */
struct plan_span {
	int64_t from_at;
	int64_t to_at;
};

/*
 * The time that is due for a log: lost is what the source no longer keeps,
 * live is to be tiled with windows.  Together they go from the frontier to
 * now less settle_s without a hole.  Where nothing was ever planned
 * (!has_frontier) they begin at now less lookback_s, or a margin behind the
 * edge of retention, and nothing is lost.
 */
struct plan {
	struct plan_span lost;
	struct plan_span live;
};

struct plan plan_live(const struct config_mimecast *c, bool has_frontier,
    int64_t frontier, int64_t now);

/*
 * Cut the next tile, of at most window_s seconds, off the start of a span.
 * False if nothing is left.
 */
bool plan_tile(
    struct plan_span *span, int64_t window_s, struct plan_span *tile);

/*
 * The part of an open window that the source no longer keeps is taken off
 * its start and returned; span keeps the rest, which may be empty.
 */
struct plan_span plan_expire(
    const struct config_mimecast *c, struct plan_span *span, int64_t now);

/* Is a window of that end old enough to be read once more? */
bool plan_is_late(const struct config_mimecast *c, int64_t to_at, int64_t now);

/*
 * Read "FROM..TO", each a time with a zone as timestamp_parse takes it.
 *
 * Errors: ERR_USAGE.
 */
int plan_parse_range(const char *text, struct plan_span *out, struct err *e);

/*
 * May that range be asked for?  Errors: ERR_USAGE, naming the earliest or
 * latest second that may.
 */
int plan_check_backfill(const struct config_mimecast *c,
    const struct plan_span *range, int64_t now, struct err *e);

/*
 * The service's Date must be within 300 seconds of our clock: one of the
 * two is wrong otherwise, and windows would miss what is there.  Returns
 * the earlier of both in *now.
 *
 * Errors: ERR_IO.
 */
int plan_now(int64_t clock, int64_t server_date, int64_t *now, struct err *e);

/* The same of the Date of an answer that came later.  Errors: ERR_IO. */
int plan_check_date(int64_t clock, int64_t server_date, struct err *e);

#endif
