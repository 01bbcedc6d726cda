/*
 * The configuration: YAML, read against a schema and checked whole before
 * anything else happens.  Source: the manual, man/m2s.conf.5.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "ttp.h"

struct err;
struct outline;
struct pool;

enum config_api { CONFIG_API_1, CONFIG_API_2 };

struct config_mimecast {
	enum config_api api;
	const char *base_url; /* no / at its end; NULL: to be discovered */
	const char *email; /* API 1.0: for the discovery; else NULL */
	const char *discovery_url; /* API 1.0: where to ask; no / at its end */
	const char *client_id_file; /* API 2.0; all files are paths that */
	const char *client_secret_file; /* can be opened as they stand */
	const char *app_id_file; /* API 1.0 */
	const char *app_key_file;
	const char *access_key_file;
	const char *secret_key_file;
	const char *ca_file; /* NULL: the system's store */
	bool logs[TTP_COUNT];
	int64_t settle_s;
	int64_t overlap_s;
	int64_t window_s;
	int64_t lookback_s;
	int64_t retention_s; /* how long the service keeps its logs */
	int64_t page_size;
	int64_t page_bytes;
	int64_t parallel;
	int64_t deadline_s;
};

enum config_sink_type { CONFIG_FILE, CONFIG_HTTPS, CONFIG_SYSLOG };
enum config_auth { CONFIG_AUTH_NONE, CONFIG_AUTH_HEADER, CONFIG_AUTH_SOPHOS };
enum config_format { CONFIG_NDJSON, CONFIG_ARRAY, CONFIG_CEF };
enum config_framing { CONFIG_OCTET, CONFIG_LF };
enum config_from { CONFIG_FROM_ALL, CONFIG_FROM_NOW, CONFIG_FROM_DATE };

/* Requests that may be made in each period; 0: no limit. */
struct config_budget {
	int64_t second, minute, hour, day;
};

/* What does not go with the type and auth of a sink is NULL. */
struct config_sink {
	const char *name;
	enum config_sink_type type;
	const char *url; /* https but for auth sophos; syslog */
	const char *dir; /* file: where to, absolute */
	enum config_auth auth;
	const char *header; /* auth header */
	const char *key_file;
	const char *client_id_file; /* auth sophos */
	const char *client_secret_file;
	const char *path; /* begins with / */
	const char *id_url; /* no / at their end */
	const char *api_url;
	const char *ca_file;
	const char *client_cert_file;
	const char *client_key_file;
	enum config_format format;
	enum config_framing framing;
	int64_t batch_alerts;
	int64_t batch_bytes;
	bool idempotent;
	enum config_from from;
	int64_t from_at; /* of CONFIG_FROM_DATE: seconds since 1970, UTC */
	struct config_budget budget;
	int64_t deadline_s;
};

struct config_tenant {
	const char *name;
	const char *dir; /* state_dir/name, absolute */
	struct config_mimecast mimecast;
	const char *mapping_file; /* NULL: the built-in table */
	double max_invalid_ratio;
	struct config_sink *sinks; /* one at least */
	unsigned sinks_count;
	int64_t archive_level;
	int64_t retain_days; /* 0: keep everything */
	const struct outline *place; /* private to config.c */
};

struct config {
	const char *state_dir; /* absolute */
	struct config_tenant *tenants; /* none, if no file is included */
	unsigned tenants_count;

	/* private to config.c */
	const char *include;
	struct pool *pool; /* holds all of this */
	const struct outline *root; /* of the file itself */
};

/*
 * Read the file and those it includes, fill in what is left out and check it
 * all.  No secret is read and no secret file need exist.  *out is owned by
 * the caller and is given back with config_free.
 *
 * Errors: ERR_CONFIG, "m2s.conf:7:11: tenants[0].mimecast.api: must be ...",
 * for whatever is wrong: a syntax error, an unknown or repeated key, a wrong
 * type, a value out of range, a key that does not go with the others, two
 * tenants or two sinks of one name, plain http to a host that is not
 * loopback.  The file named is the one that holds the fault, and the path
 * begins in it.  "m2s.conf: ..." if the file cannot be read.
 */
int config_open(struct config **out, const char *path, struct err *e);
void config_free(struct config *c);

/* The tenant of that name, or NULL. */
const struct config_tenant *config_tenant(
    const struct config *c, const char *name);

/*
 * Does every URL of the tenant name a loopback host?  Where base_url is to be
 * discovered, the one that is asked counts for it.
 */
bool config_is_loopback(const struct config_tenant *t);

/*
 * Say that a key has a wrong value, with its place: key is as in
 * "tenants[1].mimecast.client_id_file".  For what only a stage can find out,
 * such as a missing file.  Returns -1; e is ERR_CONFIG.
 */
int config_err(const struct config *c, const char *key, struct err *e,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
