#include "ttp.h"

#include <string.h>

static const struct ttp_log logs[TTP_COUNT] = {
	[TTP_URL] = { "url", "/api/ttp/url/get-logs", "clickLogs",
	    "scanResult" },
	[TTP_ATTACHMENT] = { "attachment", "/api/ttp/attachment/get-logs",
	    "attachmentLogs", "result" },
	[TTP_IMPERSONATION] = { "impersonation",
	    "/api/ttp/impersonation/get-logs", "impersonationLogs", NULL },
};

const struct ttp_log *
ttp_log(enum ttp ttp)
{
	return &logs[ttp];
}

bool
ttp_find(const char *name, enum ttp *ttp)
{
	for (int i = 0; i < TTP_COUNT; i++)
		if (strcmp(logs[i].name, name) == 0) {
			*ttp = (enum ttp)i;
			return true;
		}
	return false;
}
