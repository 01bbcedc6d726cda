/*
 * Attachments that were opened in the sandbox.
 * Source: Mimecast's API reference, Get Attachment Protection Logs; Sophos's
 * description of its Mimecast integration (both gathered 2026-11-24).
 */
#include "rules.h"

/* The order is part of identity version 1: IDENTITY.md. */
enum {
	SENDER,
	RECIPIENT,
	FILE_NAME,
	FILE_TYPE,
	RESULT,
	ACTION_TRIGGERED,
	DATE,
	DETAILS,
	ROUTE,
	MESSAGE_ID,
	SUBJECT,
	FILE_HASH,
	DEFINITION,
	FIELDS_COUNT
};

static const struct rules_field fields[FIELDS_COUNT] = {
	[SENDER] = RULES_FIELD("senderAddress"),
	[RECIPIENT] = RULES_FIELD("recipientAddress"),
	[FILE_NAME] = RULES_FIELD("fileName"),
	[FILE_TYPE] = RULES_FIELD("fileType"),
	[RESULT] = RULES_FIELD("result"),
	[ACTION_TRIGGERED] = RULES_FIELD("actionTriggered"),
	[DATE] = RULES_FIELD("date"),
	[DETAILS] = RULES_FIELD("details"),
	[ROUTE] = RULES_FIELD("route"),
	[MESSAGE_ID] = RULES_FIELD("messageId"),
	[SUBJECT] = RULES_FIELD("subject"),
	[FILE_HASH] = RULES_FIELD("fileHash"),
	[DEFINITION] = RULES_FIELD("definition"),
};

static const struct rules_required required[] = {
	{ RECIPIENT, REASON_ATTACHMENT_RECIPIENT_EMPTY },
	{ FILE_NAME, REASON_ATTACHMENT_NAME_EMPTY },
	{ RESULT, REASON_ATTACHMENT_RESULT_EMPTY },
	{ DATE, REASON_ATTACHMENT_DATE_EMPTY },
};

static const int natural[] = { MESSAGE_ID, RECIPIENT, FILE_HASH, FILE_NAME,
	DATE };

static const struct rules_column columns[] = {
	{ ALERT_SENDER, SENDER },
	{ ALERT_RECIPIENT, RECIPIENT },
	{ ALERT_SUBJECT, SUBJECT },
	{ ALERT_FILE_NAME, FILE_NAME },
	{ ALERT_FILE_TYPE, FILE_TYPE },
	{ ALERT_FILE_HASH, FILE_HASH },
	{ ALERT_MESSAGE_ID, MESSAGE_ID },
	{ ALERT_VERDICT, RESULT },
	{ ALERT_ACTION, ACTION_TRIGGERED },
};

static struct rules_type
type(struct event *ev)
{
	(void)ev;
	return (struct rules_type){ TYPE_FIXED, "Unsafe Email Attachment",
		RULES_NONE };
}

const struct rules attachment_rules = {
	.log = TTP_ATTACHMENT,
	.fields = fields,
	.fields_count = FIELDS_COUNT,
	.identity_count = FIELDS_COUNT,
	.time = DATE,
	.time_unparsable = REASON_ATTACHMENT_DATE_UNPARSABLE,
	.verdict = RESULT,
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
