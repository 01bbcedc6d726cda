#include "member.h"
#include "db.h"

#include <stdint.h>

static const char put_sql[] =
    "INSERT INTO batch_alert (batch_id, position, alert_no, mapping_id)"
    " SELECT u.batch_id, u.position, a.alert_no, m.mapping_id"
    " FROM batch_member u"
    " JOIN alert a ON a.alert_id = u.alert_id"
    " JOIN mapping m ON m.digest = u.mapping_digest";

static const char drop_sql[] =
    "DELETE FROM batch_member WHERE EXISTS (SELECT 1 FROM batch_alert i"
    " WHERE i.batch_id = batch_member.batch_id"
    " AND i.position = batch_member.position)";

/*
 * Up to the alert before the first one that is owed and in no batch that
 * counts.
 */
static const char sealed_sql[] =
    "UPDATE sink SET sealed_to = max(sealed_to, coalesce("
    " (SELECT min(a.alert_no) - 1 FROM alert a"
    "  WHERE (a.alert_no > sink.owed_after OR a.alert_no > sink.from_after"
    "   AND a.occurred_at >= sink.from_at)"
    "  AND (sink.owed_until IS NULL OR a.alert_no <= sink.owed_until)"
    "  AND a.alert_no > sink.sealed_to"
    "  AND NOT EXISTS (SELECT 1 FROM batch_alert i"
    "   JOIN batch b ON b.batch_id = i.batch_id"
    "   WHERE i.alert_no = a.alert_no AND b.sink_id = sink.sink_id"
    "   AND b.state <> 'split')),"
    " (SELECT max(alert_no) FROM alert), 0))";

int
member_resolve(struct db *db, struct err *e)
{
	int64_t waiting;
	int rc = -1;

	if (db_int(db, "SELECT count(*) FROM batch_member", &waiting, e))
		return -1;
	if (waiting == 0)
		return 0;
	if (db_begin(db, e))
		return -1;
	if (db_exec(db, put_sql, e) || db_exec(db, drop_sql, e) ||
	    db_exec(db, sealed_sql, e))
		goto out;
	rc = 0;
out:
	return db_end(db, rc, e);
}
