/* For cmocka: alerts to load, in a fresh staging database. */
#ifndef ALERTS_H
#define ALERTS_H

#include "fresh.h"

static inline void
alerts_exec(struct fresh *f, const char *sql)
{
	if (db_exec(f->db, sql, &f->e)) {
		fprintf(stderr, "%s\n", f->e.msg);
		abort();
	}
}

/* Two mappings, and alerts first to last; alert n occurred at second n. */
static inline void
alerts_put(struct fresh *f, int first, int last)
{
	char sql[2048];

	snprintf(sql, sizeof sql,
	    "INSERT OR IGNORE INTO mapping VALUES"
	    " (1, zeroblob(32), 'one', '16', 'built-in', '{}', 1, 0, NULL),"
	    " (2, randomblob(32), 'two', '16', 'x', '{}', 1, 0, NULL);"
	    "INSERT OR IGNORE INTO mapping_rule VALUES"
	    " (1, 1, 'Type', 'exact', NULL, 'T1', 'Threat', NULL),"
	    " (2, 1, 'Type', 'exact', NULL, 'T2', 'Threat', NULL);"
	    "CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT %d"
	    " UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n;"
	    "INSERT INTO alert SELECT i, CAST(format('%%016d', i) AS BLOB),"
	    " zeroblob(32), 0, zeroblob(16), i, 1, 'url', i, NULL, 'to', NULL,"
	    " 'https://evil.example/', NULL, NULL, NULL, NULL, NULL, NULL,"
	    " NULL, 0, NULL FROM n;"
	    "INSERT INTO alert_mapping SELECT i, 1, 'Type', 'fixed', 'T1',"
	    " 'Threat', 'exact', 1, 7 FROM n;"
	    "DROP TABLE n",
	    first, last);
	alerts_exec(f, sql);
}

/* A sink of type file that owes all, with id 1. */
static inline void
alerts_put_sink(struct fresh *f)
{
	alerts_exec(f,
	    "INSERT INTO sink (sink_id, name, type, active_since, owed_after)"
	    " VALUES (1, 'out', 'file', 0, 0)");
}

#endif
