/*
 * scan against jansson.  They agree on every text, but for the differences
 * listed here; each is recognised in the text itself.
 */
#ifndef DIFFERENCES_H
#define DIFFERENCES_H

#include "buf.h"
#include "scan.h"
#include "text.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * The functions down to the table are asked about texts that scan accepts
 * only: they hold no NUL, and their strings end.
 */
static bool
has_bom(const char *text)
{
	return strncmp(text, "\xef\xbb\xbf", 3) == 0;
}

static bool
has_bad_utf8(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0, step; i < n; i += step) {
		step = text_utf8(text + i, n - i);
		if (step == 0)
			return true;
	}
	return false;
}

/* The value of the \uXXXX at p, or -1. */
static long
unit(const char *p)
{
	char digits[5] = { 0 };

	if (p[0] != '\\' || p[1] != 'u')
		return -1;
	memcpy(digits, p + 2, 4);
	return strtol(digits, NULL, 16);
}

static bool
has_escaped_nul(const char *text)
{
	for (const char *p = strchr(text, '\\'); p; p = strchr(p + 2, '\\'))
		if (unit(p) == 0)
			return true;
	return false;
}

static bool
has_lone_surrogate(const char *text)
{
	size_t step;

	for (const char *p = strchr(text, '\\'); p;
	     p = strchr(p + step, '\\')) {
		long code = unit(p);

		step = 2;
		if (code < 0xd800 || code > 0xdfff)
			continue;
		step = 12;
		if (code > 0xdbff || unit(p + 6) < 0xdc00 ||
		    unit(p + 6) > 0xdfff)
			return true;
	}
	return false;
}

/* From the byte at p, or the string that begins there, to what follows. */
static const char *
past(const char *p)
{
	if (*p == '"')
		for (p++; *p != '"'; p++)
			if (*p == '\\')
				p++;
	return p + 1;
}

/* How deep objects and arrays nest, and, if asked, what is in them. */
static size_t
levels(const char *text, bool scalars)
{
	size_t depth = 0, most = 0;

	for (const char *p = text; *p; p = past(p)) {
		size_t here;

		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		here = depth;
		if (scalars && strchr("\"-0123456789tfn", *p))
			here++;
		most = here > most ? here : most;
	}
	return most;
}

static bool
is_too_deep(const char *text)
{
	return levels(text, true) > 2048; /* JSON_PARSER_MAX_DEPTH */
}

static bool
is_real(const char *number)
{
	char next = number[strspn(number, "-0123456789")];

	return next == '.' || next == 'e' || next == 'E';
}

static bool
is_out_of_range(const char *number)
{
	if (is_real(number))
		return isinf(strtod(number, NULL));
	errno = 0;
	strtoll(number, NULL, 10);
	return errno == ERANGE;
}

static bool
has_number_out_of_range(const char *text)
{
	for (const char *p = text; *p; p = past(p)) {
		size_t n = strspn(p, "+-.eE0123456789");

		if (n == 0)
			continue;
		if (*p != 'e' && is_out_of_range(p)) /* the e of a word */
			return true;
		p += n - 1;
	}
	return false;
}

static bool
loads(const char *text, size_t n, size_t flags)
{
	json_t *json = json_loadb(text, n, JSON_DECODE_ANY | flags, NULL);

	json_decref(json);
	return json != NULL;
}

static bool
has_repeated_name(const char *text)
{
	size_t n = strlen(text);

	return loads(text, n, 0) && !loads(text, n, JSON_REJECT_DUPLICATES);
}

static bool
scans(const char *text, size_t n)
{
	static struct scan cursor;
	struct scan_value v;

	scan_open(&cursor, text, n, 1);
	return scan_value(&cursor, &v) && scan_end(&cursor);
}

/*
 * Of a text that only jansson accepts.  It reads one byte past a number or a
 * word and puts it back, where it takes a NUL for an empty place.
 */
static bool
has_lost_nul(const char *text, size_t n)
{
	struct buf b = { 0 };
	bool found;

	buf_put(&b, text, n);
	for (size_t i = 1; i < n; i++)
		if (text[i] == '\0' && text[i - 1] != '\0' &&
		    strchr("0123456789el", text[i - 1]))
			b.data[i] = ' ';
	found = scans(b.data, n);
	buf_free(&b);
	return found;
}

/* Texts that scan accepts. */
static const struct difference {
	const char *name;
	bool (*met)(const char *text);
	bool anomaly; /* scan flags it */
	bool refused; /* by jansson */
} differences[] = {
	{ "a byte order mark at the start", has_bom, false, true },
	{ "bytes that are not UTF-8", has_bad_utf8, true, true },
	{ "a lone surrogate", has_lone_surrogate, true, true },
	{ "an escaped NUL", has_escaped_nul, true, true },
	{ "a number out of range", has_number_out_of_range, false, true },
	{ "more than 2048 values one in another", is_too_deep, false, true },
	/* scan shows each of them, jansson the last */
	{ "a name that repeats", has_repeated_name, false, false },
	/* the other way round: scan refuses it, jansson does not */
	{ "a NUL byte after a number or a word", NULL, false, false },
};

enum {
	DIFFERENCES = sizeof(differences) / sizeof(differences[0]),
	LOST_NUL = DIFFERENCES - 1
};

/* What jansson would make of it; for as few levels as it accepts. */
static json_t *
tree(struct scan *s) /* NOLINT(misc-no-recursion) */
{
	enum scan_type type = scan_peek(s);
	struct scan_value v = { 0 };
	struct buf b = { 0 };
	json_t *json = NULL;

	if (type == SCAN_OBJECT) {
		json = json_object();
		scan_enter(s);
		while (scan_member(s, &v)) {
			buf_clear(&b);
			scan_text(&v, SCAN_AS_IS, &b);
			json_object_setn_new_nocheck(
			    json, b.data, b.len, tree(s));
		}
	} else if (type == SCAN_ARRAY) {
		json = json_array();
		scan_enter(s);
		while (scan_element(s))
			json_array_append_new(json, tree(s));
	} else if (scan_value(s, &v)) {
		if (type == SCAN_STRING) {
			scan_text(&v, SCAN_AS_IS, &b);
			json = json_stringn_nocheck(b.data, b.len);
		} else if (type == SCAN_NUMBER) {
			buf_put(&b, v.text, v.length);
			json = is_real(b.data)
			    ? json_real(strtod(b.data, NULL))
			    : json_integer(strtoll(b.data, NULL, 10));
		} else {
			json = type == SCAN_NULL
			    ? json_null()
			    : json_boolean(type == SCAN_TRUE);
		}
	}
	buf_free(&b);
	return json;
}

/* Enter where the bits of choice, in turn, say so; else pass over. */
static bool
walk(struct scan *s, uint64_t choice)
{
	static bool is_object[SCAN_LEVELS];
	unsigned depth = 0, turn = 0;
	struct scan_value v;

	do {
		enum scan_type type;

		if (depth > 0 &&
		    !(is_object[depth - 1] ? scan_member(s, &v)
					   : scan_element(s))) {
			depth--;
			continue;
		}
		type = scan_peek(s);
		if ((type == SCAN_OBJECT || type == SCAN_ARRAY) &&
		    choice >> turn++ % 64 & 1) {
			if (scan_enter(s))
				is_object[depth++] = type == SCAN_OBJECT;
		} else {
			scan_value(s, &v);
		}
	} while (depth > 0 && !s->fault);
	return scan_end(s);
}

/*
 * What scan and jansson, or two ways to scan, disagree about; NULL if they do
 * not.  met counts the differences.
 */
static const char *
disagreement(const char *text, size_t n, size_t met[DIFFERENCES])
{
	enum { DEPTH_MAX = 64 };
	static const uint64_t choices[] = { UINT64_MAX, 0x5555555555555555,
		0x9e3779b97f4a7c15 };
	static struct scan cursor;
	struct buf b = { 0 };
	struct scan_value v = { 0 };
	json_t *theirs = NULL, *ours = NULL;
	bool accepted, anomaly = false, refused = false;
	const char *what = NULL, *fault;
	size_t at;

	buf_put(&b, text, n);
	scan_open(&cursor, text, n, DEPTH_MAX);
	accepted = scan_value(&cursor, &v) && scan_end(&cursor);
	fault = cursor.fault;
	at = cursor.at;
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		scan_open(&cursor, text, n, DEPTH_MAX);
		if (walk(&cursor, choices[i]) != accepted ||
		    cursor.fault != fault || cursor.at != at)
			what = "entering and passing over";
	}
	theirs = json_loadb(text, n, JSON_DECODE_ANY, NULL);
	if (!accepted) {
		if (theirs && has_lost_nul(text, n))
			met[LOST_NUL]++;
		else if (theirs)
			what = "jansson accepts what scan does not";
		goto out;
	}
	for (size_t i = 0; i < LOST_NUL; i++) {
		if (!differences[i].met(b.data))
			continue;
		met[i]++;
		anomaly = anomaly || differences[i].anomaly;
		refused = refused || differences[i].refused;
	}
	if (anomaly != !!(v.flags & SCAN_ANOMALY))
		what = "the flag of an anomaly";
	if ((levels(b.data, false) > DEPTH_MAX) != !!(v.flags & SCAN_DEEP))
		what = "the flag of depth";
	if (refused != !theirs)
		what = "whether jansson accepts it";
	if (!theirs)
		goto out;
	scan_open(&cursor, text, n, DEPTH_MAX);
	ours = tree(&cursor);
	if (!json_equal(ours, theirs))
		what = "the values";
out:
	json_decref(ours);
	json_decref(theirs);
	buf_free(&b);
	return what;
}

#endif
