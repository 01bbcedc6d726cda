#include "mapping_file.h"
#include "buf.h"
#include "digest.h"
#include "embed.h"
#include "err.h"
#include "mem.h"
#include "pattern.h"
#include "pool.h"
#include "scan.h"
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FILE_MAX = 1 << 20,
	LEVELS = 8,
	SEVERITY_MAX = 10,
	REGEXES_MAX = 100 /* each may have to be tried */
};

struct reader {
	struct mapping_file *out;
	const char *source;
	const char *text; /* the whole file */
	size_t len;
	struct scan *scan;
	struct buf buf;
	int regexes; /* so far */
	struct err *e;
};

/* A member that an object may have. */
struct member {
	const char *name;
	enum scan_type type;
	bool optional;
	struct scan_value value; /* SCAN_NONE: it is not there */
};

static const char *
type_name(enum scan_type type)
{
	switch (type) {
	case SCAN_OBJECT:
		return "an object";
	case SCAN_ARRAY:
		return "an array";
	case SCAN_NUMBER:
		return "a number";
	default:
		return "a string";
	}
}

/* Say what is wrong at that byte of the file. */
__attribute__((format(printf, 3, 4))) static int
fail(struct reader *r, size_t offset, const char *fmt, ...)
{
	size_t line = 1;
	size_t start = 0;
	char what[256];
	va_list ap;

	for (size_t i = 0; i < offset; i++)
		if (r->text[i] == '\n') {
			line++;
			start = i + 1;
		}
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	return err_set(r->e, ERR_DATA, "%s:%zu:%zu: %s", r->source, line,
	    offset - start + 1, what);
}

static size_t
offset_of(const struct reader *r, const struct scan_value *v)
{
	return (size_t)(v->text - r->text);
}

/* Where the scan stands, in the whole file. */
static size_t
cursor(const struct reader *r)
{
	return (size_t)(r->scan->data + r->scan->at - r->text);
}

static int
fail_scan(struct reader *r)
{
	return fail(r, cursor(r), "%s", r->scan->fault);
}

static bool
at_object(const struct reader *r)
{
	return scan_peek(r->scan) == SCAN_OBJECT;
}

static struct member *
member_of(struct member *members, size_t n, const struct scan_value *key)
{
	for (size_t i = 0; i < n; i++)
		if (scan_is(key, members[i].name))
			return &members[i];
	return NULL;
}

static int
read_member(struct reader *r, struct member *members, size_t n,
    const struct scan_value *key)
{
	static const char comment[] = "comment";
	struct member *m = member_of(members, n, key);
	enum scan_type want = m ? m->type : SCAN_STRING;
	struct scan_value v;

	if (!m && !scan_is(key, comment))
		return fail(r, offset_of(r, key), "an unknown name: %.*s",
		    key->length > 100 ? 100 : (int)key->length, key->text);
	if (m && m->value.type != SCAN_NONE)
		return fail(r, offset_of(r, key), "%s comes twice", m->name);
	if (!scan_value(r->scan, &v))
		return fail_scan(r);
	if (v.type != want)
		return fail(r, offset_of(r, &v), "%s must be %s",
		    m ? m->name : comment, type_name(want));
	if (v.type == SCAN_STRING && (v.flags & SCAN_ANOMALY))
		return fail(r, offset_of(r, &v),
		    "%s holds what is no text (bad UTF-8, a lone surrogate or "
		    "NUL)",
		    m ? m->name : comment);
	if (m)
		m->value = v;
	return 0;
}

/* Read the object at the cursor; what names it in a message. */
static int
read_object(
    struct reader *r, const char *what, struct member *members, size_t n)
{
	struct scan_value key;
	size_t start;

	if (!at_object(r)) {
		if (!scan_value(r->scan, &key))
			return fail_scan(r);
		return fail(
		    r, offset_of(r, &key), "%s must be an object", what);
	}
	scan_enter(r->scan);
	start = cursor(r) - 1;
	while (scan_member(r->scan, &key))
		if (read_member(r, members, n, &key))
			return -1;
	if (r->scan->fault)
		return fail_scan(r);
	for (size_t i = 0; i < n; i++)
		if (members[i].value.type == SCAN_NONE && !members[i].optional)
			return fail(
			    r, start, "%s needs %s", what, members[i].name);
	return 0;
}

static bool
is_blank(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if (!text_is_space(b->data[i]))
			return false;
	return true;
}

static int
read_text(struct reader *r, const struct member *m, const char **out)
{
	buf_clear(&r->buf);
	scan_text(&m->value, SCAN_CLEAN, &r->buf);
	if (is_blank(&r->buf))
		return fail(r, offset_of(r, &m->value), "%s must not be empty",
		    m->name);
	*out = pool_printf(r->out->pool, "%s", r->buf.data);
	return 0;
}

static int
read_severity(struct reader *r, const struct member *m, int *out)
{
	const struct scan_value *v = &m->value;
	int severity = 0;

	*out = MAPPING_BY_VERDICT;
	if (v->type == SCAN_NONE)
		return 0;
	for (size_t i = 0; i < v->length && severity <= SEVERITY_MAX; i++) {
		char c = v->text[i];

		severity = c >= '0' && c <= '9' ? severity * 10 + (c - '0')
						: SEVERITY_MAX + 1;
	}
	if (severity > SEVERITY_MAX)
		return fail(r, offset_of(r, v),
		    "severity must be a whole number from 0 to %d",
		    SEVERITY_MAX);
	*out = severity;
	return 0;
}

static int
check_regex(
    struct reader *r, const struct member *m, const struct mapping_rule *rule)
{
	struct pattern *pattern;
	struct err why;

	if (++r->regexes > REGEXES_MAX)
		return fail(r, offset_of(r, &m->value),
		    "more than %d regular expressions", REGEXES_MAX);
	if (pattern_parse(&pattern, rule->alert_type, &why))
		return fail(r, offset_of(r, &m->value), "%s", why.msg);
	pattern_free(pattern);
	return 0;
}

static int
read_match(struct reader *r, const struct member *m, struct mapping_rule *rule)
{
	for (rule->match = MAPPING_EXACT; rule->match < MAPPING_DEFAULT;
	     rule->match++)
		if (scan_is(&m->value, mapping_match_name(rule->match)))
			break;
	if (rule->match == MAPPING_DEFAULT)
		return fail(r, offset_of(r, &m->value),
		    "match must be exact, prefix or regex");
	return rule->match == MAPPING_REGEX ? check_regex(r, m, rule) : 0;
}

static struct mapping_rule *
new_rule(struct reader *r)
{
	struct mapping_file *f = r->out;

	f->rules = pool_realloc(
	    f->pool, f->rules, (f->rules_count + 1) * sizeof *f->rules);
	f->rules[f->rules_count] =
	    (struct mapping_rule){ .rule_no = (int64_t)f->rules_count + 1 };
	return &f->rules[f->rules_count++];
}

static int
read_rule(struct reader *r)
{
	struct member m[] = {
		{ .name = "alertType", .type = SCAN_STRING },
		{ .name = "match", .type = SCAN_STRING },
		{ .name = "threatId", .type = SCAN_STRING },
		{ .name = "threatName", .type = SCAN_STRING },
		{ .name = "severity", .type = SCAN_NUMBER, .optional = true },
	};
	struct mapping_rule *rule = new_rule(r);

	if (read_object(r, "a rule", m, sizeof m / sizeof m[0]) ||
	    read_text(r, &m[0], &rule->alert_type) ||
	    read_match(r, &m[1], rule) ||
	    read_text(r, &m[2], &rule->threat_id) ||
	    read_text(r, &m[3], &rule->threat_name) ||
	    read_severity(r, &m[4], &rule->severity))
		return -1;
	return 0;
}

static int
read_default(struct reader *r, enum ttp log)
{
	struct member m[] = {
		{ .name = "alertType", .type = SCAN_STRING },
		{ .name = "threatId", .type = SCAN_STRING },
		{ .name = "threatName", .type = SCAN_STRING },
		{ .name = "severity", .type = SCAN_NUMBER, .optional = true },
	};
	struct mapping_rule *rule = new_rule(r);

	rule->match = MAPPING_DEFAULT;
	rule->log = log;
	if (read_object(r, "a default", m, sizeof m / sizeof m[0]) ||
	    read_text(r, &m[0], &rule->alert_type) ||
	    read_text(r, &m[1], &rule->threat_id) ||
	    read_text(r, &m[2], &rule->threat_name) ||
	    read_severity(r, &m[3], &rule->severity))
		return -1;
	return 0;
}

/* Go back to a value that was passed over. */
static void
revisit(struct reader *r, const struct scan_value *v)
{
	scan_open(r->scan, v->text, v->length, LEVELS);
}

static int
read_rules(struct reader *r, const struct member *m)
{
	revisit(r, &m->value);
	scan_enter(r->scan);
	while (scan_element(r->scan))
		if (read_rule(r))
			return -1;
	return 0;
}

static int
read_defaults(struct reader *r, const struct member *m)
{
	struct member logs[TTP_COUNT] = { 0 };

	for (int log = 0; log < TTP_COUNT; log++) {
		logs[log].name = ttp_log((enum ttp)log)->name;
		logs[log].type = SCAN_OBJECT;
	}
	revisit(r, &m->value);
	if (read_object(r, m->name, logs, TTP_COUNT))
		return -1;
	for (int log = 0; log < TTP_COUNT; log++) {
		revisit(r, &logs[log].value);
		if (read_default(r, (enum ttp)log))
			return -1;
	}
	return 0;
}

static int
read_file(struct reader *r)
{
	struct member m[] = {
		{ .name = "version", .type = SCAN_STRING },
		{ .name = "attack_version", .type = SCAN_STRING },
		{ .name = "rules", .type = SCAN_ARRAY },
		{ .name = "defaults", .type = SCAN_OBJECT },
	};
	struct mapping *mapping = &r->out->mapping;

	scan_open(r->scan, r->text, r->len, LEVELS);
	if (read_object(r, "a mapping", m, sizeof m / sizeof m[0]))
		return -1;
	if (!scan_end(r->scan))
		return fail_scan(r);
	if (read_text(r, &m[0], &mapping->version) ||
	    read_text(r, &m[1], &mapping->attack_version) ||
	    read_rules(r, &m[2]) || read_defaults(r, &m[3]))
		return -1;
	return 0;
}

static int
digest_text(struct mapping *m, struct err *e)
{
	struct digest *d = NULL;

	if (digest_open(&d, e))
		return -1;
	digest_of(d, m->body, m->len, m->digest);
	digest_close(d);
	return 0;
}

int
mapping_file_parse(struct mapping_file *out, const char *source,
    const char *text, size_t len, struct err *e)
{
	struct reader r = { .out = out, .source = source, .e = e };
	char *copy;
	int rc = -1;

	*out = (struct mapping_file){ .pool = pool_new() };
	copy = pool_zero(out->pool, len + 1);
	memcpy(copy, text, len);
	r.text = copy;
	r.len = len;
	r.scan = xcalloc(1, sizeof *r.scan);
	out->mapping.source = pool_printf(out->pool, "%s", source);
	out->mapping.body = copy;
	out->mapping.len = len;
	if (read_file(&r) || digest_text(&out->mapping, e))
		goto out;
	rc = 0;
out:
	free(r.scan);
	buf_free(&r.buf);
	if (rc)
		mapping_file_free(out);
	return rc;
}

static int
read_all(FILE *in, const char *path, struct buf *out, struct err *e)
{
	buf_reserve(out, FILE_MAX + 1);
	out->len = fread(out->data, 1, FILE_MAX + 1, in);
	if (ferror(in))
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	if (out->len > FILE_MAX)
		return err_set(e, ERR_DATA,
		    "%s: larger than a mapping may be (%d bytes)", path,
		    FILE_MAX);
	return 0;
}

int
mapping_file_open(struct mapping_file *out, const char *path, struct err *e)
{
	FILE *in = fopen(path, "rb");
	struct buf text = { 0 };
	int rc = -1;

	*out = (struct mapping_file){ 0 };
	if (!in)
		return err_set(e, ERR_CONFIG, "%s", strerror(errno));
	if (read_all(in, path, &text, e) ||
	    mapping_file_parse(out, path, text.data, text.len, e))
		goto out;
	rc = 0;
out:
	buf_free(&text);
	fclose(in);
	return rc;
}

int
mapping_file_published(struct mapping_file *out, struct err *e)
{
	return mapping_file_parse(
	    out, "built-in", embed_mapping[0].text, embed_mapping[0].len, e);
}

void
mapping_file_free(struct mapping_file *f)
{
	pool_free(f->pool);
	*f = (struct mapping_file){ 0 };
}
