#include "config_rules.h"
#include "config.h"
#include "err.h"
#include "http.h"
#include "outline.h"
#include "pool.h"
#include "text.h"
#include "timestamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define ALPHA "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

static bool
given(const struct outline *o, const char *key)
{
	return outline_get(o, key) != NULL;
}

/* Are the first n bytes, one at least, all in the set? */
static bool
consists(const char *s, size_t n, const char *set)
{
	return n > 0 && strspn(s, set) >= n;
}

static bool
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static int
check_name(const char *name, const struct outline *o, struct err *e)
{
	size_t n = strlen(name);

	if (n > 32 ||
	    !consists(name, n, "abcdefghijklmnopqrstuvwxyz" DIGIT "-"))
		return outline_err(o, "name", e,
		    "must be 1 to 32 of the characters a-z, 0-9 and -");
	return 0;
}

struct number {
	const char *key;
	int64_t *value;
	int64_t preset, min, max;
};

static int
numbers(
    const struct outline *o, const struct number *list, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct number *k = &list[i];

		if (!given(o, k->key))
			*k->value = k->preset;
		else if (*k->value < k->min || *k->value > k->max)
			return outline_err(o, k->key, e,
			    "must be from %lld to %lld", (long long)k->min,
			    (long long)k->max);
	}
	return 0;
}

/* Which kinds of a thing may have a key, and which must; kinds are bits. */
struct key_rule {
	const char *key;
	unsigned may, must;
};

static int
check_keys(const struct outline *o, const struct key_rule *rules, size_t n,
    unsigned kind, const char *kind_name, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct key_rule *k = &rules[i];

		if (given(o, k->key) && !(k->may & kind))
			return outline_err(o, k->key, e,
			    "does not go with %s: remove it", kind_name);
		if (!given(o, k->key) && (k->must & kind))
			return outline_err(
			    o, k->key, e, "is missing: %s needs it", kind_name);
	}
	return 0;
}

static const char *
absolute(const struct config_rules *r, const char *path)
{
	if (!path || path[0] == '/')
		return path;
	return pool_printf(r->pool, "%s/%s", r->folder, path);
}

/* A bare name is a systemd credential, if there is one of that name. */
static const char *
file(const struct config_rules *r, const char *path)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	const char *credential;

	if (!path || strchr(path, '/') || !folder)
		return absolute(r, path);
	credential = pool_printf(r->pool, "%s/%s", folder, path);
	return access(credential, F_OK) == 0 ? credential : absolute(r, path);
}

static bool
is_port(const char *s)
{
	size_t n = strspn(s, DIGIT);
	long port = n <= 5 ? strtol(s, NULL, 10) : 0;

	return s[n] == '\0' && port >= 1 && port <= 65535;
}

/* host, host:port, [IPv6] or [IPv6]:port */
static bool
is_authority(const char *s, bool needs_port)
{
	size_t n;

	if (s[0] == '[') {
		n = strcspn(s, "]");
		if (s[n] == '\0' ||
		    !consists(s + 1, n - 1, DIGIT "abcdefABCDEF:."))
			return false;
		n++;
	} else {
		n = strcspn(s, ":");
		if (!consists(s, n, ALPHA DIGIT ".-_"))
			return false;
	}
	return s[n] == ':' ? is_port(s + n + 1) : s[n] == '\0' && !needs_port;
}

/* What all URLs have in common; rest is what follows the scheme. */
static int
check_rest(const struct outline *o, const char *key, const char *rest,
    bool needs_port, struct err *e)
{
	char authority[300];
	size_t n = strcspn(rest, "/?#");

	if (!text_is_printable(rest))
		return outline_err(o, key, e,
		    "must be ASCII without spaces: encode other characters");
	if (memchr(rest, '@', n))
		return outline_err(o, key, e,
		    "must not hold a user name or password: remove it");
	if (strpbrk(rest, "?#"))
		return outline_err(
		    o, key, e, "must not hold a query or fragment: remove it");
	snprintf(authority, sizeof authority, "%.*s", (int)n, rest);
	if (n >= sizeof authority || !is_authority(authority, needs_port))
		return outline_err(o, key, e,
		    needs_port ? "must name a host and a port"
			       : "must name a host, and a port if any");
	return 0;
}

static int
check_https(
    const struct outline *o, const char *key, const char *url, struct err *e)
{
	bool secure = begins(url, "https://");

	if (!secure && !begins(url, "http://"))
		return outline_err(o, key, e, "must begin with https://");
	if (check_rest(o, key, url + (secure ? 8 : 7), false, e))
		return -1;
	if (!secure && !http_is_loopback(url))
		return outline_err(o, key, e,
		    "must begin with https://: plain http is for loopback "
		    "hosts only");
	return 0;
}

static int
check_syslog(const struct outline *o, const char *url, struct err *e)
{
	const char *rest = url + strlen("syslog+tls://");

	if (!begins(url, "syslog+tls://") && !begins(url, "syslog+tcp://"))
		return outline_err(o, "url", e,
		    "must begin with syslog+tls:// or syslog+tcp://");
	if (check_rest(o, "url", rest, true, e))
		return -1;
	if (strchr(rest, '/'))
		return outline_err(
		    o, "url", e, "must end after the port: remove the path");
	return 0;
}

/* A URL that paths are put behind. */
static int
base_url(const struct config_rules *r, const struct outline *o, const char *key,
    const char **url, struct err *e)
{
	size_t n = strlen(*url);

	if (check_https(o, key, *url, e))
		return -1;
	while ((*url)[n - 1] == '/')
		n--;
	*url = pool_printf(r->pool, "%.*s", (int)n, *url);
	return 0;
}

static int
logs(bool chosen[TTP_COUNT], const struct outline *o, struct err *e)
{
	const struct outline *list = outline_get(o, "logs");
	enum ttp log;

	for (int i = 0; !list && i < TTP_COUNT; i++)
		chosen[i] = true;
	if (!list)
		return 0;
	if (list->kind != OUTLINE_SEQUENCE || !list->first)
		return outline_err(o, "logs", e,
		    "must be a list of url, attachment, impersonation");
	for (o = list->first; o; o = o->next) {
		if (o->kind != OUTLINE_SCALAR || !ttp_find(o->value, &log))
			return outline_err(o, "", e,
			    "must be url, attachment or impersonation");
		if (chosen[log])
			return outline_err(
			    o, "", e, "is given twice: remove it");
		chosen[log] = true;
	}
	return 0;
}

static bool
is_email(const char *s)
{
	const char *at = strchr(s, '@');

	return at && at > s && at[1] && !strchr(at + 1, '@') &&
	    !strpbrk(s, "\"\\") && text_is_printable(s);
}

static int
api_keys(struct config_mimecast *m, const struct outline *o, struct err *e)
{
	enum { API_1 = 1, API_2 = 2 };
	static const struct key_rule rules[] = {
		{ "client_id_file", API_2, API_2 },
		{ "client_secret_file", API_2, API_2 },
		{ "app_id_file", API_1, API_1 },
		{ "app_key_file", API_1, API_1 },
		{ "access_key_file", API_1, API_1 },
		{ "secret_key_file", API_1, API_1 },
		{ "email", API_1, 0 },
		{ "discovery_url", API_1, 0 },
	};

	if (!given(o, "api"))
		m->api = CONFIG_API_2;
	if (m->api == CONFIG_API_2)
		return check_keys(
		    o, rules, COUNT(rules), API_2, "api: \"2.0\"", e);
	if (check_keys(o, rules, COUNT(rules), API_1, "api: \"1.0\"", e))
		return -1;
	if (!m->base_url && !m->email)
		return outline_err(o, "email", e,
		    "is missing: give it, or base_url, so that the host can "
		    "be found");
	if (m->email && !is_email(m->email))
		return outline_err(
		    o, "email", e, "must be an address: user@domain");
	return 0;
}

static int
mimecast(const struct config_rules *r, struct config_mimecast *m,
    const struct outline *o, struct err *e)
{
	static const int64_t day_s = 86400;
	const struct number list[] = {
		{ "settle_s", &m->settle_s, 120, 0, day_s },
		{ "overlap_s", &m->overlap_s, 1800, 0, 30 * day_s },
		{ "window_s", &m->window_s, 3600, 1, 30 * day_s },
		{ "lookback_s", &m->lookback_s, day_s, 0, 3650 * day_s },
		{ "retention_days", &m->retention_s, 30, 1, 3650 },
		{ "page_size", &m->page_size, 100, 1, 1000 },
		{ "page_bytes", &m->page_bytes, 64 << 20, 1024, 64 << 20 },
		{ "parallel", &m->parallel, 4, 1, 64 },
		{ "deadline_s", &m->deadline_s, 900, 1, day_s },
	};

	if (api_keys(m, o, e) || logs(m->logs, o, e) ||
	    numbers(o, list, COUNT(list), e))
		return -1;
	m->retention_s *= day_s;
	if (m->lookback_s > m->retention_s)
		return outline_err(o, "lookback_s", e,
		    "must not be more than retention_days, here %lld seconds",
		    (long long)m->retention_s);
	if (!m->base_url && m->api == CONFIG_API_2)
		m->base_url = "https://api.services.mimecast.com";
	if (!m->discovery_url)
		m->discovery_url = "https://api.mimecast.com";
	if ((m->base_url && base_url(r, o, "base_url", &m->base_url, e)) ||
	    base_url(r, o, "discovery_url", &m->discovery_url, e))
		return -1;
	m->client_id_file = file(r, m->client_id_file);
	m->client_secret_file = file(r, m->client_secret_file);
	m->app_id_file = file(r, m->app_id_file);
	m->app_key_file = file(r, m->app_key_file);
	m->access_key_file = file(r, m->access_key_file);
	m->secret_key_file = file(r, m->secret_key_file);
	m->ca_file = file(r, m->ca_file);
	return 0;
}

/* The kinds of sinks, and which keys they may and must have. */
enum {
	DIR = 1,
	OPEN = 2, /* https, auth none */
	KEYED = 4, /* https, auth header */
	SOPHOS = 8, /* https, auth sophos */
	TCP = 16,
	TLS = 32,
	HTTPS = OPEN | KEYED | SOPHOS
};

static const struct key_rule sink_rules[] = {
	{ "dir", DIR, 0 },
	{ "url", OPEN | KEYED | TCP | TLS, OPEN | KEYED | TCP | TLS },
	{ "auth", HTTPS, 0 },
	{ "header", KEYED, KEYED },
	{ "key_file", KEYED, KEYED },
	{ "client_id_file", SOPHOS, SOPHOS },
	{ "client_secret_file", SOPHOS, SOPHOS },
	{ "path", SOPHOS, SOPHOS },
	{ "id_url", SOPHOS, 0 },
	{ "api_url", SOPHOS, 0 },
	{ "ca_file", HTTPS | TLS, 0 },
	{ "client_cert_file", HTTPS | TLS, 0 },
	{ "client_key_file", HTTPS | TLS, 0 },
	{ "framing", TCP | TLS, 0 },
	{ "budget", HTTPS, 0 },
};

struct sink_kind {
	unsigned bit;
	const char *name; /* for messages */
};

static struct sink_kind
kind_of(const struct config_sink *s)
{
	static const struct sink_kind https[] = {
		[CONFIG_AUTH_NONE] = { OPEN, "auth: none" },
		[CONFIG_AUTH_HEADER] = { KEYED, "auth: header" },
		[CONFIG_AUTH_SOPHOS] = { SOPHOS, "auth: sophos" },
	};

	if (s->type == CONFIG_FILE)
		return (struct sink_kind){ DIR, "type: file" };
	if (s->type == CONFIG_HTTPS)
		return https[s->auth];
	if (s->url && begins(s->url, "syslog+tcp://"))
		return (struct sink_kind){ TCP, "syslog+tcp" };
	return (struct sink_kind){ TLS, "type: syslog" };
}

/* Source: RFC 9110, 5.6.2: token (read 2026-11-24). */
static bool
is_header_name(const char *s)
{
	return consists(s, strlen(s), ALPHA DIGIT "!#$%&'*+-.^_`|~");
}

static int
sink_auth(const struct config_rules *r, struct config_sink *s,
    const struct outline *o, struct err *e)
{
	if (s->auth == CONFIG_AUTH_HEADER && !is_header_name(s->header))
		return outline_err(o, "header", e,
		    "must be the name of a header, such as "
		    "X-Integration-Key");
	if (s->auth != CONFIG_AUTH_SOPHOS)
		return 0;
	if (s->path[0] != '/' || strpbrk(s->path, "?#") ||
	    !text_is_printable(s->path))
		return outline_err(o, "path", e,
		    "must begin with / and hold no query, fragment or space");
	if (!s->id_url)
		s->id_url = "https://id.sophos.com";
	if (!s->api_url)
		s->api_url = "https://api.central.sophos.com";
	if (base_url(r, o, "id_url", &s->id_url, e) ||
	    base_url(r, o, "api_url", &s->api_url, e))
		return -1;
	return 0;
}

static int
sink_format(struct config_sink *s, const struct outline *o, struct err *e)
{
	if (s->type != CONFIG_SYSLOG)
		return 0;
	if (given(o, "format") && s->format != CONFIG_CEF)
		return outline_err(
		    o, "format", e, "must be cef: syslog carries no other");
	s->format = CONFIG_CEF;
	return 0;
}

static int
sink_from(struct config_sink *s, const struct outline *o, struct err *e)
{
	const struct outline *from = outline_get(o, "from");
	const char *text = from && from->value ? from->value : "";
	char midnight[32];

	s->from = CONFIG_FROM_ALL;
	if (!from || strcmp(text, "all") == 0)
		return 0;
	s->from = CONFIG_FROM_NOW;
	if (strcmp(text, "now") == 0)
		return 0;
	s->from = CONFIG_FROM_DATE;
	snprintf(midnight, sizeof midnight, "%.10sT00:00:00Z", text);
	if ((strlen(text) == 10 &&
		timestamp_parse(midnight, strlen(midnight), &s->from_at)) ||
	    timestamp_parse(text, strlen(text), &s->from_at))
		return 0;
	return outline_err(o, "from", e,
	    "must be all, now, a date (2026-01-31) or a time "
	    "(2026-01-31T06:00:00Z)");
}

static int
sink_numbers(struct config_sink *s, const struct outline *o, struct err *e)
{
	static const int64_t most = 1000000000;
	bool sophos = s->auth == CONFIG_AUTH_SOPHOS;
	struct config_budget *b = &s->budget;
	const struct number list[] = {
		{ "batch_alerts", &s->batch_alerts, 500, 1, 10000 },
		{ "batch_bytes", &s->batch_bytes, 1000000, 1000, 64 << 20 },
		{ "deadline_s", &s->deadline_s, 900, 1, 86400 },
	};
	const struct number budget[] = {
		{ "second", &b->second, sophos ? 10 : 0, 0, most },
		{ "minute", &b->minute, sophos ? 100 : 0, 0, most },
		{ "hour", &b->hour, sophos ? 1000 : 0, 0, most },
		{ "day", &b->day, sophos ? 200000 : 0, 0, most },
	};

	if (numbers(o, list, COUNT(list), e) ||
	    numbers(outline_get(o, "budget"), budget, COUNT(budget), e))
		return -1;
	return 0;
}

static void
sink_files(
    const struct config_rules *r, struct config_sink *s, const char *tenant_dir)
{
	if (s->type == CONFIG_FILE)
		s->dir = s->dir ? absolute(r, s->dir)
				: pool_printf(r->pool, "%s/out", tenant_dir);
	s->key_file = file(r, s->key_file);
	s->client_id_file = file(r, s->client_id_file);
	s->client_secret_file = file(r, s->client_secret_file);
	s->ca_file = file(r, s->ca_file);
	s->client_cert_file = file(r, s->client_cert_file);
	s->client_key_file = file(r, s->client_key_file);
}

static int
sink(const struct config_rules *r, struct config_sink *s,
    const char *tenant_dir, const struct outline *o, struct err *e)
{
	struct sink_kind kind = kind_of(s);

	if (check_name(s->name, o, e) ||
	    check_keys(
		o, sink_rules, COUNT(sink_rules), kind.bit, kind.name, e))
		return -1;
	if (s->type == CONFIG_HTTPS && s->url &&
	    check_https(o, "url", s->url, e))
		return -1;
	if (s->type == CONFIG_SYSLOG && check_syslog(o, s->url, e))
		return -1;
	if (given(o, "client_cert_file") != given(o, "client_key_file"))
		return outline_err(o,
		    s->client_cert_file ? "client_key_file"
					: "client_cert_file",
		    e, "is missing: a certificate and its key go together");
	if (sink_auth(r, s, o, e) || sink_format(s, o, e) ||
	    sink_from(s, o, e) || sink_numbers(s, o, e))
		return -1;
	sink_files(r, s, tenant_dir);
	return 0;
}

/* Without a sink, alerts go to files, so that no account is needed. */
static void
add_sink(const struct config_rules *r, struct config_tenant *t)
{
	t->sinks = pool_zero(r->pool, sizeof *t->sinks);
	t->sinks_count = 1;
	t->sinks[0].name = "out";
	t->sinks[0].type = CONFIG_FILE;
}

static int
sinks(const struct config_rules *r, struct config_tenant *t,
    const struct outline *place, struct err *e)
{
	const struct outline *list = outline_get(place, "sinks");
	const struct outline *o = list ? list->first : NULL;

	if (!t->sinks_count)
		add_sink(r, t);
	for (unsigned i = 0; i < t->sinks_count; i++) {
		if (sink(r, &t->sinks[i], t->dir, o, e))
			return -1;
		for (unsigned j = 0; j < i; j++)
			if (strcmp(t->sinks[j].name, t->sinks[i].name) == 0)
				return outline_err(o, "name", e,
				    "sinks[%u] has this name too: change one",
				    j);
		o = o ? o->next : NULL;
	}
	return 0;
}

int
config_rules_apply(const struct config_rules *r, struct config_tenant *t,
    const struct outline *o, struct err *e)
{
	const struct number archive[] = {
		{ "level", &t->archive_level, 1, 1, 19 },
	};
	const struct number list[] = {
		{ "retain_days", &t->retain_days, 0, 0, 36500 },
	};

	if (check_name(t->name, o, e))
		return -1;
	t->dir = pool_printf(r->pool, "%s/%s", r->state_dir, t->name);
	t->mapping_file = file(r, t->mapping_file);
	if (!given(o, "max_invalid_ratio"))
		t->max_invalid_ratio = 0.05;
	else if (!(t->max_invalid_ratio >= 0 && t->max_invalid_ratio <= 1))
		return outline_err(
		    o, "max_invalid_ratio", e, "must be from 0 to 1");
	if (numbers(o, list, COUNT(list), e) ||
	    numbers(outline_get(o, "archive"), archive, COUNT(archive), e) ||
	    mimecast(r, &t->mimecast, outline_get(o, "mimecast"), e) ||
	    sinks(r, t, o, e))
		return -1;
	return 0;
}
