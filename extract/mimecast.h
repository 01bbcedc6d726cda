/*
 * The client of Mimecast's API 1.0 and 2.0: authorization, and the call of a
 * log.  The two differ in authorization alone.
 *
 * Source: Mimecast's API reference (gathered 2026-11-24).
 */
#ifndef MIMECAST_H
#define MIMECAST_H

#include <stdbool.h>
#include <stdint.h>

#include "ttp.h"

struct buf;
struct config_mimecast;
struct err;
struct http_answer;
struct mimecast;
struct patience;
struct window;

enum { MIMECAST_ID_SIZE = 37 };

/*
 * Read the secrets and set up connections; nothing is sent.  *out is owned
 * by the caller.
 *
 * Errors: ERR_CONFIG for a secret or certificate file; ERR_IO.
 */
int mimecast_open(
    struct mimecast **out, const struct config_mimecast *c, struct err *e);
void mimecast_close(struct mimecast *m);

/*
 * Find out what is to be known before the first call: on API 1.0 the host,
 * where the configuration does not name it, and the time there; on API 2.0
 * nothing.  *server_date: the answer's Date, or 0.
 *
 * Errors: as region_find and region_ask_date.
 */
int mimecast_locate(struct mimecast *m, struct patience *p,
    int64_t *server_date, struct err *e);

/* "api.services.mimecast.com:443"; of the discovery before there is one. */
const char *mimecast_host(const struct mimecast *m);

/*
 * Is our authorization good for another minute?  On API 1.0 always: each
 * request is signed by itself.
 */
bool mimecast_ready(const struct mimecast *m);

/*
 * Get an access token, while no call is under way.  *server_date: the
 * answer's Date, 0 if it has none; left alone on API 1.0, where nothing is
 * asked.
 *
 * Errors: as token_renew.
 */
int mimecast_renew(struct mimecast *m, struct patience *p, int64_t *server_date,
    struct err *e);

/* Which authorization is in use, and: that one was not accepted. */
int64_t mimecast_generation(const struct mimecast *m);
void mimecast_distrust(struct mimecast *m, int64_t generation);

/* Write the JSON that asks for the next page of a window. */
void mimecast_page_request(struct buf *out, const struct window *w);

/*
 * Send the call of a log; owner comes back with its answer.  body is
 * borrowed until then.  id becomes our own name of the request, "" on API
 * 2.0, where the service gives it one.
 *
 * Errors: as http_start.
 */
int mimecast_ask(struct mimecast *m, enum ttp log, const struct buf *body,
    int64_t timeout_ms, void *owner, char id[MIMECAST_ID_SIZE], struct err *e);

/* As http_wait. */
int mimecast_wait(struct mimecast *m, int64_t timeout_ms,
    struct http_answer **out, void **owner, struct err *e);

/* Requests sent, those for tokens and hosts too. */
int64_t mimecast_requests(const struct mimecast *m);

#endif
