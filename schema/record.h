/* Judged records: table record, migrations/0001_staging.sql. */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "reason.h"

struct db;
struct err;
struct record_table;

/* A page has fewer records than this: its key is page * this + position. */
enum { RECORD_POSITIONS = 33554432 };

struct record {
	int64_t record_id; /* record_id() */
	int64_t offset; /* of its first byte in the page's body */
	int64_t length; /* in bytes */
	enum reason reason; /* the outcome follows from it */
	bool has_time;
	int64_t occurred_at; /* where it has a time */
	int64_t alert_no; /* the alert it became or repeats; 0: none */
	int64_t twin; /* the twin number of that alert */
	bool text_anomaly;
};

/* The key of a record; position: in its page, from 0. */
int64_t record_id(int64_t page_id, int64_t position);
int64_t record_page(int64_t record_id);

/*
 * Get hold of the table, for many rows; *out is closed with record_close.
 * Errors, of all functions here: as db_open.
 */
int record_open(struct record_table **out, struct db *db, struct err *e);
void record_close(struct record_table *t);

/* Add a row.  Errors: also ERR_DATA if the record has its row already. */
int record_put(struct record_table *t, const struct record *r, struct err *e);

/* The alert that a record became or repeats, if any. */
int record_get_alert(struct record_table *t, int64_t record_id,
    int64_t *alert_no, int64_t *twin, struct err *e);

#endif
