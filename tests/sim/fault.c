#include "fault.h"

#include "answer.h"
#include "die.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fault_rule {
	uint64_t first, last; /* both included */
	uint64_t every; /* 0: not asked for */
	uint64_t seen;
	char *path;
	struct fault fault;
};

/* Arguments: s status, n count, i signed, w word, t text, o optional text. */
static const struct {
	const char *name, *args;
	enum fault_action action;
} actions[] = {
	{ "status", "so", FAULT_STATUS },
	{ "retry", "swt", FAULT_RETRY },
	{ "delay", "n", FAULT_DELAY },
	{ "hang", "", FAULT_HANG },
	{ "reset", "", FAULT_RESET },
	{ "reset-after", "", FAULT_RESET_AFTER },
	{ "truncate", "n", FAULT_TRUNCATE },
	{ "html", "", FAULT_HTML },
	{ "fail", "wt", FAULT_FAIL },
	{ "flatfail", "swt", FAULT_FLATFAIL },
	{ "gzip", "", FAULT_GZIP },
	{ "big", "n", FAULT_BIG },
	{ "bomb", "n", FAULT_BOMB },
	{ "redirect", "t", FAULT_REDIRECT },
	{ "refuse-token", "", FAULT_REFUSE_TOKEN },
	{ "repeat-token", "", FAULT_REPEAT_TOKEN },
	{ "total", "n", FAULT_TOTAL },
	{ "no-total", "", FAULT_NO_TOTAL },
	{ "garbage", "", FAULT_GARBAGE },
	{ "skew", "i", FAULT_SKEW },
};

static int complain(char message[FAULT_MESSAGE], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
complain(char message[FAULT_MESSAGE], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, FAULT_MESSAGE, fmt, ap);
	va_end(ap);
	return -1;
}

/* The next word of the line, cut off with a NUL; NULL at its end. */
static char *
next_word(char **p)
{
	char *from = *p + strspn(*p, " \t");
	char *to = from + strcspn(from, " \t");

	if (*from == '\0')
		return NULL;
	*p = *to ? to + 1 : to;
	*to = '\0';
	return from;
}

static bool
is_number(const char *text, int64_t *n)
{
	char *end;

	if (*text == '\0' || strspn(text, "-0123456789") != strlen(text))
		return false;
	errno = 0;
	*n = strtoll(text, &end, 10);
	return *end == '\0' && errno == 0;
}

static char *
copy(const char *text)
{
	char *p = strdup(text);

	if (!p)
		die(DIE_IO, "out of memory");
	return p;
}

static int
parse_nth(struct fault_rule *r, char *nth)
{
	char *dash = strchr(nth, '-');
	int64_t n, last;

	r->first = 1;
	r->last = UINT64_MAX;
	if (strcmp(nth, "*") == 0)
		return 0;
	if (*nth == '/') {
		if (!is_number(nth + 1, &n) || n < 1)
			return -1;
		r->every = (uint64_t)n;
		return 0;
	}
	if (dash)
		*dash = '\0';
	if (!is_number(nth, &n) || n < 1)
		return -1;
	last = n;
	if (dash && (!is_number(dash + 1, &last) || last < n))
		return -1;
	r->first = (uint64_t)n;
	r->last = (uint64_t)last;
	return 0;
}

static int
parse_arg(struct fault *f, char kind, char **p)
{
	char *text = *p + strspn(*p, " \t");
	int64_t n;

	if (kind == 'o' || kind == 't') {
		if (*text == '\0')
			return kind == 'o' ? 0 : -1;
		f->text = copy(text);
		*p += strlen(*p);
		return 0;
	}
	text = next_word(p);
	if (!text)
		return -1;
	if (kind == 'w') {
		f->word = copy(text);
		return 0;
	}
	if (!is_number(text, &n) || (kind != 'i' && n < 0) ||
	    (kind == 's' && (n < 200 || n > 599)))
		return -1;
	if (kind == 's')
		f->status = (unsigned)n;
	else
		f->number = n;
	return 0;
}

static int
parse_action(struct fault *f, const char *name, char *rest, char *message)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(name, actions[i].name) != 0)
			continue;
		f->action = actions[i].action;
		f->name = actions[i].name;
		for (const char *k = actions[i].args; *k; k++) {
			if (parse_arg(f, *k, &rest))
				return complain(message,
				    "%s: missing or wrong argument", name);
		}
		if (rest[strspn(rest, " \t")])
			return complain(
			    message, "%s: too many arguments", name);
		return 0;
	}
	return complain(message, "unknown action \"%s\"", name);
}

static int
parse_rule(struct fault_rule *r, char *line, char *message)
{
	char *nth = next_word(&line);
	char *path = next_word(&line);
	char *action = next_word(&line);

	if (!action)
		return complain(message, "expected NTH PATH ACTION");
	if (parse_nth(r, nth))
		return complain(message, "\"%s\" is no NTH", nth);
	r->path = copy(path);
	return parse_action(&r->fault, action, line, message);
}

static struct fault_rule *
add_rule(struct fault_script *s)
{
	s->rule = realloc(s->rule, (s->rules + 1) * sizeof(s->rule[0]));
	if (!s->rule)
		die(DIE_IO, "out of memory");
	s->rule[s->rules] = (struct fault_rule){ 0 };
	return &s->rule[s->rules++];
}

int
fault_load(
    struct fault_script **out, const char *path, char message[FAULT_MESSAGE])
{
	struct fault_script *s = calloc(1, sizeof(*s));
	struct buf text = { 0 };
	char what[FAULT_MESSAGE];
	size_t number = 1;
	char *line, *next;
	int rc = -1;

	if (!s)
		die(DIE_IO, "out of memory");
	if (buf_file(&text, path)) {
		complain(message, "%s: %s", path, strerror(errno));
		goto out;
	}
	for (line = text.bytes; line && *line; line = next, number++) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		line[strcspn(line, "\r")] = '\0';
		line += strspn(line, " \t");
		if (*line == '\0' || *line == '#')
			continue;
		if (parse_rule(add_rule(s), line, what)) {
			complain(message, "%s:%zu: %s", path, number, what);
			goto out;
		}
	}
	*out = s;
	s = NULL;
	rc = 0;
out:
	fault_free(s);
	buf_free(&text);
	return rc;
}

const struct fault *
fault_next(struct fault_script *s, const char *path)
{
	const struct fault *found = NULL;
	struct fault_rule *r;
	bool applies;

	for (size_t i = 0; s && i < s->rules; i++) {
		r = &s->rule[i];
		if (!strstr(path, r->path))
			continue;
		r->seen++;
		applies = r->every ? r->seen % r->every == 0
				   : r->seen >= r->first && r->seen <= r->last;
		if (applies && !found)
			found = &r->fault;
	}
	return found;
}

static void
make_status(const struct fault *f, struct answer *a)
{
	char message[64];

	snprintf(message, sizeof(message), "simulated status %u", f->status);
	answer_flat_fail(a, f->status, "simulated", message);
}

static void
make_big(const struct fault *f, struct answer *a)
{
	static const char before[] =
	    "{\"meta\":{\"status\":200},\"padding\":\"";
	static const char after[] = "\",\"data\":[],\"fail\":[]}";

	buf_text(&a->body, before);
	a->pad_at = a->body.size;
	buf_text(&a->body, after);
	if ((size_t)f->number > a->body.size)
		a->pad = (size_t)f->number - a->body.size;
	if (f->action == FAULT_BOMB)
		answer_gzip(a);
}

int
fault_answer(const struct fault *f, struct answer *a)
{
	switch (f->action) {
	case FAULT_STATUS:
		if (!f->text) {
			make_status(f, a);
			return 0;
		}
		a->status = f->status;
		if (*f->text != '{' && *f->text != '[')
			a->type = "text/plain";
		buf_text(&a->body, f->text);
		return 0;
	case FAULT_RETRY:
		make_status(f, a);
		answer_header(a, f->word, f->text);
		return 0;
	case FAULT_HTML:
		a->type = "text/html";
		buf_text(&a->body,
		    "<!DOCTYPE html>\n<html><body><h1>Service Unavailable"
		    "</h1></body></html>\n");
		return 0;
	case FAULT_FAIL:
		answer_fail(a, 200, f->word, f->text);
		return 0;
	case FAULT_FLATFAIL:
		answer_flat_fail(a, f->status, f->word, f->text);
		return 0;
	case FAULT_BIG:
	case FAULT_BOMB:
		make_big(f, a);
		return 0;
	case FAULT_REDIRECT:
		a->status = 307;
		answer_header(a, "Location", f->text);
		return 0;
	case FAULT_GARBAGE:
		buf_put(&a->body, "\0\xff{]not json\x80\x01", 14);
		return 0;
	default:
		return -1;
	}
}

void
fault_change(const struct fault *f, struct answer *a)
{
	if (f->action == FAULT_TRUNCATE)
		a->cut = f->number;
	else if (f->action == FAULT_GZIP)
		answer_gzip(a);
	else if (f->action == FAULT_SKEW)
		a->date_skew_s = f->number;
}

void
fault_free(struct fault_script *s)
{
	struct fault_script *older;

	for (; s; s = older) {
		older = s->older;
		for (size_t i = 0; i < s->rules; i++) {
			free(s->rule[i].path);
			free(s->rule[i].fault.word);
			free(s->rule[i].fault.text);
		}
		free(s->rule);
		free(s);
	}
}
