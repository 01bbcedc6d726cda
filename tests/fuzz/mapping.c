/*
 * Any bytes as a mapping file: what is accepted is JSON, names a threat for
 * every type, and has expressions that mean what the C library says.
 */
#include "err.h"
#include "fuzz.h"
#include "mapping_file.h"
#include "mapping_lint.h"
#include "pattern.h"
#include "threat.h"

#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <string.h>

enum { TEXT_MAX = 64, REGEX_MAX = 32 };

static void
read_warning(void *arg, const char *msg)
{
	(void)arg;
	FUZZ_CHECK(strncmp(msg, "f: rule ", 8) == 0);
}

static void
check_json(const char *text, size_t n)
{
	json_t *json;

	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		n -= 3;
	}
	json = json_loadb(text, n, 0, NULL);
	FUZZ_CHECK(json_is_object(json));
	json_decref(json);
}

/*
 * Whether the C library has an answer: for long expressions, and for a second
 * {m,n}, it takes minutes, and it forgets a ^ or $ that it repeats: it finds
 * "((a*)+(|b|ba)^.?){3}c" in "aabbac".
 */
static bool
can_be_asked(const char *regex)
{
	const char *interval = strchr(regex, '{');

	return strlen(regex) <= REGEX_MAX && interval == strrchr(regex, '{') &&
	    !(interval && strpbrk(regex, "^$"));
}

static void
check_expression(const struct mapping_file *f, const char *regex)
{
	struct pattern *ours = NULL;
	struct err e = { 0 };
	regex_t theirs;

	FUZZ_CHECK(pattern_parse(&ours, regex, &e) == 0);
	if (!can_be_asked(regex))
		goto out;
	FUZZ_CHECK(regcomp(&theirs, regex, REG_EXTENDED) == 0);
	for (size_t i = 0; i < f->rules_count; i++) {
		const char *text = f->rules[i].alert_type;
		size_t n = strlen(text);

		if (n <= TEXT_MAX)
			FUZZ_CHECK(pattern_is_in(ours, text, n) ==
			    (regexec(&theirs, text, 0, NULL, 0) == 0));
	}
	regfree(&theirs);
out:
	pattern_free(ours);
}

static void
check_rule(struct threats *t, const struct mapping_rule *r)
{
	const struct mapping_rule *found =
	    threat_find(t, r->log, r->alert_type, strlen(r->alert_type));

	FUZZ_CHECK(found);
	if (r->match == MAPPING_EXACT)
		FUZZ_CHECK(found->match == MAPPING_EXACT &&
		    strcmp(found->alert_type, r->alert_type) == 0);
	if (r->match == MAPPING_PREFIX)
		FUZZ_CHECK(found->match <= MAPPING_PREFIX);
	FUZZ_CHECK(r->severity >= MAPPING_BY_VERDICT && r->severity <= 10);
}

static void
check_mapping(const struct mapping_file *f)
{
	struct threats *t = NULL;
	struct err e = { 0 };

	FUZZ_CHECK(threat_open(&t, f->rules, f->rules_count, &e) == 0);
	for (size_t i = 0; i < f->rules_count; i++) {
		check_rule(t, &f->rules[i]);
		if (f->rules[i].match == MAPPING_REGEX)
			check_expression(f, f->rules[i].alert_type);
	}
	threat_close(t);
	mapping_lint(f, read_warning, NULL);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	const char *text = (const char *)data;
	struct mapping_file f;
	struct err e = { 0 };

	if (mapping_file_parse(&f, "f", text, n, &e)) {
		FUZZ_CHECK(e.kind == ERR_DATA);
		FUZZ_CHECK(strncmp(e.msg, "f:", 2) == 0);
		return 0;
	}
	check_json(text, n);
	check_mapping(&f);
	mapping_file_free(&f);
	return 0;
}
