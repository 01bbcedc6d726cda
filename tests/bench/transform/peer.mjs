// peer.mjs FILE: the transform in JavaScript: with Bun and bun:sqlite, or with
// Node and better-sqlite3 (found in $NODE_PATH).
//
// Does what stage.c does, on the same staging database, except: pages must be
// UTF-8 without lone surrogates or NUL, numbers are written as JavaScript
// writes them, a record that nests too deeply and names that no log has are
// not noted, and windows are complete and judged at once.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const POSITIONS = 33554432;
const COMMIT_RECORDS = 10000;
const INVALID = 1, CLEAN = 2, DUPLICATE = 3, ALERT = 4;

function open(path) {
  if (process.versions.bun) {
    const { Database } = createRequire(import.meta.url)("bun:sqlite");
    return new Database(path);
  }
  const Database = createRequire(process.env.NODE_PATH + "/")("better-sqlite3");
  return new Database(path);
}

// The content of an event, identity version 1, in one buffer that grows.
const content = {
  bytes: Buffer.allocUnsafe(65536),
  view: null,
  length: 0,

  reserve(n) {
    if (this.length + n > this.bytes.length) {
      const larger = Buffer.allocUnsafe(2 * (this.length + n));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
  },
  head(letter, n) {
    this.reserve(9);
    const b = this.bytes;
    let at = this.length;
    b[at++] = letter;
    b[at++] = 0;
    b[at++] = 0;
    b[at++] = 0;
    b[at++] = 0;
    b[at++] = n >>> 24;
    b[at++] = n >>> 16;
    b[at++] = n >>> 8;
    b[at++] = n;
    this.length = at;
  },
  text(letter, s) {
    this.reserve(9 + 3 * s.length);
    const start = this.length;
    const n = this.bytes.utf8Write(s, start + 9);
    this.head(letter, n);
    this.length = start + 9 + n;
  },
  put(v) {
    if (typeof v === "string") {
      if (v === "")
        this.head(DASH, 0);
      else
        this.text(S, v);
    } else if (v === null || v === undefined) {
      this.head(DASH, 0);
    } else if (typeof v === "number") {
      this.text(N, String(v));
    } else if (typeof v === "boolean") {
      this.head(v ? T : F, 0);
    } else if (Array.isArray(v)) {
      this.head(v.length ? A : DASH, v.length);
      for (const element of v)
        this.put(element);
    } else {
      this.object(v);
    }
  },
  object(v) {
    const start = this.length;
    const names = Object.keys(v).sort(byBytes);
    let kept = 0;
    this.head(O, 0);
    for (const name of names) {
      const member = this.length;
      this.text(S, name);
      const at = this.length;
      this.put(v[name]);
      if (this.bytes[at] === DASH)
        this.length = member;
      else
        kept++;
    }
    const end = this.length;
    this.length = start;
    this.head(kept ? O : DASH, kept);
    this.length = end;
  },
  sha256() {
    return createHash("sha256")
      .update(this.bytes.subarray(0, this.length)).digest();
  },
};

const [DASH, S, N, T, F, A, O] = Buffer.from("-sntfao");

function byBytes(a, b) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const COLUMNS = ["sender", "recipient", "subject", "url", "file_name",
  "file_type", "file_hash", "message_id", "source_ip", "verdict", "action"];

function log(name, array, fields, time, required, unparsable, natural, columns,
    verdict, severity, ownId) {
  return { name, array, fields: fields.split(" "), time, required, unparsable,
    natural: natural.split(" "), columns: COLUMNS.map((c) => columns[c]),
    verdict, severity, ownId };
}

const LOGS = {
  url: log("url", "clickLogs",
    "userEmailAddress fromUserEmailAddress url ttpDefinition subject" +
    " action actions adminOverride userOverride scanResult category" +
    " sendingIp userAwarenessAction date route creationMethod" +
    " emailPartsDescription messageId tagMap", "date",
    [["userEmailAddress", 10], ["url", 11], ["date", 12], ["scanResult", 13]],
    14, "userEmailAddress url date messageId creationMethod",
    { sender: "fromUserEmailAddress", recipient: "userEmailAddress",
      subject: "subject", url: "url", message_id: "messageId",
      source_ip: "sendingIp", verdict: "scanResult", action: "action" },
    "scanResult", 4),
  attachment: log("attachment", "attachmentLogs",
    "senderAddress recipientAddress fileName fileType result" +
    " actionTriggered date details route messageId subject fileHash" +
    " definition", "date",
    [["recipientAddress", 20], ["fileName", 21], ["result", 22], ["date", 23]],
    24, "messageId recipientAddress fileHash fileName date",
    { sender: "senderAddress", recipient: "recipientAddress",
      subject: "subject", file_name: "fileName", file_type: "fileType",
      file_hash: "fileHash", message_id: "messageId", verdict: "result",
      action: "actionTriggered" },
    "result", 4),
  impersonation: log("impersonation", "impersonationLogs",
    "senderAddress recipientAddress subject definition hits identifiers" +
    " action taggedExternal taggedMalicious senderIpAddress eventTime" +
    " impersonationResults messageId", "eventTime",
    [["senderAddress", 30], ["recipientAddress", 31], ["eventTime", 32]], 33,
    "messageId recipientAddress eventTime",
    { sender: "senderAddress", recipient: "recipientAddress",
      subject: "subject", message_id: "messageId",
      source_ip: "senderIpAddress", action: "action" },
    null, 5, "id"),
};

function filled(v) {
  return typeof v === "string" && /[^ \t\r\n]/.test(v);
}

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;

function parseTime(s) {
  const m = TIME.exec(s);
  if (!m)
    return null;
  const ms = Date.UTC(m[1], m[2] - 1, m[3], m[4], m[5], m[6]);
  const d = new Date(ms);
  if (d.getUTCDate() !== +m[3] || d.getUTCMonth() !== m[2] - 1 || m[4] > 23)
    return null;
  const offset = m[7] ? (m[8] * 60 + +m[9]) * 60 * (m[7] === "-" ? -1 : 1) : 0;
  return ms / 1000 - offset;
}

// Where the elements of the array at `at` are: offsets and lengths in bytes.
function extents(body, at, offsets, lengths) {
  const QUOTE = 34, BACKSLASH = 92;
  let depth = 0, n = 0, start = 0;
  for (;; at++) {
    const c = body[at];
    if (c === QUOTE) {
      while (body[++at] !== QUOTE)
        if (body[at] === BACKSLASH)
          at++;
    } else if (c === 123 || c === 91) {
      if (++depth === 2)
        start = at;
    } else if (c === 125 || c === 93) {
      if (--depth === 1) {
        offsets[n] = start;
        lengths[n++] = at + 1 - start;
      } else if (depth === 0) {
        return n;
      }
    }
  }
}

class Transform {
  constructor(path) {
    const db = this.db = open(path);
    for (const pragma of ["foreign_keys = ON", "synchronous = FULL",
      "journal_mode = WAL", "cache_size = -8192", "wal_autocheckpoint = 1024"])
      db.exec("PRAGMA " + pragma);
    this.runId = Number(db.prepare(
      "INSERT INTO run (stage, version, started_at)" +
      " VALUES ('transform', 'peer', 0)").run().lastInsertRowid);
    this.mappingId = this.loadMapping();
    this.body = db.prepare("SELECT body FROM page_body WHERE page_id = ?");
    this.judged = db.prepare("UPDATE page SET judged = 1 WHERE page_id = ?");
    this.get = db.prepare("SELECT alert_no, twin, record_id, digest" +
      " FROM alert WHERE alert_id = ?");
    this.getRevised = db.prepare("SELECT max(alert_no) AS revised FROM alert" +
      " WHERE natural_key = ? AND digest <> ?");
    this.putRecord = db.prepare(
      "INSERT INTO record (record_id, offset, length, outcome, reason," +
      " occurred_at, alert_no, twin) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    this.putAlert = db.prepare(
      "INSERT INTO alert (alert_id, digest, twin, natural_key," +
      " record_id, run_id, log, occurred_at, sender, recipient," +
      " subject, url, file_name, file_type, file_hash, message_id," +
      " source_ip, verdict, action, text_anomaly, revision_of)" +
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?," +
      " ?, 0, ?)");
    this.putMapping = db.prepare(
      "INSERT INTO alert_mapping VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.offsets = [];
    this.lengths = [];
    this.now = { outcome: 0, reason: 0, alert: null, twin: null };
  }

  loadMapping() {
    const body = readFileSync("transform/published.json");
    const m = JSON.parse(body.toString());
    const id = Number(this.db.prepare(
      "INSERT INTO mapping (digest, version, attack_version, source," +
      " body, run_id, loaded_at) VALUES (?, ?, ?, 'built-in', ?, ?, 0)").run(
      createHash("sha256").update(body).digest(), m.version,
      m.attack_version, body.toString(), this.runId).lastInsertRowid);
    const put = this.db.prepare(
      "INSERT INTO mapping_rule VALUES (?, ?, ?, ?, ?, ?, ?, NULL)");
    this.rules = new Map();
    let no = 0;
    const add = (r, match, name) => {
      no++;
      put.run(id, no, r.alertType, match, name, r.threatId, r.threatName);
      const key = name ?? r.alertType;
      if (!this.rules.has(key))
        this.rules.set(key, { type: r.alertType, threatId: r.threatId,
          threatName: r.threatName, match, no });
    };
    for (const r of m.rules)
      add(r, "exact", null);
    for (const name of Object.keys(LOGS))
      add(m.defaults[name], "default", name);
    return id;
  }

  run() {
    const begin = this.db.prepare("BEGIN IMMEDIATE");
    const commit = this.db.prepare("COMMIT");
    const pages = this.db.prepare("SELECT page_id, body_digest, records" +
      " FROM page WHERE window_id = ? ORDER BY number");
    const done = this.db.prepare(
      "UPDATE window SET judged_run_id = ? WHERE window_id = ?");
    let pending = 0;
    begin.run();
    for (const w of this.db.prepare("SELECT window_id, log FROM window" +
        " WHERE closed_order > 0 AND judged_run_id IS NULL" +
        " ORDER BY closed_order").all()) {
      this.log = LOGS[w.log];
      this.seen = new Map();
      const all = pages.all(w.window_id);
      this.first = all[0].page_id;
      this.last = all[all.length - 1].page_id;
      for (const page of all) {
        this.judgePage(page);
        pending += page.records;
        if (pending >= COMMIT_RECORDS) {
          commit.run();
          begin.run();
          pending = 0;
        }
      }
      done.run(this.runId, w.window_id);
    }
    commit.run();
    this.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  judgePage(page) {
    const bytes = this.body.get(page.page_id).body;
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!createHash("sha256").update(body).digest()
      .equals(Buffer.from(page.body_digest)))
      throw new Error(`page ${page.page_id} is damaged`);
    const at = body.indexOf("[", body.indexOf(`"${this.log.array}"`));
    const n = extents(body, at, this.offsets, this.lengths);
    const records = [];
    for (const answer of JSON.parse(body.toString()).data)
      records.push(...answer[this.log.array]);
    if (records.length !== n)
      throw new Error(`page ${page.page_id}: a record is no object`);
    for (let i = 0; i < n; i++) {
      const id = page.page_id * POSITIONS + i;
      const at = this.judge(records[i], id);
      const now = this.now;
      this.putRecord.run(id, this.offsets[i], this.lengths[i], now.outcome,
        now.reason, at, now.alert, now.twin);
    }
    this.judged.run(page.page_id);
  }

  is(outcome, reason, alert = null, twin = null) {
    this.now.outcome = outcome;
    this.now.reason = reason;
    this.now.alert = alert;
    this.now.twin = twin;
  }

  // Sets this.now and gives the record's time.
  judge(r, id) {
    const log = this.log;
    const time = r[log.time];
    const at = typeof time === "string" ? parseTime(time) : null;
    for (const [field, reason] of log.required)
      if (!filled(r[field])) {
        this.is(INVALID, reason);
        return at;
      }
    if (at === null) {
      this.is(INVALID, log.unparsable);
      return at;
    }
    const verdict = log.verdict && r[log.verdict].trim().toLowerCase();
    if (verdict === "clean")
      this.is(CLEAN, 40);
    else if (verdict === "safe")
      this.is(CLEAN, 41);
    else
      this.settle(r, at, id, verdict);
    return at;
  }

  named(at, digest) {
    const out = Buffer.allocUnsafe(16);
    out.writeUInt32BE(Math.min(Math.max(at, 0), 0xffffffff));
    digest.copy(out, 4, 0, 12);
    return out;
  }

  fields(r, at, names) {
    const time = this.log.time;
    for (const name of names)
      if (name === time)
        content.text(N, String(at));
      else
        content.put(r[name]);
  }

  naturalKey(r, at) {
    const log = this.log;
    content.length = 0;
    content.text(S, log.name);
    const start = content.length;
    if (log.ownId)
      content.put(r[log.ownId]);
    if (content.length === start || content.bytes[start] === DASH) {
      content.length = start;
      this.fields(r, at, log.natural);
    }
    return this.named(at, content.sha256());
  }

  alertId(at, digest, twin) {
    const number = Buffer.alloc(8);
    number.writeUInt32BE(twin, 4);
    return this.named(at,
      createHash("sha256").update(digest).update(number).digest());
  }

  known(id, digest) {
    const known = this.get.get(id);
    if (known && Buffer.compare(digest, known.digest) !== 0)
      throw new Error("two events with one id");
    return known;
  }

  settle(r, at, recordId, verdict) {
    content.length = 0;
    content.text(S, this.log.name);
    this.fields(r, at, this.log.fields);
    const digest = content.sha256();
    let twin = 0;
    let id = this.alertId(at, digest, 0);
    let known = this.known(id, digest);
    if (known) {
      const page = Math.floor(known.record_id / POSITIONS);
      twin = this.seen.get(known.alert_no) ??
        Number(page >= this.first && page <= this.last);
      this.seen.set(known.alert_no, twin + 1);
      if (twin > 0) {
        id = this.alertId(at, digest, twin);
        known = this.known(id, digest);
      }
    }
    if (known)
      this.is(DUPLICATE, 50, known.alert_no, known.twin);
    else
      this.alert(r, at, recordId, id, digest, twin, verdict);
  }

  alert(r, at, recordId, id, digest, twin, verdict) {
    const key = this.naturalKey(r, at);
    const revised =
      twin === 0 ? this.getRevised.get(key, digest).revised : null;
    const texts = this.log.columns.map((field) => {
      const v = r[field];
      return typeof v === "string" && v !== "" ? v : null;
    });
    const no = Number(this.putAlert.run(id, digest, twin, key, recordId,
      this.runId, this.log.name, at, ...texts, revised).lastInsertRowid);
    this.mapping(r, no, verdict);
    this.is(ALERT, twin ? 61 : revised ? 62 : 60, no, twin);
  }

  type(r) {
    if (this.log.name !== "url")
      return [this.rules.get(this.log.name).type, "fixed"];
    if (filled(r.ttpDefinition))
      return filled(r.reason) ? [r.reason, "reason"]
        : [r.ttpDefinition, "ttpDefinition"];
    if (filled(r.creationMethod))
      return [r.creationMethod, "creationMethod"];
    return [this.rules.get("url").type, "default"];
  }

  mapping(r, no, verdict) {
    const [type, typeRule] = this.type(r);
    const rule = this.rules.get(type) ?? this.rules.get(this.log.name);
    this.putMapping.run(no, this.mappingId, type, typeRule, rule.threatId,
      rule.threatName, rule.match, rule.no,
      verdict === "malicious" ? 7 : this.log.severity);
  }
}

new Transform(process.argv[2]).run();
