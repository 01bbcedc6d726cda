/* The three logs of Mimecast's Targeted Threat Protection. */
#ifndef TTP_H
#define TTP_H

#include <stdbool.h>
#include <stddef.h>

enum ttp { TTP_URL, TTP_ATTACHMENT, TTP_IMPERSONATION, TTP_COUNT };

/*
 * Source: Mimecast's API reference, Get TTP URL, Attachment Protection and
 * Impersonation Protect Logs (gathered 2026-11-24).
 */
struct ttp_log {
	const char *name; /* "url": in tables, files and messages */
	const char *path; /* of the call, on either API */
	const char *records; /* the array in the answer: "clickLogs" */
	const char *filter; /* the verdict filter to set to "all", or NULL */
};

const struct ttp_log *ttp_log(enum ttp ttp);

/* False if no log has that name. */
bool ttp_find(const char *name, enum ttp *ttp);

#endif
