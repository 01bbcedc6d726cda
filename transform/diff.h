/* What would change if another mapping had made the alerts of staging. */
#ifndef DIFF_H
#define DIFF_H

#include <stdbool.h>

struct db;
struct err;
struct mapping_file;
struct summary;

/*
 * Compare it with the newest mapping that each alert has.  Standard output
 * gets a line for each kind of change, sorted by type, and one for each alert
 * that changes, in the order in which they were made:
 *
 *   change 12 url: URL Protection, T1598.003 Spearphishing Link, 4 -> ...
 *   alert 616ae58ece15c249b04b33a411665f6e
 *
 * With json they are members of the summary instead: "changes", an array of
 * {"alerts", "log", "old", "new"}, and "changed_alerts", an array of ids.
 * The summary counts "alerts" and "changed".  Nothing is written to db, which
 * should be in one read transaction.
 *
 * Errors: ERR_NO if any alert changes; ERR_DATA as threat_open; as db_open.
 */
int diff_run(struct db *db, const struct mapping_file *mapping, bool json,
    struct summary *s, struct err *e);

#endif
