/*
 * A place for one window while it is read: its next request, and what each
 * answer does to it in the tables.
 */
#ifndef SLOT_H
#define SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "mimecast.h"
#include "repeat.h"
#include "reply.h"
#include "window.h"

struct config_mimecast;
struct db;
struct digest;
struct err;
struct http_answer;
struct patience;

/* What a run did for a log, and why it stopped, if it did. */
struct slot_log {
	struct err stopped; /* kind ERR_NONE: it goes on */
	int64_t completed; /* windows */
	int64_t pages;
	int64_t records;
	int64_t bytes; /* of bodies */
	int64_t gaps; /* windows given up for lost */
};

/* What all slots of a run share. */
struct slot_run {
	struct db *db;
	int64_t run_id;
	const struct config_mimecast *config;
	struct mimecast *mimecast;
	struct patience *patience;
	struct digest *digest;
	int64_t quota_left; /* as the last answer said; -1: none did */
	int64_t
	    settled_at; /* windows that end later are left for another run */
	struct slot_log logs[TTP_COUNT];
};

struct slot {
	struct window window; /* id 0: the slot is free */
	struct buf request; /* the JSON that asks for its next page */
	char request_id[MIMECAST_ID_SIZE]; /* our own name of it, or "" */
	int64_t generation; /* of the authorization it went out with */
	bool under_way;
	int64_t due_ms; /* clock_monotonic_ms: not to be sent before */
	unsigned failures; /* answers to this request that were none */
	bool doubted; /* the authorization was renewed for this request */
	struct repeat repeat;
	struct http_answer *answer; /* owned; has come and is not applied */
	struct reply reply; /* what it means */
	struct envelope envelope; /* borrows from it */
};

/* Take a window; next_token is copied.  The slot must be free. */
void slot_take(struct slot *s, const struct window *w);

/* Drop whatever it holds; it is { 0 } again. */
void slot_free(struct slot *s);

/* Send the request for the window's next page.  Errors: as http_start. */
int slot_send(
    struct slot *s, struct slot_run *run, int64_t timeout_ms, struct err *e);

/*
 * Do what the answer and its reply call for, and drop the answer.  Call it
 * in a transaction.  Afterwards the window goes on at due_ms, or the slot is
 * free; the log is stopped where that is needed.  What REPLY_QUOTA asks of all
 * slots is left to the caller.
 *
 * - A page: stored with its body; the window moves on or is completed, or is
 *   read again, once, where totals and records differ.
 * - The first page, by the service's Date: a window that ends later is cut
 *   at what has settled by then, and the rest is left for another run;
 *   where retention has overtaken its start, that part is lost and makes a
 *   gap, and the rest is read anew.  The page stays, as evidence.
 * - A token that is refused or comes again: the window starts again; the
 *   third time it is replaced by its halves, as it is behind its 100,000th
 *   page.
 * - An answer that is none: asked again after a while, five times in all
 *   and not behind the deadline, then the log stops and the window is put off
 * for the next run.
 * - A body that is too large, or no page three times: half the page size;
 *   at one record the window's halves; a single second is lost and makes a
 *   gap.  For what is no page, and for a loss, another page of the log must
 *   have been good in this run: else the fault may not lie in that window.
 *
 * Errors: ERR_IO if the answer's Date is too far from our clock; otherwise as
 * db_open.
 */
int slot_apply(struct slot *s, struct slot_run *run, struct err *e);

#endif
