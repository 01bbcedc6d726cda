/*
 * Where API 1.0 serves a customer, and the time it is there.  Each region has
 * a host of its own, and no call but those for the logs tells the time.
 *
 * Source: Mimecast's API reference, API 1.0, discover-authentication
 * (gathered 2026-11-24).
 */
#ifndef REGION_H
#define REGION_H

#include <stdint.h>

struct err;
struct http;
struct patience;

struct region_source { /* all is borrowed */
	struct http *http;
	const char *discovery_url; /* without a slash at its end */
	const char *email; /* of any user of the customer */
	const char *app_id;
};

struct region { /* { 0 } is none yet */
	char *base_url; /* owned; without a slash at its end */
	int64_t server_date; /* the Date of the last answer; 0: it had none */
	int64_t requests; /* made for it */
};

/*
 * Ask for the host that serves an address; the request is not signed.
 * insist.h says for how long.
 *
 * Errors: ERR_CONFIG if the service knows no region for the address;
 * ERR_DENIED if what it names cannot be used: a host that is not loopback
 * where the one asked is, or a URL that is not https; ERR_AUTH if it does not
 * accept the application; otherwise as reply_judge and patience_check.
 */
int region_find(struct region *r, const struct region_source *s,
    struct patience *p, struct err *e);

/*
 * Ask the host at base_url for the time: any answer has a Date, and so the
 * question is one that needs no authorization.
 *
 * Errors: as reply_judge, for what is no answer, and patience_check.
 */
int region_ask_date(struct region *r, struct http *http, const char *base_url,
    struct patience *p, struct err *e);

void region_free(struct region *r);

#endif
