#include "diff.h"
#include "alert.h"
#include "buf.h"
#include "err.h"
#include "mapped_alert.h"
#include "mapping_file.h"
#include "remap.h"
#include "summary.h"
#include "text.h"
#include "threat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What a mapping makes of some alerts. */
struct view {
	const char *alert_type;
	const char *threat_id;
	const char *threat_name;
	int severity;
};

struct diff {
	struct threats *threats;
	bool json;
	int64_t alerts;
	int64_t changed;
	struct buf change; /* how the last group changes */
	int64_t change_count;
	struct buf line; /* for the next */
	struct buf changes; /* with json: all of them */
	struct buf ids;
};

static bool
are_equal(const struct view *a, const struct view *b)
{
	return strcmp(a->alert_type, b->alert_type) == 0 &&
	    strcmp(a->threat_id, b->threat_id) == 0 &&
	    strcmp(a->threat_name, b->threat_name) == 0 &&
	    a->severity == b->severity;
}

static bool
changes(struct diff *d, const struct mapped_alert *a, struct view *was,
    struct view *is)
{
	struct alert_mapping m;

	remap_alert(d->threats, a, &m);
	*was = (struct view){ a->alert_type, a->threat_id, a->threat_name,
		a->severity };
	*is = (struct view){ m.alert_type, m.rule->threat_id,
		m.rule->threat_name, m.severity };
	return !are_equal(was, is);
}

static void
put_view(struct buf *b, const struct view *v)
{
	text_put_visible(b, v->alert_type, strlen(v->alert_type));
	buf_puts(b, ", ");
	text_put_visible(b, v->threat_id, strlen(v->threat_id));
	buf_puts(b, " ");
	text_put_visible(b, v->threat_name, strlen(v->threat_name));
	buf_printf(b, ", %d", v->severity);
}

static void
put_member(struct buf *b, const char *name, const char *text)
{
	buf_printf(b, "\"%s\": ", name);
	text_put_json_clean(b, text, strlen(text));
	buf_puts(b, ", ");
}

static void
put_view_json(struct buf *b, const char *name, const struct view *v)
{
	buf_printf(b, ", \"%s\": {", name);
	put_member(b, "alert_type", v->alert_type);
	put_member(b, "threat_id", v->threat_id);
	put_member(b, "threat_name", v->threat_name);
	buf_printf(b, "\"severity\": %d}", v->severity);
}

static void
put_change(
    struct diff *d, enum ttp log, const struct view *was, const struct view *is)
{
	buf_clear(&d->line);
	if (d->json) {
		buf_printf(&d->line, "\"log\": \"%s\"", ttp_log(log)->name);
		put_view_json(&d->line, "old", was);
		put_view_json(&d->line, "new", is);
		return;
	}
	buf_printf(&d->line, "%s: ", ttp_log(log)->name);
	put_view(&d->line, was);
	buf_puts(&d->line, " -> ");
	put_view(&d->line, is);
}

static void
show_change(struct diff *d)
{
	if (d->change_count == 0)
		return;
	if (d->json)
		buf_printf(&d->changes, "%s{\"alerts\": %" PRId64 ", %s}",
		    d->changes.len ? ", " : "", d->change_count,
		    d->change.data);
	else
		printf(
		    "change %" PRId64 " %s\n", d->change_count, d->change.data);
	d->change_count = 0;
}

/* Groups that differ in what is not shown follow one another. */
static int
compare_group(const struct mapped_alert *a, void *arg, struct err *e)
{
	struct diff *d = arg;
	struct view was, is;

	(void)e;
	d->alerts += a->count;
	if (!changes(d, a, &was, &is))
		return 0;
	put_change(d, a->log, &was, &is);
	if (d->change_count > 0 && strcmp(d->change.data, d->line.data) != 0)
		show_change(d);
	buf_clear(&d->change);
	buf_put(&d->change, d->line.data, d->line.len);
	d->change_count += a->count;
	d->changed += a->count;
	return 0;
}

static int
compare_alert(const struct mapped_alert *a, void *arg, struct err *e)
{
	char hex[2 * ALERT_ID_SIZE + 1];
	struct diff *d = arg;
	struct view was, is;

	(void)e;
	if (!changes(d, a, &was, &is))
		return 0;
	digest_hex(a->id, ALERT_ID_SIZE, hex);
	if (d->json)
		buf_printf(&d->ids, "%s\"%s\"", d->ids.len ? ", " : "", hex);
	else
		printf("alert %s\n", hex);
	return 0;
}

static void
add_array(struct summary *s, const char *name, const struct buf *elements)
{
	struct buf array = { 0 };

	buf_putc(&array, '[');
	buf_put(&array, elements->data, elements->len);
	buf_putc(&array, ']');
	summary_json(s, name, array.data);
	buf_free(&array);
}

static void
summarize(const struct diff *d, struct summary *s)
{
	if (d->json) {
		add_array(s, "changes", &d->changes);
		add_array(s, "changed_alerts", &d->ids);
	}
	summary_int(s, "alerts", d->alerts);
	summary_int(s, "changed", d->changed);
}

int
diff_run(struct db *db, const struct mapping_file *mapping, bool json,
    struct summary *s, struct err *e)
{
	struct diff d = { .json = json };
	int rc = -1;

	if (threat_open(&d.threats, mapping->rules, mapping->rules_count, e) ||
	    mapped_alert_each_group(db, compare_group, &d, e))
		goto out;
	show_change(&d);
	if (d.changed > 0 && mapped_alert_each(db, compare_alert, &d, e))
		goto out;
	summarize(&d, s);
	rc = d.changed == 0
	    ? 0
	    : err_set(e, ERR_NO,
		  "with %s, %" PRId64 " of %" PRId64 " alerts would change",
		  mapping->mapping.source, d.changed, d.alerts);
out:
	threat_close(d.threats);
	buf_free(&d.change);
	buf_free(&d.line);
	buf_free(&d.changes);
	buf_free(&d.ids);
	return rc;
}
