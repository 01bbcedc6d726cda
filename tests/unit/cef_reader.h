/*
 * A strict reader of CEF, written from its description alone: it shares no
 * code with the encoder, and takes nothing that the description does not
 * allow.  Line breaks come as \r and \n, also in the header.
 */
#ifndef CEF_READER_H
#define CEF_READER_H

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CEF_HEADER = 7, CEF_FIELDS = 64, CEF_TEXTS = 256 };

struct cef_event {
	char *memory; /* holds all texts */
	char *unused; /* the rest of it */
	char *syslog; /* what stands before CEF: */
	char *header[CEF_HEADER]; /* version, vendor, product, ... severity */
	char *key[CEF_FIELDS];
	char *value[CEF_FIELDS];
	size_t count;
};

static inline void
cef_free(struct cef_event *v)
{
	free(v->memory);
	*v = (struct cef_event){ 0 };
}

/* A copy of n bytes as they are. */
static inline char *
cef_copy(struct cef_event *v, const char *s, size_t n)
{
	char *out = v->unused;

	memcpy(out, s, n);
	out[n] = '\0';
	v->unused += n + 1;
	return out;
}

/* The same with escapes resolved; NULL: one that is not allowed. */
static inline char *
cef_unescape(struct cef_event *v, const char *s, size_t n, char special)
{
	char *out = v->unused;

	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (c == '\n' || c == '\r' || c == special)
			return NULL;
		if (c == '\\') {
			if (++i == n)
				return NULL;
			c = s[i] == 'n' ? '\n' : s[i] == 'r' ? '\r' : s[i];
			if (c != '\n' && c != '\r' && c != '\\' && c != special)
				return NULL;
		}
		*v->unused++ = c;
	}
	*v->unused++ = '\0';
	return out;
}

/* The next c from s to end that no backslash stands before, or NULL. */
static inline const char *
cef_find(const char *s, const char *end, char c)
{
	for (; s < end; s++) {
		if (*s == '\\')
			s++;
		else if (*s == c)
			return s;
	}
	return NULL;
}

static inline const char *
cef_read_header(struct cef_event *v, const char *s, const char *end)
{
	for (size_t i = 0; i < CEF_HEADER; i++) {
		const char *bar = cef_find(s, end, '|');

		if (!bar)
			return NULL;
		v->header[i] = cef_unescape(v, s, (size_t)(bar - s), '|');
		if (!v->header[i])
			return NULL;
		s = bar + 1;
	}
	return s;
}

/*
 * A value ends before the space before the next key, or at the end.  An = in
 * a value is escaped, so the next plain one has a key in front.
 */
static inline bool
cef_read_extension(struct cef_event *v, const char *s, const char *end)
{
	while (s < end) {
		const char *equal = cef_find(s, end, '=');
		const char *next, *stop = end;

		if (!equal || equal == s || v->count == CEF_FIELDS)
			return false;
		for (const char *k = s; k < equal; k++)
			if (!isalnum((unsigned char)*k))
				return false;
		next = cef_find(equal + 1, end, '=');
		if (next) {
			for (stop = next; stop > equal && stop[-1] != ' ';)
				stop--;
			if (stop == equal)
				return false;
			stop--;
		}
		v->key[v->count] = cef_copy(v, s, (size_t)(equal - s));
		v->value[v->count] =
		    cef_unescape(v, equal + 1, (size_t)(stop - equal - 1), '=');
		v->count++;
		if (!v->value[v->count - 1])
			return false;
		s = next ? stop + 1 : end;
	}
	return true;
}

/* One message without its line feed.  False: it is none, and v is empty. */
static inline bool
cef_parse(struct cef_event *v, const char *s, size_t n)
{
	const char *end = s + n;
	const char *at = NULL;

	*v = (struct cef_event){ 0 };
	for (const char *p = s; !at && p + 4 <= end; p++)
		if (memcmp(p, "CEF:", 4) == 0)
			at = p;
	if (!at)
		return false;
	/* Texts do not grow, and each of those few has its NUL. */
	v->memory = malloc(n + CEF_TEXTS);
	v->unused = v->memory;
	v->syslog = cef_copy(v, s, (size_t)(at - s));
	at = cef_read_header(v, at + 4, end);
	if (at && strcmp(v->header[0], "0") == 0 &&
	    cef_read_extension(v, at, end))
		return true;
	cef_free(v);
	return false;
}

/* The value of a key that is there once, or NULL. */
static inline const char *
cef_value(const struct cef_event *v, const char *key)
{
	const char *found = NULL;

	for (size_t i = 0; i < v->count; i++) {
		if (strcmp(v->key[i], key) != 0)
			continue;
		if (found)
			return NULL;
		found = v->value[i];
	}
	return found;
}

#endif
