#include "seam.h"
#include "mem.h"
#include "record.h"

#include <stdlib.h>
#include <string.h>

void
seam_begin(struct seam *s)
{
	s->previous.count = 0;
	s->page.count = 0;
}

void
seam_page(struct seam *s, int64_t page_id)
{
	struct seam_page before = s->previous;

	s->previous = s->page;
	s->page = before;
	s->page.page_id = page_id;
	s->page.count = 0;
}

void
seam_add(struct seam *s, const unsigned char digest[DIGEST_SIZE])
{
	struct seam_page *p = &s->page;

	if (p->count++ >= SEAM_RECORDS_MAX)
		return;
	if (p->count > p->cap) {
		p->cap = p->cap * 2 + 256;
		p->digests =
		    xreallocarray(p->digests, p->cap, sizeof *p->digests);
	}
	memcpy(p->digests[p->count - 1], digest, DIGEST_SIZE);
}

size_t
seam_repeated(const struct seam *s)
{
	const struct seam_page *a = &s->previous;
	const struct seam_page *b = &s->page;
	size_t n = a->count < b->count ? a->count : b->count;

	if (a->count > SEAM_RECORDS_MAX || b->count > SEAM_RECORDS_MAX)
		return 0;
	while (n > 0 &&
	    memcmp(a->digests[a->count - n], b->digests[0], n * DIGEST_SIZE) !=
		0)
		n--;
	return n;
}

int64_t
seam_original(const struct seam *s, size_t repeated, size_t position)
{
	return record_id(s->previous.page_id,
	    (int64_t)(s->previous.count - repeated + position));
}

void
seam_free(struct seam *s)
{
	free(s->previous.digests);
	free(s->page.digests);
	*s = (struct seam){ 0 };
}
