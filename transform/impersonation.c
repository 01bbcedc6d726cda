/*
 * Mail that pretends to come from somebody else.  It has no verdict.
 * Source: Mimecast's API reference, Get Impersonation Protect Logs; Sophos's
 * description of its Mimecast integration (both gathered 2026-11-24).
 */
#include "rules.h"

/* The order is part of identity version 1: IDENTITY.md. */
enum {
	SENDER,
	RECIPIENT,
	SUBJECT,
	DEFINITION,
	HITS,
	IDENTIFIERS,
	ACTION,
	TAGGED_EXTERNAL,
	TAGGED_MALICIOUS,
	SENDER_IP,
	EVENT_TIME,
	RESULTS,
	MESSAGE_ID,
	IDENTITY_COUNT,
	ID = IDENTITY_COUNT,
	FIELDS_COUNT
};

static const struct rules_field fields[FIELDS_COUNT] = {
	[SENDER] = RULES_FIELD("senderAddress"),
	[RECIPIENT] = RULES_FIELD("recipientAddress"),
	[SUBJECT] = RULES_FIELD("subject"),
	[DEFINITION] = RULES_FIELD("definition"),
	[HITS] = RULES_FIELD("hits"),
	[IDENTIFIERS] = RULES_FIELD("identifiers"),
	[ACTION] = RULES_FIELD("action"),
	[TAGGED_EXTERNAL] = RULES_FIELD("taggedExternal"),
	[TAGGED_MALICIOUS] = RULES_FIELD("taggedMalicious"),
	[SENDER_IP] = RULES_FIELD("senderIpAddress"),
	[EVENT_TIME] = RULES_FIELD("eventTime"),
	[RESULTS] = RULES_FIELD("impersonationResults"),
	[MESSAGE_ID] = RULES_FIELD("messageId"),
	[ID] = RULES_FIELD("id"),
};

static const struct rules_required required[] = {
	{ SENDER, REASON_IMPERSONATION_SENDER_EMPTY },
	{ RECIPIENT, REASON_IMPERSONATION_RECIPIENT_EMPTY },
	{ EVENT_TIME, REASON_IMPERSONATION_TIME_EMPTY },
};

static const int natural[] = { MESSAGE_ID, RECIPIENT, EVENT_TIME };

static const struct rules_column columns[] = {
	{ ALERT_SENDER, SENDER },
	{ ALERT_RECIPIENT, RECIPIENT },
	{ ALERT_SUBJECT, SUBJECT },
	{ ALERT_MESSAGE_ID, MESSAGE_ID },
	{ ALERT_SOURCE_IP, SENDER_IP },
	{ ALERT_ACTION, ACTION },
};

static struct rules_type
type(struct event *ev)
{
	(void)ev;
	return (struct rules_type){ TYPE_FIXED, "Impersonation Attempt",
		RULES_NONE };
}

const struct rules impersonation_rules = {
	.log = TTP_IMPERSONATION,
	.fields = fields,
	.fields_count = FIELDS_COUNT,
	.identity_count = IDENTITY_COUNT,
	.time = EVENT_TIME,
	.time_unparsable = REASON_IMPERSONATION_TIME_UNPARSABLE,
	.verdict = RULES_NONE,
	.own_id = ID,
	.natural = natural,
	.natural_count = sizeof natural / sizeof natural[0],
	.required = required,
	.required_count = sizeof required / sizeof required[0],
	.columns = columns,
	.columns_count = sizeof columns / sizeof columns[0],
	.severity = 5,
	.type = type,
};
