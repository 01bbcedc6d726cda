#include "pattern.h"
#include "err.h"
#include "mem.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/*
 * An expression becomes a small program.  All threads of it that are alive
 * go over the text together, a byte at a time; two that stand at the same
 * place are one.
 */
enum op_code {
	OP_BYTE, /* go on over this byte */
	OP_ANY, /* over any byte */
	OP_SET, /* over a byte of the set */
	OP_FORK, /* go on at either place */
	OP_JUMP,
	OP_BEGIN, /* go on at the beginning of the text only */
	OP_END,
	OP_MATCH
};

/* Places are relative to the operation, so that it can be moved. */
struct op {
	enum op_code code;
	short a;
	short b;
};

struct set {
	bool has[256];
};

struct pattern {
	struct op ops[PATTERN_OPS];
	short count;
	struct set sets[PATTERN_BYTES / 2];
	short sets_count;
	short threads[2][PATTERN_OPS]; /* where they stand: now and next */
	size_t seen[PATTERN_OPS]; /* the last step with a thread there */
	size_t step;
};

enum { BAD = -1, ANY = PATTERN_REPEATS + 1 }; /* times to repeat */

struct parser {
	struct pattern *out;
	const char *text;
	const char *at;
	bool repeated; /* there was a {m,n} */
	struct err *e;
};

static int
fail(const struct parser *p, const char *what)
{
	return err_set(p->e, ERR_DATA,
	    "the regular expression is wrong at byte %td: %s",
	    p->at - p->text + 1, what);
}

/* Make room for n operations at a place. */
static int
insert(struct parser *p, short place, short n)
{
	struct pattern *out = p->out;

	if (out->count + n >= PATTERN_OPS) /* one more for the match */
		return fail(p, "it is too large");
	memmove(out->ops + place + n, out->ops + place,
	    (size_t)(out->count - place) * sizeof *out->ops);
	out->count = (short)(out->count + n);
	return 0;
}

static int
put(struct parser *p, short place, enum op_code code, int a, int b)
{
	if (insert(p, place, 1))
		return -1;
	p->out->ops[place] = (struct op){ code, (short)a, (short)b };
	return 0;
}

static int
append(struct parser *p, enum op_code code, int a)
{
	return put(p, p->out->count, code, a, 0);
}

typedef int is_class(int c);

/* The class whose name is at p->at, "alpha:]", which is passed. */
static is_class *
read_class(struct parser *p)
{
	static const struct {
		const char *name;
		is_class *is;
	} classes[] = {
		{ "alpha:]", isalpha },
		{ "upper:]", isupper },
		{ "lower:]", islower },
		{ "digit:]", isdigit },
		{ "xdigit:]", isxdigit },
		{ "alnum:]", isalnum },
		{ "punct:]", ispunct },
		{ "blank:]", isblank },
		{ "space:]", isspace },
		{ "cntrl:]", iscntrl },
		{ "graph:]", isgraph },
		{ "print:]", isprint },
	};

	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
		size_t n = strlen(classes[i].name);

		if (strncmp(p->at, classes[i].name, n) == 0) {
			p->at += n;
			return classes[i].is;
		}
	}
	return NULL;
}

static int
add_class(struct parser *p, struct set *set)
{
	is_class *is = read_class(p);

	if (!is)
		return fail(p, "no such class of characters");
	for (int c = 1; c < 128; c++)
		set->has[c] = set->has[c] || is(c);
	return 0;
}

/* The character or range at p->at, which is passed. */
static int
add_range(struct parser *p, struct set *set, bool first)
{
	int from = (unsigned char)p->at[0];
	int to = from;
	bool is_range = p->at[1] == '-' && p->at[2] && p->at[2] != ']';

	if (is_range)
		to = (unsigned char)p->at[2];
	if (from >= 128 || to >= 128)
		return fail(p, "only ASCII may stand in brackets");
	if (from == '-' && (is_range || (!first && p->at[1] != ']')))
		return fail(p, "a - must be first or last in brackets");
	if (is_range && (to == '[' || to == '-' || to < from))
		return fail(p, "no such range");
	for (int c = from; c <= to; c++)
		set->has[c] = true;
	p->at += is_range ? 3 : 1;
	return 0;
}

static int
add_items(struct parser *p, struct set *set)
{
	bool first = true;

	do {
		int rc;

		if (!*p->at)
			return fail(p, "a [ without its ]");
		if (p->at[0] == '[' && (p->at[1] == '.' || p->at[1] == '='))
			return fail(p, "[. .] and [= =] are not taken");
		if (p->at[0] == '[' && p->at[1] == ':') {
			p->at += 2;
			rc = add_class(p, set);
		} else {
			rc = add_range(p, set, first);
		}
		if (rc)
			return -1;
		first = false;
	} while (*p->at != ']');
	p->at++;
	return 0;
}

/* Behind its [. */
static int
read_brackets(struct parser *p)
{
	struct pattern *out = p->out;
	struct set *set = &out->sets[out->sets_count];
	bool others = *p->at == '^';

	if (others)
		p->at++;
	if (add_items(p, set))
		return -1;
	for (int c = 1; c < 256 && others; c++)
		set->has[c] = !set->has[c];
	return append(p, OP_SET, out->sets_count++);
}

static int
read_escape(struct parser *p)
{
	int c = (unsigned char)*p->at;

	if (!c || !ispunct(c) || strchr("<>'`", c))
		return fail(p, "a \\ goes with special characters only");
	p->at++;
	return append(p, OP_BYTE, c);
}

static int read_choice(struct parser *p);

static int
read_group(struct parser *p) /* NOLINT(misc-no-recursion) */
{
	if (read_choice(p))
		return -1;
	if (*p->at != ')')
		return fail(p, "a ( without its )");
	p->at++;
	return 0;
}

/* What can be repeated. */
static int
read_atom(struct parser *p) /* NOLINT(misc-no-recursion) */
{
	char c = *p->at;

	if (strchr("*+?{", c))
		return fail(p, "nothing that could be repeated");
	p->at++;
	switch (c) {
	case '(':
		return read_group(p);
	case '[':
		return read_brackets(p);
	case '\\':
		return read_escape(p);
	case '.':
		return append(p, OP_ANY, 0);
	default:
		return append(p, OP_BYTE, (unsigned char)c);
	}
}

static int
optional(struct parser *p, short start)
{
	return put(p, start, OP_FORK, 1, p->out->count - start + 1);
}

static int
star(struct parser *p, short start)
{
	int len = p->out->count - start;

	if (put(p, start, OP_FORK, 1, len + 2))
		return -1;
	return append(p, OP_JUMP, -(len + 1));
}

static int
copy(struct parser *p, const struct op *ops, short n)
{
	short start = p->out->count;

	if (insert(p, start, n))
		return -1;
	memcpy(p->out->ops + start, ops, (size_t)n * sizeof *ops);
	return 0;
}

static int
repeat_ops(struct parser *p, const struct op *ops, short n, int least, int most)
{
	for (int i = 0; i < least; i++)
		if (copy(p, ops, n))
			return -1;
	if (most == ANY)
		return copy(p, ops, n) || star(p, (short)(p->out->count - n))
		    ? -1
		    : 0;
	for (int i = least; i < most; i++)
		if (copy(p, ops, n) || optional(p, (short)(p->out->count - n)))
			return -1;
	return 0;
}

static int
repeat(struct parser *p, short start, int least, int most)
{
	struct pattern *out = p->out;
	short n = (short)(out->count - start);
	struct op *ops = xcalloc((size_t)n + 1, sizeof *ops);
	int rc;

	memcpy(ops, out->ops + start, (size_t)n * sizeof *ops);
	out->count = start;
	rc = repeat_ops(p, ops, n, least, most);
	free(ops);
	return rc;
}

/* The number at p->at, which is passed; or BAD. */
static int
read_number(struct parser *p)
{
	int n = isdigit((unsigned char)*p->at) ? 0 : BAD;

	for (; isdigit((unsigned char)*p->at); p->at++)
		if (n <= PATTERN_REPEATS)
			n = n * 10 + (*p->at - '0');
	return n > PATTERN_REPEATS ? BAD : n;
}

/* Behind its {. */
static int
read_interval(struct parser *p, short start)
{
	int least = read_number(p);
	int most = least;

	if (*p->at == ',') {
		p->at++;
		most = *p->at == '}' ? ANY : read_number(p);
	}
	if (least == BAD || most < least || *p->at != '}')
		return fail(p, "{m,n} wants numbers from 0 to 255");
	if (p->repeated)
		return fail(p, "a second {m,n}");
	p->repeated = true;
	p->at++;
	return repeat(p, start, least, most);
}

static int
read_repetition(struct parser *p, short start)
{
	switch (*p->at) {
	case '*':
		p->at++;
		return star(p, start);
	case '+':
		p->at++;
		return put(p, p->out->count, OP_FORK, start - p->out->count, 1);
	case '?':
		p->at++;
		return optional(p, start);
	case '{':
		p->at++;
		return read_interval(p, start);
	default:
		return 0;
	}
}

static int
read_piece(struct parser *p) /* NOLINT(misc-no-recursion) */
{
	short start = p->out->count;

	if (*p->at == '^' || *p->at == '$')
		return append(p, *p->at++ == '^' ? OP_BEGIN : OP_END, 0);
	return read_atom(p) || read_repetition(p, start) ? -1 : 0;
}

static int
read_sequence(struct parser *p) /* NOLINT(misc-no-recursion) */
{
	while (*p->at && *p->at != '|' && *p->at != ')')
		if (read_piece(p))
			return -1;
	return 0;
}

static int
read_choice(struct parser *p) /* NOLINT(misc-no-recursion) */
{
	short start = p->out->count;
	short jump;

	if (read_sequence(p))
		return -1;
	if (*p->at != '|')
		return 0;
	p->at++;
	/* A fork to this one or the others, and a jump past them. */
	if (put(p, start, OP_FORK, 1, p->out->count - start + 2))
		return -1;
	jump = p->out->count;
	if (append(p, OP_JUMP, 0) || read_choice(p))
		return -1;
	p->out->ops[jump].a = (short)(p->out->count - jump);
	return 0;
}

int
pattern_parse(struct pattern **out, const char *text, struct err *e)
{
	struct parser p = { .text = text, .at = text, .e = e };
	int rc = -1;

	if (strlen(text) > PATTERN_BYTES)
		return err_set(e, ERR_DATA,
		    "a regular expression has at most %d bytes", PATTERN_BYTES);
	p.out = xcalloc(1, sizeof *p.out);
	if (read_choice(&p))
		goto out;
	if (*p.at) {
		fail(&p, "a ) without its (");
		goto out;
	}
	p.out->ops[p.out->count++] = (struct op){ OP_MATCH, 0, 0 };
	*out = p.out;
	p.out = NULL;
	rc = 0;
out:
	pattern_free(p.out);
	return rc;
}

void
pattern_free(struct pattern *p)
{
	free(p);
}

struct threads {
	struct pattern *p;
	short *places;
	short count;
};

static void
add(struct threads *t, int place)
{
	if (t->p->seen[place] == t->p->step)
		return;
	t->p->seen[place] = t->p->step;
	t->places[t->count++] = (short)place;
}

/* Let threads go on as far as they can without a byte: has one arrived? */
static bool
settle(struct threads *t, bool at_begin, bool at_end)
{
	for (short i = 0; i < t->count; i++) {
		int place = t->places[i];
		const struct op *op = &t->p->ops[place];

		if (op->code == OP_MATCH)
			return true;
		if (op->code == OP_FORK || op->code == OP_JUMP)
			add(t, place + op->a);
		if (op->code == OP_FORK)
			add(t, place + op->b);
		if ((op->code == OP_BEGIN && at_begin) ||
		    (op->code == OP_END && at_end))
			add(t, place + 1);
	}
	return false;
}

static bool
goes_over(const struct pattern *p, const struct op *op, unsigned char c)
{
	switch (op->code) {
	case OP_BYTE:
		return op->a == c;
	case OP_ANY:
		return true;
	case OP_SET:
		return p->sets[op->a].has[c];
	default:
		return false;
	}
}

static void
go_over(const struct threads *now, unsigned char c, struct threads *next)
{
	for (short i = 0; i < now->count; i++) {
		short place = now->places[i];

		if (goes_over(now->p, &now->p->ops[place], c))
			add(next, place + 1);
	}
}

bool
pattern_is_in(struct pattern *p, const char *text, size_t n)
{
	struct threads now = { p, p->threads[0], 0 };
	struct threads next = { p, p->threads[1], 0 };

	p->step++;
	for (size_t i = 0;; i++) {
		struct threads swap = now;

		add(&now, 0);
		if (settle(&now, i == 0, i == n))
			return true;
		if (i == n)
			return false;
		p->step++;
		go_over(&now, (unsigned char)text[i], &next);
		now = next;
		next = swap;
		next.count = 0;
	}
}
