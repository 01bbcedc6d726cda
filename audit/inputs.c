#include "inputs.h"
#include "audit.h"
#include "db.h"
#include "mem.h"
#include "scan.h"
#include "ttp.h"

#include <assert.h>
#include <stdlib.h>

enum { MEMBERS_MAX = 8 };

static const struct inputs {
	const char *members[MEMBERS_MAX]; /* with a : parameters of sql */
	const char *sql;
} inputs[TTP_COUNT] = {
	[TTP_URL] = { { ":userEmailAddress", ":url", ":date", ":scanResult",
			  ":ttpDefinition", ":reason", ":creationMethod" },
	    "SELECT CAST(:userEmailAddress AS TEXT) AS userEmailAddress,"
	    " CAST(:url AS TEXT) AS url, CAST(:date AS TEXT) AS date,"
	    " CAST(:scanResult AS TEXT) AS scanResult,"
	    " CAST(:ttpDefinition AS TEXT) AS ttpDefinition,"
	    " CAST(:reason AS TEXT) AS reason,"
	    " CAST(:creationMethod AS TEXT) AS creationMethod" },
	[TTP_ATTACHMENT] = { { ":recipientAddress", ":fileName", ":result",
				 ":date" },
	    "SELECT CAST(:recipientAddress AS TEXT) AS recipientAddress,"
	    " CAST(:fileName AS TEXT) AS fileName,"
	    " CAST(:result AS TEXT) AS result, CAST(:date AS TEXT) AS date" },
	[TTP_IMPERSONATION] = { { ":senderAddress", ":recipientAddress",
				    ":eventTime" },
	    "SELECT CAST(:senderAddress AS TEXT) AS senderAddress,"
	    " CAST(:recipientAddress AS TEXT) AS recipientAddress,"
	    " CAST(:eventTime AS TEXT) AS eventTime" },
};

/* Of a member that comes twice the last one counts. */
static void
find_values(const void *data, size_t n, const struct inputs *in,
    struct scan_value *values)
{
	struct scan *scan = xcalloc(1, sizeof *scan);
	struct scan_value name, value;

	scan_open(scan, data, n, 1);
	if (scan_peek(scan) != SCAN_OBJECT)
		goto out;
	scan_enter(scan);
	while (scan_member(scan, &name) && scan_value(scan, &value))
		for (int i = 0; i < MEMBERS_MAX && in->members[i]; i++)
			if (scan_is(&name, in->members[i] + 1))
				values[i] = value;
out:
	free(scan);
}

static int
show_values(struct audit *a, const struct inputs *in, const void *data,
    size_t n, struct err *e)
{
	struct scan_value values[MEMBERS_MAX] = { 0 };
	struct stmt *s = NULL;
	int rc;

	find_values(data, n, in, values);
	if (stmt_prepare(&s, a->db, in->sql, e))
		return -1;
	for (int i = 0; i < MEMBERS_MAX && in->members[i]; i++)
		stmt_bind_blob(
		    s, in->members[i], values[i].text, values[i].length);
	rc = audit_show(a, "inputs", "what its rules look at", s, NULL, e);
	stmt_free(s);
	return rc;
}

static const char raw_sql[] =
    "SELECT w.log, substr(b.body, r.offset + 1, r.length)"
    " FROM record r"
    " JOIN page p ON p.page_id = r.record_id >> 25"
    " JOIN window w ON w.window_id = p.window_id"
    " JOIN page_body b ON b.page_id = p.page_id"
    " WHERE r.record_id = :record";

int
inputs_show(struct audit *a, int64_t record_id, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, a->db, raw_sql, e))
		return -1;
	stmt_bind_int(s, ":record", record_id);
	rc = stmt_step(s, e);
	if (rc > 0) {
		enum ttp log;
		bool found = ttp_find(stmt_text(s, 0), &log);
		size_t n;
		const void *data = stmt_blob(s, 1, &n);

		assert(found);
		rc = show_values(a, &inputs[log], data, n, e);
	}
	stmt_free(s);
	return rc;
}
