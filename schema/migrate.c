#include "migrate.h"
#include "db.h"
#include "digest.h"
#include "embed.h"
#include "err.h"
#include "mem.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "m2s1": who may look into the file's header for whose it is. */
enum { APPLICATION_ID = 0x6d327331 };

int64_t
migrate_version(void)
{
	int64_t n = 0;

	while (embed_migrations[n].name)
		n++;
	return n;
}

static int
version_of(struct db *db, int64_t *version, struct err *e)
{
	int64_t application, tables;

	if (db_int(db, "PRAGMA application_id", &application, e) ||
	    db_int(db, "PRAGMA user_version", version, e) ||
	    db_int(db, "SELECT count(*) FROM sqlite_schema", &tables, e))
		return -1;
	if (application != APPLICATION_ID && (application || tables))
		return err_set(e, ERR_DATA,
		    "this is a database, but none of m2s: move it away");
	if (*version > migrate_version())
		return err_set(e, ERR_CONFIG,
		    "the database is newer than this program (%lld > %lld): "
		    "install the newer m2s",
		    (long long)*version, (long long)migrate_version());
	return 0;
}

int
migrate_check(struct db *db, struct err *e)
{
	int64_t version;

	if (version_of(db, &version, e))
		return -1;
	if (version < migrate_version())
		return err_set(e, ERR_CONFIG,
		    "the database is older than this program (%lld < %lld): "
		    "run a stage, which brings it up to date",
		    (long long)version, (long long)migrate_version());
	return 0;
}

/* A digest of all views: a database whose views are others gets them anew. */
static int
views_digest(char hex[DIGEST_HEX_SIZE], struct err *e)
{
	unsigned char digest[DIGEST_SIZE];
	struct digest *d = NULL;

	if (digest_open(&d, e))
		return -1;
	digest_begin(d);
	for (const struct embed *v = embed_views; v->name; v++)
		digest_put(d, v->text, v->len);
	digest_end(d, digest);
	digest_close(d);
	digest_hex(digest, sizeof digest, hex);
	return 0;
}

static int
drop_views(struct db *db, struct err *e)
{
	static const char next_sql[] =
	    "SELECT 'DROP VIEW ' || name FROM sqlite_schema"
	    " WHERE type = 'view' LIMIT 1";
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, next_sql, e))
		return -1;
	while ((rc = stmt_step(s, e)) > 0) {
		char *drop = xstrdup(stmt_text(s, 0));

		stmt_reset(s);
		rc = db_exec(db, drop, e);
		free(drop);
		if (rc)
			break;
	}
	stmt_free(s);
	return rc;
}

static int
make_views(struct db *db, struct err *e)
{
	if (drop_views(db, e))
		return -1;
	for (const struct embed *v = embed_views; v->name; v++)
		if (db_exec(db, v->text, e))
			return err_add(e, "%s", v->name);
	return 0;
}

static int
views_differ(struct db *db, const char *hex, bool *differ, struct err *e)
{
	static const char sql[] = "SELECT digest FROM view_version";
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, sql, e))
		return -1;
	rc = stmt_step(s, e);
	*differ = rc == 0 || (rc > 0 && strcmp(stmt_text(s, 0), hex) != 0);
	stmt_free(s);
	return rc < 0 ? -1 : 0;
}

int
migrate_check_views(struct db *db, struct err *e)
{
	char hex[DIGEST_HEX_SIZE];
	bool differ;

	if (views_digest(hex, e) || views_differ(db, hex, &differ, e))
		return -1;
	if (differ)
		return err_set(e, ERR_CONFIG,
		    "the views in the database are not those of this program: "
		    "run a stage, which makes them anew");
	return 0;
}

static int
note_views(struct db *db, const char *hex, struct err *e)
{
	static const char sql[] =
	    "INSERT INTO view_version (one, digest) VALUES (1, :digest)"
	    " ON CONFLICT (one) DO UPDATE SET digest = excluded.digest";
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, sql, e))
		return -1;
	stmt_bind_text(s, ":digest", hex);
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}

static int
apply(struct db *db, int64_t from, struct err *e)
{
	char stamp[80];

	for (int64_t i = from; embed_migrations[i].name; i++)
		if (db_exec(db, embed_migrations[i].text, e))
			return err_add(e, "%s", embed_migrations[i].name);
	snprintf(stamp, sizeof stamp,
	    "PRAGMA application_id = %d; PRAGMA user_version = %lld",
	    APPLICATION_ID, (long long)migrate_version());
	return db_exec(db, stamp, e);
}

/*
 * A copy of an earlier version stays beside the database.  One left by a run
 * that was stopped may be cut short: it is made again.
 */
static int
keep_copy(struct db *db, const char *path, int64_t version, struct err *e)
{
	char *copy =
	    xasprintf("%s.before-%04lld", path, (long long)version + 1);
	int rc;

	unlink(copy);
	rc = db_copy(db, copy, NULL, e);
	if (rc)
		err_add(e, "copy before migration");
	free(copy);
	return rc;
}

int
migrate(struct db *db, const char *path, struct err *e)
{
	char hex[DIGEST_HEX_SIZE];
	int64_t version;
	bool differ = true;
	int rc = -1;

	if (version_of(db, &version, e) || views_digest(hex, e))
		return -1;
	if (version > 0 && version < migrate_version() &&
	    keep_copy(db, path, version, e))
		return -1;
	if (version == migrate_version()) {
		if (views_differ(db, hex, &differ, e))
			return -1;
		if (!differ)
			return 0;
	}
	if (db_begin(db, e))
		return -1;
	if (version < migrate_version() && apply(db, version, e))
		goto out;
	if (make_views(db, e) || note_views(db, hex, e))
		goto out;
	rc = 0;
out:
	return db_end(db, rc, e);
}
