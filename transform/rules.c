#include "rules.h"

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
