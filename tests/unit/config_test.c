#define _XOPEN_SOURCE 700 /* nftw */

#include "config.h"
#include "err.h"
#include "mem.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A tenant in lines 1 to 5, more of its mimecast, of itself, of its sink. */
#define TENANT                                                                 \
	"tenants:\n"                                                           \
	"- name: acme\n"                                                       \
	"  mimecast:\n"                                                        \
	"    client_id_file: id\n"                                             \
	"    client_secret_file: secret\n"
#define MIMECAST(s) TENANT "    " s "\n"
#define WITH(s) TENANT "  " s "\n"
#define SINK(s) TENANT "  sinks:\n  - name: x\n    type: " s "\n"
#define API_1                                                                  \
	"tenants:\n"                                                           \
	"- name: acme\n"                                                       \
	"  mimecast:\n"                                                        \
	"    api: \"1.0\"\n"                                                   \
	"    app_id_file: a\n"                                                 \
	"    app_key_file: b\n"                                                \
	"    access_key_file: c\n"                                             \
	"    secret_key_file: d\n"
#define SOPHOS                                                                 \
	"https\n    auth: sophos\n    client_id_file: a\n"                     \
	"    client_secret_file: b\n    path: "
#define URL "tenants[0].sinks[0].url: "
#define X32 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	const char *yaml;
	const char *msg; /* NULL: accepted */
} cases[] = {
	{ TENANT, NULL },
	{ "\xef\xbb\xbf" TENANT, NULL },
	{ TENANT "...\n", NULL },
	{ "include: none/*.yaml\n", NULL },

	/* the file */
	{ "", "m2s.conf:1:1: the file is empty: it must hold a tenant" },
	{ "# nothing\n",
	    "m2s.conf:1:1: the file is empty: it must hold a tenant" },
	{ "tenants:\n- name: a\n bad: [\n",
	    "m2s.conf:3:2: not YAML: did not find expected key: look "
	    "at the indentation, colons and quotes up to here" },
	{ "tenants:\n- \xff\n",
	    "m2s.conf:2:3: not UTF-8, or a control character: save it as plain "
	    "UTF-8 text" },
	{ "\xff\xfe\x41\x41",
	    "m2s.conf:1:1: not UTF-8, or a control character: save it as plain "
	    "UTF-8 text" },
	{ "tenants: \x01\n",
	    "m2s.conf:1:10: not UTF-8, or a control character: save it as "
	    "plain UTF-8 text" },
	{ "state_dir: \"\\0\"\n",
	    "m2s.conf:1:12: a value must be one line without control "
	    "characters" },
	{ "state_dir: |\n  a\n  b\n",
	    "m2s.conf:1:12: a value must be one line without control "
	    "characters" },
	{ "tenants: &a []\n",
	    "m2s.conf:1:10: an anchor (&) is not allowed: write the value "
	    "out" },
	{ "state_dir: &a x\n",
	    "m2s.conf:1:12: an anchor (&) is not allowed: write the value "
	    "out" },
	{ "tenants: &a {}\n",
	    "m2s.conf:1:10: an anchor (&) is not allowed: write the value "
	    "out" },
	{ "tenants: *a\n",
	    "m2s.conf:1:10: an alias (*) is not allowed: write the value "
	    "out" },
	{ "state_dir: !!str x\n",
	    "m2s.conf:1:12: a tag (!) is not allowed: remove it" },
	{ "? [a]\n: b\n", "m2s.conf:1:3: a key must be a word" },
	{ X32 X32 "x: 1\n", "m2s.conf:1:1: a key must have 1 to 64 bytes" },
	{ "\"\": 1\n", "m2s.conf:1:1: a key must have 1 to 64 bytes" },
	{ "tenants: [[[[[[[[[[[[[[[[[[[[[[[[[]\n",
	    "m2s.conf:1:26: nested more than 16 deep" },
	{ TENANT "---\nx: 1\n",
	    "m2s.conf:6:1: a second document is not allowed: remove it" },

	/* keys and types */
	{ "x\n", "m2s.conf:1:1: must be a mapping, key: value" },
	{ "state_dir: x\n",
	    "m2s.conf:1:1: tenants: is missing: give one tenant, or include "
	    "files that do" },
	{ "tenants: x\n",
	    "m2s.conf:1:1: tenants: must be a list, each "
	    "item \"- \"" },
	{ "tenant: x\n",
	    "m2s.conf:1:1: tenant: is not a key known here: correct or remove "
	    "it" },
	{ TENANT "tenants: []\n",
	    "m2s.conf:6:1: tenants: is given twice, first in line 1: remove "
	    "one" },
	{ WITH("sink: []"),
	    "m2s.conf:6:3: tenants[0].sink: is not a key known here: correct "
	    "or remove it" },
	{ MIMECAST("client_id_file: id"),
	    "m2s.conf:6:5: tenants[0].mimecast.client_id_file: is given twice, "
	    "first in line 4: remove one" },
	{ "tenants:\n- x\n",
	    "m2s.conf:2:3: tenants[0]: must be a mapping, key: value" },
	{ "tenants:\n- name: a\n",
	    "m2s.conf:2:3: tenants[0].mimecast: is missing: add it" },
	{ "tenants:\n- mimecast: {}\n",
	    "m2s.conf:2:3: tenants[0].name: is missing: add it" },
	{ WITH("mapping_file: [x]"),
	    "m2s.conf:6:3: tenants[0].mapping_file: must be one value, no list "
	    "and no mapping" },
	{ WITH("mapping_file:"),
	    "m2s.conf:6:3: tenants[0].mapping_file: has no value: give it one "
	    "or remove it" },
	{ WITH("mapping_file: ~"),
	    "m2s.conf:6:3: tenants[0].mapping_file: has no value: give it one "
	    "or remove it" },
	{ WITH("mapping_file: null"),
	    "m2s.conf:6:3: tenants[0].mapping_file: has no value: give it one "
	    "or remove it" },
	{ WITH("retain_days: \"5\""),
	    "m2s.conf:6:3: tenants[0].retain_days: must be a whole number, "
	    "without quotes" },
	{ WITH("retain_days: 010"),
	    "m2s.conf:6:3: tenants[0].retain_days: must be a whole number, "
	    "without quotes" },
	{ WITH("retain_days: 1.5"),
	    "m2s.conf:6:3: tenants[0].retain_days: must be a whole number, "
	    "without quotes" },
	{ WITH("retain_days: 9223372036854775808"),
	    "m2s.conf:6:3: tenants[0].retain_days: must be a whole number, "
	    "without quotes" },
	{ WITH("max_invalid_ratio: 5%"),
	    "m2s.conf:6:3: tenants[0].max_invalid_ratio: must be a number such "
	    "as 0.05, without quotes" },
	{ WITH("max_invalid_ratio: nan"),
	    "m2s.conf:6:3: tenants[0].max_invalid_ratio: must be a number such "
	    "as 0.05, without quotes" },
	{ SINK("file\n    idempotent: yes"),
	    "m2s.conf:9:5: tenants[0].sinks[0].idempotent: must be true or "
	    "false" },
	{ SINK("smtp"),
	    "m2s.conf:8:5: tenants[0].sinks[0].type: must be file, https or "
	    "syslog" },
	{ MIMECAST("api: 3.0"),
	    "m2s.conf:6:5: tenants[0].mimecast.api: must be 1.0 or 2.0" },
	{ MIMECAST("api: 2.0"), NULL },

	/* ranges */
	{ WITH("retain_days: 36501"),
	    "m2s.conf:6:3: tenants[0].retain_days: must be from 0 to 36500" },
	{ WITH("max_invalid_ratio: 1.01"),
	    "m2s.conf:6:3: tenants[0].max_invalid_ratio: must be from 0 to "
	    "1" },
	{ WITH("max_invalid_ratio: -0.01"),
	    "m2s.conf:6:3: tenants[0].max_invalid_ratio: must be from 0 to "
	    "1" },
	{ WITH("archive: {level: 20}"),
	    "m2s.conf:6:13: tenants[0].archive.level: must be from 1 to 19" },
	{ MIMECAST("settle_s: -1"),
	    "m2s.conf:6:5: tenants[0].mimecast.settle_s: must be from 0 to "
	    "86400" },
	{ MIMECAST("settle_s: 86401"),
	    "m2s.conf:6:5: tenants[0].mimecast.settle_s: must be from 0 to "
	    "86400" },
	{ MIMECAST("overlap_s: 2592001"),
	    "m2s.conf:6:5: tenants[0].mimecast.overlap_s: must be from 0 to "
	    "2592000" },
	{ MIMECAST("window_s: 0"),
	    "m2s.conf:6:5: tenants[0].mimecast.window_s: must be from 1 to "
	    "2592000" },
	{ MIMECAST("lookback_s: 315360001"),
	    "m2s.conf:6:5: tenants[0].mimecast.lookback_s: must be from 0 to "
	    "315360000" },
	{ MIMECAST("lookback_s: 2592001"),
	    "m2s.conf:6:5: tenants[0].mimecast.lookback_s: must not be more "
	    "than retention_days, here 2592000 seconds" },
	{ MIMECAST("lookback_s: 2592001\n    retention_days: 31"), NULL },
	{ MIMECAST("retention_days: 3651"),
	    "m2s.conf:6:5: tenants[0].mimecast.retention_days: must be from 1 "
	    "to 3650" },
	{ MIMECAST("page_size: 1001"),
	    "m2s.conf:6:5: tenants[0].mimecast.page_size: must be from 1 to "
	    "1000" },
	{ MIMECAST("page_bytes: 67108865"),
	    "m2s.conf:6:5: tenants[0].mimecast.page_bytes: must be from 1024 "
	    "to 67108864" },
	{ MIMECAST("parallel: 65"),
	    "m2s.conf:6:5: tenants[0].mimecast.parallel: must be from 1 to "
	    "64" },
	{ MIMECAST("deadline_s: 0"),
	    "m2s.conf:6:5: tenants[0].mimecast.deadline_s: must be from 1 to "
	    "86400" },
	{ SINK("file\n    batch_alerts: 10001"),
	    "m2s.conf:9:5: tenants[0].sinks[0].batch_alerts: must be from 1 to "
	    "10000" },
	{ SINK("file\n    batch_bytes: 999"),
	    "m2s.conf:9:5: tenants[0].sinks[0].batch_bytes: must be from 1000 "
	    "to 67108864" },
	{ SINK("file\n    deadline_s: 86401"),
	    "m2s.conf:9:5: tenants[0].sinks[0].deadline_s: must be from 1 to "
	    "86400" },
	{ SINK("https\n    url: https://h\n    budget: {day: -1}"),
	    "m2s.conf:10:14: tenants[0].sinks[0].budget.day: must be from 0 to "
	    "1000000000" },

	/* names */
	{ "tenants:\n- name: Acme\n  mimecast: {}\n",
	    "m2s.conf:2:3: tenants[0].name: must be 1 to 32 of the characters "
	    "a-z, 0-9 and -" },
	{ "tenants:\n- name: " X32 "x\n  mimecast: {}\n",
	    "m2s.conf:2:3: tenants[0].name: must be 1 to 32 of the characters "
	    "a-z, 0-9 and -" },
	{ TENANT "  sinks: [{name: ../x, type: file}]\n",
	    "m2s.conf:6:12: tenants[0].sinks[0].name: must be 1 to 32 of the "
	    "characters a-z, 0-9 and -" },
	{ TENANT "  sinks: [{name: a, type: file}, {name: a, type: file}]\n",
	    "m2s.conf:6:35: tenants[0].sinks[1].name: sinks[0] has this name "
	    "too: change one" },
	{ TENANT "- name: acme\n  mimecast: {client_id_file: a, "
		 "client_secret_file: b}\n",
	    "m2s.conf:6:3: tenants[1].name: m2s.conf:2 has a tenant of this "
	    "name too: change one" },

	/* mimecast */
	{ API_1 "    email: a@example.com\n", NULL },
	{ API_1 "    base_url: https://eu-api.mimecast.com\n", NULL },
	{ API_1,
	    "m2s.conf:3:3: tenants[0].mimecast.email: is missing: give it, or "
	    "base_url, so that the host can be found" },
	{ API_1 "    email: a@b@c\n",
	    "m2s.conf:9:5: tenants[0].mimecast.email: must be an address: "
	    "user@domain" },
	{ API_1 "    email: a@b\n    discovery_url: https://x.example/\n",
	    NULL },
	{ API_1 "    email: a@b\n    discovery_url: http://x.example\n",
	    "m2s.conf:10:5: tenants[0].mimecast.discovery_url: must begin "
	    "with https://: plain http is for loopback hosts only" },
	{ MIMECAST("discovery_url: https://x.example"),
	    "m2s.conf:6:5: tenants[0].mimecast.discovery_url: does not go "
	    "with api: \"2.0\": remove it" },
	{ API_1 "    client_id_file: x\n",
	    "m2s.conf:9:5: tenants[0].mimecast.client_id_file: does not go "
	    "with api: \"1.0\": remove it" },
	{ MIMECAST("app_key_file: x"),
	    "m2s.conf:6:5: tenants[0].mimecast.app_key_file: does not go with "
	    "api: \"2.0\": remove it" },
	{ MIMECAST("email: a@b"),
	    "m2s.conf:6:5: tenants[0].mimecast.email: does not go with api: "
	    "\"2.0\": remove it" },
	{ "tenants:\n- {name: a, mimecast: {client_id_file: x}}\n",
	    "m2s.conf:2:13: tenants[0].mimecast.client_secret_file: is "
	    "missing: api: \"2.0\" needs it" },
	{ MIMECAST("logs: url"),
	    "m2s.conf:6:5: tenants[0].mimecast.logs: must be a list of url, "
	    "attachment, impersonation" },
	{ MIMECAST("logs: []"),
	    "m2s.conf:6:5: tenants[0].mimecast.logs: must be a list of url, "
	    "attachment, impersonation" },
	{ MIMECAST("logs: [url, mail]"),
	    "m2s.conf:6:17: tenants[0].mimecast.logs[1]: must be url, "
	    "attachment or impersonation" },
	{ MIMECAST("logs: [url, [url]]"),
	    "m2s.conf:6:17: tenants[0].mimecast.logs[1]: must be url, "
	    "attachment or impersonation" },
	{ MIMECAST("logs: [url, url]"),
	    "m2s.conf:6:17: tenants[0].mimecast.logs[1]: is given twice: "
	    "remove it" },
	{ MIMECAST("base_url: http://api.example"),
	    "m2s.conf:6:5: tenants[0].mimecast.base_url: must begin with "
	    "https://: plain http is for loopback hosts only" },
	{ MIMECAST("base_url: http://localhost:8080"), NULL },
	{ MIMECAST("base_url: http://127.1.2.3"), NULL },
	{ MIMECAST("base_url: \"http://[::1]:80\""), NULL },
	{ MIMECAST("base_url: http://127.0.0.1.evil.example"),
	    "m2s.conf:6:5: tenants[0].mimecast.base_url: must begin with "
	    "https://: plain http is for loopback hosts only" },

	/* sinks: URLs */
	{ SINK("https\n    url: ftp://h"),
	    "m2s.conf:9:5: " URL "must begin with https://" },
	{ SINK("https\n    url: https://u:p@h/"),
	    "m2s.conf:9:5: " URL
	    "must not hold a user name or password: remove it" },
	{ SINK("https\n    url: https://h/?a=b"),
	    "m2s.conf:9:5: " URL
	    "must not hold a query or fragment: remove it" },
	{ SINK("https\n    url: https://h#x"),
	    "m2s.conf:9:5: " URL
	    "must not hold a query or fragment: remove it" },
	{ SINK("https\n    url: https://h/a b"),
	    "m2s.conf:9:5: " URL
	    "must be ASCII without spaces: encode other characters" },
	{ SINK("https\n    url: https://h\xc3\xa9"),
	    "m2s.conf:9:5: " URL
	    "must be ASCII without spaces: encode other characters" },
	{ SINK("https\n    url: https:///x"),
	    "m2s.conf:9:5: " URL "must name a host, and a port if any" },
	{ SINK("https\n    url: https://h:65536"),
	    "m2s.conf:9:5: " URL "must name a host, and a port if any" },
	{ SINK("https\n    url: https://h:x"),
	    "m2s.conf:9:5: " URL "must name a host, and a port if any" },
	{ SINK("https\n    url: https://a\\b"),
	    "m2s.conf:9:5: " URL "must name a host, and a port if any" },
	{ SINK("https\n    url: https://[::1"),
	    "m2s.conf:9:5: " URL "must name a host, and a port if any" },
	{ SINK("https\n    url: https://[2001:db8::1]:8443/x"), NULL },
	{ SINK("syslog\n    url: syslog+tls://h"),
	    "m2s.conf:9:5: " URL "must name a host and a port" },
	{ SINK("syslog\n    url: syslog+tls://h:514/x"),
	    "m2s.conf:9:5: " URL "must end after the port: remove the path" },
	{ SINK("syslog\n    url: syslog://h:514"),
	    "m2s.conf:9:5: " URL
	    "must begin with syslog+tls:// or syslog+tcp://" },
	{ SINK("syslog\n    url: syslog+tls://h:6514\n    ca_file: x"), NULL },

	/* sinks: what goes together */
	{ SINK("https"),
	    "m2s.conf:7:5: " URL "is missing: auth: none needs it" },
	{ SINK("syslog"),
	    "m2s.conf:7:5: " URL "is missing: type: syslog needs it" },
	{ SINK("file\n    url: https://h"),
	    "m2s.conf:9:5: " URL "does not go with type: file: remove it" },
	{ SINK("https\n    url: https://h\n    dir: x"),
	    "m2s.conf:10:5: tenants[0].sinks[0].dir: does not go with auth: "
	    "none: remove it" },
	{ SINK("https\n    url: https://h\n    key_file: x"),
	    "m2s.conf:10:5: tenants[0].sinks[0].key_file: does not go with "
	    "auth: none: remove it" },
	{ SINK("https\n    url: https://h\n    auth: header\n    header: X"),
	    "m2s.conf:7:5: tenants[0].sinks[0].key_file: is missing: auth: "
	    "header needs it" },
	{ SINK("https\n    url: https://h\n    auth: header\n"
	       "    header: \"X: y\"\n    key_file: k"),
	    "m2s.conf:11:5: tenants[0].sinks[0].header: must be the name of a "
	    "header, such as X-Integration-Key" },
	{ SINK(SOPHOS "/x"), NULL },
	{ SINK(SOPHOS "/x\n    url: https://h"),
	    "m2s.conf:13:5: " URL "does not go with auth: sophos: remove it" },
	{ SINK(SOPHOS "x"),
	    "m2s.conf:12:5: tenants[0].sinks[0].path: must begin with / and "
	    "hold no query, fragment or space" },
	{ SINK(SOPHOS "/x\n    id_url: http://h"),
	    "m2s.conf:13:5: tenants[0].sinks[0].id_url: must begin with "
	    "https://: plain http is for loopback hosts only" },
	{ SINK(SOPHOS "/x\n    api_url: h"),
	    "m2s.conf:13:5: tenants[0].sinks[0].api_url: must begin with "
	    "https://" },
	{ SINK("syslog\n    url: syslog+tcp://h:514\n    ca_file: x"),
	    "m2s.conf:10:5: tenants[0].sinks[0].ca_file: does not go with "
	    "syslog+tcp: remove it" },
	{ SINK("syslog\n    url: syslog+tls://h:514\n    format: ndjson"),
	    "m2s.conf:10:5: tenants[0].sinks[0].format: must be cef: syslog "
	    "carries no other" },
	{ SINK("https\n    url: https://h\n    client_cert_file: x"),
	    "m2s.conf:7:5: tenants[0].sinks[0].client_key_file: is missing: a "
	    "certificate and its key go together" },
	{ SINK("https\n    url: https://h\n    client_key_file: x"),
	    "m2s.conf:7:5: tenants[0].sinks[0].client_cert_file: is missing: a "
	    "certificate and its key go together" },
	{ SINK("file\n    from: 2026-02-30"),
	    "m2s.conf:9:5: tenants[0].sinks[0].from: must be all, now, a date "
	    "(2026-01-31) or a time (2026-01-31T06:00:00Z)" },
	{ SINK("file\n    from: [now]"),
	    "m2s.conf:9:5: tenants[0].sinks[0].from: must be all, now, a date "
	    "(2026-01-31) or a time (2026-01-31T06:00:00Z)" },

	/* includes */
	{ "include: inc/tenant.yaml\n", NULL },
	{ "include: inc/list.yaml\n", NULL },
	{ "include: inc/whole.yaml\n", NULL },
	{ "include: inc/*.yaml\n",
	    "inc/tenant.yaml:1:1: name: inc/list.yaml:1 has a tenant of this "
	    "name too: change one" },
	{ "include: bad/nested.yaml\n",
	    "bad/nested.yaml:1:1: include: is not allowed in an included file: "
	    "move it to the file that includes this one" },
	{ "include: bad/state.yaml\n",
	    "bad/state.yaml:2:1: state_dir: is not allowed in an included "
	    "file: move it to the file that includes this one" },
	{ "include: bad/key.yaml\n",
	    "bad/key.yaml:1:4: [0].nam: is not a key known here: correct or "
	    "remove it" },
	{ "include: bad/empty.yaml\n",
	    "bad/empty.yaml:1:1: the file is empty: it must hold a tenant" },
	{ "include: ba?\n", "bad: Is a directory" },
	{ "include: loop/*.yaml\n",
	    "m2s.conf:1:1: include: a folder cannot be read: Too many levels "
	    "of symbolic links" },
};

static void
put(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int
in_new_folder(void **state)
{
	static char folder[32];

	strcpy(folder, "/tmp/m2s-config-XXXXXX");
	*state = folder;
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	return mkdtemp(folder) ? chdir(folder) : -1;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int
remove_folder(void **state)
{
	return chdir("/") || nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct config *
open_text(const char *yaml)
{
	struct config *c = NULL;
	struct err e = { 0 };

	put("m2s.conf", yaml);
	if (config_open(&c, "m2s.conf", &e))
		fail_msg("%s", e.msg);
	return c;
}

static void
put_included(void)
{
	assert_int_equal(mkdir("inc", 0700), 0);
	put("inc/list.yaml",
	    "- {name: a, mimecast: {client_id_file: x, client_secret_file: "
	    "./y}}\n"
	    "- {name: b, mimecast: {client_id_file: x, client_secret_file: "
	    "y}, sinks: [{name: o, type: file, dir: o}]}\n");
	put("inc/tenant.yaml",
	    "name: a\nmimecast: {client_id_file: x, client_secret_file: y}\n");
	put("inc/whole.yaml", TENANT);
	assert_int_equal(mkdir("bad", 0700), 0);
	put("bad/nested.yaml", "include: x\n");
	put("bad/state.yaml", "tenants: []\nstate_dir: x\n");
	put("bad/key.yaml", "- {nam: a}\n");
	put("bad/empty.yaml", "");
	assert_int_equal(symlink("loop", "loop"), 0);
}

static void
config_open_names_the_place_and_the_fault(void **state)
{
	(void)state;
	put_included();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct config *c = NULL;
		struct err e = { 0 };

		put("m2s.conf", cases[i].yaml);
		if (!cases[i].msg) {
			if (config_open(&c, "m2s.conf", &e))
				fail_msg("case %zu: %s", i, e.msg);
			config_free(c);
			continue;
		}
		assert_int_equal(config_open(&c, "m2s.conf", &e), -1);
		assert_string_equal(e.msg, cases[i].msg);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_null(c);
	}
}

static void
config_open_refuses_what_it_cannot_read(void **state)
{
	char *big = xcalloc(1, (1 << 20) + 2);
	struct config *c = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(config_open(&c, "none.conf", &e), -1);
	assert_string_equal(e.msg, "none.conf: No such file or directory");
	assert_int_equal(e.kind, ERR_CONFIG);
	memset(big, '#', (1 << 20) + 1);
	put("m2s.conf", big);
	free(big);
	assert_int_equal(config_open(&c, "m2s.conf", &e), -1);
	assert_string_equal(
	    e.msg, "m2s.conf: is over 1 MiB: move tenants to files to include");
	put("m2s.conf", TENANT);
	assert_int_equal(truncate("m2s.conf", sizeof TENANT), 0);
	assert_int_equal(config_open(&c, "m2s.conf", &e), -1);
	assert_string_equal(e.msg,
	    "m2s.conf:6:1: not UTF-8, or a control character: save it as plain "
	    "UTF-8 text");
}

static void
config_open_refuses_too_many_sinks(void **state)
{
	struct config *c = NULL;
	struct err e = { 0 };
	FILE *f = fopen("m2s.conf", "w");

	(void)state;
	assert_non_null(f);
	fputs(TENANT "  sinks:\n", f);
	for (int i = 0; i <= 100; i++)
		fprintf(f, "  - {name: s%d, type: file}\n", i);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(config_open(&c, "m2s.conf", &e), -1);
	assert_string_equal(e.msg,
	    "m2s.conf:107:5: tenants[0].sinks[100]: is one too many: at most "
	    "100 are allowed");
}

static void
config_open_refuses_a_very_long_value(void **state)
{
	char *text = xcalloc(1, 5000);
	struct config *c = NULL;
	struct err e = { 0 };

	(void)state;
	memset(text, 'x', 4999);
	memcpy(text, "include: ", 9);
	text[9 + 4096] = '\0';
	put("m2s.conf", text);
	assert_int_equal(config_open(&c, "m2s.conf", &e), 0);
	config_free(c);
	text[9 + 4096] = 'x';
	put("m2s.conf", text);
	free(text);
	assert_int_equal(config_open(&c, "m2s.conf", &e), -1);
	assert_string_equal(
	    e.msg, "m2s.conf:1:1: include: must have at most 4096 bytes");
}

static void
config_open_fills_in_what_is_left_out(void **state)
{
	struct config *c = open_text(TENANT);
	const struct config_tenant *t = config_tenant(c, "acme");
	const struct config_mimecast *m = &t->mimecast;
	const struct config_sink *s = &t->sinks[0];

	(void)state;
	assert_null(config_tenant(c, "acm"));
	assert_string_equal(c->state_dir, "/var/lib/m2s");
	assert_string_equal(t->dir, "/var/lib/m2s/acme");
	assert_null(t->mapping_file);
	assert_true(t->max_invalid_ratio > 0.049);
	assert_true(t->max_invalid_ratio < 0.051);
	assert_int_equal(t->archive_level, 1);
	assert_int_equal(t->retain_days, 0);
	assert_int_equal(m->api, CONFIG_API_2);
	assert_string_equal(m->base_url, "https://api.services.mimecast.com");
	assert_true(m->logs[TTP_URL]);
	assert_true(m->logs[TTP_ATTACHMENT]);
	assert_true(m->logs[TTP_IMPERSONATION]);
	assert_int_equal(m->settle_s, 120);
	assert_int_equal(m->overlap_s, 1800);
	assert_int_equal(m->window_s, 3600);
	assert_int_equal(m->lookback_s, 86400);
	assert_int_equal(m->retention_s, 30 * 86400);
	assert_int_equal(m->page_size, 100);
	assert_int_equal(m->page_bytes, 67108864);
	assert_int_equal(m->parallel, 4);
	assert_int_equal(m->deadline_s, 900);
	assert_int_equal(t->sinks_count, 1);
	assert_string_equal(s->name, "out");
	assert_int_equal(s->type, CONFIG_FILE);
	assert_string_equal(s->dir, "/var/lib/m2s/acme/out");
	assert_int_equal(s->auth, CONFIG_AUTH_NONE);
	assert_int_equal(s->format, CONFIG_NDJSON);
	assert_int_equal(s->framing, CONFIG_OCTET);
	assert_int_equal(s->batch_alerts, 500);
	assert_int_equal(s->batch_bytes, 1000000);
	assert_false(s->idempotent);
	assert_int_equal(s->from, CONFIG_FROM_ALL);
	assert_int_equal(s->budget.second, 0);
	assert_int_equal(s->deadline_s, 900);
	config_free(c);
}

static void
config_open_fills_in_by_kind_of_sink(void **state)
{
	struct config *c = open_text(
	    SINK(SOPHOS "/x\n    budget: {hour: 7}\n    from: 1970-01-02\n"
			"  - {name: y, type: syslog, framing: lf, "
			"from: now, url: 'syslog+tcp://h:514'}\n"
			"  - {name: z, type: file, format: array, "
			"from: '1970-01-01T00:00:01Z'}"));
	const struct config_sink *s = c->tenants[0].sinks;

	(void)state;
	assert_string_equal(s[0].id_url, "https://id.sophos.com");
	assert_string_equal(s[0].api_url, "https://api.central.sophos.com");
	assert_int_equal(s[0].budget.second, 10);
	assert_int_equal(s[0].budget.minute, 100);
	assert_int_equal(s[0].budget.hour, 7);
	assert_int_equal(s[0].budget.day, 200000);
	assert_int_equal(s[0].from, CONFIG_FROM_DATE);
	assert_int_equal(s[0].from_at, 86400);
	assert_null(s[0].dir);
	assert_int_equal(s[1].format, CONFIG_CEF);
	assert_int_equal(s[1].framing, CONFIG_LF);
	assert_int_equal(s[1].from, CONFIG_FROM_NOW);
	assert_null(s[1].id_url);
	assert_int_equal(s[2].format, CONFIG_ARRAY);
	assert_int_equal(s[2].from_at, 1);
	config_free(c);
}

static void
zero_is_not_the_same_as_left_out(void **state)
{
	struct config *c = open_text(MIMECAST(
	    "overlap_s: 0\n    settle_s: 0\n    logs: [attachment]\n    "
	    "base_url: https://h/p/"));
	const struct config_mimecast *m = &c->tenants[0].mimecast;

	(void)state;
	assert_int_equal(m->overlap_s, 0);
	assert_int_equal(m->settle_s, 0);
	assert_false(m->logs[TTP_URL]);
	assert_true(m->logs[TTP_ATTACHMENT]);
	assert_string_equal(m->base_url, "https://h/p");
	config_free(c);
}

static void
assert_path(const char *path, const char *folder, const char *below)
{
	char *want = xasprintf("%s%s", folder, below);

	assert_string_equal(path, want);
	free(want);
}

static void
paths_are_relative_to_the_file_that_names_them(void **state)
{
	struct config *c;

	put_included();
	assert_int_equal(mkdir("cred", 0700), 0);
	put("cred/x", "s");
	c = open_text("include: inc/list.yaml\nstate_dir: var\n" TENANT
		      "  mapping_file: map.json\n"
		      "  sinks: [{name: o, type: file, dir: o}]\n");
	assert_path(c->state_dir, *state, "/var");
	assert_path(c->tenants[0].dir, *state, "/var/acme");
	assert_path(c->tenants[0].mimecast.client_id_file, *state, "/id");
	assert_path(c->tenants[0].mapping_file, *state, "/map.json");
	assert_path(c->tenants[0].sinks[0].dir, *state, "/o");
	assert_path(c->tenants[1].mimecast.client_id_file, *state, "/inc/x");
	assert_path(c->tenants[1].sinks[0].dir, *state, "/var/a/out");
	assert_path(c->tenants[2].sinks[0].dir, *state, "/inc/o");
	config_free(c);

	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "cred", 1), 0);
	c = open_text("include: inc/list.yaml\n");
	assert_string_equal(c->tenants[0].mimecast.client_id_file, "cred/x");
	assert_path(
	    c->tenants[0].mimecast.client_secret_file, *state, "/inc/./y");
	assert_path(
	    c->tenants[1].mimecast.client_secret_file, *state, "/inc/y");
	config_free(c);
}

static void
an_odd_folder_is_no_pattern(void **state)
{
	struct config *c = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(mkdir("[a]*", 0700), 0);
	put("[a]*/m2s.conf", "include: '*.yaml'\n");
	put("[a]*/t.yaml", TENANT);
	assert_int_equal(config_open(&c, "[a]*/m2s.conf", &e), 0);
	assert_int_equal(c->tenants_count, 1);
	config_free(c);
}

static void
config_err_names_the_nearest_place(void **state)
{
	static const struct {
		const char *key, *msg;
	} places[] = {
		{ "tenants[0].mimecast.client_id_file",
		    "m2s.conf:5:5: tenants[0].mimecast.client_id_file: no 5" },
		{ "tenants[0].sinks[0].dir",
		    "m2s.conf:3:3: tenants[0].sinks[0].dir: no 5" },
		{ "tenants[0]", "m2s.conf:3:3: tenants[0]: no 5" },
		{ "tenants[2].name", "inc/list.yaml:2:4: [1].name: no 5" },
		{ "state_dir", "m2s.conf:1:1: state_dir: no 5" },
		{ "", "m2s.conf:1:1: no 5" },
	};
	struct config *c;

	(void)state;
	put_included();
	c = open_text("include: inc/list.yaml\n" TENANT);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		struct err e = { 0 };

		assert_int_equal(
		    config_err(c, places[i].key, &e, "no %d", 5), -1);
		assert_string_equal(e.msg, places[i].msg);
		assert_int_equal(e.kind, ERR_CONFIG);
	}
	config_free(c);
}

static void
a_tenant_is_loopback_if_all_its_urls_are(void **state)
{
	static const struct {
		const char *yaml;
		bool loopback;
	} tenants[] = {
		{ TENANT, false },
		{ MIMECAST("base_url: http://localhost:1"), true },
		{ MIMECAST("base_url: http://localhost:1\n  sinks: [{name: x, "
			   "type: https, url: 'https://h'}]"),
		    false },
		{ MIMECAST("base_url: http://localhost:1\n  sinks: [{name: x, "
			   "type: syslog, url: 'syslog+tcp://127.0.0.1:1'}]"),
		    true },
		{ MIMECAST("base_url: http://localhost:1\n  sinks: [{name: x, "
			   "type: syslog, url: 'syslog+tls://h:1'}]"),
		    false },
		{ MIMECAST("base_url: http://localhost:1\n  sinks: [{name: x, "
			   "type: https, auth: sophos, client_id_file: a, "
			   "client_secret_file: b, path: /x, id_url: "
			   "'http://localhost:2'}]"),
		    false },
		{ API_1 "    email: a@b\n", false },
		{ API_1 "    email: a@b\n    discovery_url: "
			"http://127.0.0.1:1\n",
		    true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof tenants / sizeof tenants[0]; i++) {
		struct config *c = open_text(tenants[i].yaml);

		assert_int_equal(
		    config_is_loopback(&c->tenants[0]), tenants[i].loopback);
		config_free(c);
	}
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, in_new_folder, remove_folder)
	static const struct CMUnitTest tests[] = {
		TEST(config_open_names_the_place_and_the_fault),
		TEST(config_open_refuses_what_it_cannot_read),
		TEST(config_open_refuses_too_many_sinks),
		TEST(config_open_refuses_a_very_long_value),
		TEST(config_open_fills_in_what_is_left_out),
		TEST(config_open_fills_in_by_kind_of_sink),
		TEST(zero_is_not_the_same_as_left_out),
		TEST(paths_are_relative_to_the_file_that_names_them),
		TEST(an_odd_folder_is_no_pattern),
		TEST(config_err_names_the_nearest_place),
		TEST(a_tenant_is_loopback_if_all_its_urls_are),
	};

	config_free(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
