#include "settings.h"
#include "buf.h"
#include "config.h"
#include "text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static void
put_name(struct buf *b, const char *name)
{
	char last = b->len > 0 ? b->data[b->len - 1] : '{';

	if (last != '{' && last != '[')
		buf_puts(b, ",\n");
	buf_printf(b, "\"%s\": ", name);
}

static void
put_text(struct buf *b, const char *name, const char *text)
{
	if (!text)
		return;
	put_name(b, name);
	text_put_json_clean(b, text, strlen(text));
}

static void
put_int(struct buf *b, const char *name, int64_t n)
{
	put_name(b, name);
	buf_printf(b, "%" PRId64, n);
}

static void
put_bool(struct buf *b, const char *name, bool v)
{
	put_name(b, name);
	buf_puts(b, v ? "true" : "false");
}

static void
put_mimecast(struct buf *b, const struct config_mimecast *m)
{
	put_name(b, "mimecast");
	buf_putc(b, '{');
	put_text(b, "api", m->api == CONFIG_API_1 ? "1.0" : "2.0");
	put_text(b, "base_url", m->base_url);
	put_text(b, "email", m->email);
	put_text(b, "ca_file", m->ca_file);
	for (int i = 0; i < TTP_COUNT; i++)
		put_bool(b, ttp_log((enum ttp)i)->name, m->logs[i]);
	put_int(b, "settle_s", m->settle_s);
	put_int(b, "overlap_s", m->overlap_s);
	put_int(b, "window_s", m->window_s);
	put_int(b, "lookback_s", m->lookback_s);
	put_int(b, "retention_s", m->retention_s);
	put_int(b, "page_size", m->page_size);
	put_int(b, "page_bytes", m->page_bytes);
	put_int(b, "parallel", m->parallel);
	put_int(b, "deadline_s", m->deadline_s);
	buf_putc(b, '}');
}

static void
put_sink(struct buf *b, const struct config_sink *s)
{
	static const char *const types[] = { "file", "https", "syslog" };
	static const char *const auths[] = { "none", "header", "sophos" };
	static const char *const formats[] = { "ndjson", "array", "cef" };
	static const char *const froms[] = { "all", "now", "date" };

	buf_putc(b, '{');
	put_text(b, "name", s->name);
	put_text(b, "type", types[s->type]);
	put_text(b, "url", s->url);
	put_text(b, "dir", s->dir);
	put_text(b, "auth", auths[s->auth]);
	put_text(b, "header", s->header);
	put_text(b, "path", s->path);
	put_text(b, "id_url", s->id_url);
	put_text(b, "api_url", s->api_url);
	put_text(b, "ca_file", s->ca_file);
	put_text(b, "format", formats[s->format]);
	put_int(b, "batch_alerts", s->batch_alerts);
	put_int(b, "batch_bytes", s->batch_bytes);
	put_bool(b, "idempotent", s->idempotent);
	put_text(b, "from", froms[s->from]);
	put_int(b, "from_at", s->from_at);
	put_int(b, "deadline_s", s->deadline_s);
	buf_putc(b, '}');
}

void
settings_put(struct buf *b, const struct config_tenant *t)
{
	buf_putc(b, '{');
	put_text(b, "tenant", t->name);
	put_mimecast(b, &t->mimecast);
	put_text(b, "mapping_file", t->mapping_file);
	put_name(b, "max_invalid_ratio");
	buf_printf(b, "%g", t->max_invalid_ratio);
	put_int(b, "archive_level", t->archive_level);
	put_int(b, "retain_days", t->retain_days);
	put_name(b, "sinks");
	buf_putc(b, '[');
	for (unsigned i = 0; i < t->sinks_count; i++) {
		buf_puts(b, i ? ",\n" : "");
		put_sink(b, &t->sinks[i]);
	}
	buf_puts(b, "]}\n");
}
