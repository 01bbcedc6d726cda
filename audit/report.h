/* The report as a page of HTML, for the file and for the evidence. */
#ifndef REPORT_H
#define REPORT_H

#include <stdint.h>

struct audit;
struct buf;
struct err;

/* The source time that a report is about: that asked for, else 30 days. */
struct report_range {
	int64_t from_at, to_at;
};

struct report_range report_range(const struct audit *a);

/*
 * Append the page.  It needs nothing but itself: no script, no request; a
 * policy in it says so.  Each figure stands with its rows and the SQL that
 * gave them.
 *
 * Errors: as db_open.
 */
int report_put(struct buf *b, const struct audit *a, struct err *e);

#endif
