#include "json.h"

#include "buf.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

const char *
json_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return p;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The code unit of the \uXXXX at p, or -1. */
static int32_t
unit(const char *p, const char *end)
{
	int32_t u = 0;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		if (hex(p[i]) < 0)
			return -1;
		u = u * 16 + hex(p[i]);
	}
	return u;
}

static const char *
string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++) {
		if ((unsigned char)*p < 0x20)
			return NULL;
		if (*p != '\\')
			continue;
		if (unit(p, end) >= 0)
			p += 5;
		else if (end - p < 2 || !p[1] || !strchr("\"\\/bfnrt", p[1]))
			return NULL;
		else
			p++;
	}
	return p < end ? p + 1 : NULL;
}

static const char *
digits(const char *p, const char *end)
{
	const char *from = p;

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p > from ? p : NULL;
}

static const char *
number(const char *p, const char *end)
{
	if (p < end && *p == '-')
		p++;
	if (p < end && *p == '0')
		p++;
	else
		p = digits(p, end);
	if (p && p < end && *p == '.')
		p = digits(p + 1, end);
	if (p && p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		p = digits(p, end);
	}
	return p;
}

static const char *
word(const char *p, const char *end, const char *name)
{
	size_t n = strlen(name);

	return (size_t)(end - p) >= n && memcmp(p, name, n) == 0 ? p + n : NULL;
}

static const char *
collection(const char *p, const char *end, int depth)
{
	char close = *p == '{' ? '}' : ']';

	p = json_space(p + 1, end);
	if (p < end && *p == close)
		return p + 1;
	for (;;) {
		if (close == '}') {
			if (p == end || *p != '"' || !(p = string(p, end)))
				return NULL;
			p = json_space(p, end);
			if (p == end || *p != ':')
				return NULL;
			p = json_space(p + 1, end);
		}
		p = json_value(p, end, depth - 1);
		if (!p)
			return NULL;
		p = json_space(p, end);
		if (p < end && *p == close)
			return p + 1;
		if (p == end || *p != ',')
			return NULL;
		p = json_space(p + 1, end);
	}
}

const char *
json_value(const char *p, const char *end, int depth)
{
	if (p == end)
		return NULL;
	switch (*p) {
	case '{':
	case '[':
		return depth > 0 ? collection(p, end, depth) : NULL;
	case '"':
		return string(p, end);
	case 't':
		return word(p, end, "true");
	case 'f':
		return word(p, end, "false");
	case 'n':
		return word(p, end, "null");
	default:
		return number(p, end);
	}
}

bool
json_next(const char **p, const char *end, struct json_member *at)
{
	const char *q = *p, *after;

	if (*q == '{' || *q == '[' || *q == ',')
		q = json_space(q + 1, end);
	if (*q == '}' || *q == ']')
		return false;
	*at = (struct json_member){ 0 };
	if (*q == '"') {
		after = string(q, end);
		if (*json_space(after, end) == ':') {
			at->key = q;
			at->key_end = after;
			q = json_space(json_space(after, end) + 1, end);
		}
	}
	at->value = q;
	at->value_end = json_value(q, end, INT_MAX);
	*p = json_space(at->value_end, end);
	return true;
}

bool
json_is(const char *key, const char *key_end, const char *name)
{
	size_t n = (size_t)(key_end - key) - 2;
	struct buf text = { 0 };
	bool same;

	/* A key with escapes is longer than what it says. */
	if (n <= strlen(name) || !memchr(key, '\\', n + 2))
		return n == strlen(name) && memcmp(key + 1, name, n) == 0;
	json_text(&text, key, key_end);
	same = strcmp(buf_cstr(&text), name) == 0;
	buf_free(&text);
	return same;
}

static void
put_code(struct buf *out, uint32_t c)
{
	char b[4];
	size_t n;

	if (c < 0x80) {
		b[0] = (char)c;
		n = 1;
	} else if (c < 0x800) {
		b[0] = (char)(0xC0 | c >> 6);
		n = 2;
	} else if (c < 0x10000) {
		b[0] = (char)(0xE0 | c >> 12);
		n = 3;
	} else {
		b[0] = (char)(0xF0 | c >> 18);
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		b[i] = (char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3F));
	buf_put(out, b, n);
}

static const char *
put_escape(struct buf *out, const char *p, const char *end)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int32_t u = unit(p, end), low;

	if (u < 0) {
		buf_byte(out, to[strchr(from, p[1]) - from]);
		return p + 2;
	}
	low = u >= 0xD800 && u < 0xDC00 ? unit(p + 6, end) : -1;
	if (low >= 0xDC00 && low < 0xE000) {
		put_code(out,
		    (uint32_t)(0x10000 + ((u - 0xD800) << 10) +
			(low - 0xDC00)));
		return p + 12;
	}
	if (u == 0 || (u >= 0xD800 && u < 0xE000))
		u = 0xFFFD;
	put_code(out, (uint32_t)u);
	return p + 6;
}

static bool
continues(const char *p, const char *end, int low, int high)
{
	return p < end && (unsigned char)*p >= low && (unsigned char)*p <= high;
}

static const char *
put_utf8(struct buf *out, const char *p, const char *end)
{
	unsigned char c = (unsigned char)*p;
	int low = 0x80, high = 0xBF;
	size_t need, have = 1;

	if (c >= 0xC2 && c <= 0xDF)
		need = 2;
	else if (c >= 0xE0 && c <= 0xEF)
		need = 3;
	else if (c >= 0xF0 && c <= 0xF4)
		need = 4;
	else
		need = 0;
	if (c == 0xE0)
		low = 0xA0;
	else if (c == 0xED)
		high = 0x9F;
	else if (c == 0xF0)
		low = 0x90;
	else if (c == 0xF4)
		high = 0x8F;
	while (have < need && continues(p + have, end, low, high)) {
		low = 0x80;
		high = 0xBF;
		have++;
	}
	if (have == need)
		buf_put(out, p, need);
	else
		put_code(out, 0xFFFD);
	return p + have;
}

void
json_text(struct buf *out, const char *p, const char *end)
{
	const char *run;

	end--;
	for (p++; p < end;) {
		for (run = p; p < end && *p != '\\' && (unsigned char)*p < 0x80;
		     p++)
			;
		buf_put(out, run, (size_t)(p - run));
		if (p == end)
			break;
		if (*p == '\\')
			p = put_escape(out, p, end);
		else
			p = put_utf8(out, p, end);
	}
}
