#include "cef.h"
#include "buf.h"
#include "digest.h"
#include "item.h"
#include "timestamp.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

/* Facility local0, severity warning: the event itself tells how bad it is. */
static const char priority[] = "<132>1 ";

/* also: what must be escaped besides \, CR and LF. */
static void
put_escaped(struct buf *out, const char *s, char also)
{
	const char special[] = { '\\', '\r', '\n', also, '\0' };

	for (;;) {
		size_t n = strcspn(s, special);

		buf_put(out, s, n);
		s += n;
		if (!*s)
			return;
		buf_putc(out, '\\');
		buf_putc(out, *s == '\r' ? 'r' : *s == '\n' ? 'n' : *s);
		s++;
	}
}

/* key: with the space before it and its =. */
static void
put_text(struct buf *out, const char *key, const char *value)
{
	if (!value)
		return;
	buf_puts(out, key);
	put_escaped(out, value, '=');
}

static void
put_id(struct buf *out, const char *key, const unsigned char *id)
{
	char hex[2 * ITEM_ID_SIZE + 1];

	if (id)
		put_text(out, key, digest_hex(id, ITEM_ID_SIZE, hex));
}

static bool
is_address(const char *text)
{
	unsigned char address[16];

	return text &&
	    (inet_pton(AF_INET, text, address) == 1 ||
		inet_pton(AF_INET6, text, address) == 1);
}

static void
put_header(struct buf *out, const struct item *i)
{
	char time[TIMESTAMP_SIZE];

	buf_puts(out, priority);
	buf_puts(out, timestamp_iso(i->occurred_at, time));
	buf_putc(out, ' ');
	buf_puts(out, i->tenant);
	buf_puts(out, " m2s - ttp-");
	buf_puts(out, i->log);
	buf_puts(
	    out, " - CEF:0|Mimecast|Email Security Cloud Gateway|2.0|ttp-");
	buf_puts(out, i->log);
	buf_putc(out, '|');
	put_escaped(out, i->alert_type, '|');
	buf_printf(out, "|%lld|", (long long)i->severity);
}

void
cef_put(struct buf *out, const struct item *i)
{
	put_header(out, i);
	put_id(out, "externalId=", i->id);
	buf_printf(out, " rt=%lld000", (long long)i->occurred_at);
	put_text(out, " suser=", i->sender);
	put_text(out, " duser=", i->recipient);
	put_text(out, " msg=", i->subject);
	put_text(out, " request=", i->url);
	put_text(out, " fname=", i->file_name);
	put_text(out, " fileType=", i->file_type);
	put_text(out, " fileHash=", i->file_hash);
	if (is_address(i->source_ip))
		put_text(out, " src=", i->source_ip);
	put_text(out, " act=", i->action);
	put_text(out, " outcome=", i->verdict);
	put_text(out, " cs1Label=threatId cs1=", i->threat_id);
	put_text(out, " cs2Label=threatName cs2=", i->threat_name);
	put_text(out, " cs3Label=messageId cs3=", i->message_id);
	put_id(out, " cs4Label=revisionOf cs4=", i->revision_of);
}
