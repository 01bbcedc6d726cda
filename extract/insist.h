/* A question that is asked until it is answered, before any log is read. */
#ifndef INSIST_H
#define INSIST_H

struct err;
struct patience;
struct reply;

/*
 * Ask once, and say in r what came of it: REPLY_GOOD if that will do.
 * Errors: what ends the run whatever is answered, such as those of http_call.
 */
typedef int insist_fn(
    void *arg, const struct patience *p, struct reply *r, struct err *e);

/*
 * Ask until the answer is good or of no use to ask for again, while patience
 * lasts: five times in all, twice where the authorization is doubted.  A quota
 * that was met is noted in p.  what: the subject of notes.
 *
 * Errors: what the last answer says; as patience_check; as fn.
 */
int insist(insist_fn *fn, void *arg, const char *what, struct patience *p,
    struct err *e);

#endif
