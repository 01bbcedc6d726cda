#include "pagetoken.h"

#include "buf.h"
#include "digest.h"
#include "query.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void
pagetoken_make(
    struct buf *out, uint64_t secret, const struct query *q, uint64_t position)
{
	struct buf text = { 0 };
	char mac[DIGEST_HEX];

	buf_printf(&text, "%" PRIu64 " %d %" PRId64 " %" PRId64 " %" PRIu64,
	    secret, (int)q->log, q->from, q->to, position);
	digest_sha256(text.bytes, text.size, mac);
	buf_clear(&text);
	buf_printf(&text, "%d %" PRId64 " %" PRId64 " %" PRIu64 " %.16s",
	    (int)q->log, q->from, q->to, position, mac);
	digest_base64(out, text.bytes, text.size);
	buf_free(&text);
}

/* "log from to position mac": the mac is for the caller. */
static bool
split(char *p, struct query *own, uint64_t *position)
{
	long long n[4];
	char *end;

	for (int i = 0; i < 4; i++, p = end) {
		n[i] = strtoll(p, &end, 10);
		if (end == p)
			return false;
	}
	if (n[0] < 0 || n[0] >= LOG_COUNT)
		return false;
	own->log = (enum log)n[0];
	own->from = n[1];
	own->to = n[2];
	*position = (uint64_t)n[3];
	return true;
}

enum pagetoken_state
pagetoken_read(const struct query *q, uint64_t secret, uint64_t *position)
{
	struct buf text = { 0 }, again = { 0 };
	struct query own = { 0 };
	enum pagetoken_state state = PAGETOKEN_UNKNOWN;

	if (digest_unbase64(&text, q->page_token) || text.size == 0 ||
	    !split(text.bytes, &own, position))
		goto out;
	pagetoken_make(&again, secret, &own, *position);
	if (strcmp(buf_cstr(&again), q->page_token) != 0)
		goto out;
	if (own.log != q->log || own.from != q->from || own.to != q->to)
		state = PAGETOKEN_MISUSED;
	else
		state = PAGETOKEN_GOOD;
out:
	buf_free(&text);
	buf_free(&again);
	return state;
}
