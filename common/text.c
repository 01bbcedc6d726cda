#include "text.h"
#include "buf.h"

#include <stdio.h>
#include <string.h>

/* The bytes that may follow a lead byte, or 0 in n where it is no lead. */
struct lead {
	size_t n;
	unsigned char second_min, second_max;
};

static struct lead
lead_of(unsigned char c)
{
	if (c < 0x80)
		return (struct lead){ 1, 0, 0 };
	if (c >= 0xc2 && c <= 0xdf)
		return (struct lead){ 2, 0x80, 0xbf };
	if (c == 0xe0)
		return (struct lead){ 3, 0xa0, 0xbf };
	if (c == 0xed)
		return (struct lead){ 3, 0x80, 0x9f };
	if (c >= 0xe1 && c <= 0xef)
		return (struct lead){ 3, 0x80, 0xbf };
	if (c == 0xf0)
		return (struct lead){ 4, 0x90, 0xbf };
	if (c >= 0xf1 && c <= 0xf3)
		return (struct lead){ 4, 0x80, 0xbf };
	if (c == 0xf4)
		return (struct lead){ 4, 0x80, 0x8f };
	return (struct lead){ 0, 0, 0 };
}

/* How many bytes at s, up to those its lead announces, are in order. */
static size_t
in_order(const char *s, size_t n, struct lead lead)
{
	size_t i = 1;

	if (lead.n < 2 || n < 2)
		return 1;
	if ((unsigned char)s[1] < lead.second_min ||
	    (unsigned char)s[1] > lead.second_max)
		return 1;
	for (i = 2; i < lead.n && i < n; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			break;
	return i;
}

size_t
text_utf8(const char *s, size_t n)
{
	struct lead lead;

	if (n == 0)
		return 0;
	lead = lead_of((unsigned char)s[0]);
	if (lead.n == 0 || in_order(s, n, lead) != lead.n)
		return 0;
	return lead.n;
}

size_t
text_bad_utf8(const char *s, size_t n)
{
	return in_order(s, n, lead_of((unsigned char)s[0]));
}

void
text_put_code(struct buf *b, uint32_t code)
{
	char out[4];
	size_t n = 0;

	if (code < 0x80) {
		out[n++] = (char)code;
	} else if (code < 0x800) {
		out[n++] = (char)(0xc0 | code >> 6);
		out[n++] = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		out[n++] = (char)(0xe0 | code >> 12);
		out[n++] = (char)(0x80 | (code >> 6 & 0x3f));
		out[n++] = (char)(0x80 | (code & 0x3f));
	} else {
		out[n++] = (char)(0xf0 | code >> 18);
		out[n++] = (char)(0x80 | (code >> 12 & 0x3f));
		out[n++] = (char)(0x80 | (code >> 6 & 0x3f));
		out[n++] = (char)(0x80 | (code & 0x3f));
	}
	buf_put(b, out, n);
}

/* Does JSON want it escaped? */
static const bool special[256] = {
	['"'] = true,
	['\\'] = true,
#define EIGHT(n)                                                               \
	[(n)] = true, [(n) + 1] = true, [(n) + 2] = true, [(n) + 3] = true,    \
	[(n) + 4] = true, [(n) + 5] = true, [(n) + 6] = true, [(n) + 7] = true
	EIGHT(0),
	EIGHT(8),
	EIGHT(16),
	EIGHT(24),
#undef EIGHT
};

static void
put_special(struct buf *b, char c)
{
	if (c == '"' || c == '\\') {
		buf_putc(b, '\\');
		buf_putc(b, c);
	} else {
		buf_printf(b, "\\u%04x", (unsigned)c);
	}
}

void
text_put_json(struct buf *b, const char *s, size_t n)
{
	const char *end = s + n;

	buf_reserve(b, n + 2);
	buf_putc(b, '"');
	for (;;) {
		const char *run = s;

		while (s < end && !special[(unsigned char)*s])
			s++;
		buf_put(b, run, (size_t)(s - run));
		if (s == end)
			break;
		put_special(b, *s++);
	}
	buf_putc(b, '"');
}

static uint32_t
decode(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;

	switch (n) {
	case 1:
		return u[0];
	case 2:
		return (uint32_t)(u[0] & 0x1f) << 6 | (u[1] & 0x3f);
	case 3:
		return (uint32_t)(u[0] & 0x0f) << 12 |
		    (uint32_t)(u[1] & 0x3f) << 6 | (u[2] & 0x3f);
	default:
		return (uint32_t)(u[0] & 0x07) << 18 |
		    (uint32_t)(u[1] & 0x3f) << 12 |
		    (uint32_t)(u[2] & 0x3f) << 6 | (u[3] & 0x3f);
	}
}

/* Would a terminal act on it, or show the rest in another order? */
static bool
acts(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) ||
	    code == 0x061c || (code >= 0x200e && code <= 0x200f) ||
	    (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

void
text_put_form(struct buf *b, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *s; s++)
		if (strchr(plain, *s))
			buf_putc(b, *s);
		else
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)*s);
}

bool
text_is_printable(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

void
text_put_visible(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = text_utf8(s + i, n - i);

		if (len && !acts(decode(s + i, len))) {
			buf_put(b, s + i, len);
			i += len;
			continue;
		}
		for (len = len ? len : 1; len; len--, i++)
			buf_printf(b, "\\x%02x", (unsigned char)s[i]);
	}
}

void
text_put_json_clean(struct buf *b, const char *s, size_t n)
{
	buf_putc(b, '"');
	for (size_t i = 0; i < n;) {
		size_t len = text_utf8(s + i, n - i);
		uint32_t code = len ? decode(s + i, len) : 0xfffd;

		if (code == '"' || code == '\\')
			buf_putc(b, '\\');
		if (acts(code))
			buf_printf(b, "\\u%04x", (unsigned)code);
		else
			text_put_code(b, code);
		i += len ? len : text_bad_utf8(s + i, n - i);
	}
	buf_putc(b, '"');
}

bool
text_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
text_is(const char *s, size_t n, const char *lower)
{
	size_t want = strlen(lower);

	while (n && text_is_space(s[0])) {
		s++;
		n--;
	}
	while (n && text_is_space(s[n - 1]))
		n--;
	if (n != want)
		return false;
	for (size_t i = 0; i < n; i++)
		if (fold(s[i]) != lower[i])
			return false;
	return true;
}
