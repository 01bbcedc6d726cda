#include "rules.h"

enum { SEVERITY_MALICIOUS = 7 };

const struct rules *
rules_of(enum ttp log)
{
	static const struct rules *const all[TTP_COUNT] = {
		[TTP_URL] = &url_rules,
		[TTP_ATTACHMENT] = &attachment_rules,
		[TTP_IMPERSONATION] = &impersonation_rules,
	};

	return all[log];
}

int
rules_severity(
    const struct rules *r, const struct mapping_rule *rule, bool malicious)
{
	if (rule->severity != MAPPING_BY_VERDICT)
		return rule->severity;
	return malicious ? SEVERITY_MALICIOUS : r->severity;
}
