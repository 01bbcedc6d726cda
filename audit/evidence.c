#include "evidence.h"
#include "archive.h"
#include "audit.h"
#include "buf.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "digest.h"
#include "err.h"
#include "mem.h"
#include "output.h"
#include "pack.h"
#include "report.h"
#include "settings.h"
#include "summary.h"
#include "text.h"
#include "timestamp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A part of a view is to stay well below what a reader takes of a member. */
enum { LEVEL = 3, PART_ROWS = 10000 };

static const char invariants_sql[] =
    "SELECT i.invariant, count(v.invariant) AS broken, min(v.subject) AS one,"
    " min(v.detail) AS detail"
    " FROM v_invariant i LEFT JOIN v_violation v ON v.invariant = i.invariant"
    " GROUP BY i.invariant ORDER BY i.invariant";

static const struct view {
	const char *name;
	const char *sql;
} views[] = {
	{ "v_outcome", "SELECT * FROM v_outcome" },
	{ "v_coverage",
	    "SELECT * FROM v_coverage WHERE to_at > :from AND from_at < :to" },
	{ "v_reconciliation",
	    "SELECT * FROM v_reconciliation"
	    " WHERE from_at >= :from AND from_at < :to"
	    " ORDER BY window_id, sink" },
	{ "v_delivery",
	    "SELECT * FROM v_delivery"
	    " WHERE occurred_at >= :from AND occurred_at < :to"
	    " ORDER BY alert_no, sink" },
	{ "v_lineage",
	    "SELECT * FROM v_lineage"
	    " WHERE occurred_at >= :from AND occurred_at < :to"
	    " ORDER BY alert_no, batch_id, attempt" },
	{ "v_revision",
	    "SELECT * FROM v_revision"
	    " WHERE occurred_at >= :from AND occurred_at < :to"
	    " ORDER BY alert_no" },
	{ "v_unmapped",
	    "SELECT * FROM v_unmapped"
	    " WHERE occurred_at >= :from AND occurred_at < :to"
	    " ORDER BY alert_no, mapping_id" },
	{ "v_invalid",
	    "SELECT v.* FROM v_invalid v JOIN window w"
	    " ON w.window_id = v.window_id"
	    " WHERE w.from_at >= :from AND w.from_at < :to"
	    " ORDER BY v.page_id, v.position" },
	{ "v_clean",
	    "SELECT v.* FROM v_clean v JOIN window w"
	    " ON w.window_id = v.window_id"
	    " WHERE w.from_at >= :from AND w.from_at < :to"
	    " ORDER BY v.page_id, v.position" },
	{ "v_lag", "SELECT * FROM v_lag ORDER BY log, window_id, occurred_at" },
	{ "v_in_doubt", "SELECT * FROM v_in_doubt ORDER BY batch_id" },
	{ "v_mapping_history", "SELECT * FROM v_mapping_history" },
	{ "v_unfinished",
	    "SELECT * FROM v_unfinished ORDER BY kind, subject, detail" },
	{ "v_unknown_field",
	    "SELECT * FROM v_unknown_field ORDER BY log, name" },
	{ "archive",
	    "SELECT archive_no, kind, file, file_digest, manifest_digest,"
	    " previous_chain, chain, members, bytes, run_id, created_at,"
	    " verified_at FROM archive ORDER BY archive_no" },
};

struct evidence {
	struct audit *audit;
	struct report_range range;
	struct pack_writer *pack;
	struct digest *digest;
	struct buf sums; /* SHA256SUMS so far */
	struct buf data; /* of the member in hand */
	int64_t members;
};

static int
add(struct evidence *v, const char *name, struct err *e)
{
	unsigned char digest[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	digest_of(v->digest, v->data.data, v->data.len, digest);
	buf_printf(
	    &v->sums, "%s  %s\n", digest_hex(digest, sizeof digest, hex), name);
	v->members++;
	return pack_add(v->pack, name, v->data.data, v->data.len, e);
}

static int
add_head(struct evidence *v, struct err *e)
{
	unsigned char chain[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];
	char now[TIMESTAMP_SIZE], from[TIMESTAMP_SIZE], to[TIMESTAMP_SIZE];
	int64_t no;

	if (archive_get_head(v->audit->db, &no, chain, e))
		return -1;
	buf_clear(&v->data);
	buf_printf(&v->data,
	    "{\"schema\": 1, \"tenant\": \"%s\", \"program\": \"m2s %s\",\n"
	    "\"made\": \"%s\", \"from\": \"%s\", \"to\": \"%s\",\n"
	    "\"archives\": %" PRId64 ",\n\"chain_head\": \"%s\"}\n",
	    v->audit->tenant->name, M2S_VERSION,
	    timestamp_iso(clock_now(), now),
	    timestamp_iso(v->range.from_at, from),
	    timestamp_iso(v->range.to_at, to), no,
	    digest_hex(chain, sizeof chain, hex));
	return add(v, "evidence.json", e);
}

static int
add_report(struct evidence *v, struct err *e)
{
	buf_clear(&v->data);
	if (report_put(&v->data, v->audit, e))
		return -1;
	return add(v, "report.html", e);
}

static int
add_settings(struct evidence *v, struct err *e)
{
	buf_clear(&v->data);
	settings_put(&v->data, v->audit->tenant);
	return add(v, "config.json", e);
}

static int
add_rows(struct evidence *v, struct stmt *s, const char *name, struct err *e)
{
	struct table t = { .text = &v->data, .format = TABLE_CSV };
	int rc = 1;

	for (int part = 1; rc > 0; part++) {
		char *member = xasprintf("%s.%d.csv", name, part);

		buf_clear(&v->data);
		rc = table_put_some(&t, s, PART_ROWS, NULL, e);
		if (rc >= 0 && add(v, member, e))
			rc = -1;
		free(member);
	}
	return rc;
}

static int
add_view(struct evidence *v, const struct view *view, struct err *e)
{
	char *name = xasprintf("views/%s", view->name);
	struct stmt *s = NULL;
	int rc = -1;

	if (stmt_prepare(&s, v->audit->db, view->sql, e))
		goto out;
	if (strstr(view->sql, ":from")) {
		stmt_bind_int(s, ":from", v->range.from_at);
		stmt_bind_int(s, ":to", v->range.to_at);
	}
	rc = add_rows(v, s, name, e);
out:
	stmt_free(s);
	free(name);
	return rc;
}

static int
add_invariants(struct evidence *v, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, v->audit->db, invariants_sql, e))
		return -1;
	rc = add_rows(v, s, "invariants", e);
	stmt_free(s);
	return rc;
}

static int
add_mappings(struct evidence *v, struct err *e)
{
	static const char sql[] =
	    "SELECT mapping_id, body FROM mapping ORDER BY mapping_id";
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, v->audit->db, sql, e))
		return -1;
	while ((rc = stmt_step(s, e)) > 0) {
		char *name =
		    xasprintf("mappings/%" PRId64 ".json", stmt_int(s, 0));

		buf_clear(&v->data);
		buf_puts(&v->data, stmt_text(s, 1));
		rc = add(v, name, e);
		free(name);
		if (rc)
			break;
	}
	stmt_free(s);
	return rc;
}

/*
 * What verify says, whatever it is.  It gives up the read transaction, so it
 * comes first, and what follows begins another.
 */
static int
add_verification(struct evidence *v, struct buf *text, struct err *e)
{
	struct audit a = *v->audit;
	struct err said = { 0 };
	char *data = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&data, &n);

	if (!out)
		return err_set(e, ERR_IO, "out of memory");
	a.table.out = out;
	a.json = false;
	a.subject = NULL;
	verify_run(&a, &said);
	fclose(out);
	buf_put(text, data, n);
	free(data);
	if (said.kind == ERR_NO)
		buf_printf(text, "%s\n", said.msg);
	else if (said.kind)
		return err_set(e, said.kind, "%s", said.msg);
	return db_begin_read(v->audit->db, e);
}

static int
add_all(struct evidence *v, const struct buf *verified, struct err *e)
{
	if (add_head(v, e) || add_report(v, e) || add_settings(v, e) ||
	    add_invariants(v, e))
		return -1;
	buf_clear(&v->data);
	buf_put(&v->data, verified->data, verified->len);
	if (add(v, "verify.txt", e) || add_mappings(v, e))
		return -1;
	for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
		if (add_view(v, &views[i], e))
			return err_add(e, "%s", views[i].name);
	return pack_add(v->pack, "SHA256SUMS", v->sums.data, v->sums.len, e) ||
		pack_finish(v->pack, e)
	    ? -1
	    : 0;
}

static int
write_all(struct evidence *v, const char *path, struct err *e)
{
	struct output o = { .fd = -1 };
	struct buf verified = { 0 };
	int rc = -1;

	if (add_verification(v, &verified, e) || digest_open(&v->digest, e) ||
	    output_open(&o, path, e) || pack_create(&v->pack, o.fd, LEVEL, e) ||
	    add_all(v, &verified, e) || output_commit(&o, e))
		goto out;
	rc = 0;
out:
	pack_writer_free(v->pack);
	digest_close(v->digest);
	output_free(&o);
	buf_free(&verified);
	return rc;
}

int
evidence_run(struct audit *a, struct err *e)
{
	struct evidence v = { .audit = a, .range = report_range(a) };
	char *path = output_path(a, a->file);
	int rc = 0;

	if (a->dry_run)
		summary_text(a->summary, "would_write", path);
	else
		rc = write_all(&v, path, e);
	if (rc == 0 && !a->dry_run) {
		summary_text(a->summary, "evidence", path);
		summary_int(a->summary, "members", v.members + 1);
	}
	buf_free(&v.sums);
	buf_free(&v.data);
	free(path);
	return rc;
}
