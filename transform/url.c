/*
 * Clicks on rewritten links.
 * Source: Mimecast's API reference, Get TTP URL Logs; Sophos's description of
 * its Mimecast integration, alert types (both gathered 2026-11-24).
 */
#include "event.h"
#include "rules.h"

/* The order is part of identity version 1: IDENTITY.md. */
enum {
	USER,
	FROM,
	URL,
	TTP_DEFINITION,
	SUBJECT,
	ACTION,
	ACTIONS,
	ADMIN_OVERRIDE,
	USER_OVERRIDE,
	SCAN_RESULT,
	CATEGORY,
	SENDING_IP,
	AWARENESS_ACTION,
	DATE,
	ROUTE,
	CREATION_METHOD,
	EMAIL_PARTS,
	MESSAGE_ID,
	TAG_MAP,
	IDENTITY_COUNT,
	/* No click log was seen with it, but the rule for alert types is. */
	REASON = IDENTITY_COUNT,
	FIELDS_COUNT
};

static const struct rules_field fields[FIELDS_COUNT] = {
	[USER] = RULES_FIELD("userEmailAddress"),
	[FROM] = RULES_FIELD("fromUserEmailAddress"),
	[URL] = RULES_FIELD("url"),
	[TTP_DEFINITION] = RULES_FIELD("ttpDefinition"),
	[SUBJECT] = RULES_FIELD("subject"),
	[ACTION] = RULES_FIELD("action"),
	[ACTIONS] = RULES_FIELD("actions"),
	[ADMIN_OVERRIDE] = RULES_FIELD("adminOverride"),
	[USER_OVERRIDE] = RULES_FIELD("userOverride"),
	[SCAN_RESULT] = RULES_FIELD("scanResult"),
	[CATEGORY] = RULES_FIELD("category"),
	[SENDING_IP] = RULES_FIELD("sendingIp"),
	[AWARENESS_ACTION] = RULES_FIELD("userAwarenessAction"),
	[DATE] = RULES_FIELD("date"),
	[ROUTE] = RULES_FIELD("route"),
	[CREATION_METHOD] = RULES_FIELD("creationMethod"),
	[EMAIL_PARTS] = RULES_FIELD("emailPartsDescription"),
	[MESSAGE_ID] = RULES_FIELD("messageId"),
	[TAG_MAP] = RULES_FIELD("tagMap"),
	[REASON] = RULES_FIELD("reason"),
};

static const struct rules_required required[] = {
	{ USER, REASON_URL_USER_EMPTY },
	{ URL, REASON_URL_URL_EMPTY },
	{ DATE, REASON_URL_DATE_EMPTY },
	{ SCAN_RESULT, REASON_URL_RESULT_EMPTY },
};

static const int natural[] = { USER, URL, DATE, MESSAGE_ID, CREATION_METHOD };

static const struct rules_column columns[] = {
	{ ALERT_SENDER, FROM },
	{ ALERT_RECIPIENT, USER },
	{ ALERT_SUBJECT, SUBJECT },
	{ ALERT_URL, URL },
	{ ALERT_MESSAGE_ID, MESSAGE_ID },
	{ ALERT_SOURCE_IP, SENDING_IP },
	{ ALERT_VERDICT, SCAN_RESULT },
	{ ALERT_ACTION, ACTION },
};

/*
 * As published, a filled ttpDefinition makes the type the value of reason.
 * Real clicks have no reason; then the definition itself is the type.
 */
static struct rules_type
type(struct event *ev)
{
	if (!event_is_empty(ev, TTP_DEFINITION)) {
		if (!event_is_empty(ev, REASON))
			return (struct rules_type){ TYPE_REASON, NULL, REASON };
		return (struct rules_type){ TYPE_TTP_DEFINITION, NULL,
			TTP_DEFINITION };
	}
	if (!event_is_empty(ev, CREATION_METHOD))
		return (struct rules_type){ TYPE_CREATION_METHOD, NULL,
			CREATION_METHOD };
	return (struct rules_type){ TYPE_DEFAULT, NULL, RULES_NONE };
}

const struct rules url_rules = {
	.log = TTP_URL,
	.fields = fields,
	.fields_count = FIELDS_COUNT,
	.identity_count = IDENTITY_COUNT,
	.time = DATE,
	.time_unparsable = REASON_URL_DATE_UNPARSABLE,
	.verdict = SCAN_RESULT,
	.own_id = RULES_NONE,
	.natural = natural,
	.natural_count = sizeof natural / sizeof natural[0],
	.required = required,
	.required_count = sizeof required / sizeof required[0],
	.columns = columns,
	.columns_count = sizeof columns / sizeof columns[0],
	.severity = 4,
	.type = type,
};
