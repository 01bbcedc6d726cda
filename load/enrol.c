#include "enrol.h"
#include "config.h"
#include "context.h"
#include "db.h"
#include "err.h"
#include "seal.h"

#include <stdbool.h>
#include <string.h>

static const char *
type_of(const struct config_sink *c)
{
	switch (c->type) {
	case CONFIG_FILE:
		return "file";
	case CONFIG_HTTPS:
		return "https";
	case CONFIG_SYSLOG:
		break;
	}
	return "syslog";
}

static int
last_alert(struct db *db, int64_t *last, struct err *e)
{
	return db_int(
	    db, "SELECT coalesce(max(alert_no), 0) FROM alert", last, e);
}

/* The sink as it is; one that is new has been away for ever. */
static int
look_up(
    struct db *db, const struct config_sink *c, struct sink *s, struct err *e)
{
	bool found;

	if (sink_get(db, c->name, s, &found, e))
		return -1;
	if (!found)
		*s = (struct sink){ .name = c->name, .type = type_of(c) };
	if (strcmp(s->type, type_of(c)) != 0)
		return err_set(e, ERR_CONFIG,
		    "sink %s was of type %s before and is %s now: give it "
		    "another name",
		    c->name, s->type, type_of(c));
	return 0;
}

static bool
is_away(const struct sink *s)
{
	return s->owed_until != INT64_MAX;
}

/*
 * What it owed until it was gone is in batches.  What it owes of the alerts
 * made since then, up to the last one, is for `from` to say.
 */
static void
come_back(struct sink *s, const struct config_sink *c, int64_t last)
{
	s->sealed_to = c->from == CONFIG_FROM_NOW ? last : s->owed_until;
	s->owed_after = c->from == CONFIG_FROM_ALL ? s->owed_until : last;
	s->from_after = s->owed_until;
	s->from_at = c->from == CONFIG_FROM_DATE ? c->from_at : INT64_MAX;
	s->owed_until = INT64_MAX;
}

/* Seal what one that was gone still owes from before. */
static int
seal_old(const struct context *x, const struct config_sink *c, struct sink *s,
    struct err *e)
{
	struct seal_sum sum;

	do {
		if (seal_some(x, c, s, &sum, NULL, e))
			return -1;
	} while (sum.batches);
	return 0;
}

static int
put(const struct context *x, const struct config_sink *c, struct sink *s,
    struct err *e)
{
	int64_t last;

	if (!is_away(s))
		return 0;
	if (last_alert(x->db, &last, e))
		return -1;
	come_back(s, c, last);
	return sink_put(x->db, s, e);
}

struct roll {
	const struct context *x;
	const struct config_tenant *t;
};

static int
put_gone(void *ctx, const struct sink *s, struct err *e)
{
	const struct roll *r = ctx;
	int64_t last;

	if (is_away(s))
		return 0;
	for (unsigned i = 0; i < r->t->sinks_count; i++)
		if (strcmp(s->name, r->t->sinks[i].name) == 0)
			return 0;
	if (last_alert(r->x->db, &last, e))
		return -1;
	return sink_put_gone(r->x->db, s->sink_id, last, e);
}

static int
put_all(const struct context *x, const struct config_tenant *t,
    struct sink *sinks, struct err *e)
{
	struct roll r = { x, t };

	for (unsigned i = 0; i < t->sinks_count; i++)
		if (put(x, &t->sinks[i], &sinks[i], e))
			return -1;
	return sink_each(x->db, put_gone, &r, e);
}

int
enrol(const struct context *x, const struct config_tenant *t,
    struct sink *sinks, struct err *e)
{
	for (unsigned i = 0; i < t->sinks_count; i++) {
		if (look_up(x->db, &t->sinks[i], &sinks[i], e))
			return -1;
		if (is_away(&sinks[i]) &&
		    seal_old(x, &t->sinks[i], &sinks[i], e))
			return -1;
	}
	if (db_begin(x->db, e))
		return -1;
	return db_end(x->db, put_all(x, t, sinks, e), e);
}

int
enrol_count(const struct context *x, const struct config_sink *c,
    int64_t *sink_id, struct seal_sum *sum, struct err *e)
{
	struct sink s;
	int64_t last;

	memset(sum, 0, sizeof *sum);
	if (look_up(x->db, c, &s, e) || last_alert(x->db, &last, e))
		return -1;
	*sink_id = s.sink_id;
	if (is_away(&s)) {
		if (seal_count(x, c, &s, sum, e))
			return -1;
		come_back(&s, c, last);
	}
	return seal_count(x, c, &s, sum, e);
}
