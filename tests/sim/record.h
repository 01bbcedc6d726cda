/* A record of the service, judged by the simulator's own simple rules. */
#ifndef SIM_RECORD_H
#define SIM_RECORD_H

#include "buf.h"

#include <stdbool.h>
#include <stdint.h>

enum log { LOG_URL, LOG_ATTACHMENT, LOG_IMPERSONATION, LOG_COUNT };

enum record_kind { RECORD_ALERT, RECORD_CLEAN, RECORD_INVALID };

struct record {
	enum record_kind kind; /* what must become of it */
	bool has_time; /* its date or eventTime is one */
	int64_t time;
	struct buf recipient; /* decoded; empty: absent or no text */
	struct buf message_id; /* the same */
};

/* url, attachment, impersonation. */
const char *log_name(enum log log);

/* clickLogs, attachmentLogs, impersonationLogs. */
const char *log_array(enum log log);

/* alert, clean, invalid. */
const char *record_kind_name(enum record_kind kind);

/*
 * Judges the value of size bytes as a record of the log: invalid unless it
 * is an object at most 64 levels deep whose required fields are strings that
 * hold more than white space and whose time exists; clean if its verdict,
 * trimmed and case-folded, is clean or safe; else an alert.  The buffers of r
 * are used again.
 * Source: reference/mimecast.md, Records.
 */
void record_judge(
    struct record *r, enum log log, const char *text, size_t size);

/*
 * Which log an object belongs to by its fields: fileName, else eventTime or
 * identifiers, else url.  False if it has none of them.
 */
bool record_log(const char *text, size_t size, enum log *log);

void record_free(struct record *r);

#endif
