#include "sample.h"
#include "buf.h"
#include "timestamp.h"

#include <inttypes.h>
#include <stdbool.h>

/* Everything about a record follows from its key. */
struct draft {
	struct buf *out;
	uint64_t key;
	const char *date;
	const char *victim; /* a field to leave out, or NULL */
	bool clean;
	bool changed;
};

/* One draw each, so that a changed record differs only where it changed. */
enum salt {
	KIND = 1,
	FLAW,
	CLEAN,
	WORD,
	PERSON,
	SENDER,
	SUBJECT,
	PATH,
	DEFINITION,
	METHOD,
	TAGS,
	FILE_TYPE,
	HITS
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PICK(d, salt, a) ((a)[draw((d)->key, (salt), COUNT(a))])

/* splitmix64.  Source: S. Vigna, prng.di.unimi.it, public domain. */
static uint64_t
mix(uint64_t z)
{
	z += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t
key_of(const struct sample *s, int64_t k)
{
	return mix(mix((uint64_t)s->hour * TTP_COUNT + s->log) ^ (uint64_t)k);
}

/* A number in [0, below). */
static uint64_t
draw(uint64_t key, enum salt salt, uint64_t below)
{
	return mix(key ^ (uint64_t)salt << 56) % below;
}

static void
put_name(struct draft *d, const char *name)
{
	buf_printf(d->out, "\"%s\":", name);
}

/* A member of text that is JSON already. */
static void
put(struct draft *d, const char *name, const char *text)
{
	if (d->victim == name)
		return;
	put_name(d, name);
	buf_printf(d->out, "\"%s\",", text);
}

static void
put_raw(struct draft *d, const char *name, const char *json)
{
	put_name(d, name);
	buf_printf(d->out, "%s,", json);
}

static void
put_address(struct draft *d, const char *name, enum salt salt)
{
	static const char *const people[] = { "john.doe", "maria.gonzalez",
		"anna", "dl-all_staff", "accounts+payable", "p.van.dijk" };
	static const char *const domains[] = { "example.com",
		"mail.example.net", "subsidiary.example.org" };

	if (d->victim == name)
		return;
	put_name(d, name);
	buf_printf(d->out, "\"%s%" PRIu64 "@%s\",", PICK(d, salt, people),
	    draw(d->key, salt, 9973), PICK(d, salt, domains));
}

static void
put_subject(struct draft *d)
{
	static const char *const subjects[] = { "Your invoice for last month",
		"Re: Gr\303\266\303\237e der Lieferung",
		"Today only: Save $100 \\u0026 more",
		"FW: Minutes of the meeting on Thursday",
		"\350\257\267\346\237\245\346\224\266\351\231\204\344\273\266",
		"Please review: updated terms of service",
		"[EXTERNAL] Your parcel could not be delivered" };

	put_name(d, "subject");
	buf_printf(d->out, "\"%s (%" PRIu64 ")\",", PICK(d, SUBJECT, subjects),
	    draw(d->key, SUBJECT, 100000));
}

static void
put_message_id(struct draft *d)
{
	put_name(d, "messageId");
	buf_printf(d->out,
	    "\"\\u003c%016" PRIx64 ".%08" PRIx64
	    "@mail-relay-07.example.org\\u003e\",",
	    mix(d->key), d->key >> 32);
}

static void
put_url(struct draft *d, const char *name)
{
	static const char *const paths[] = { "login", "track\\/click",
		"documents\\/d\\/view", "r" };

	if (d->victim == name)
		return;
	put_name(d, name);
	buf_printf(d->out,
	    "\"https:\\/\\/www.shop-%" PRIu64 ".example\\/%s\\/%016" PRIx64
	    "?utm_source=newsletter&utm_medium=email&id=%" PRIu64 "\",",
	    draw(d->key, PATH, 4999), PICK(d, PATH, paths), mix(~d->key),
	    d->key >> 24);
}

static void
put_click(struct draft *d)
{
	static const char *const bad[] = { "malicious", "malicious",
		"malicious", "suspicious", "timeout", "error" };
	static const char *const definitions[] = {
		"Default Inbound URL Protect Definition",
		"Default Inbound URL Protect Definition",
		"Inbound URL 'Aggressive'", ""
	};
	static const char *const methods[] = { "User Click", "User Click",
		"Entry Scan" };

	put_address(d, "userEmailAddress", PERSON);
	put_address(d, "fromUserEmailAddress", SENDER);
	put_url(d, "url");
	put(d, "ttpDefinition", PICK(d, DEFINITION, definitions));
	put_subject(d);
	put(d, "action", d->changed ? "block" : "allow");
	put(d, "adminOverride", "N\\/A");
	put(d, "userOverride", "None");
	put(d, "scanResult", d->clean ? "clean" : PICK(d, WORD, bad));
	put(d, "category", "Computers \\u0026 Technology");
	put(d, "sendingIp", "192.0.2.77");
	put(d, "userAwarenessAction", "Continue");
	put(d, "date", d->date);
	put(d, "actions", d->changed ? "Block" : "Allow");
	put(d, "route", "inbound");
	put(d, "creationMethod", PICK(d, METHOD, methods));
	put_message_id(d);
	if (draw(d->key, TAGS, 10) == 0)
		put_raw(d, "tagMap",
		    "{\"UrlReputationScan\":{\"Type\":[\"Compromised\"],"
		    "\"Inspect:FileExts\":[\"[exe]\"]}}");
	buf_puts(d->out, "\"emailPartsDescription\":[\"Body\"]");
}

static void
put_attachment(struct draft *d)
{
	static const char *const bad[] = { "malicious", "malicious", "unsafe",
		"timeout" };
	static const char *const types[] = { "application\\/pdf",
		"application\\/vnd.ms-excel.sheet.macroEnabled.12",
		"application\\/x-msdownload" };

	put_address(d, "senderAddress", SENDER);
	put_address(d, "recipientAddress", PERSON);
	put_name(d, "fileName");
	buf_printf(d->out, "\"quarterly report %" PRIu64 ".pdf\",",
	    draw(d->key, FILE_TYPE, 1000000));
	put(d, "fileType", PICK(d, FILE_TYPE, types));
	put(d, "result", d->clean ? "safe" : PICK(d, WORD, bad));
	put(d, "actionTriggered", d->changed ? "user release" : "none");
	put(d, "date", d->date);
	put(d, "details",
	    "Safe                  \\r\\nTime taken: 0 hrs, 0 min, 4 sec");
	put(d, "route", "inbound");
	put_message_id(d);
	put_subject(d);
	put_name(d, "fileHash");
	buf_printf(d->out,
	    "\"%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "\",",
	    mix(d->key), mix(d->key + 1), mix(d->key + 2), mix(d->key + 3));
	buf_puts(d->out,
	    "\"definition\":\"Default Attachment Protection Definition\"");
}

static void
put_impersonation(struct draft *d)
{
	buf_printf(d->out,
	    "\"id\":\"MTOKEN:eNoVjksOgjAUAO_S%016" PRIx64 "%016" PRIx64 "\",",
	    d->key, mix(d->key));
	put_address(d, "senderAddress", SENDER);
	put_address(d, "recipientAddress", PERSON);
	put_subject(d);
	put(d, "definition", "IP - 1 hit (Tag email)");
	put_raw(d, "hits", draw(d->key, HITS, 2) ? "1" : "2");
	put_raw(d, "identifiers", "[\"internal_user_name\"]");
	put(d, "action", d->changed ? "hold" : "none");
	put_raw(d, "taggedExternal", "false");
	put_raw(d, "taggedMalicious", "true");
	put(d, "senderIpAddress", "198.51.100.23");
	put(d, "eventTime", d->date);
	put_message_id(d);
	buf_puts(d->out,
	    "\"impersonationResults\":[{\"impersonationDomainSource\":"
	    "\"internal_user_name\",\"similarDomain\":"
	    "\"John Doe \\u003cjohn.doe@example.com\\u003e\","
	    "\"stringSimilarToDomain\":\"John Doe\"}]");
}

static void
spoil(struct draft *d, enum ttp log)
{
	switch (draw(d->key, FLAW, 3)) {
	case 0:
		d->date = "2026-02-30T10:00:00+0000";
		break;
	case 1:
		d->date = "";
		break;
	default:
		d->victim =
		    log == TTP_URL ? "userEmailAddress" : "recipientAddress";
	}
}

void
sample_put(const struct sample *s, struct buf *out)
{
	uint64_t own = key_of(s, s->k);
	uint64_t kind = draw(own, KIND, 1000);
	bool derived = kind < 11 && s->k % 4 > 0;
	char date[TIMESTAMP_SIZE];
	struct draft d = { .out = out };

	d.key = derived ? key_of(s, s->k - 1) : own;
	d.changed = derived && kind < 7;
	d.date = timestamp_mimecast(s->at, date);
	/* Impersonations, 15 of 100, have no verdict and are never clean. */
	d.clean = draw(d.key, CLEAN, 1000) < 832;
	if (draw(d.key, FLAW, 1000) < 10)
		spoil(&d, s->log);
	buf_puts(out, "{");
	if (s->log == TTP_URL)
		put_click(&d);
	else if (s->log == TTP_ATTACHMENT)
		put_attachment(&d);
	else
		put_impersonation(&d);
	buf_puts(out, "}");
}
