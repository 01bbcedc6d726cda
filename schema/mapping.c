#include "mapping.h"
#include "clock.h"
#include "db.h"

const char *
mapping_match_name(enum mapping_match match)
{
	static const char *const names[MAPPING_MATCHES] = {
		[MAPPING_EXACT] = "exact",
		[MAPPING_PREFIX] = "prefix",
		[MAPPING_REGEX] = "regex",
		[MAPPING_DEFAULT] = "default",
	};

	return names[match];
}

static const char get_sql[] =
    "SELECT mapping_id FROM mapping WHERE digest = :digest";

/* 1 if there is one, 0 if not. */
static int
get(struct db *db, const struct mapping *m, int64_t *mapping_id, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, get_sql, e))
		return -1;
	stmt_bind_blob(s, ":digest", m->digest, sizeof m->digest);
	rc = stmt_step(s, e);
	if (rc > 0)
		*mapping_id = stmt_int(s, 0);
	stmt_free(s);
	return rc;
}

static const char put_sql[] =
    "INSERT INTO mapping (digest, version, attack_version, source, body,"
    " run_id, loaded_at)"
    " VALUES (:digest, :version, :attack, :source, :body, :run, :now)";

static int
put(struct db *db, const struct mapping *m, int64_t run_id, struct err *e)
{
	struct stmt *s = NULL;
	int rc;

	if (stmt_prepare(&s, db, put_sql, e))
		return -1;
	stmt_bind_blob(s, ":digest", m->digest, sizeof m->digest);
	stmt_bind_text(s, ":version", m->version);
	stmt_bind_text(s, ":attack", m->attack_version);
	stmt_bind_text(s, ":source", m->source);
	stmt_bind_textn(s, ":body", m->body, m->len);
	stmt_bind_int(s, ":run", run_id);
	stmt_bind_int(s, ":now", clock_now());
	rc = stmt_run(s, e);
	stmt_free(s);
	return rc;
}

static const char put_rule_sql[] =
    "INSERT INTO mapping_rule (mapping_id, rule_no, alert_type, match, log,"
    " threat_id, threat_name, severity)"
    " VALUES (:mapping, :rule, :type, :match, :log,"
    " :threat_id, :threat_name, :severity)";

static int
put_rules(struct db *db, int64_t mapping_id, const struct mapping_rule *rules,
    size_t n, struct err *e)
{
	struct stmt *s = NULL;
	int rc = 0;

	if (stmt_prepare(&s, db, put_rule_sql, e))
		return -1;
	for (size_t i = 0; i < n && rc == 0; i++) {
		const struct mapping_rule *r = &rules[i];

		stmt_bind_int(s, ":mapping", mapping_id);
		stmt_bind_int(s, ":rule", r->rule_no);
		stmt_bind_text(s, ":type", r->alert_type);
		stmt_bind_text(s, ":match", mapping_match_name(r->match));
		stmt_bind_text(s, ":log",
		    r->match == MAPPING_DEFAULT ? ttp_log(r->log)->name : NULL);
		stmt_bind_text(s, ":threat_id", r->threat_id);
		stmt_bind_text(s, ":threat_name", r->threat_name);
		if (r->severity != MAPPING_BY_VERDICT)
			stmt_bind_int(s, ":severity", r->severity);
		else
			stmt_bind_null(s, ":severity");
		rc = stmt_run(s, e);
	}
	stmt_free(s);
	return rc;
}

int
mapping_put(struct db *db, const struct mapping *m,
    const struct mapping_rule *rules, size_t n, int64_t run_id,
    int64_t *mapping_id, struct err *e)
{
	int rc = -1;
	int known;

	if (db_begin(db, e))
		return -1;
	known = get(db, m, mapping_id, e);
	if (known < 0)
		goto out;
	if (known == 0) {
		if (put(db, m, run_id, e))
			goto out;
		*mapping_id = db_last_id(db);
		if (put_rules(db, *mapping_id, rules, n, e))
			goto out;
	}
	rc = 0;
out:
	return db_end(db, rc, e);
}
