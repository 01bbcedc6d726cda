/*
 * hostile CASE >FILE: a tar that must be refused; hostile: their names.
 * Written byte by byte, as no tar program would write most of them.
 */
#include <stdio.h>
#include <string.h>

enum { BLOCK = 512 };

#define EMPTY_SHA256                                                           \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define UID "00112233445566778899aabbccddeeff"

/* NOLINTBEGIN(bugprone-macro-parentheses): they are parts of strings. */
/* A manifest in its parts, so that each can be wrong. */
#define HEAD(schema, tenant, number, kind, previous)                           \
	"{\"schema\":" schema ",\"tenant\":\"" tenant                          \
	"\",\"program\":\"hostile\",\"number\":" number ",\"kind\":\"" kind    \
	"\",\"created_at\":1772366400,\"previous_chain\":\"" previous "\","
#define GOOD_HEAD HEAD("1", "acme", "1", "evidence", ZEROS)
#define BODY(windows, mappings, gaps, sinks, batches, members)                 \
	"\"windows\":[" windows "],\"mappings\":[" mappings                    \
	"],\"gaps\":[" gaps "],\"sinks\":[" sinks "],\"batches\":[" batches    \
	"],\"members\":[" members "]}"
#define LISTED(name)                                                           \
	"{\"name\":\"" name "\",\"size\":0,\"sha256\":\"" EMPTY_SHA256 "\"}"
#define ONE_MEMBER GOOD_HEAD BODY("", "", "", "", "", LISTED("x"))
#define NO_MEMBER GOOD_HEAD BODY("", "", "", "", "", "")

#define WINDOW(uid, from, to, origin, state, pages)                            \
	"{\"uid\":\"" uid "\",\"log\":\"url\",\"from_at\":" from               \
	",\"to_at\":" to ",\"origin\":\"" origin                               \
	"\",\"parent\":null,\"reread_of\":null,\"state\":\"" state             \
	"\",\"planned_at\":1,\"page_size\":100,\"attempt\":1,\"refusals\":0,"  \
	"\"recounts\":0,\"failures\":0,\"page_count\":1,\"record_count\":0,"   \
	"\"total\":0,\"reconciled\":\"exact\",\"closed_at\":1,\"pages\":"      \
	"[" pages "]}"
#define PAGE(digest, bytes)                                                    \
	"{\"attempt\":1,\"number\":1,\"request\":\"{}\",\"page_token\":null,"  \
	"\"http_status\":200,\"request_id\":null,\"server_date\":null,"        \
	"\"fetched_at\":1,\"body_digest\":\"" digest                           \
	"\",\"body_bytes\":" bytes ",\"records\":0,\"total\":0,"               \
	"\"next_token\":null}"
#define PAGE_NAME "pages/" UID "/01-000001.json"

struct member {
	const char *name;
	const char *data;
	char type; /* of a tar; 0: a plain file */
	const char *link;
	const char *claim; /* the size field, 12 bytes, or NULL */
	int flaw;
};

enum { FLAW_CHECKSUM = 1, FLAW_SPARSE };

enum { MEMBERS_MAX = 4 };

static const struct hostile {
	const char *name;
	struct member members[MEMBERS_MAX];
	int end; /* 0: two blocks of zeros; else END_... */
} cases[] = {
#define EVIL(name_, ...)                                                       \
	{                                                                      \
		name_,                                                         \
		    { { .name = "manifest.json", .data = ONE_MEMBER },         \
			    { __VA_ARGS__ } },                                 \
		    0                                                          \
	}
	EVIL("path-absolute", .name = "/etc/passwd"),
	EVIL("path-parent", .name = "../x"),
	EVIL("path-inner-parent", .name = "a/../../x"),
	EVIL("path-dot", .name = "./x"),
	EVIL("path-empty-part", .name = "a//x"),
	EVIL("path-slash-at-end", .name = "x/"),
	EVIL("path-newline", .name = "a\nb"),
	EVIL("path-escape", .name = "a\033[2Jb"),
	EVIL("path-not-ascii", .name = "a\377b"),
	EVIL("path-empty", .name = ""),
	EVIL("path-backslash", .name = "..\\x"),
	EVIL("path-drive", .name = "c:\\x"),
	EVIL("symbolic-link", .name = "x", .type = '2', .link = "/etc/passwd"),
	EVIL("hard-link", .name = "x", .type = '1', .link = "manifest.json"),
	EVIL("hard-link-outside", .name = "x", .type = '1',
	    .link = "/etc/passwd"),
	EVIL("character-device", .name = "x", .type = '3'),
	EVIL("block-device", .name = "x", .type = '4'),
	EVIL("folder", .name = "x", .type = '5'),
	EVIL("fifo", .name = "x", .type = '6'),
	EVIL("gnu-sparse", .name = "x", .type = 'S', .flaw = FLAW_SPARSE),
	EVIL("gnu-volume", .name = "y", .type = 'V'),
	EVIL("gnu-multivolume", .name = "x", .type = 'M'),
	EVIL("gnu-dump-folder", .name = "x", .type = 'D'),
	EVIL("size-negative", .name = "x",
	    .claim = "\377\377\377\377\377\377\377\377\377\377\377\376"),
	EVIL("size-huge", .name = "x",
	    .claim = "\200\000\000\000\100\000\000\000\000\000\000\000"),
	EVIL("size-eight-gigabytes", .name = "x", .claim = "77777777777\0"),
	EVIL("size-over-the-limit", .name = "x", .claim = "00400000001\0"),
	EVIL("size-beyond-the-file", .name = "x", .claim = "00000100000\0"),
	EVIL("checksum-wrong", .name = "x", .flaw = FLAW_CHECKSUM),
	EVIL("data-not-the-listed", .name = "x", .data = "y"),
	EVIL("member-not-listed", .name = "y"),
	EVIL("manifest-twice", .name = "manifest.json", .data = ONE_MEMBER),
#undef EVIL
/* An extended header in front of the member that is listed. */
#define PAX(name_, record)                                                     \
	{                                                                      \
		name_,                                                         \
		    { { .name = "manifest.json", .data = ONE_MEMBER },         \
			    { .name = "pax", .type = 'x', .data = record },    \
			    { .name = "x" } },                                 \
		    0                                                          \
	}
	PAX("pax-path", "17 path=../../x\n"),
	PAX("pax-absolute-path", "20 path=/etc/passwd\n"),
	PAX("pax-size-huge", "28 size=4611686018427387904\n"),
	PAX("pax-size-negative", "11 size=-1\n"),
	PAX("pax-length-wrong", "99 path=y\n"),
	PAX("pax-length-zero", "0 path=y\n"),
	PAX("pax-no-number", "path=y\n"),
	PAX("pax-sparse",
	    "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"
	    "25 GNU.sparse.name=../xy\n27 GNU.sparse.realsize=512\n"),
#undef PAX
	{ "pax-claims-a-gigabyte",
	    { { .name = "pax", .type = 'x', .claim = "10000000000\0" } }, 0 },
	{ "long-name-claims-a-gigabyte",
	    { { .name = "long", .type = 'L', .claim = "10000000000\0" } }, 0 },
	{ "long-name-evil",
	    { { .name = "manifest.json", .data = ONE_MEMBER },
		{ .name = "././@LongLink", .type = 'L', .data = "../../x" },
		{ .name = "x" } },
	    0 },
	{ "member-before-the-manifest",
	    { { .name = "x" },
		{ .name = "manifest.json", .data = ONE_MEMBER } },
	    0 },
	{ "member-missing", { { .name = "manifest.json", .data = ONE_MEMBER } },
	    0 },
	{ "member-twice",
	    { { .name = "manifest.json", .data = ONE_MEMBER }, { .name = "x" },
		{ .name = "x" } },
	    0 },
	{ "no-end", { { .name = "manifest.json", .data = NO_MEMBER } }, 1 },
	{ "half-an-end", { { .name = "manifest.json", .data = NO_MEMBER } },
	    2 },
	{ "bytes-behind-the-end",
	    { { .name = "manifest.json", .data = NO_MEMBER } }, 3 },
	{ "another-archive-behind-the-end",
	    { { .name = "manifest.json", .data = NO_MEMBER } }, 4 },
	{ "nothing-in-it", { { 0 } }, 0 },
#define MANIFEST(name_, text)                                                  \
	{                                                                      \
		name_, { { .name = "manifest.json", .data = text } }, 0        \
	}
	MANIFEST("manifest-empty", ""),
	MANIFEST("manifest-no-json", "windows: []"),
	MANIFEST("manifest-array", "[]"),
	MANIFEST("manifest-cut", GOOD_HEAD),
	MANIFEST("manifest-text-behind", NO_MEMBER "{}"),
	MANIFEST("manifest-schema",
	    HEAD("2", "acme", "1", "evidence", ZEROS)
		BODY("", "", "", "", "", "")),
	MANIFEST("manifest-another-tenant",
	    HEAD("1", "other", "1", "evidence", ZEROS)
		BODY("", "", "", "", "", "")),
	MANIFEST("manifest-tenant-path",
	    HEAD("1", "../acme", "1", "evidence", ZEROS)
		BODY("", "", "", "", "", "")),
	MANIFEST("manifest-tenant-with-nul",
	    HEAD("1", "acme\\u0000", "1", "evidence", ZEROS)
		BODY("", "", "", "", "", "")),
	MANIFEST("manifest-number-zero",
	    HEAD("1", "acme", "0", "evidence", ZEROS)
		BODY("", "", "", "", "", "")),
	MANIFEST("manifest-number-huge",
	    HEAD("1", "acme", "99999999999999999999", "evidence", ZEROS)
		BODY("", "", "", "", "", "")),
	MANIFEST("manifest-number-fraction",
	    HEAD("1", "acme", "1.5", "evidence", ZEROS)
		BODY("", "", "", "", "", "")),
	MANIFEST("manifest-kind",
	    HEAD("1", "acme", "1", "other", ZEROS)
		BODY("", "", "", "", "", "")),
	MANIFEST("manifest-chain-short",
	    HEAD("1", "acme", "1", "evidence", "00")
		BODY("", "", "", "", "", "")),
	MANIFEST("manifest-chain-no-hex",
	    HEAD("1", "acme", "1", "evidence", "x" ZEROS)
		BODY("", "", "", "", "", "")),
	MANIFEST("manifest-key-twice",
	    "{\"schema\":1," GOOD_HEAD BODY("", "", "", "", "", "")),
	MANIFEST("window-no-object", GOOD_HEAD BODY("1", "", "", "", "", "")),
	MANIFEST(
	    "window-without-fields", GOOD_HEAD BODY("{}", "", "", "", "", "")),
	MANIFEST("window-uid-short",
	    GOOD_HEAD BODY(WINDOW("00", "1", "2", "live", "complete", ""), "",
		"", "", "", "")),
	MANIFEST("window-backwards",
	    GOOD_HEAD BODY(WINDOW(UID, "2", "1", "live", "complete", ""), "",
		"", "", "", "")),
	MANIFEST("window-open",
	    GOOD_HEAD BODY(
		WINDOW(UID, "1", "2", "live", "open", ""), "", "", "", "", "")),
	MANIFEST("window-of-another-origin",
	    GOOD_HEAD BODY(WINDOW(UID, "1", "2", "divine", "complete", ""), "",
		"", "", "", "")),
	MANIFEST("page-without-a-member",
	    GOOD_HEAD BODY(WINDOW(UID, "1", "2", "live", "complete",
			       PAGE(EMPTY_SHA256, "0")),
		"", "", "", "", "")),
	MANIFEST("batch-without-a-sink",
	    GOOD_HEAD BODY("", "", "", "",
		"{\"sink\":\"x\",\"type\":\"file\",\"key\":\"" ZEROS
		"\",\"parent\":null,\"repeats\":null,\"generation\":0,"
		"\"format\":\"ndjson\",\"alert_count\":1,\"bytes\":1,"
		"\"sealed_at\":1,\"state\":\"delivered\",\"attempts\":1,"
		"\"possible_duplicate\":0,\"closed_at\":1,\"alerts\":[],"
		"\"receipts\":[]}",
		"")),
	MANIFEST("gap-of-no-log",
	    GOOD_HEAD BODY("", "",
		"{\"log\":\"'; DROP TABLE alert; --\",\"from_at\":1,"
		"\"to_at\":2,\"reason\":\"retention\",\"window\":null,"
		"\"found_at\":1,\"bodies\":[]}",
		"", "", "")),
#undef MANIFEST
	/* NOLINTEND(bugprone-macro-parentheses) */
	{ "page-of-another-digest",
	    { { .name = "manifest.json",
		  .data = GOOD_HEAD BODY(WINDOW(UID, "1", "2", "live",
					     "complete", PAGE(ZEROS, "0")),
		      "", "", "", "", LISTED(PAGE_NAME)) },
		{ .name = PAGE_NAME } },
	    0 },
};

static void
octal(char *field, int digits, size_t n)
{
	char text[24];

	snprintf(text, sizeof text, "%0*zo", digits, n);
	memcpy(field, text, (size_t)digits);
}

static void
put_member(const struct member *m)
{
	static const char zeros[BLOCK];
	unsigned char h[BLOCK] = { 0 };
	size_t len = m->data ? strlen(m->data) : 0;
	unsigned sum = 0;

	if (m->name)
		memcpy(h, m->name, strlen(m->name));
	memcpy(h + 100, "0000644", 8);
	memcpy(h + 108, "0000000", 8);
	memcpy(h + 116, "0000000", 8);
	octal((char *)h + 124, 11, len);
	if (m->claim)
		memcpy(h + 124, m->claim, 12);
	octal((char *)h + 136, 11, 0);
	memset(h + 148, ' ', 8);
	h[156] = (unsigned char)(m->type ? m->type : '0');
	if (m->link)
		memcpy(h + 157, m->link, strlen(m->link));
	memcpy(h + 257, "ustar\00000", 8);
	if (m->flaw == FLAW_SPARSE) { /* a hole, as GNU tar writes it */
		memcpy(h + 257, "ustar  ", 8);
		memcpy(h + 386, "00000001000\00000000000000", 24);
		memcpy(h + 483, "00000001000", 12);
	}
	for (int i = 0; i < BLOCK; i++)
		sum += h[i];
	octal((char *)h + 148, 6, sum + (m->flaw == FLAW_CHECKSUM));
	h[154] = '\0';
	fwrite(h, 1, BLOCK, stdout);
	if (len) {
		fwrite(m->data, 1, len, stdout);
		fwrite(zeros, 1, (BLOCK - len % BLOCK) % BLOCK, stdout);
	}
}

static void
put_end(const struct hostile *c)
{
	static const char zeros[2 * BLOCK];

	if (c->end != 1)
		fwrite(zeros, 1, c->end == 2 ? BLOCK : sizeof zeros, stdout);
	if (c->end == 3)
		fwrite("and this", 1, 8, stdout);
	if (c->end == 4) {
		put_member(&c->members[0]);
		fwrite(zeros, 1, sizeof zeros, stdout);
	}
}

int
main(int argc, char **argv)
{
	size_t n = sizeof cases / sizeof cases[0];

	for (size_t i = 0; argc == 1 && i < n; i++)
		puts(cases[i].name);
	for (size_t i = 0; argc == 2 && i < n; i++) {
		const struct hostile *c = &cases[i];

		if (strcmp(c->name, argv[1]) != 0)
			continue;
		for (int k = 0; k < MEMBERS_MAX && c->members[k].name; k++)
			put_member(&c->members[k]);
		put_end(c);
		return 0;
	}
	return argc != 1;
}
