/* Judging: what a record is by its own bytes. */
#ifndef JUDGE_H
#define JUDGE_H

#include "reason.h"

struct event;

/*
 * The first rule that a record fails, in this order: it is an object; it
 * nests at most EVENT_LEVELS levels; the required fields of its log, in the
 * order of url.c, attachment.c, impersonation.c, are not empty; its time
 * parses and exists.  Else, by its verdict, REASON_VERDICT_CLEAN or
 * REASON_VERDICT_SAFE; else REASON_NEW: it is worth an alert, unless it
 * is one already.
 *
 * Sets the event's time wherever there is one, in an invalid record too.
 */
enum reason judge(struct event *ev);

#endif
