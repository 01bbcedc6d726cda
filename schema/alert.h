/* Alerts: table alert, migrations/0001_staging.sql. */
#ifndef ALERT_H
#define ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "ttp.h"

struct alert_table;
struct db;
struct err;

enum { ALERT_ID_SIZE = 16, ALERT_KEY_SIZE = 16 };

/* The columns that hold text of the record. */
enum alert_column {
	ALERT_SENDER,
	ALERT_RECIPIENT,
	ALERT_SUBJECT,
	ALERT_URL,
	ALERT_FILE_NAME,
	ALERT_FILE_TYPE,
	ALERT_FILE_HASH,
	ALERT_MESSAGE_ID,
	ALERT_SOURCE_IP,
	ALERT_VERDICT,
	ALERT_ACTION,
	ALERT_COLUMNS
};

struct alert_text {
	const char *data; /* borrowed; UTF-8 without NUL; NULL: absent */
	size_t len;
};

struct alert {
	unsigned char id[ALERT_ID_SIZE];
	unsigned char digest[DIGEST_SIZE];
	unsigned char natural_key[ALERT_KEY_SIZE];
	int64_t twin; /* 0, 1, ... among equal events */
	int64_t record_id;
	int64_t run_id;
	enum ttp log;
	int64_t occurred_at;
	struct alert_text texts[ALERT_COLUMNS];
	bool text_anomaly;
	int64_t revision_of; /* an alert_no; 0: none */
};

/* What is asked of an alert that is there already. */
struct alert_known {
	int64_t alert_no;
	int64_t twin;
	int64_t record_id;
	unsigned char digest[DIGEST_SIZE];
};

/*
 * Get hold of the table, for many rows; *out is closed with alert_close.
 * Errors, of all functions here: as db_open.
 */
int alert_open(struct alert_table **out, struct db *db, struct err *e);
void alert_close(struct alert_table *t);

/*
 * Add an alert and give its number.
 * Errors: also ERR_DATA if its id is there already.
 */
int alert_put(struct alert_table *t, const struct alert *a, int64_t *alert_no,
    struct err *e);

/* The alert with that id: 1, or 0 if there is none, or -1. */
int alert_get(struct alert_table *t, const unsigned char id[ALERT_ID_SIZE],
    struct alert_known *known, struct err *e);

/*
 * The number of the latest alert with that natural key and another digest;
 * 0: there is none.
 */
int alert_get_revised(struct alert_table *t,
    const unsigned char natural_key[ALERT_KEY_SIZE],
    const unsigned char digest[DIGEST_SIZE], int64_t *alert_no, struct err *e);

#endif
