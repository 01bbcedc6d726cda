#include "remap.h"
#include "db.h"
#include "err.h"
#include "mapped_alert.h"
#include "mapping_file.h"
#include "rules.h"
#include "threat.h"

#include <string.h>

enum { COMMIT_ALERTS = 10000 };

struct remap {
	const struct remap_options *options;
	struct threats *threats;
	struct alert_mapping_table *table;
	int64_t mapping_id;
	int64_t last_no; /* the alert that was mapped last */
	int64_t pending; /* rows of the transaction in hand */
};

void
remap_alert(struct threats *threats, const struct mapped_alert *a,
    struct alert_mapping *m)
{
	*m = (struct alert_mapping){
		.alert_no = a->alert_no,
		.alert_type = a->alert_type,
		.alert_type_len = a->alert_type_len,
		.type_rule = a->type_rule,
	};
	if (a->type_rule == TYPE_DEFAULT) {
		m->alert_type = threat_default(threats, a->log)->alert_type;
		m->alert_type_len = strlen(m->alert_type);
	}
	m->rule =
	    threat_find(threats, a->log, m->alert_type, m->alert_type_len);
	m->severity = rules_severity(rules_of(a->log), m->rule, a->malicious);
}

static int
put(const struct mapped_alert *a, void *arg, struct err *e)
{
	struct remap *r = arg;
	struct alert_mapping m;

	remap_alert(r->threats, a, &m);
	m.mapping_id = r->mapping_id;
	r->last_no = a->alert_no;
	r->pending++;
	return alert_mapping_put(r->table, &m, e);
}

/* One transaction; r->pending is 0 if nothing was left to do. */
static int
put_some(struct db *db, struct remap *r, struct err *e)
{
	int rc;

	r->pending = 0;
	if (db_begin(db, e))
		return -1;
	rc = mapped_alert_each_lacking(
	    db, r->mapping_id, r->last_no, COMMIT_ALERTS, put, r, e);
	return db_end(db, rc, e);
}

static int
put_all(struct db *db, struct remap *r, int64_t *count, struct err *e)
{
	do {
		if (r->options->stopping && r->options->stopping())
			return err_set(e, ERR_RETRY,
			    "stopped by a signal: --remap again goes on from "
			    "here");
		if (put_some(db, r, e))
			return -1;
		*count += r->pending;
	} while (r->pending > 0);
	return 0;
}

int
remap_run(struct db *db, const struct remap_options *options, int64_t *count,
    struct err *e)
{
	const struct mapping_file *m = options->mapping;
	struct remap r = { .options = options };
	int rc = -1;

	if (mapping_put(db, &m->mapping, m->rules, m->rules_count,
		options->run_id, &r.mapping_id, e) ||
	    threat_open(&r.threats, m->rules, m->rules_count, e) ||
	    alert_mapping_open(&r.table, db, e))
		goto out;
	rc = put_all(db, &r, count, e);
out:
	alert_mapping_close(r.table);
	threat_close(r.threats);
	return rc;
}
