/* A record of a page, taken apart where it stands. */
#ifndef EVENT_H
#define EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alert.h"
#include "buf.h"
#include "rules.h"
#include "scan.h"

struct unknown;

enum {
	EVENT_LEVELS = 64, /* of nesting that a record may have */
	EVENT_GUESSES = 64
};

struct event {
	const struct rules *rules;
	enum scan_type type; /* SCAN_OBJECT, or it is no event */
	size_t offset; /* of its first byte in the text */
	size_t length;
	bool text_anomaly; /* bad UTF-8, a lone surrogate or NUL anywhere */
	bool deep; /* more than EVENT_LEVELS */
	bool has_time; /* set, as is `at`, by judge() */
	int64_t at;
	size_t position; /* of the record in its page; who walks sets it */
	struct unknown *unknown; /* notes names that are no field; or NULL */
	struct scan_value fields[RULES_FIELDS_MAX]; /* SCAN_NONE: absent */

	/* Records are alike: which field the i-th member last was. */
	short guesses[EVENT_GUESSES];
	struct buf scratch;
};

/* Make ready for records of a log; the memory of an earlier log is kept. */
void event_open(struct event *ev, const struct rules *rules);
void event_close(struct event *ev);

/* Open a scan of a text with records, so that their depth can be judged. */
void event_scan(struct scan *s, const void *data, size_t len);

/*
 * Read the record at the cursor and pass over it.  Of a field that comes
 * twice the last one counts.  The event borrows from the scanned text.  False:
 * a fault of the scan.
 */
bool event_read(struct event *ev, struct scan *s);

/* Is the field absent, no string, or nothing but white space? */
bool event_is_empty(struct event *ev, int field);

/* Is the field that lower-case ASCII word, trimmed and case-folded? */
bool event_is(struct event *ev, int field, const char *lower);

/*
 * The text of a string field, escapes resolved, U+FFFD for what is no text;
 * borrowed from the scanned text or from `into`, which is cleared first.
 * Any other value, and an empty string, is NULL.
 */
struct alert_text event_text(
    const struct event *ev, int field, struct buf *into);

#endif
