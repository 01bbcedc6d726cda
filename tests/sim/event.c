#include "event.h"

#include "die.h"
#include "generate.h"

#include <stdlib.h>

static void *
resize(void *p, size_t count, size_t size)
{
	p = realloc(p, count * size);
	if (!p)
		die(DIE_IO, "out of memory");
	return p;
}

void
event_add(struct event_set *s, const struct event *e)
{
	struct event_list *l = &s->list[e->log];

	if (l->count == l->capacity) {
		l->capacity = l->capacity ? l->capacity * 2 : 1024;
		l->row = resize(l->row, l->capacity, sizeof(l->row[0]));
	}
	l->row[l->count++] = *e;
}

void
event_add_whole(struct event_set *s, const struct event_whole *w)
{
	s->whole = resize(s->whole, s->wholes + 1, sizeof(s->whole[0]));
	s->whole[s->wholes++] = *w;
}

static int
compare(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

void
event_seal(struct event_set *s)
{
	struct event_list *l;

	for (int log = 0; log < LOG_COUNT; log++) {
		l = &s->list[log];
		if (l->count == 0)
			continue;
		qsort(l->row, l->count, sizeof(l->row[0]), compare);
		for (size_t i = 0; i < l->count; i++)
			l->lates += l->row[i].visible_at > l->row[i].time;
		if (l->lates == 0)
			continue;
		l->late = resize(NULL, l->lates, sizeof(l->late[0]));
		l->lates = 0;
		for (size_t i = 0; i < l->count; i++) {
			if (l->row[i].visible_at > l->row[i].time)
				l->late[l->lates++] = l->row[i];
		}
	}
}

bool
event_visible(const struct event *e, int64_t now)
{
	return e->visible_at <= now;
}

static size_t
lower(const struct event *row, size_t count, int64_t time)
{
	size_t low = 0, high = count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (row[mid].time < time)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void
event_range(const struct event_list *l, int64_t from, int64_t to, size_t *low,
    size_t *high)
{
	*low = lower(l->row, l->count, from);
	*high = lower(l->row, l->count, to);
	if (*high < *low)
		*high = *low;
}

size_t
event_total(const struct event_list *l, int64_t from, int64_t to, int64_t now)
{
	size_t low, high, total;

	if (to > now)
		to = now + 1;
	event_range(l, from, to, &low, &high);
	total = high - low;
	low = lower(l->late, l->lates, from);
	high = lower(l->late, l->lates, to);
	for (; low < high; low++)
		total -= !event_visible(&l->late[low], now);
	return total;
}

void
event_text(const struct event_set *s, const struct event *e, struct buf *out)
{
	if (e->text)
		buf_put(out, e->text, e->size);
	else
		generate_text(s->seed, e, out);
}

static void
widen(const struct event *row, size_t count, int64_t *first, int64_t *last)
{
	for (size_t i = 0; i < count; i++) {
		if (row[i].time < *first)
			*first = row[i].time;
		if (row[i].time > *last)
			*last = row[i].time;
	}
}

bool
event_span(const struct event_set *s, int64_t *first, int64_t *last)
{
	*first = INT64_MAX;
	*last = INT64_MIN;
	for (int log = 0; log < LOG_COUNT; log++)
		widen(s->list[log].row, s->list[log].count, first, last);
	for (size_t i = 0; i < s->wholes; i++)
		widen(s->whole[i].inner, s->whole[i].inners, first, last);
	return *first <= *last;
}

void
event_free(struct event_set *s)
{
	for (int log = 0; log < LOG_COUNT; log++) {
		free(s->list[log].row);
		free(s->list[log].late);
	}
	for (size_t i = 0; i < s->wholes; i++)
		free(s->whole[i].inner);
	free(s->whole);
	*s = (struct event_set){ 0 };
}
