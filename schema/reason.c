#include "reason.h"

static const struct {
	enum outcome outcome;
	const char *name;
} reasons[REASON_COUNT] = {
	[REASON_NOT_OBJECT] = { OUTCOME_INVALID, "record.not_object" },
	[REASON_DEPTH] = { OUTCOME_INVALID, "record.depth" },
	[REASON_URL_USER_EMPTY] = { OUTCOME_INVALID,
	    "url.userEmailAddress.empty" },
	[REASON_URL_URL_EMPTY] = { OUTCOME_INVALID, "url.url.empty" },
	[REASON_URL_DATE_EMPTY] = { OUTCOME_INVALID, "url.date.empty" },
	[REASON_URL_RESULT_EMPTY] = { OUTCOME_INVALID, "url.scanResult.empty" },
	[REASON_URL_DATE_UNPARSABLE] = { OUTCOME_INVALID,
	    "url.date.unparsable" },
	[REASON_ATTACHMENT_RECIPIENT_EMPTY] = { OUTCOME_INVALID,
	    "attachment.recipientAddress.empty" },
	[REASON_ATTACHMENT_NAME_EMPTY] = { OUTCOME_INVALID,
	    "attachment.fileName.empty" },
	[REASON_ATTACHMENT_RESULT_EMPTY] = { OUTCOME_INVALID,
	    "attachment.result.empty" },
	[REASON_ATTACHMENT_DATE_EMPTY] = { OUTCOME_INVALID,
	    "attachment.date.empty" },
	[REASON_ATTACHMENT_DATE_UNPARSABLE] = { OUTCOME_INVALID,
	    "attachment.date.unparsable" },
	[REASON_IMPERSONATION_SENDER_EMPTY] = { OUTCOME_INVALID,
	    "impersonation.senderAddress.empty" },
	[REASON_IMPERSONATION_RECIPIENT_EMPTY] = { OUTCOME_INVALID,
	    "impersonation.recipientAddress.empty" },
	[REASON_IMPERSONATION_TIME_EMPTY] = { OUTCOME_INVALID,
	    "impersonation.eventTime.empty" },
	[REASON_IMPERSONATION_TIME_UNPARSABLE] = { OUTCOME_INVALID,
	    "impersonation.eventTime.unparsable" },
	[REASON_VERDICT_CLEAN] = { OUTCOME_CLEAN, "verdict.clean" },
	[REASON_VERDICT_SAFE] = { OUTCOME_CLEAN, "verdict.safe" },
	[REASON_SEEN] = { OUTCOME_DUPLICATE, "seen" },
	[REASON_SEAM] = { OUTCOME_DUPLICATE, "seam" },
	[REASON_NEW] = { OUTCOME_ALERT, "new" },
	[REASON_TWIN] = { OUTCOME_ALERT, "twin" },
	[REASON_REVISION] = { OUTCOME_ALERT, "revision" },
};

enum outcome
reason_outcome(enum reason reason)
{
	return reasons[reason].outcome;
}

const char *
reason_name(enum reason reason)
{
	return reasons[reason].name;
}
