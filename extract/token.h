/*
 * The access token of API 2.0: got with OAuth 2.0 client credentials, kept in
 * memory alone.
 *
 * Source: Mimecast's API reference, API 2.0, /oauth/token (gathered
 * 2026-11-24).
 */
#ifndef TOKEN_H
#define TOKEN_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct http;
struct patience;

struct token { /* { 0 } is none yet */
	char *text; /* owned; NULL: none that is known to be good */
	int64_t ends_at;
	int64_t generation; /* 1, 2, ...: counts those that were got */
	int64_t requests; /* made for it */
	int64_t server_date; /* the Date of the last answer; 0: it had none */
};

/* Where it comes from; all is borrowed. */
struct token_source {
	struct http *http;
	const char *base_url; /* without a slash at its end */
	const char *client_id;
	const char *client_secret;
};

/* Is it good for another minute? */
bool token_is_good(const struct token *t);

/*
 * Get a new one, while no other request is under way; insist.h says for how
 * long.
 *
 * Errors: ERR_AUTH if the credentials are refused; ERR_DENIED, ERR_RETRY as
 * reply_judge and patience_check.
 */
int token_renew(struct token *t, const struct token_source *s,
    struct patience *p, struct err *e);

/* Wipe the text and give it back. */
void token_forget(struct token *t);

#endif
