#include "alert.h"
#include "db.h"
#include "mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct alert_table {
	struct db *db;
	struct stmt *put;
	struct stmt *get;
	struct stmt *get_revised;
};

static const char *const names[ALERT_COLUMNS] = {
	[ALERT_SENDER] = ":sender",
	[ALERT_RECIPIENT] = ":recipient",
	[ALERT_SUBJECT] = ":subject",
	[ALERT_URL] = ":url",
	[ALERT_FILE_NAME] = ":file_name",
	[ALERT_FILE_TYPE] = ":file_type",
	[ALERT_FILE_HASH] = ":file_hash",
	[ALERT_MESSAGE_ID] = ":message_id",
	[ALERT_SOURCE_IP] = ":source_ip",
	[ALERT_VERDICT] = ":verdict",
	[ALERT_ACTION] = ":action",
};

static const char put_sql[] =
    "INSERT INTO alert (alert_id, digest, twin, natural_key, record_id,"
    " run_id, log, occurred_at, sender, recipient, subject, url, file_name,"
    " file_type, file_hash, message_id, source_ip, verdict, action,"
    " text_anomaly, revision_of)"
    " VALUES (:id, :digest, :twin, :natural_key, :record,"
    " :run, :log, :at, :sender, :recipient, :subject, :url, :file_name,"
    " :file_type, :file_hash, :message_id, :source_ip, :verdict, :action,"
    " :anomaly, :revision_of)";

int
alert_put(struct alert_table *t, const struct alert *a, int64_t *alert_no,
    struct err *e)
{
	struct stmt *s = t->put;

	stmt_bind_blob(s, ":id", a->id, sizeof a->id);
	stmt_bind_blob(s, ":digest", a->digest, sizeof a->digest);
	stmt_bind_int(s, ":twin", a->twin);
	stmt_bind_blob(
	    s, ":natural_key", a->natural_key, sizeof a->natural_key);
	stmt_bind_int(s, ":record", a->record_id);
	stmt_bind_int(s, ":run", a->run_id);
	stmt_bind_text(s, ":log", ttp_log(a->log)->name);
	stmt_bind_int(s, ":at", a->occurred_at);
	for (int i = 0; i < ALERT_COLUMNS; i++)
		stmt_bind_textn(s, names[i], a->texts[i].data, a->texts[i].len);
	stmt_bind_int(s, ":anomaly", a->text_anomaly);
	if (a->revision_of)
		stmt_bind_int(s, ":revision_of", a->revision_of);
	else
		stmt_bind_null(s, ":revision_of");
	if (stmt_run(s, e))
		return -1;
	*alert_no = db_last_id(t->db);
	return 0;
}

static const char get_sql[] = "SELECT alert_no, twin, record_id, digest"
			      " FROM alert WHERE alert_id = :id";

int
alert_get(struct alert_table *t, const unsigned char id[ALERT_ID_SIZE],
    struct alert_known *known, struct err *e)
{
	struct stmt *s = t->get;
	const void *digest;
	size_t n;
	int rc;

	stmt_bind_blob(s, ":id", id, ALERT_ID_SIZE);
	rc = stmt_step(s, e);
	if (rc <= 0)
		return rc;
	known->alert_no = stmt_int(s, 0);
	known->twin = stmt_int(s, 1);
	known->record_id = stmt_int(s, 2);
	digest = stmt_blob(s, 3, &n);
	assert(n == DIGEST_SIZE);
	memcpy(known->digest, digest, DIGEST_SIZE);
	stmt_reset(s);
	return 1;
}

static const char get_revised_sql[] =
    "SELECT max(alert_no) FROM alert"
    " WHERE natural_key = :key AND digest <> :digest";

int
alert_get_revised(struct alert_table *t,
    const unsigned char natural_key[ALERT_KEY_SIZE],
    const unsigned char digest[DIGEST_SIZE], int64_t *alert_no, struct err *e)
{
	struct stmt *s = t->get_revised;

	stmt_bind_blob(s, ":key", natural_key, ALERT_KEY_SIZE);
	stmt_bind_blob(s, ":digest", digest, DIGEST_SIZE);
	if (stmt_step(s, e) < 0)
		return -1;
	*alert_no = stmt_int(s, 0);
	stmt_reset(s);
	return 0;
}

int
alert_open(struct alert_table **out, struct db *db, struct err *e)
{
	struct alert_table *t = xcalloc(1, sizeof *t);

	t->db = db;
	if (stmt_prepare(&t->put, db, put_sql, e) ||
	    stmt_prepare(&t->get, db, get_sql, e) ||
	    stmt_prepare(&t->get_revised, db, get_revised_sql, e)) {
		alert_close(t);
		return -1;
	}
	*out = t;
	return 0;
}

void
alert_close(struct alert_table *t)
{
	if (!t)
		return;
	stmt_free(t->put);
	stmt_free(t->get);
	stmt_free(t->get_revised);
	free(t);
}
