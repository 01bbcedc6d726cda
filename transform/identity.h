/*
 * Identity, version 1, frozen: which records are the same event, and what
 * their alert is called.  The bytes are defined in IDENTITY.md.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdint.h>

#include "alert.h"

struct buf;
struct err;
struct event;
struct identity;

/* Errors: ERR_IO. */
int identity_open(struct identity **out, struct err *e);
void identity_close(struct identity *id);

/* Append what is hashed for the digest of an event that has a time. */
void identity_content(
    struct identity *id, const struct event *ev, struct buf *out);

/* Its SHA-256.  Equal events have equal digests, whatever their spacing. */
void identity_digest(struct identity *id, const struct event *ev,
    unsigned char out[DIGEST_SIZE]);

/* What stays when an event changes. */
void identity_natural_key(struct identity *id, const struct event *ev,
    unsigned char out[ALERT_KEY_SIZE]);

/* The name of the alert of the twin-th of equal events, from 0. */
void identity_alert_id(struct identity *id, int64_t at,
    const unsigned char digest[DIGEST_SIZE], int64_t twin,
    unsigned char out[ALERT_ID_SIZE]);

/* The SHA-256 of some bytes, for a record that is no event. */
void identity_bytes(struct identity *id, const void *data, size_t n,
    unsigned char out[DIGEST_SIZE]);

#endif
