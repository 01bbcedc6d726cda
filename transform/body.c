#include "body.h"
#include "err.h"
#include "event.h"
#include "record.h"

struct walk {
	struct scan *scan;
	struct event *event;
	const char *array; /* the name of the array of records */
	size_t position;
	body_fn *fn;
	void *arg;
	struct err *e;
};

static int
each_record(struct walk *w)
{
	scan_enter(w->scan);
	while (scan_element(w->scan)) {
		w->event->position = w->position;
		if (!event_read(w->event, w->scan))
			break;
		if (w->position == RECORD_POSITIONS)
			return err_set(w->e, ERR_DATA,
			    "more than %d records in one page",
			    RECORD_POSITIONS);
		if (w->fn(w->event, w->position++, w->arg, w->e))
			return -1;
	}
	return 0;
}

typedef int walk_fn(struct walk *w);

/* Go into the object at the cursor, and by fn into its arrays of that name. */
static int
each_array(struct walk *w, const char *name, walk_fn *fn)
{
	struct scan_value v;

	scan_enter(w->scan);
	while (scan_member(w->scan, &v)) {
		if (!scan_is(&v, name) || scan_peek(w->scan) != SCAN_ARRAY)
			scan_value(w->scan, &v);
		else if (fn(w))
			return -1;
	}
	return 0;
}

static int
each_answer(struct walk *w)
{
	struct scan_value v;

	scan_enter(w->scan);
	while (scan_element(w->scan)) {
		if (scan_peek(w->scan) != SCAN_OBJECT)
			scan_value(w->scan, &v);
		else if (each_array(w, w->array, each_record))
			return -1;
	}
	return 0;
}

int
body_each(struct scan *s, struct event *ev, const void *data, size_t len,
    body_fn *fn, void *arg, struct err *e)
{
	struct walk w = {
		.scan = s,
		.event = ev,
		.array = ttp_log(ev->rules->log)->records,
		.fn = fn,
		.arg = arg,
		.e = e,
	};

	event_scan(s, data, len);
	if (scan_peek(s) == SCAN_ARRAY)
		return err_set(e, ERR_DATA, "its body is no JSON object");
	if (each_array(&w, "data", each_answer))
		return -1;
	if (!scan_end(s))
		return err_set(e, ERR_DATA,
		    "its body is no JSON at byte %zu: %s", s->at, s->fault);
	return 0;
}
