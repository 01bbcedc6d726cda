/*
 * What became of a record and why: tables outcome and reason,
 * migrations/0001_staging.sql.  The codes here are theirs.
 */
#ifndef REASON_H
#define REASON_H

enum outcome {
	OUTCOME_INVALID = 1, /* it breaks the contract of its log */
	OUTCOME_CLEAN = 2, /* the source itself found it harmless */
	OUTCOME_DUPLICATE = 3, /* the same event was seen before */
	OUTCOME_ALERT = 4 /* it became an alert */
};

enum reason {
	REASON_NOT_OBJECT = 1,
	REASON_DEPTH = 2,
	REASON_URL_USER_EMPTY = 10,
	REASON_URL_URL_EMPTY = 11,
	REASON_URL_DATE_EMPTY = 12,
	REASON_URL_RESULT_EMPTY = 13,
	REASON_URL_DATE_UNPARSABLE = 14,
	REASON_ATTACHMENT_RECIPIENT_EMPTY = 20,
	REASON_ATTACHMENT_NAME_EMPTY = 21,
	REASON_ATTACHMENT_RESULT_EMPTY = 22,
	REASON_ATTACHMENT_DATE_EMPTY = 23,
	REASON_ATTACHMENT_DATE_UNPARSABLE = 24,
	REASON_IMPERSONATION_SENDER_EMPTY = 30,
	REASON_IMPERSONATION_RECIPIENT_EMPTY = 31,
	REASON_IMPERSONATION_TIME_EMPTY = 32,
	REASON_IMPERSONATION_TIME_UNPARSABLE = 33,
	REASON_VERDICT_CLEAN = 40,
	REASON_VERDICT_SAFE = 41,
	REASON_SEEN = 50,
	REASON_SEAM = 51,
	REASON_NEW = 60,
	REASON_TWIN = 61,
	REASON_REVISION = 62,
	REASON_COUNT /* codes are below this */
};

/* The outcome that a reason decides; 0 if no reason has that code. */
enum outcome reason_outcome(enum reason reason);

/* Its name, "url.date.empty"; NULL if no reason has that code. */
const char *reason_name(enum reason reason);

#endif
