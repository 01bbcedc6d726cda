#define _XOPEN_SOURCE 700 /* realpath */

#include "config.h"
#include "buf.h"
#include "config_rules.h"
#include "err.h"
#include "http.h"
#include "mem.h"
#include "outline.h"
#include "pool.h"

#include <assert.h>
#include <cyaml/cyaml.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20, TENANTS_MAX = 10000, SINKS_MAX = 100 };

/*
 * The schema, both libcyaml's and ours: it is checked against the outline
 * first, for messages with a place.  What libcyaml has no type for it
 * ignores, and config_rules.c takes from the outline.
 */
#define OPTIONAL CYAML_FLAG_OPTIONAL
#define TEXT(flags, type, key)                                                 \
	CYAML_FIELD_STRING_PTR(                                                \
	    #key, CYAML_FLAG_POINTER | (flags), struct type, key, 1, 4096)
#define INT(type, key) CYAML_FIELD_INT(#key, OPTIONAL, struct type, key)
#define CHOICE(flags, type, key, words)                                        \
	CYAML_FIELD_ENUM(#key, CYAML_FLAG_STRICT | (flags), struct type, key,  \
	    words, CYAML_ARRAY_LEN(words))

static const cyaml_strval_t apis[] = { { "1.0", CONFIG_API_1 },
	{ "2.0", CONFIG_API_2 } };
static const cyaml_strval_t types[] = { { "file", CONFIG_FILE },
	{ "https", CONFIG_HTTPS }, { "syslog", CONFIG_SYSLOG } };
static const cyaml_strval_t auths[] = { { "none", CONFIG_AUTH_NONE },
	{ "header", CONFIG_AUTH_HEADER }, { "sophos", CONFIG_AUTH_SOPHOS } };
static const cyaml_strval_t formats[] = { { "ndjson", CONFIG_NDJSON },
	{ "array", CONFIG_ARRAY }, { "cef", CONFIG_CEF } };
static const cyaml_strval_t framings[] = { { "octet", CONFIG_OCTET },
	{ "lf", CONFIG_LF } };

static const cyaml_schema_field_t mimecast_fields[] = {
	CHOICE(OPTIONAL, config_mimecast, api, apis),
	TEXT(OPTIONAL, config_mimecast, base_url),
	TEXT(OPTIONAL, config_mimecast, email),
	TEXT(OPTIONAL, config_mimecast, discovery_url),
	TEXT(OPTIONAL, config_mimecast, client_id_file),
	TEXT(OPTIONAL, config_mimecast, client_secret_file),
	TEXT(OPTIONAL, config_mimecast, app_id_file),
	TEXT(OPTIONAL, config_mimecast, app_key_file),
	TEXT(OPTIONAL, config_mimecast, access_key_file),
	TEXT(OPTIONAL, config_mimecast, secret_key_file),
	TEXT(OPTIONAL, config_mimecast, ca_file),
	CYAML_FIELD_IGNORE("logs", OPTIONAL),
	INT(config_mimecast, settle_s),
	INT(config_mimecast, overlap_s),
	INT(config_mimecast, window_s),
	INT(config_mimecast, lookback_s),
	CYAML_FIELD_INT(
	    "retention_days", OPTIONAL, struct config_mimecast, retention_s),
	INT(config_mimecast, page_size),
	INT(config_mimecast, page_bytes),
	INT(config_mimecast, parallel),
	INT(config_mimecast, deadline_s),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t budget_fields[] = {
	INT(config_budget, second),
	INT(config_budget, minute),
	INT(config_budget, hour),
	INT(config_budget, day),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t sink_fields[] = {
	TEXT(0, config_sink, name),
	CHOICE(0, config_sink, type, types),
	TEXT(OPTIONAL, config_sink, url),
	TEXT(OPTIONAL, config_sink, dir),
	CHOICE(OPTIONAL, config_sink, auth, auths),
	TEXT(OPTIONAL, config_sink, header),
	TEXT(OPTIONAL, config_sink, key_file),
	TEXT(OPTIONAL, config_sink, client_id_file),
	TEXT(OPTIONAL, config_sink, client_secret_file),
	TEXT(OPTIONAL, config_sink, path),
	TEXT(OPTIONAL, config_sink, id_url),
	TEXT(OPTIONAL, config_sink, api_url),
	TEXT(OPTIONAL, config_sink, ca_file),
	TEXT(OPTIONAL, config_sink, client_cert_file),
	TEXT(OPTIONAL, config_sink, client_key_file),
	CHOICE(OPTIONAL, config_sink, format, formats),
	CHOICE(OPTIONAL, config_sink, framing, framings),
	INT(config_sink, batch_alerts),
	INT(config_sink, batch_bytes),
	CYAML_FIELD_BOOL(
	    "idempotent", OPTIONAL, struct config_sink, idempotent),
	CYAML_FIELD_IGNORE("from", OPTIONAL),
	CYAML_FIELD_MAPPING(
	    "budget", OPTIONAL, struct config_sink, budget, budget_fields),
	INT(config_sink, deadline_s),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t sink_schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct config_sink, sink_fields) };

/* The struct has no struct for the only key of archive. */
static const cyaml_schema_field_t archive_fields[] = {
	{ .key = "level", .value = { CYAML_VALUE_INT(OPTIONAL, int64_t) } },
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t tenant_fields[] = {
	TEXT(0, config_tenant, name),
	CYAML_FIELD_MAPPING("mimecast", CYAML_FLAG_DEFAULT,
	    struct config_tenant, mimecast, mimecast_fields),
	TEXT(OPTIONAL, config_tenant, mapping_file),
	CYAML_FIELD_FLOAT("max_invalid_ratio", OPTIONAL, struct config_tenant,
	    max_invalid_ratio),
	CYAML_FIELD_SEQUENCE("sinks", CYAML_FLAG_POINTER | OPTIONAL,
	    struct config_tenant, sinks, &sink_schema, 0, SINKS_MAX),
	CYAML_FIELD_MAPPING("archive", OPTIONAL, struct config_tenant,
	    archive_level, archive_fields),
	INT(config_tenant, retain_days),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t tenant_schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct config_tenant, tenant_fields) };
static const cyaml_schema_value_t tenant_item_schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct config_tenant, tenant_fields) };
static const cyaml_schema_value_t list_schema = { CYAML_VALUE_SEQUENCE(
    CYAML_FLAG_POINTER, struct config_tenant, &tenant_item_schema, 0,
    TENANTS_MAX) };

static const cyaml_schema_field_t file_fields[] = {
	TEXT(OPTIONAL, config, state_dir),
	TEXT(OPTIONAL, config, include),
	CYAML_FIELD_SEQUENCE("tenants", CYAML_FLAG_POINTER | OPTIONAL,
	    struct config, tenants, &tenant_item_schema, 0, TENANTS_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t file_schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct config, file_fields) };

static int check(
    const struct outline *o, const cyaml_schema_value_t *s, struct err *e);

static int
check_mapping(
    const struct outline *o, const cyaml_schema_field_t *fields, struct err *e)
{
	const cyaml_schema_field_t *f;

	if (o->kind != OUTLINE_MAPPING)
		return outline_err(o, "", e, "must be a mapping, key: value");
	for (const struct outline *c = o->first; c; c = c->next) {
		const struct outline *twin = outline_get(o, c->key);

		for (f = fields; f->key && strcmp(f->key, c->key) != 0;)
			f++;
		if (!f->key)
			return outline_err(c, "", e,
			    "is not a key known here: correct or remove it");
		if (twin != c)
			return outline_err(c, "", e,
			    "is given twice, first in line %zu: remove one",
			    twin->line);
		if (check(c, &f->value, e))
			return -1;
	}
	for (f = fields; f->key; f++)
		if (!(f->value.flags & OPTIONAL) && !outline_get(o, f->key))
			return outline_err(o, f->key, e, "is missing: add it");
	return 0;
}

static int
check_sequence(
    const struct outline *o, const cyaml_schema_value_t *s, struct err *e)
{
	if (o->kind != OUTLINE_SEQUENCE)
		return outline_err(
		    o, "", e, "must be a list, each item \"- \"");
	for (const struct outline *c = o->first; c; c = c->next) {
		if (c->index >= s->sequence.max)
			return outline_err(c, "", e,
			    "is one too many: at most %u are allowed",
			    (unsigned)s->sequence.max);
		if (check(c, s->sequence.entry, e))
			return -1;
	}
	return 0;
}

/* libcyaml would read 010 as 8 and 0x10 as 16. */
static bool
is_int(const struct outline *o)
{
	const char *s = o->value + (o->value[0] == '-');
	size_t n = strspn(s, "0123456789");

	return o->plain && n > 0 && n <= 18 && s[n] == '\0' &&
	    (n == 1 || s[0] != '0');
}

static bool
is_decimal(const struct outline *o)
{
	const char *s = o->value + (o->value[0] == '-');
	size_t n = strspn(s, "0123456789");
	size_t fraction = s[n] == '.' ? strspn(s + n + 1, "0123456789") : 0;

	return o->plain && n > 0 && n + fraction <= 18 &&
	    s[n + (fraction ? fraction + 1 : 0)] == '\0';
}

static int
check_choice(
    const struct outline *o, const cyaml_schema_value_t *s, struct err *e)
{
	struct buf words = { 0 };
	uint32_t n = s->enumeration.count;

	for (uint32_t i = 0; i < n; i++) {
		if (strcmp(o->value, s->enumeration.strings[i].str) == 0) {
			buf_free(&words);
			return 0;
		}
		buf_printf(&words, "%s%s",
		    i == 0          ? ""
			: i + 1 < n ? ", "
				    : " or ",
		    s->enumeration.strings[i].str);
	}
	outline_err(o, "", e, "must be %s", words.data);
	buf_free(&words);
	return -1;
}

static bool
is_null(const struct outline *o)
{
	return o->value[0] == '\0' ||
	    (o->plain &&
		(strcmp(o->value, "~") == 0 || strcmp(o->value, "null") == 0));
}

static int
check_scalar(
    const struct outline *o, const cyaml_schema_value_t *s, struct err *e)
{
	if (o->kind != OUTLINE_SCALAR)
		return outline_err(
		    o, "", e, "must be one value, no list and no mapping");
	if (is_null(o))
		return outline_err(
		    o, "", e, "has no value: give it one or remove it");
	if (s->type == CYAML_INT && !is_int(o))
		return outline_err(
		    o, "", e, "must be a whole number, without quotes");
	if (s->type == CYAML_FLOAT && !is_decimal(o))
		return outline_err(
		    o, "", e, "must be a number such as 0.05, without quotes");
	if (s->type == CYAML_BOOL && strcmp(o->value, "true") != 0 &&
	    strcmp(o->value, "false") != 0)
		return outline_err(o, "", e, "must be true or false");
	if (s->type == CYAML_STRING && strlen(o->value) > s->string.max)
		return outline_err(o, "", e, "must have at most %u bytes",
		    (unsigned)s->string.max);
	return s->type == CYAML_ENUM ? check_choice(o, s, e) : 0;
}

/* Does the place hold what the schema asks for? */
static int
check(const struct outline *o, const cyaml_schema_value_t *s, struct err *e)
{
	if (s->type == CYAML_IGNORE)
		return 0;
	if (s->type == CYAML_MAPPING)
		return check_mapping(o, s->mapping.fields, e);
	if (s->type == CYAML_SEQUENCE)
		return check_sequence(o, s, e);
	return check_scalar(o, s, e);
}

static void *
allocate(void *ctx, void *old, size_t size)
{
	return pool_realloc(ctx, old, size);
}

/* Put a file into structs of the pool, if it holds what the schema asks. */
static int
load(void **out, unsigned *count, struct pool *pool, const struct buf *text,
    const struct outline *root, const cyaml_schema_value_t *schema,
    struct err *e)
{
	const cyaml_config_t cfg = {
		.mem_fn = allocate, .mem_ctx = pool, .flags = CYAML_CFG_NO_ALIAS
	};
	cyaml_err_t ce;

	if (check(root, schema, e))
		return -1;
	ce = cyaml_load_data((const uint8_t *)text->data, text->len, &cfg,
	    schema, out, schema == &list_schema ? count : NULL);
	/* The outline has read all of it: libyaml can lack memory only. */
	if (ce == CYAML_ERR_LIBYAML_PARSER ||
	    ce == CYAML_ERR_LIBYAML_PARSER_INIT || ce == CYAML_ERR_OOM)
		xnomem();
	if (ce != CYAML_OK)
		return err_set(e, ERR_CONFIG, "%s: cannot be read: %s",
		    root->file, cyaml_strerror(ce));
	return 0;
}

static int
read_all(int fd, struct buf *text)
{
	ssize_t n;

	buf_reserve(text, FILE_MAX + 1);
	do {
		n = read(fd, text->data + text->len, FILE_MAX + 1 - text->len);
		text->len += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -1 : 0;
}

static int
read_file(struct buf *text, const char *file, struct err *e)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : read_all(fd, text);

	if (rc)
		err_set(e, ERR_CONFIG, "%s: %s", file, strerror(errno));
	else if (text->len > FILE_MAX)
		rc = err_set(e, ERR_CONFIG,
		    "%s: is over 1 MiB: move tenants to files to include",
		    file);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* How much of a file's name is its folder, with the slash. */
static int
folder_len(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? (int)(slash - file) + 1 : 0;
}

static int
find_folder(
    const char **out, struct pool *pool, const char *file, struct err *e)
{
	char *folder = pool_printf(pool, "%.*s.", folder_len(file), file);
	char *absolute = realpath(folder, NULL);

	if (!absolute && errno == ENOMEM)
		xnomem();
	if (!absolute)
		return err_set(
		    e, ERR_CONFIG, "%s: %s", folder, strerror(errno));
	*out =
	    pool_printf(pool, "%s", strcmp(absolute, "/") == 0 ? "" : absolute);
	free(absolute);
	return 0;
}

static int
check_unique(const struct config *c, const struct config_tenant *t,
    const struct outline *place, struct err *e)
{
	for (unsigned i = 0; i < c->tenants_count; i++)
		if (strcmp(c->tenants[i].name, t->name) == 0)
			return outline_err(place, "name", e,
			    "%s:%zu has a tenant of this name too: change one",
			    c->tenants[i].place->file,
			    c->tenants[i].place->line);
	return 0;
}

/* Take over n tenants of a file; the places are the first one's siblings. */
static int
adopt(struct config *c, const struct config_rules *rules,
    struct config_tenant *tenants, unsigned n, const struct outline *place,
    struct err *e)
{
	size_t total = (size_t)c->tenants_count + n;

	if (n == 0)
		return 0;
	c->tenants =
	    pool_realloc(c->pool, c->tenants, total * sizeof c->tenants[0]);
	for (unsigned i = 0; i < n; i++, place = place->next) {
		if (config_rules_apply(rules, &tenants[i], place, e) ||
		    check_unique(c, &tenants[i], place, e))
			return -1;
		tenants[i].place = place;
		c->tenants[c->tenants_count++] = tenants[i];
	}
	return 0;
}

static const struct outline *
first_tenant(const struct outline *root)
{
	const struct outline *list = outline_get(root, "tenants");

	return list ? list->first : NULL;
}

/* The file itself, without those it includes. */
static int
read_main(
    struct config **out, struct pool *pool, const char *path, struct err *e)
{
	struct config_rules rules = { .pool = pool };
	const struct outline *root = NULL;
	struct config_tenant *tenants;
	struct buf text = { 0 };
	struct config *c = NULL;
	void *loaded = NULL;
	unsigned n;
	int rc = -1;

	path = pool_printf(pool, "%s", path); /* the places name it */
	if (read_file(&text, path, e) ||
	    outline_parse(&root, pool, path, &text, e) ||
	    load(&loaded, NULL, pool, &text, root, &file_schema, e) ||
	    find_folder(&rules.folder, pool, path, e))
		goto out;
	c = loaded;
	if (!c->tenants_count && !c->include) {
		outline_err(root, "tenants", e,
		    "is missing: give one tenant, or include files that do");
		goto out;
	}
	if (!c->state_dir)
		c->state_dir = "/var/lib/m2s";
	else if (c->state_dir[0] != '/')
		c->state_dir =
		    pool_printf(pool, "%s/%s", rules.folder, c->state_dir);
	rules.state_dir = c->state_dir;
	c->pool = pool;
	c->root = root;
	tenants = c->tenants;
	n = c->tenants_count;
	c->tenants = NULL;
	c->tenants_count = 0;
	if (adopt(c, &rules, tenants, n, first_tenant(root), e))
		goto out;
	*out = c;
	rc = 0;
out:
	buf_free(&text);
	return rc;
}

/* A whole file, a list of tenants or a single one. */
static const cyaml_schema_value_t *
schema_of(const struct outline *root)
{
	if (root->kind == OUTLINE_SEQUENCE)
		return &list_schema;
	return outline_get(root, "tenants") || outline_get(root, "include")
	    ? &file_schema
	    : &tenant_schema;
}

static int
check_included(const struct outline *root, struct err *e)
{
	static const char *const keys[] = { "include", "state_dir" };

	for (size_t i = 0; i < CYAML_ARRAY_LEN(keys); i++)
		if (outline_get(root, keys[i]))
			return outline_err(root, keys[i], e,
			    "is not allowed in an included file: move it to "
			    "the file that includes this one");
	return 0;
}

static int
read_included(struct config *c, const char *file, struct err *e)
{
	struct config_rules rules = { .pool = c->pool,
		.state_dir = c->state_dir };
	const cyaml_schema_value_t *schema;
	const struct outline *root = NULL;
	const struct outline *place;
	struct config_tenant *tenants;
	struct buf text = { 0 };
	void *loaded = NULL;
	unsigned n = 1;
	int rc = -1;

	file = pool_printf(c->pool, "%s", file);
	if (read_file(&text, file, e) ||
	    outline_parse(&root, c->pool, file, &text, e) ||
	    check_included(root, e))
		goto out;
	schema = schema_of(root);
	if (load(&loaded, &n, c->pool, &text, root, schema, e) ||
	    find_folder(&rules.folder, c->pool, file, e))
		goto out;
	tenants = loaded;
	place = schema == &list_schema ? root->first : root;
	if (schema == &file_schema) {
		tenants = ((struct config *)loaded)->tenants;
		n = ((struct config *)loaded)->tenants_count;
		place = first_tenant(root);
	}
	rc = adopt(c, &rules, tenants, n, place, e);
out:
	buf_free(&text);
	return rc;
}

/* A pattern relative to the folder of path, whose own name is no pattern. */
static void
put_pattern(struct buf *b, const char *path, const char *include)
{
	if (include[0] != '/')
		for (int i = 0; i < folder_len(path); i++) {
			if (strchr("*?[\\", path[i]))
				buf_putc(b, '\\');
			buf_putc(b, path[i]);
		}
	buf_puts(b, include);
}

/* For glob: a folder that is not there holds no file, and that is fine. */
static int
stop_glob(const char *folder, int error)
{
	(void)folder;
	return error != ENOENT;
}

static int
read_includes(struct config *c, struct err *e)
{
	struct buf pattern = { 0 };
	glob_t found = { 0 };
	int rc = -1;
	int status;

	if (!c->include)
		return 0;
	put_pattern(&pattern, c->root->file, c->include);
	status = glob(pattern.data, 0, stop_glob, &found);
	if (status == GLOB_NOSPACE)
		xnomem();
	if (status != 0 && status != GLOB_NOMATCH) {
		outline_err(c->root, "include", e,
		    "a folder cannot be read: %s", strerror(errno));
		goto out;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (read_included(c, found.gl_pathv[i], e))
			goto out;
	rc = 0;
out:
	globfree(&found);
	buf_free(&pattern);
	return rc;
}

int
config_open(struct config **out, const char *path, struct err *e)
{
	struct pool *pool = pool_new();
	struct config *c = NULL;

	if (read_main(&c, pool, path, e) || read_includes(c, e)) {
		pool_free(pool);
		return -1;
	}
	*out = c;
	return 0;
}

void
config_free(struct config *c)
{
	if (c)
		pool_free(c->pool);
}

const struct config_tenant *
config_tenant(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->tenants_count; i++)
		if (strcmp(c->tenants[i].name, name) == 0)
			return &c->tenants[i];
	return NULL;
}

/* The host counts, whatever the scheme; no URL at all is no matter. */
static bool
is_loopback(const char *url)
{
	char https[400];

	if (!url)
		return true;
	snprintf(https, sizeof https, "https%s", strstr(url, "://"));
	return http_is_loopback(https);
}

bool
config_is_loopback(const struct config_tenant *t)
{
	const struct config_mimecast *m = &t->mimecast;

	/* What a loopback host names is refused unless it is loopback, too. */
	if (!is_loopback(m->base_url ? m->base_url : m->discovery_url))
		return false;
	for (unsigned i = 0; i < t->sinks_count; i++) {
		const struct config_sink *s = &t->sinks[i];

		if (!is_loopback(s->url) || !is_loopback(s->id_url) ||
		    !is_loopback(s->api_url))
			return false;
	}
	return true;
}

int
config_err(const struct config *c, const char *key, struct err *e,
    const char *fmt, ...)
{
	static const char list[] = "tenants[";
	const struct outline *place = c->root;
	char msg[sizeof e->msg];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	if (strncmp(key, list, sizeof list - 1) == 0) {
		char *end;
		unsigned long i = strtoul(key + sizeof list - 1, &end, 10);

		assert(i < c->tenants_count && *end == ']');
		place = c->tenants[i].place;
		key = end + (end[1] == '.' ? 2 : 1);
	}
	return outline_err(place, key, e, "%s", msg);
}
