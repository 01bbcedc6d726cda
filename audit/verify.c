#include "archive.h"
#include "archive_file.h"
#include "audit.h"
#include "buf.h"
#include "chain.h"
#include "compare.h"
#include "config.h"
#include "db.h"
#include "digest.h"
#include "entry.h"
#include "err.h"
#include "evidence.h"
#include "mem.h"
#include "staging.h"
#include "summary.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEX_DIGITS = DIGEST_HEX_SIZE - 1 };

struct verify {
	struct audit *audit;
	struct digest *digest;
	struct entries *entries;
	char *folder;
	struct buf findings; /* of --json: elements of an array */
	int64_t found;
	int64_t differing; /* archives that differ from the tables */
};

static void
tell(const char *what, void *arg)
{
	struct verify *v = arg;
	struct buf line = { 0 };

	if (v->audit->json) {
		buf_puts(&v->findings, v->found ? ", " : "");
		text_put_json_clean(&v->findings, what, strlen(what));
	} else {
		text_put_visible(&line, what, strlen(what));
		fprintf(v->audit->table.out, "%s\n", line.data);
	}
	v->found++;
	buf_free(&line);
}

/* An archive that is whole, against the tables, in a moment of their own. */
static int
compare_rows(
    const struct archive *a, const struct manifest *m, void *arg, struct err *e)
{
	struct verify *v = arg;
	struct compare c = {
		.entries = v->entries,
		.digest = v->digest,
		.manifest = m,
		.archive_no = a->no,
		.read_data = v->audit->read_data,
		.found = tell,
		.arg = v,
	};

	if (db_begin_read(v->audit->db, e) ||
	    db_end(v->audit->db, compare_tables(&c, e), e))
		return err_add(e, "archive %" PRId64, a->no);
	v->differing += c.differences > 0;
	return 0;
}

/* Is a file one of the table's by now?  1, 0 or -1. */
static int
is_listed(struct verify *v, int64_t no, const char *relative, struct err *e)
{
	static const char sql[] = "SELECT 1 FROM archive"
				  " WHERE archive_no = :no AND file = :file";
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, v->audit->db, sql, e))
		return -1;
	stmt_bind_int(s, ":no", no);
	stmt_bind_text(s, ":file", relative);
	rc = stmt_step(s, e);
	stmt_free(s);
	return rc;
}

/*
 * A stage makes the file first, then the row: where one is at work the file
 * may be ahead, and where none is, it left the file behind.
 */
static int
check_listed(const char *path, const char *relative, void *arg, struct err *e)
{
	struct verify *v = arg;
	int64_t no = archive_file_number(relative);
	bool working = false;
	int rc = is_listed(v, no, relative, e);
	char *what;

	(void)path;
	if (rc == 0) {
		working = staging_is_locked(v->audit->tenant);
		rc = is_listed(v, no, relative, e);
	}
	if (rc < 0)
		return -1;
	if (rc > 0 || (working && no > 0))
		return 0;
	what = xasprintf("%s is not in the table of archives: the next run of "
			 "m2s-transform or m2s-load takes it over or sets it "
			 "aside, if it is the next one",
	    relative);
	tell(what, v);
	free(what);
	return 0;
}

/* A value that somebody outside kept must be one that the chain had. */
static int
check_head(struct verify *v, struct err *e)
{
	static const char sql[] =
	    "SELECT 1 FROM archive WHERE lower(hex(chain)) = :head";
	const char *head = v->audit->head;
	struct stmt *s = NULL;
	int rc;

	if (!head || strspn(head, "0") == HEX_DIGITS)
		return 0;
	if (strlen(head) != HEX_DIGITS ||
	    strspn(head, "0123456789abcdef") != HEX_DIGITS)
		return err_set(e, ERR_USAGE,
		    "--head: 64 hex digits in lower case are needed, as "
		    "chain_head has them");
	if (stmt_prepare(&s, v->audit->db, sql, e))
		return -1;
	stmt_bind_text(s, ":head", head);
	rc = stmt_step(s, e);
	stmt_free(s);
	if (rc == 0)
		tell("the chain never had the value of --head: archives are "
		     "missing at its end, or it was made anew",
		    v);
	return rc < 0 ? -1 : 0;
}

static int
sum_up(struct verify *v, const struct chain *c, struct err *e)
{
	struct audit *a = v->audit;
	int64_t whole = c->archives_whole - v->differing;

	if (a->json) {
		char *array =
		    xasprintf("[%s]", v->findings.data ? v->findings.data : "");

		summary_json(a->summary, "findings", array);
		summary_int(a->summary, "archives", c->archives);
		summary_int(a->summary, "archives_whole", whole);
		summary_int(a->summary, "members", c->members);
		summary_int(a->summary, "members_whole", c->members_whole);
		free(array);
	} else {
		fprintf(a->table.out,
		    "%" PRId64 "/%" PRId64 " archives, %" PRId64 "/%" PRId64
		    " members\n",
		    whole, c->archives, c->members_whole, c->members);
	}
	if (v->found > 0)
		return err_set(e, ERR_NO,
		    "the archives are not whole: %" PRId64 " findings",
		    v->found);
	return 0;
}

static int
verify_all(struct verify *v, struct err *e)
{
	struct chain c = {
		.db = v->audit->db,
		.tenant = v->audit->tenant->name,
		.folder = v->folder,
		.digest = v->digest,
		.found = tell,
		.whole = compare_rows,
		.arg = v,
	};

	if (check_head(v, e) || chain_verify(&c, e) ||
	    archive_file_each(v->folder, check_listed, v, e))
		return -1;
	return sum_up(v, &c, e);
}

int
verify_run(struct audit *a, struct err *e)
{
	struct verify v = { .audit = a };
	int rc = -1;

	if (a->subject)
		return evidence_verify(a, e);
	/* It may take long: no moment of the database is held so long. */
	if (db_end(a->db, 0, e))
		return -1;
	v.folder = archive_file_folder(a->tenant->dir);
	if (digest_open(&v.digest, e) == 0 &&
	    entries_open(&v.entries, a->db, e) == 0)
		rc = verify_all(&v, e);
	entries_close(v.entries);
	digest_close(v.digest);
	buf_free(&v.findings);
	free(v.folder);
	return rc;
}
