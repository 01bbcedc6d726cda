#include "generate.h"

#include "event.h"
#include "moment.h"

#include <string.h>

/* One draw each, so that a changed row differs from its base only there. */
enum salt {
	S_LOG = 1,
	S_TIME,
	S_LATE,
	S_LATE_BY,
	S_SHAPE,
	S_SPACING,
	S_SLASH,
	S_HTML,
	S_ASCII,
	S_FLAW,
	S_FLAW_KIND,
	S_FLAW_FIELD,
	S_ODD,
	S_ODD_FIELD,
	S_ODD_TEXT,
	S_SENDER,
	S_SENDER_DOMAIN,
	S_RECIPIENT,
	S_SUBJECT,
	S_HOSTILE,
	S_HOSTILE_FIELD,
	S_HOSTILE_TEXT,
	S_VERDICT,
	S_VERDICT_WORD,
	S_ACTION,
	S_NO_ID,
	S_ZONE,
	S_DEFINITION,
	S_REASON,
	S_REASON_WORD,
	S_EXTRA,
	S_OLD,
	S_TAGS,
	S_ROUTE,
	S_FILE,
	S_CATEGORY,
	S_IP,
	S_HITS
};

enum flaw {
	FLAW_NONE,
	FLAW_MISSING,
	FLAW_EMPTY,
	FLAW_BLANK,
	FLAW_NULL,
	FLAW_NUMBER,
	FLAW_DATE,
	FLAW_NO_OBJECT,
	FLAW_COUNT
};

struct draft {
	const struct event *event;
	struct buf *out;
	uint64_t key;
	unsigned spacing; /* 0 none, 1 some, 2 one member a line */
	bool slash, html, ascii;
	bool first;
	enum flaw flaw;
	const char *victim; /* the field that is flawed */
	const char *odd; /* the field with ill-formed text, or NULL */
	const char *hostile; /* the field with hostile text, or NULL */
	char date[MOMENT_SIZE];
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const domains[] = { "example.com", "mail.example.net",
	"b\303\274cher.example", "dummy.example.org" };
static const char *const people[] = { "john.doe", "j\303\274rgen.m\303\274ller",
	"anna", "dl-all_staff", "o'neill", "accounts+payable",
	"\346\235\216.\345\260\217\351\276\231", "x" };
static const char *const subjects[] = { "Your invoice",
	"Re: Gr\303\266\303\237e der Lieferung",
	"\350\257\267\346\237\245\346\224\266\351\231\204\344\273\266",
	"\360\237\216\211 You won \360\237\221\251\342\200\215\360\237\222\273",
	"\327\251\327\234\327\225\327\235 \342\200\256fdp.exe",
	"\330\252\330\255\331\212\330\251",
	"Today only: Save $100 & more <now>", "\357\273\277St\303\270rrelse",
	"line\342\200\250separator", "FW: a/b\\c \"quoted\"" };
static const char *const hostile[] = { "\"; DROP TABLE alert; --",
	"a|b|c\\|d=e", "=cmd|' /C calc'!A0", "\033[31mred\033[0m\033]0;t\007",
	"<script>alert(1)</script>", "tab\tnewline\ncr\rend", "%s%n%x${HOME}",
	"../../../etc/passwd", "\177\302\205\357\277\275" };
/* Bytes of a JSON string that jansson would refuse. */
static const char *const odd[] = { "\\ud83d", "\\udc00\\ud800", "\\u0000",
	"\\u0000x\\u0000", "\377", "\303(", "\355\240\200", "\360\237\230",
	"\342\202", "\\ud83dA", "\300\257", "\364\220\200\200",
	"\\ud83d\\u00e9", "\341\200\342\360\221\222\361\277\101" };
static const char *const required[LOG_COUNT][4] = {
	{ "userEmailAddress", "url", "date", "scanResult" },
	{ "recipientAddress", "fileName", "date", "result" },
	{ "senderAddress", "recipientAddress", "eventTime", "eventTime" },
};

/* splitmix64. Source: S. Vigna, prng.di.unimi.it, public domain. */
static uint64_t
mix(uint64_t z)
{
	z += 0x9E3779B97F4A7C15u;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static uint64_t
key_of(uint64_t seed, uint32_t number)
{
	return mix(mix(seed) ^ number);
}

/* A number in [0, below). */
static uint64_t
draw(uint64_t key, enum salt salt, uint64_t below)
{
	return mix(key ^ (uint64_t)salt << 40) % below;
}

static bool
chance(uint64_t key, enum salt salt, unsigned permille)
{
	return draw(key, salt, 1000) < permille;
}

#define PICK(key, salt, a) ((a)[draw((key), (salt), COUNT(a))])

static void
add_derived(struct event_set *s, const struct event *base, uint32_t number,
    enum generate_shape shape, uint64_t key)
{
	struct event e = *base;

	e.number = number;
	e.shape = (uint8_t)shape;
	if (shape == SHAPE_CHANGED)
		e.visible_at =
		    e.time + 300 + (int64_t)draw(key, S_LATE_BY, 1201);
	event_add(s, &e);
}

void
generate_events(struct event_set *s, const struct generate_plan *plan)
{
	enum generate_shape shape;
	uint32_t i = 0, more;
	struct event e;
	uint64_t key, n;

	s->seed = plan->seed;
	while (i < plan->records) {
		e = (struct event){ .number = plan->start + i,
			.base = plan->start + i };
		key = key_of(plan->seed, e.number);
		n = draw(key, S_LOG, 100);
		e.log = n < 60 ? LOG_URL
		    : n < 85   ? LOG_ATTACHMENT
			       : LOG_IMPERSONATION;
		e.time = plan->from +
		    (int64_t)draw(
			key, S_TIME, (uint64_t)(plan->to - plan->from));
		e.visible_at = e.time;
		if (chance(key, S_LATE, 10))
			e.visible_at +=
			    60 + (int64_t)draw(key, S_LATE_BY, 1441);
		n = draw(key, S_SHAPE, 1000);
		more = n < 4 || (n >= 6 && n < 28);
		shape = n < 6 ? SHAPE_TWIN
		    : n < 16  ? SHAPE_CHANGED
			      : SHAPE_SIBLING;
		if (n >= 4 && n < 6)
			more = 2;
		if (shape == SHAPE_SIBLING && e.log != LOG_ATTACHMENT)
			more = 0;
		e.shape = more ? SHAPE_BASE : SHAPE_PLAIN;
		event_add(s, &e);
		for (i++; more > 0 && i < plan->records; more--, i++)
			add_derived(s, &e, plan->start + i, shape, key);
	}
}

static void
put_code(struct draft *d, const char **p)
{
	unsigned char c = (unsigned char)**p;
	int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
	uint32_t code = c & (0x3Fu >> more);

	for (; more > 0; more--)
		code = code << 6 | ((unsigned char)*++*p & 0x3F);
	if (code < 0x10000)
		buf_printf(d->out, "\\u%04X", code);
	else
		buf_printf(d->out, "\\u%04x\\u%04x",
		    0xD800 + ((code - 0x10000) >> 10),
		    0xDC00 + ((code - 0x10000) & 0x3FF));
}

static void
put_special(struct draft *d, const char **p)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char c = **p;

	if ((unsigned char)c >= 0x80)
		put_code(d, p);
	else if (c == '/')
		buf_text(d->out, d->slash ? "\\/" : "/");
	else if (strchr(from, c))
		buf_printf(d->out, "\\%c", to[strchr(from, c) - from]);
	else if ((unsigned char)c < 0x20 || d->html)
		buf_printf(d->out, "\\u%04x", (unsigned)c);
	else
		buf_byte(d->out, c);
}

static bool
is_plain(const struct draft *d, unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
	case '/':
	case '<':
	case '>':
	case '&':
		return false;
	default:
		return c < 0x80 ? c >= 0x20 : !d->ascii;
	}
}

static void
put_text(struct draft *d, const char *text)
{
	const char *plain = text, *p;

	for (p = text; *p; p++) {
		if (is_plain(d, (unsigned char)*p))
			continue;
		buf_put(d->out, plain, (size_t)(p - plain));
		put_special(d, &p);
		plain = p + 1;
	}
	buf_put(d->out, plain, (size_t)(p - plain));
}

/* A member up to its value. */
static void
put_key(struct draft *d, const char *key)
{
	static const char *const before[] = { ",", ", ", ",\r\n  " };
	static const char *const between[] = { ":", ": ", " : " };

	if (!d->first)
		buf_text(d->out, before[d->spacing]);
	d->first = false;
	buf_byte(d->out, '"');
	buf_text(d->out, key);
	buf_byte(d->out, '"');
	buf_text(d->out, between[d->spacing]);
}

static void
put_flaw(struct draft *d, const char *key)
{
	if (d->flaw == FLAW_MISSING)
		return;
	put_key(d, key);
	switch (d->flaw) {
	case FLAW_EMPTY:
		buf_text(d->out, "\"\"");
		break;
	case FLAW_BLANK:
		buf_text(d->out, "\" \\t\\r\\n\"");
		break;
	case FLAW_NULL:
		buf_text(d->out, "null");
		break;
	default:
		buf_text(d->out, "1700000000");
	}
}

static void
put(struct draft *d, const char *key, const char *value)
{
	if (d->victim && strcmp(key, d->victim) == 0) {
		put_flaw(d, key);
		return;
	}
	put_key(d, key);
	buf_byte(d->out, '"');
	put_text(d, value);
	if (d->hostile && strcmp(key, d->hostile) == 0)
		put_text(d, PICK(d->key, S_HOSTILE_TEXT, hostile));
	if (d->odd && strcmp(key, d->odd) == 0)
		buf_text(d->out, PICK(d->key, S_ODD_TEXT, odd));
	buf_byte(d->out, '"');
}

/* A member whose value is JSON already. */
static void
put_raw(struct draft *d, const char *key, const char *json)
{
	put_key(d, key);
	buf_text(d->out, json);
}

/* A member made unique by a number: a, b, the number in hex, c. */
static void
put_unique(struct draft *d, const char *key, const char *a, const char *b,
    uint64_t number, const char *c)
{
	struct buf text = { 0 };
	char hex[17];
	char *p = hex + 16;

	*p = '\0';
	do {
		*--p = "0123456789abcdef"[number & 15];
		number >>= 4;
	} while (number > 0);
	buf_text(&text, a);
	buf_text(&text, b);
	buf_text(&text, p);
	buf_text(&text, c);
	put(d, key, text.bytes);
	buf_free(&text);
}

static void
put_address(struct draft *d, const char *key, enum salt who, enum salt where)
{
	struct buf b = { 0 };

	buf_text(&b, PICK(d->key, who, people));
	buf_byte(&b, '@');
	buf_text(&b, PICK(d->key, where, domains));
	put(d, key, b.bytes);
	buf_free(&b);
}

static void
put_recipient(struct draft *d, const char *key)
{
	put_unique(d, key, PICK(d->key, S_RECIPIENT, people), ".", d->key % 997,
	    "@example.com");
}

static void
put_message_id(struct draft *d)
{
	if (d->event->shape == SHAPE_PLAIN && chance(d->key, S_NO_ID, 20))
		return;
	put_unique(d, "messageId", "<sim.", "", d->key, "@mail.example.org>");
}

static void
put_subject(struct draft *d)
{
	put_unique(d, "subject", PICK(d->key, S_SUBJECT, subjects), " [case ",
	    d->event->base, "]");
}

static void
put_route(struct draft *d)
{
	static const char *const routes[] = { "inbound", "inbound", "internal",
		"outbound" };

	put(d, "route", PICK(d->key, S_ROUTE, routes));
}

static void
put_extra(struct draft *d)
{
	static const char *const extras[] = { "{\"a\":[1,2,{\"b\":null}]}",
		"1e400", "123456789012345678901234567890", "-0.0",
		"[[[[[[[[]]]]]]]]", "\"new field\"", "true" };

	if (chance(d->key, S_EXTRA, 50))
		put_raw(d, "aNewField", PICK(d->key, S_EXTRA, extras));
}

/* 70 % clean, and the other verdict for a changed row. */
static const char *
verdict(const struct draft *d, bool *is_clean)
{
	static const char *const url_clean[] = { "clean", "clean", "clean",
		"clean", "clean", "clean", "clean", "Clean", " clean ",
		"SAFE" };
	static const char *const url_bad[] = { "malicious", "malicious",
		"malicious", "malicious", "suspicious", "timeout", "error",
		"unclean" };
	static const char *const file_clean[] = { "safe", "safe", "safe",
		"safe", "safe", "safe", "clean", "Safe", "safe\t" };
	static const char *const file_bad[] = { "malicious", "malicious",
		"malicious", "unsafe", "timeout", "error", "unknown" };
	bool clean = chance(d->key, S_VERDICT, 700);

	*is_clean = clean;
	if (d->event->shape == SHAPE_CHANGED) {
		*is_clean = !clean && chance(d->key, S_VERDICT_WORD, 200);
		if (*is_clean)
			return d->event->log == LOG_URL ? "clean" : "safe";
		return clean ? "malicious" : "changed";
	}
	if (d->event->log == LOG_URL)
		return clean ? PICK(d->key, S_VERDICT_WORD, url_clean)
			     : PICK(d->key, S_VERDICT_WORD, url_bad);
	return clean ? PICK(d->key, S_VERDICT_WORD, file_clean)
		     : PICK(d->key, S_VERDICT_WORD, file_bad);
}

static void
put_verdict(struct draft *d, const char *key)
{
	bool is_clean;

	put(d, key, verdict(d, &is_clean));
}

static void
put_definition(struct draft *d)
{
	static const char *const definitions[] = {
		"Default Inbound URL Protect Definition",
		"Default Inbound URL Protect Definition",
		"Inbound URL 'Aggressive'",
		"Default Internal URL Protect Definition", ""
	};

	if (!chance(d->key, S_DEFINITION, 20))
		put(d, "ttpDefinition",
		    PICK(d->key, S_DEFINITION, definitions));
}

static void
put_reason(struct draft *d)
{
	static const char *const reasons[] = { "IP Temporarily Blacklisted",
		"Submitter failed to authenticate",
		"Anti-Spoofing policy - Inbound not allowed",
		"Invalid Recipient", "Exceeding outbound thread limit",
		"Message bounced due to Content Examination Policy",
		"URL Protection", "A reason of its own", "" };

	if (chance(d->key, S_REASON, 40))
		put(d, "reason", PICK(d->key, S_REASON_WORD, reasons));
}

static void
put_click_origin(struct draft *d)
{
	static const char *const methods[] = { "User Click", "User Click",
		"Entry Scan", "" };

	put_route(d);
	if (!chance(d->key, S_TAGS, 30))
		put(d, "creationMethod", PICK(d->key, S_TAGS, methods));
	put_raw(d, "emailPartsDescription",
	    chance(d->key, S_TAGS, 950) ? "[\"Body\"]" : "\"Body\"");
	put_message_id(d);
	if (chance(d->key, S_TAGS, 100))
		put_raw(d, "tagMap",
		    "{\"UrlReputationScan\":{\"Type\":[\"Compromised\"],"
		    "\"Inspect:FileExts\":[\"[exe]\"]}}");
}

static void
put_click(struct draft *d)
{
	static const char *const actions[] = { "allow", "warn", "block" };
	static const char *const categories[] = { "Business",
		"Fashion & Beauty", "Compromised", "Dangerous file extension" };
	bool changed = d->event->shape == SHAPE_CHANGED;
	bool old = d->event->shape == SHAPE_PLAIN && chance(d->key, S_OLD, 50);

	put_recipient(d, "userEmailAddress");
	if (!old)
		put_address(
		    d, "fromUserEmailAddress", S_SENDER, S_SENDER_DOMAIN);
	put_unique(d, "url", "https://link.example/",
	    PICK(d->key, S_SENDER_DOMAIN, domains), d->event->base, "?q=1&r=");
	put_definition(d);
	if (!old)
		put_subject(d);
	put(d, "action",
	    changed ? "blocked later" : PICK(d->key, S_ACTION, actions));
	put(d, "adminOverride", "N/A");
	put(d, "userOverride", "None");
	put_verdict(d, "scanResult");
	put(d, "category", PICK(d->key, S_CATEGORY, categories));
	if (!old)
		put(d, "sendingIp",
		    chance(d->key, S_IP, 300) ? "Internal IP" : "192.0.2.77");
	put(d, "userAwarenessAction", "Continue");
	put(d, "date", d->date);
	put_reason(d);
	if (old)
		put_route(d);
	else
		put_click_origin(d);
}

static void
put_attachment(struct draft *d)
{
	static const char *const types[] = { "application/pdf",
		"application/vnd.ms-excel.sheet.macroEnabled.12",
		"application/x-msdownload" };
	static const char *const actions[] = { "none", "user release, none" };
	uint64_t file = mix(d->key ^ d->event->base);

	if (d->event->shape == SHAPE_SIBLING)
		file = mix(file ^ d->event->number);
	if (chance(d->key, S_SENDER, 100))
		put(d, "senderAddress", "<>");
	else
		put_address(d, "senderAddress", S_SENDER, S_SENDER_DOMAIN);
	put_recipient(d, "recipientAddress");
	put_unique(d, "fileName", PICK(d->key, S_FILE, people), "-", file >> 40,
	    ".pdf");
	put(d, "fileType", PICK(d->key, S_FILE, types));
	put_verdict(d, "result");
	put(d, "actionTriggered",
	    d->event->shape == SHAPE_CHANGED ? "admin hold"
					     : PICK(d->key, S_ACTION, actions));
	put(d, "date", d->date);
	put(d, "details",
	    "Safe                  \r\nTime taken: 0 hrs, 0 min, 4 sec");
	put_route(d);
	put_message_id(d);
	put_subject(d);
	put_unique(d, "fileHash",
	    "22a65c438289353d96c707cf55e26be723e3157f0aa00734", "",
	    file | (uint64_t)1 << 63, "");
	put(d, "definition", "Default Attachment Protection Definition");
}

static void
put_impersonation(struct draft *d)
{
	bool changed = d->event->shape == SHAPE_CHANGED;
	bool hold = chance(d->key, S_ACTION, 300);

	put_unique(d, "id", "MTOKEN:eNqrVkouLS7Jz", "", d->key, "");
	put_address(d, "senderAddress", S_SENDER, S_SENDER_DOMAIN);
	put_recipient(d, "recipientAddress");
	put_subject(d);
	put(d, "definition", "IP - 1 hit (Tag email)");
	put_raw(d, "hits", chance(d->key, S_HITS, 500) ? "1" : "2");
	put_raw(d, "identifiers",
	    chance(d->key, S_HITS, 500)
		? "[\"internal_user_name\"]"
		: "[ \"targeted_threat_dictionary\",\"internal_user_name\" ]");
	put(d, "action", changed ? "released" : hold ? "hold" : "none");
	put_raw(d, "taggedExternal", "false");
	put_raw(d, "taggedMalicious",
	    chance(d->key, S_TAGS, 800) ? "true" : "false");
	put(d, "senderIpAddress", "198.51.100.23");
	put(d, "eventTime", d->date);
	put_raw(d, "impersonationResults",
	    "[{\"impersonationDomainSource\":\"internal_user_name\","
	    "\"similarDomain\":\"John Doe \\u003cjd@example.com\\u003e\","
	    "\"stringSimilarToDomain\":\"John Doe\"}]");
	put_message_id(d);
}

/* A date that is none; 0..4 picks how. */
static void
spoil(char date[MOMENT_SIZE], uint64_t how)
{
	switch (how) {
	case 0:
		memcpy(date + 5, "02-30", 5);
		break;
	case 1:
		date[19] = '\0';
		break;
	case 2:
		memcpy(date + 5, "13", 2);
		break;
	case 3:
		memcpy(date, "yesterday", 10);
		break;
	default:
		memcpy(date + 11, "24", 2);
	}
}

static void
draw_date(struct draft *d)
{
	static const struct {
		int64_t offset;
		const char *zone;
	} zones[] = { { 0, "Z" }, { 7200, "+02:00" }, { -18000, "-0500" },
		{ 0, ".123+0000" }, { 19800, "+0530" } };
	size_t z = COUNT(zones);
	const char *zone = "+0000";
	int64_t t = d->event->time;

	if (chance(d->key, S_ZONE, 15)) {
		z = draw(d->key, S_ZONE, COUNT(zones));
		zone = zones[z].zone;
		t += zones[z].offset;
	}
	moment_iso(t, d->date);
	memcpy(d->date + 19, zone, strlen(zone) + 1);
	if (d->flaw == FLAW_DATE)
		spoil(d->date, draw(d->key, S_FLAW_FIELD, 5));
}

static void
draft_start(struct draft *d, uint64_t seed, const struct event *e)
{
	static const char *const odd_fields[LOG_COUNT][3] = {
		{ "subject", "userEmailAddress", "messageId" },
		{ "subject", "recipientAddress", "messageId" },
		{ "subject", "recipientAddress", "messageId" },
	};
	uint64_t key = key_of(seed, e->base);

	*d = (struct draft){ .event = e, .key = key, .first = true };
	d->spacing = (unsigned)draw(key, S_SPACING, 20);
	d->spacing = d->spacing < 2 ? d->spacing + 1 : 0;
	d->slash = chance(key, S_SLASH, 700);
	d->html = chance(key, S_HTML, 300);
	d->ascii = chance(key, S_ASCII, 200);
	if (e->shape == SHAPE_PLAIN && chance(key, S_FLAW, 10)) {
		d->flaw = FLAW_NONE + 1 +
		    (enum flaw)draw(key, S_FLAW_KIND, FLAW_COUNT - 1);
		if (d->flaw < FLAW_DATE)
			d->victim = PICK(key, S_FLAW_FIELD, required[e->log]);
	}
	if (chance(key, S_ODD, 2))
		d->odd = PICK(key, S_ODD_FIELD, odd_fields[e->log]);
	if (chance(key, S_HOSTILE, 30))
		d->hostile = PICK(key, S_HOSTILE_FIELD, odd_fields[e->log]);
	draw_date(d);
}

void
generate_text(uint64_t seed, const struct event *e, struct buf *out)
{
	static const char *const others[] = { "null", "[1,2]", "42",
		"\"not an object\"", "true" };
	struct draft d;

	draft_start(&d, seed, e);
	if (d.flaw == FLAW_NO_OBJECT) {
		buf_text(out, PICK(d.key, S_FLAW_FIELD, others));
		return;
	}
	d.out = out;
	buf_text(out, d.spacing == 2 ? "{\r\n  " : "{");
	if (e->log == LOG_URL)
		put_click(&d);
	else if (e->log == LOG_ATTACHMENT)
		put_attachment(&d);
	else
		put_impersonation(&d);
	put_extra(&d);
	buf_text(out, d.spacing == 2 ? "\r\n}" : "}");
}

enum record_kind
generate_kind(uint64_t seed, const struct event *e)
{
	struct draft d;
	bool is_clean;

	draft_start(&d, seed, e);
	if (d.flaw != FLAW_NONE)
		return RECORD_INVALID;
	if (e->log == LOG_IMPERSONATION)
		return RECORD_ALERT;
	verdict(&d, &is_clean);
	return is_clean ? RECORD_CLEAN : RECORD_ALERT;
}
