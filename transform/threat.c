#include "threat.h"
#include "buf.h"
#include "err.h"
#include "mem.h"
#include "pattern.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct regex {
	const struct mapping_rule *rule;
	struct pattern *pattern;
};

struct threats {
	struct mapping_rule *exact; /* sorted by type, then number */
	size_t exact_count;
	struct mapping_rule *prefix; /* in the order of the rules */
	size_t prefix_count;
	struct regex *regex; /* the same */
	size_t regex_count;
	const struct mapping_rule *defaults[TTP_COUNT];
	struct buf type; /* with a NUL */
};

static int
compare(const void *pa, const void *pb)
{
	const struct mapping_rule *a = pa;
	const struct mapping_rule *b = pb;
	int order = strcmp(a->alert_type, b->alert_type);

	if (order == 0)
		order = a->rule_no < b->rule_no ? -1 : 1;
	return order;
}

static int
add(struct threats *t, const struct mapping_rule *r, struct err *e)
{
	switch (r->match) {
	case MAPPING_EXACT:
		t->exact[t->exact_count++] = *r;
		return 0;
	case MAPPING_PREFIX:
		t->prefix[t->prefix_count++] = *r;
		return 0;
	case MAPPING_REGEX:
		if (pattern_parse(
			&t->regex[t->regex_count].pattern, r->alert_type, e))
			return -1;
		t->regex[t->regex_count++].rule = r;
		return 0;
	default:
		t->defaults[r->log] = r;
		return 0;
	}
}

int
threat_open(struct threats **out, const struct mapping_rule *rules, size_t n,
    struct err *e)
{
	struct threats *t = xcalloc(1, sizeof *t);

	t->exact = xcalloc(n, sizeof *t->exact);
	t->prefix = xcalloc(n, sizeof *t->prefix);
	t->regex = xcalloc(n, sizeof *t->regex);
	for (size_t i = 0; i < n; i++)
		if (add(t, &rules[i], e)) {
			threat_close(t);
			return -1;
		}
	for (int log = 0; log < TTP_COUNT; log++)
		assert(t->defaults[log]);
	qsort(t->exact, t->exact_count, sizeof *t->exact, compare);
	*out = t;
	return 0;
}

void
threat_close(struct threats *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->regex_count; i++)
		pattern_free(t->regex[i].pattern);
	free(t->exact);
	free(t->prefix);
	free(t->regex);
	buf_free(&t->type);
	free(t);
}

/* The first of the exact rules that is not before the type. */
static const struct mapping_rule *
find_exact(const struct threats *t, const char *type)
{
	size_t low = 0;
	size_t high = t->exact_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(t->exact[middle].alert_type, type) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < t->exact_count && strcmp(t->exact[low].alert_type, type) == 0)
		return &t->exact[low];
	return NULL;
}

static const struct mapping_rule *
find_prefix(const struct threats *t, const char *type)
{
	for (size_t i = 0; i < t->prefix_count; i++) {
		const char *prefix = t->prefix[i].alert_type;

		if (strncmp(type, prefix, strlen(prefix)) == 0)
			return &t->prefix[i];
	}
	return NULL;
}

static const struct mapping_rule *
find_regex(const struct threats *t, const char *type, size_t n)
{
	if (n > THREAT_REGEX_BYTES)
		n = THREAT_REGEX_BYTES;
	for (size_t i = 0; i < t->regex_count; i++)
		if (pattern_is_in(t->regex[i].pattern, type, n))
			return t->regex[i].rule;
	return NULL;
}

const struct mapping_rule *
threat_find(struct threats *t, enum ttp log, const char *type, size_t n)
{
	const struct mapping_rule *r;

	buf_clear(&t->type);
	buf_put(&t->type, type, n);
	r = find_exact(t, t->type.data);
	if (!r)
		r = find_prefix(t, t->type.data);
	if (!r)
		r = find_regex(t, t->type.data, n);
	return r ? r : t->defaults[log];
}

const struct mapping_rule *
threat_default(const struct threats *t, enum ttp log)
{
	return t->defaults[log];
}
