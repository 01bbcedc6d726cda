#include "scan.h"
#include "buf.h"
#include "text.h"

#include <assert.h>
#include <string.h>

static const uint64_t ones = 0x0101010101010101;
static const uint64_t tops = 0x8080808080808080;

static const unsigned char types[256] = {
	['{'] = SCAN_OBJECT,
	['['] = SCAN_ARRAY,
	['"'] = SCAN_STRING,
	['-'] = SCAN_NUMBER,
	['0'] = SCAN_NUMBER,
	['1'] = SCAN_NUMBER,
	['2'] = SCAN_NUMBER,
	['3'] = SCAN_NUMBER,
	['4'] = SCAN_NUMBER,
	['5'] = SCAN_NUMBER,
	['6'] = SCAN_NUMBER,
	['7'] = SCAN_NUMBER,
	['8'] = SCAN_NUMBER,
	['9'] = SCAN_NUMBER,
	['t'] = SCAN_TRUE,
	['f'] = SCAN_FALSE,
	['n'] = SCAN_NULL,
};

/* Whatever is wrong at the end of the text: it is cut short. */
static const char *
stop(struct scan *s, const char *p, const char *fault)
{
	s->at = (size_t)(p - s->data);
	s->fault = s->at == s->len ? "cut short" : fault;
	return NULL;
}

static const char *
pass_space(const char *p, const char *end)
{
	while (p < end && (unsigned char)*p <= ' ' &&
	    (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* Eight bytes, the first lowest: compilers make one load of it. */
static uint64_t
load(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint64_t)u[0] | (uint64_t)u[1] << 8 | (uint64_t)u[2] << 16 |
	    (uint64_t)u[3] << 24 | (uint64_t)u[4] << 32 | (uint64_t)u[5] << 40 |
	    (uint64_t)u[6] << 48 | (uint64_t)u[7] << 56;
}

static bool
is_plain(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 0x20 && u < 0x80 && u != '"' && u != '\\';
}

/*
 * Eight bytes at a time: a subtraction sets the top bit of a byte that is
 * below what is taken from it.  It may borrow from the bytes above that one,
 * never from those below, so the lowest top bit is right.
 */
static const char *
pass_plain(const char *p, const char *end)
{
	for (; end - p >= 8; p += 8) {
		uint64_t x = load(p);
		uint64_t quote = x ^ ones * '"';
		uint64_t backslash = x ^ ones * '\\';
		uint64_t odd = tops &
		    (x | (x - ones * 0x20) | (quote - ones) |
			(backslash - ones));

		if (odd) /* one for each byte up to the odd one, summed */
			return p + (((odd ^ (odd - 1)) & ones) * ones >> 56) -
			    1;
	}
	while (p < end && is_plain(*p))
		p++;
	return p;
}

static bool
is_surrogate(uint32_t code)
{
	return code >= 0xd800 && code <= 0xdfff;
}

/* NUL is none in JSON, but it is in C and in SQL. */
static bool
is_anomaly(uint32_t code)
{
	return code == 0 || is_surrogate(code);
}

/* The \uXXXX at p. */
static bool
hex(const char *p, size_t n, uint32_t *code)
{
	*code = 0;
	if (n < 6 || p[0] != '\\' || p[1] != 'u')
		return false;
	for (int i = 2; i < 6; i++) {
		char c = p[i];

		*code <<= 4;
		if (c >= '0' && c <= '9')
			*code |= (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*code |= (uint32_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			*code |= (uint32_t)(c - 'A' + 10);
		else
			return false;
	}
	return true;
}

/* The length of the escape at p, a surrogate pair being one; 0: it is none. */
static size_t
escape(const char *p, size_t n, uint32_t *code)
{
	static const char plain[256] = {
		['"'] = '"',
		['\\'] = '\\',
		['/'] = '/',
		['b'] = '\b',
		['f'] = '\f',
		['n'] = '\n',
		['r'] = '\r',
		['t'] = '\t',
	};
	uint32_t low;

	if (n >= 2 && plain[(unsigned char)p[1]]) {
		*code = (uint32_t)plain[(unsigned char)p[1]];
		return 2;
	}
	if (!hex(p, n, code))
		return 0;
	if (*code < 0xd800 || *code > 0xdbff || !hex(p + 6, n - 6, &low) ||
	    low < 0xdc00 || low > 0xdfff)
		return 6;
	*code = 0x10000 + ((*code - 0xd800) << 10 | (low - 0xdc00));
	return 12;
}

/* The rest of a string, from the first byte of it that is not plain. */
static const char *
pass_odd(struct scan *s, const char *p, unsigned *flags)
{
	const char *end = s->data + s->len;
	uint32_t code;
	size_t n;

	for (; p < end && *p != '"'; p = pass_plain(p + n, end)) {
		size_t left = (size_t)(end - p);

		if (*p == '\\') {
			n = escape(p, left, &code);
			if (n == 0)
				return stop(s, memchr(p, '"', left) ? p : end,
				    "a bad escape in a string");
			*flags |= SCAN_ESCAPED;
			if (is_anomaly(code))
				*flags |= SCAN_ANOMALY;
			continue;
		}
		if ((unsigned char)*p < 0x20)
			return stop(s, p, "a control character in a string");
		n = text_utf8(p, left);
		if (n == 0) {
			*flags |= SCAN_ANOMALY;
			n = text_bad_utf8(p, left);
		}
	}
	if (p == end)
		return stop(s, p, "cut short");
	return p + 1;
}

static const char *
pass_string(struct scan *s, const char *p, unsigned *flags)
{
	const char *end = s->data + s->len;

	p = pass_plain(p + 1, end);
	return p < end && *p == '"' ? p + 1 : pass_odd(s, p, flags);
}

static bool
is_digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

static const char *
pass_digits(struct scan *s, const char *p)
{
	const char *end = s->data + s->len;

	if (!is_digit(p, end))
		return stop(s, p, "a number without a digit where one is due");
	while (is_digit(p, end))
		p++;
	return p;
}

static const char *
pass_number(struct scan *s, const char *p)
{
	const char *end = s->data + s->len;

	if (*p == '-')
		p++;
	if (p < end && *p == '0')
		p++;
	else
		p = pass_digits(s, p);
	if (p && p < end && *p == '.')
		p = pass_digits(s, p + 1);
	if (p && p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		p = pass_digits(s, p);
	}
	return p;
}

static const char *
pass_word(struct scan *s, const char *p, const char *word)
{
	const char *end = s->data + s->len;

	for (; *word; word++, p++)
		if (p == end || *p != *word)
			return stop(s, p, "a word that JSON does not have");
	return p;
}

static bool
in_object(const struct scan *s)
{
	unsigned level = s->depth - 1;

	return s->nesting[level / 8] >> level % 8 & 1;
}

static enum scan_type
type_at(const char *p, const char *end)
{
	return p < end ? types[(unsigned char)*p] : SCAN_NONE;
}

static bool
is_nested(enum scan_type type)
{
	return type == SCAN_OBJECT || type == SCAN_ARRAY;
}

/* The value at p, where one of that type begins. */
static bool
pass_scalar(
    struct scan *s, const char *p, enum scan_type type, struct scan_value *v)
{
	v->type = type;
	v->flags = 0;
	v->offset = (size_t)(p - s->data);
	v->text = p;
	switch (v->type) {
	case SCAN_STRING:
		p = pass_string(s, p, &v->flags);
		break;
	case SCAN_NUMBER:
		p = pass_number(s, p);
		break;
	case SCAN_TRUE:
		p = pass_word(s, p, "true");
		break;
	case SCAN_FALSE:
		p = pass_word(s, p, "false");
		break;
	case SCAN_NULL:
		p = pass_word(s, p, "null");
		break;
	default:
		p = stop(s, p, "expected a value");
	}
	if (!p)
		return false;
	s->at = (size_t)(p - s->data);
	v->length = s->at - v->offset;
	return true;
}

/* By the calls that enter, so that both ways accept the same. */
static bool
pass_nested(struct scan *s, struct scan_value *v)
{
	const char *end = s->data + s->len;
	unsigned outer = s->depth;
	struct scan_value part;
	enum scan_type type;
	const char *p;

	v->type = scan_peek(s);
	v->flags = 0;
	if (!scan_enter(s))
		return false;
	v->offset = s->at - 1;
	v->text = s->data + v->offset;
	while (s->depth > outer && !s->fault) {
		part.flags = 0;
		if (s->depth - outer > s->depth_max)
			v->flags |= SCAN_DEEP;
		if (in_object(s) ? !scan_member(s, &part) : !scan_element(s))
			continue;
		v->flags |= part.flags & SCAN_ANOMALY;
		p = pass_space(s->data + s->at, end);
		type = type_at(p, end);
		if (is_nested(type))
			scan_enter(s);
		else if (pass_scalar(s, p, type, &part))
			v->flags |= part.flags & SCAN_ANOMALY;
	}
	v->length = s->at - v->offset;
	return !s->fault;
}

/*
 * The next member or element, its comma passed.  NULL: none is left, and
 * so is the object or array; or a fault.
 */
static const char *
next(struct scan *s, bool object)
{
	const char *end = s->data + s->len;
	const char *p;

	if (s->fault)
		return NULL;
	assert(s->depth > 0);
	p = pass_space(s->data + s->at, end);
	if (in_object(s) != object)
		return stop(
		    s, p, object ? "expected an object" : "expected an array");
	if (p < end && *p == (object ? '}' : ']')) {
		s->at = (size_t)(p - s->data) + 1;
		s->depth--;
		s->first = false;
		return NULL;
	}
	if (s->first) {
		s->first = false;
		return p;
	}
	if (p == end || *p != ',')
		return stop(s, p,
		    object ? "expected , or } in an object"
			   : "expected , or ] in an array");
	return pass_space(p + 1, end);
}

void
scan_open(struct scan *s, const void *data, size_t len, unsigned depth_max)
{
	s->data = data ? data : "";
	s->len = len;
	s->at = len >= 3 && memcmp(s->data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	s->depth_max = depth_max;
	s->fault = NULL;
	s->depth = 0;
	s->first = false;
}

enum scan_type
scan_peek(const struct scan *s)
{
	const char *end = s->data + s->len;

	if (s->fault)
		return SCAN_NONE;
	return type_at(pass_space(s->data + s->at, end), end);
}

bool
scan_value(struct scan *s, struct scan_value *v)
{
	const char *end = s->data + s->len;
	enum scan_type type;
	const char *p;

	if (s->fault)
		return false;
	p = pass_space(s->data + s->at, end);
	type = type_at(p, end);
	return is_nested(type) ? pass_nested(s, v) : pass_scalar(s, p, type, v);
}

bool
scan_enter(struct scan *s)
{
	enum scan_type type = scan_peek(s);
	const char *p;
	unsigned char *byte, bit;

	if (s->fault)
		return false;
	p = pass_space(s->data + s->at, s->data + s->len);
	if (!is_nested(type))
		return stop(s, p, "expected an object or array");
	if (s->depth == SCAN_LEVELS)
		return stop(s, p, "nested too deeply");
	byte = &s->nesting[s->depth / 8];
	bit = (unsigned char)(1u << s->depth % 8);
	*byte = (unsigned char)(*byte & (bit - 1)); /* none above is in use */
	if (type == SCAN_OBJECT)
		*byte |= bit;
	s->at = (size_t)(p - s->data) + 1;
	s->depth++;
	s->first = true;
	return true;
}

/* Is the string at p that text, which is as it stands in JSON? */
static bool
is_at(const char *p, const char *end, const char *text, size_t n)
{
	return (size_t)(end - p) > n + 1 && p[n + 1] == '"' &&
	    memcmp(p + 1, text, n) == 0;
}

bool
scan_member(struct scan *s, struct scan_value *key)
{
	return scan_member_likely(s, key, NULL, 0);
}

bool
scan_member_likely(
    struct scan *s, struct scan_value *key, const char *name, size_t n)
{
	const char *end = s->data + s->len;
	const char *p = next(s, true);

	if (!p)
		return false;
	key->type = SCAN_STRING;
	key->flags = 0;
	key->offset = (size_t)(p - s->data);
	key->text = p;
	if (p == end || *p != '"')
		return stop(s, p, "expected a name in an object");
	if (name && is_at(p, end, name, n)) {
		key->flags = SCAN_LIKELY;
		p += n + 2;
	} else {
		p = pass_string(s, p, &key->flags);
	}
	if (!p)
		return false;
	key->length = (size_t)(p - key->text);
	p = pass_space(p, end);
	if (p == end || *p != ':')
		return stop(s, p, "expected : after a name");
	s->at = (size_t)(p - s->data) + 1;
	return true;
}

bool
scan_element(struct scan *s)
{
	const char *p = next(s, false);

	if (!p)
		return false;
	s->at = (size_t)(p - s->data);
	return true;
}

bool
scan_end(struct scan *s)
{
	const char *end = s->data + s->len;
	const char *p;

	if (s->fault)
		return false;
	assert(s->depth == 0);
	p = pass_space(s->data + s->at, end);
	if (p < end)
		return stop(s, p, "more text after the value");
	s->at = s->len;
	return true;
}

/* The length of the well-formed run at p; an escape is not looked for. */
static size_t
good_run(const char *p, const char *end)
{
	size_t n = (size_t)(pass_plain(p, end) - p);

	return n > 0 ? n : text_utf8(p, (size_t)(end - p));
}

void
scan_text(const struct scan_value *v, enum scan_faults faults, struct buf *out)
{
	const char *p, *end;
	uint32_t code;
	size_t n;

	assert(v->type == SCAN_STRING);
	p = v->text + 1;
	end = v->text + v->length - 1;
	buf_put(out, p, 0); /* an empty text ends with a NUL, too */
	for (; p < end; p += n) {
		if (*p == '\\') {
			n = escape(p, (size_t)(end - p), &code);
			if (faults == SCAN_CLEAN && is_anomaly(code))
				code = 0xfffd;
			text_put_code(out, code);
			continue;
		}
		n = good_run(p, end);
		if (n == 0) {
			n = text_bad_utf8(p, (size_t)(end - p));
			if (faults == SCAN_CLEAN) {
				text_put_code(out, 0xfffd);
				continue;
			}
		}
		buf_put(out, p, n);
	}
}

bool
scan_is(const struct scan_value *v, const char *ascii)
{
	const char *p, *end;

	if (v->type != SCAN_STRING)
		return false;
	p = v->text + 1;
	end = v->text + v->length - 1;
	if (!(v->flags & SCAN_ESCAPED))
		return strlen(ascii) == (size_t)(end - p) &&
		    memcmp(p, ascii, (size_t)(end - p)) == 0;
	for (; p < end && *ascii; ascii++) {
		uint32_t code = (unsigned char)*p;
		size_t n = 1;

		if (*p == '\\')
			n = escape(p, (size_t)(end - p), &code);
		if (code != (unsigned char)*ascii)
			return false;
		p += n;
	}
	return p == end && !*ascii;
}
