/* Files of this repository that the programs carry in them. */
#ifndef EMBED_H
#define EMBED_H

#include <stddef.h>

struct embed {
	const char *name; /* without its folder: "0001_staging.sql" */
	const char *text; /* followed by a NUL */
	size_t len;
};

/* In the order of their names; behind the last one a name that is NULL. */
extern const struct embed embed_migrations[]; /* the SQL of migrations/ */
extern const struct embed embed_views[]; /* that of schema/views/ */
extern const struct embed embed_mapping[]; /* the published mapping */
extern const struct embed embed_snapshot[]; /* schema/snapshot.sql */
extern const struct embed embed_report[]; /* the SQL of audit/report/ */
extern const struct embed embed_style[]; /* audit/report/report.css */

#endif
