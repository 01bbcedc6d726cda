/*
 * Versions of the table that names threats: tables mapping and mapping_rule,
 * migrations/0001_staging.sql.
 */
#ifndef MAPPING_H
#define MAPPING_H

#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "ttp.h"

struct db;
struct err;

enum mapping_match {
	MAPPING_EXACT,
	MAPPING_PREFIX,
	MAPPING_REGEX,
	MAPPING_DEFAULT,
	MAPPING_MATCHES
};

enum { MAPPING_BY_VERDICT = -1 };

struct mapping_rule {
	int64_t rule_no; /* 1, 2, ... */
	const char *alert_type; /* the text or pattern it matches */
	enum mapping_match match;
	enum ttp log; /* of a default */
	const char *threat_id; /* of MITRE ATT&CK */
	const char *threat_name;
	int severity; /* 0 to 10, or MAPPING_BY_VERDICT */
};

struct mapping {
	unsigned char digest[DIGEST_SIZE]; /* of the body */
	const char *version;
	const char *attack_version;
	const char *source; /* "built-in" or the file's path */
	const char *body; /* the file; UTF-8 without NUL */
	size_t len;
};

/* "exact", "prefix", "regex", "default". */
const char *mapping_match_name(enum mapping_match match);

/*
 * Store a version with its rules, or find it where a version with that
 * digest is there: rows are never changed.  Give its id.
 *
 * Errors: as db_begin.
 */
int mapping_put(struct db *db, const struct mapping *m,
    const struct mapping_rule *rules, size_t n, int64_t run_id,
    int64_t *mapping_id, struct err *e);

#endif
