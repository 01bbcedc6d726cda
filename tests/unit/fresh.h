/* For cmocka: a fresh staging database in a temporary folder. */
#ifndef FRESH_H
#define FRESH_H

#include "db.h"
#include "err.h"
#include "mem.h"
#include "migrate.h"
#include "run.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fresh {
	char dir[64];
	struct db *db;
	int64_t run_id; /* of a run of extract */
	struct err e;
};

static int
fresh_set_up(void **state)
{
	static struct fresh the_only;
	struct fresh *f = &the_only;
	char *path;

	*f = (struct fresh){ 0 };
	strcpy(f->dir, "/tmp/m2s-fresh-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	path = xasprintf("%s/staging.db", f->dir);
	*state = f;
	if (db_open(&f->db, path, DB_CREATE, &f->e) ||
	    migrate(f->db, path, &f->e) ||
	    run_put(f->db, "extract", &f->run_id, &f->e)) {
		fprintf(stderr, "%s\n", f->e.msg);
		return -1;
	}
	free(path);
	return 0;
}

static int
fresh_tear_down(void **state)
{
	struct fresh *f = *state;
	char command[96];

	db_close(f->db);
	snprintf(command, sizeof command, "rm -rf %s", f->dir);
	if (system(command))
		return -1;
	return 0;
}

/* The one integer that a query gives. */
static inline int64_t
fresh_int(struct fresh *f, const char *sql)
{
	int64_t n;

	if (db_int(f->db, sql, &n, &f->e)) {
		fprintf(stderr, "%s\n", f->e.msg);
		abort();
	}
	return n;
}

/* Run a file of SQL, such as a fixture.  What is there must not collide. */
static inline void
fresh_load(struct fresh *f, const char *path)
{
	FILE *file = fopen(path, "r");
	char *text;
	size_t n = 0;
	ssize_t len;

	if (!file) {
		perror(path);
		abort();
	}
	text = NULL;
	len = getdelim(&text, &n, '\0', file);
	fclose(file);
	if (len < 0 || db_exec(f->db, text, &f->e)) {
		fprintf(stderr, "%s: %s\n", path, f->e.msg);
		abort();
	}
	free(text);
}

#endif
