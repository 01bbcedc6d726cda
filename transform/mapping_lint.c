#include "mapping_lint.h"
#include "buf.h"
#include "mapping_file.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

struct lint {
	const struct mapping_file *file;
	mapping_lint_fn *fn;
	void *arg;
	struct buf msg;
};

static bool
are_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

/* T1234, T1234.001 or TA0001; ATT&CK Design and Philosophy (2020), 3. */
static bool
is_attack_id(const char *id)
{
	size_t n = strlen(id);

	if (n == 6 && id[0] == 'T' && id[1] == 'A')
		return are_digits(id + 2, 4);
	return (n == 5 || (n == 9 && id[5] == '.' && are_digits(id + 6, 3))) &&
	    id[0] == 'T' && are_digits(id + 1, 4);
}

static void
check_id(struct lint *l, const struct mapping_rule *r)
{
	if (is_attack_id(r->threat_id))
		return;
	buf_clear(&l->msg);
	buf_printf(&l->msg,
	    "%s: rule %" PRId64 " (%s): threatId %s is none of ATT&CK's: "
	    "T1234, T1234.001 or TA0001 is its shape",
	    l->file->mapping.source, r->rule_no, r->alert_type, r->threat_id);
	l->fn(l->arg, l->msg.data);
}

/*
 * Does what matches that expression begin with the prefix?  Only where that
 * is plain: behind ^ come the characters themselves, and there is no choice.
 */
static bool
begins_with(const char *regex, const char *prefix)
{
	size_t n = strlen(prefix);

	if (regex[0] != '^' || strchr(regex, '|'))
		return false;
	return strncmp(regex + 1, prefix, n) == 0 &&
	    strcspn(prefix, "\\.[]()*+?{}^$") == n &&
	    !(regex[n + 1] && strchr("*?{", regex[n + 1]));
}

/* Is every type that meets r met by the other rule before? */
static bool
hides(const struct mapping_rule *other, const struct mapping_rule *r)
{
	bool earlier = other->rule_no < r->rule_no;

	if (other->match == MAPPING_PREFIX && r->match == MAPPING_PREFIX)
		return earlier &&
		    strncmp(r->alert_type, other->alert_type,
			strlen(other->alert_type)) == 0;
	if (other->match == MAPPING_PREFIX && r->match == MAPPING_REGEX)
		return begins_with(r->alert_type, other->alert_type);
	return earlier && other->match == r->match &&
	    r->match != MAPPING_DEFAULT &&
	    strcmp(other->alert_type, r->alert_type) == 0;
}

static void
check_reach(struct lint *l, const struct mapping_rule *r)
{
	const struct mapping_file *f = l->file;

	for (size_t i = 0; i < f->rules_count; i++) {
		const struct mapping_rule *other = &f->rules[i];

		if (!hides(other, r))
			continue;
		buf_clear(&l->msg);
		buf_printf(&l->msg,
		    "%s: rule %" PRId64 " (%s) is never met: rule %" PRId64
		    " (%s %s) is met first",
		    f->mapping.source, r->rule_no, r->alert_type,
		    other->rule_no, mapping_match_name(other->match),
		    other->alert_type);
		l->fn(l->arg, l->msg.data);
		return;
	}
}

void
mapping_lint(const struct mapping_file *f, mapping_lint_fn *fn, void *arg)
{
	struct lint l = { .file = f, .fn = fn, .arg = arg };

	for (size_t i = 0; i < f->rules_count; i++) {
		check_id(&l, &f->rules[i]);
		check_reach(&l, &f->rules[i]);
	}
	buf_free(&l.msg);
}
