/* A mapping and the alerts that were made under other ones. */
#ifndef REMAP_H
#define REMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "alert_mapping.h"

struct db;
struct err;
struct mapped_alert;
struct mapping_file;
struct threats;

/*
 * What rules make of such an alert; m borrows from both.  Its type and the
 * branch that named it were found in its record and stay, whatever the
 * mapping; only the name that a mapping itself gives, of TYPE_DEFAULT, is
 * the new one's.  mapping_id is left open.
 */
void remap_alert(struct threats *threats, const struct mapped_alert *a,
    struct alert_mapping *m);

struct remap_options {
	int64_t run_id;
	const struct mapping_file *mapping;
	bool (*stopping)(void); /* asked between transactions */
};

/*
 * Add a row of alert_mapping for each alert that has none of this mapping,
 * many in a transaction.  Alerts that are in batches stay what they are
 * there.  Stopped anywhere and run again, it goes on.  *count grows by the
 * rows that are durable.
 *
 * Errors: ERR_RETRY if it was asked to stop; otherwise as db_begin.
 */
int remap_run(struct db *db, const struct remap_options *options,
    int64_t *count, struct err *e);

#endif
