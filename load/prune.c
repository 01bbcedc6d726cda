#include "prune.h"
#include "archive.h"
#include "archive_file.h"
#include "chain.h"
#include "cli.h"
#include "clock.h"
#include "compare.h"
#include "config.h"
#include "db.h"
#include "digest.h"
#include "entry.h"
#include "err.h"
#include "log.h"
#include "page.h"
#include "page_tally.h"
#include "summary.h"

#include <inttypes.h>
#include <stdlib.h>

enum { DAY_S = 86400, COMMIT_ENTRIES = 64 };

struct prune {
	struct db *db;
	const struct config_tenant *tenant;
	struct digest *digest;
	struct entries *entries;
	int64_t keep_from; /* records fetched before it are dropped */
	int64_t findings;
	int64_t bodies, records; /* dropped */
	int64_t pending; /* entries since the last commit */
};

static void
tell(const char *what, void *arg)
{
	struct prune *p = arg;

	p->findings++;
	log_error("%s", what);
}

static int
commit_some(struct prune *p, struct err *e)
{
	if (++p->pending % COMMIT_ENTRIES)
		return 0;
	return db_end(p->db, 0, e) || db_begin(p->db, e) ? -1 : 0;
}

static int
drop_entry(
    struct prune *p, enum entry_kind kind, struct slice entry, struct err *e)
{
	int64_t id, archive_no;

	if (entry_find(p->entries, kind, entry, &id, &archive_no, e) ||
	    entry_drop_bodies(p->entries, kind, id, &p->bodies, e))
		return -1;
	if (kind == ENTRY_WINDOW && p->tenant->retain_days > 0 &&
	    page_tally_put(p->db, id, p->keep_from, &p->records, e))
		return -1;
	return commit_some(p, e);
}

static int
drop_section(struct prune *p, const struct manifest *m, enum entry_kind kind,
    struct err *e)
{
	struct slice entry;
	struct list rest;
	int rc;

	if (list_open(&rest, manifest_section(m, kind), e))
		return -1;
	while ((rc = list_next(&rest, &entry, e)) > 0) {
		rc = drop_entry(p, kind, entry, e);
		if (rc)
			break;
	}
	list_close(&rest);
	return rc;
}

static int
drop_all(struct prune *p, const struct manifest *m, struct err *e)
{
	if (drop_section(p, m, ENTRY_WINDOW, e))
		return -1;
	return drop_section(p, m, ENTRY_BATCH, e);
}

/* An archive that is whole: do the tables agree, to the last byte? */
static int
drop_what_agrees(
    const struct archive *a, const struct manifest *m, void *arg, struct err *e)
{
	struct prune *p = arg;
	struct compare c = {
		.entries = p->entries,
		.digest = p->digest,
		.manifest = m,
		.archive_no = a->no,
		.read_data = true,
		.found = tell,
		.arg = p,
	};

	if (cli_stopping())
		return err_set(e, ERR_RETRY,
		    "stopped by a signal: the rest is left to another run");
	if (compare_tables(&c, e))
		return -1;
	if (c.differences)
		return 0;
	if (db_begin(p->db, e))
		return -1;
	return db_end(p->db, drop_all(p, m, e), e);
}

static int
prune_all(struct prune *p, const char *folder, struct summary *s, struct err *e)
{
	struct chain c = {
		.db = p->db,
		.tenant = p->tenant->name,
		.folder = folder,
		.digest = p->digest,
		.found = tell,
		.whole = drop_what_agrees,
		.arg = p,
	};
	int rc = chain_verify(&c, e);

	summary_int(s, "archives_verified", c.archives_whole);
	summary_int(s, "bodies_dropped", p->bodies);
	summary_int(s, "records_dropped", p->records);
	if (rc)
		return -1;
	if (p->findings)
		return err_set(e, ERR_DATA,
		    "archives that are not whole, or not what staging holds: "
		    "%" PRId64 " findings; what they should hold is kept: "
		    "m2s-audit verify tells more",
		    p->findings);
	return 0;
}

/* A clock that is ahead must not make records old: what is dropped is gone. */
static int
set_keep_from(struct prune *p, struct err *e)
{
	int64_t now = clock_now();
	int64_t newest;

	if (page_newest_at(p->db, &newest, e))
		return -1;
	p->keep_from =
	    (newest < now ? newest : now) - p->tenant->retain_days * DAY_S;
	return 0;
}

int
prune_run(struct db *db, const struct config_tenant *t, struct summary *s,
    struct err *e)
{
	struct prune p = { .db = db, .tenant = t };
	char *folder = archive_file_folder(t->dir);
	int rc = -1;

	if (set_keep_from(&p, e) == 0 && digest_open(&p.digest, e) == 0 &&
	    entries_open(&p.entries, db, e) == 0)
		rc = prune_all(&p, folder, s, e);
	entries_close(p.entries);
	digest_close(p.digest);
	free(folder);
	return rc;
}
