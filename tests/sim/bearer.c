#include "bearer.h"

#include "buf.h"
#include "digest.h"
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *
bearer_issue(struct bearer_table *t, int64_t expires)
{
	char a[DIGEST_UUID], b[DIGEST_UUID];
	size_t i = t->next++ % BEARER_KEPT;

	digest_uuid(a);
	digest_uuid(b);
	snprintf(t->row[i].token, BEARER_SIZE, "%s.%s", a, b);
	t->row[i].expires = expires;
	return t->row[i].token;
}

enum bearer_state
bearer_check(const struct bearer_table *t, const struct request *q)
{
	const char *value = request_header(q, "Authorization");

	if (!value || strncasecmp(value, "Bearer ", 7) != 0)
		return BEARER_NONE;
	for (size_t i = 0; i < BEARER_KEPT; i++) {
		if (t->row[i].token[0] &&
		    strcmp(t->row[i].token, value + 7) == 0)
			return q->now < t->row[i].expires ? BEARER_GOOD
							  : BEARER_EXPIRED;
	}
	return BEARER_UNKNOWN;
}

static int
put_decoded(struct buf *out, const char *p, const char *end)
{
	char hex[3] = { 0 };

	for (; p < end; p++) {
		if (*p == '+') {
			buf_byte(out, ' ');
		} else if (*p != '%') {
			buf_byte(out, *p);
		} else {
			if (end - p < 3 ||
			    strspn(p + 1, "0123456789abcdefABCDEF") < 2)
				return -1;
			memcpy(hex, p + 1, 2);
			buf_byte(out, (char)strtol(hex, NULL, 16));
			p += 2;
		}
	}
	return 0;
}

int
bearer_form(struct buf *out, const char *form, size_t size, const char *name)
{
	const char *p = form, *end = form + size, *equals, *amp;
	struct buf key = { 0 };
	int found = 0;

	while (p < end && found >= 0) {
		amp = memchr(p, '&', (size_t)(end - p));
		if (!amp)
			amp = end;
		equals = memchr(p, '=', (size_t)(amp - p));
		buf_clear(&key);
		if (!equals || put_decoded(&key, p, equals))
			found = -1;
		else if (strcmp(buf_cstr(&key), name) == 0)
			found =
			    put_decoded(out, equals + 1, amp) ? -1 : found + 1;
		p = amp < end ? amp + 1 : end;
	}
	buf_free(&key);
	return found;
}
