#include "repeat.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

bool
repeat_next(struct repeat *r, const char *token)
{
	if (r->mark && strcmp(r->mark, token) == 0)
		return true;
	if (++r->steps >= r->limit) {
		free(r->mark);
		r->mark = xstrdup(token);
		r->limit = r->limit ? r->limit * 2 : 1;
		r->steps = 0;
	}
	return false;
}

void
repeat_free(struct repeat *r)
{
	free(r->mark);
	*r = (struct repeat){ 0 };
}
