/* What a run did, in figures. */
#ifndef TALLY_H
#define TALLY_H

#include <stdint.h>

#include "alert_mapping.h"
#include "reason.h"
#include "ttp.h"

struct err;
struct summary;

struct tally { /* { 0 } is nothing done */
	int64_t windows;
	int64_t pages;
	int64_t reasons[TTP_COUNT][REASON_COUNT]; /* records */
	int64_t type_rules[TYPE_RULES]; /* alerts, by how they were named */
	int64_t threat_rules[MAPPING_MATCHES]; /* by how their threat was */
};

/* Records judged, of all logs. */
int64_t tally_records(const struct tally *t);

void tally_summary(const struct tally *t, struct summary *s);

/*
 * Errors: ERR_PARTIAL if of some log more than ratio of the records are
 * invalid, once 100 were judged; the message names it and its commonest
 * reason.
 */
int tally_check(const struct tally *t, double ratio, struct err *e);

#endif
