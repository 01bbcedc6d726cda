# file: extract/slot.c
# what: a window begins with the token of another one
# jobs: first-extract none 0
1s/^/static char *kept;\n/
/^slot_take/,/^}/s/	s->window = \*w;/	s->window = *w; if (!w->next_token \&\& kept) s->window.next_token = xstrdup(kept);/
/^move_on/,/^}/s/	free(w->next_token);/	if (next) kept = xstrdup(next); free(w->next_token);/
