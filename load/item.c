#include "item.h"
#include "buf.h"
#include "digest.h"
#include "text.h"
#include "timestamp.h"

#include <string.h>

/* name: with the comma before it, its quotes and its colon. */
static void
put_text(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	buf_puts(out, name);
	text_put_json(out, value, strlen(value));
}

static void
put_id(struct buf *out, const char *name, const unsigned char *id)
{
	char hex[2 * ITEM_ID_SIZE + 1];

	if (!id)
		return;
	put_text(out, name, digest_hex(id, ITEM_ID_SIZE, hex));
}

static void
put_small_int(struct buf *out, const char *name, int64_t value)
{
	buf_puts(out, name);
	if (value >= 0 && value <= 9)
		buf_putc(out, (char)('0' + value));
	else
		buf_printf(out, "%lld", (long long)value);
}

void
item_put_json(struct buf *out, const struct item *i)
{
	char time[TIMESTAMP_SIZE];

	put_id(out, "{\"id\":", i->id);
	put_text(out, ",\"alertType\":", i->alert_type);
	put_text(out, ",\"threatId\":", i->threat_id);
	put_text(out, ",\"threatName\":", i->threat_name);
	put_text(out, ",\"time\":", timestamp_iso(i->occurred_at, time));
	put_text(out, ",\"log\":", i->log);
	put_small_int(out, ",\"severity\":", i->severity);
	put_text(out, ",\"from\":", i->sender);
	put_text(out, ",\"to\":", i->recipient);
	put_text(out, ",\"subject\":", i->subject);
	put_text(out, ",\"messageId\":", i->message_id);
	put_text(out, ",\"url\":", i->url);
	put_text(out, ",\"fileName\":", i->file_name);
	put_text(out, ",\"fileType\":", i->file_type);
	put_text(out, ",\"fileHash\":", i->file_hash);
	put_text(out, ",\"verdict\":", i->verdict);
	put_text(out, ",\"action\":", i->action);
	put_text(out, ",\"tenant\":", i->tenant);
	put_text(out, ",\"typeRule\":", i->type_rule);
	put_text(out, ",\"threatRule\":", i->threat_rule);
	put_text(out, ",\"mapping\":", i->mapping);
	put_id(out, ",\"revisionOf\":", i->revision_of);
	buf_putc(out, '}');
}
