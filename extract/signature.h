/*
 * The signature of API 1.0: each request has its own.
 *
 * Source: Mimecast's API reference, API 1.0, Authorization (gathered
 * 2026-11-24).
 */
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include <stdbool.h>
#include <stdint.h>

enum { SIGNATURE_ID_SIZE = 37, SIGNATURE_DATE_SIZE = 40, SIGNATURE_SIZE = 64 };

struct signature {
	char id[SIGNATURE_ID_SIZE]; /* x-mc-req-id: a random UUID */
	char date[SIGNATURE_DATE_SIZE]; /* x-mc-date */
	char text[SIGNATURE_SIZE]; /* Authorization: MC <access key>:<text> */
};

/* Write "Tue, 24 Nov 2015 12:50:11 UTC", in English whatever the locale. */
void signature_date(int64_t at, char out[SIGNATURE_DATE_SIZE]);

/* Write a random UUID.  Source: RFC 9562, 5.4 (read 2026-11-24). */
void signature_id(char out[SIGNATURE_ID_SIZE]);

/*
 * Sign a call made at a time; path is without the host.  False if the secret
 * key is not base64.
 */
bool signature_make(struct signature *s, int64_t at, const char *path,
    const char *app_key, const char *secret_key);

#endif
