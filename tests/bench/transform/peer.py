"""peer.py FILE: the transform with nothing but Python's standard library.

Does what stage.c does, on the same staging database, except: pages must be
UTF-8 without lone surrogates or NUL, a record that nests too deeply and names
that no log has are not noted, and windows are complete and judged at once.
"""

import hashlib
import json
import sqlite3
import sys
from collections import Counter
from datetime import datetime

POSITIONS = 33554432
COMMIT_RECORDS = 10000
INVALID, CLEAN, DUPLICATE, ALERT = 1, 2, 3, 4
SPACE = " \t\r\n"


class Number(str):
    """A number as it stands in the text."""


class Log:
    def __init__(self, name, array, fields, time, required, unparsable,
                 natural, columns, verdict, severity, own_id=None):
        self.name = name
        self.array = array
        self.fields = fields.split()
        self.time = time
        self.required = required
        self.unparsable = unparsable
        self.natural = natural.split()
        self.columns = [columns.get(c) for c in COLUMNS]
        self.verdict = verdict
        self.severity = severity
        self.own_id = own_id
        self.head = value(name)


def head(letter, n):
    return letter + n.to_bytes(8, "big")


NOTHING = head(b"-", 0)


def text(s):
    b = s.encode()
    return b"s" + len(b).to_bytes(8, "big") + b


def value(v):
    if type(v) is str:
        return text(v) if v else NOTHING
    if v is None:
        return NOTHING
    if v is True:
        return head(b"t", 0)
    if v is False:
        return head(b"f", 0)
    if type(v) is Number:
        return head(b"n", len(v)) + v.encode()
    if type(v) is list:
        if not v:
            return NOTHING
        return head(b"a", len(v)) + b"".join(map(value, v))
    members = [(k.encode(), value(m)) for k, m in v.items()]
    members = sorted((k, m) for k, m in members if m[0] != 0x2D)
    if not members:
        return NOTHING
    return head(b"o", len(members)) + b"".join(
        head(b"s", len(k)) + k + m for k, m in members)


COLUMNS = ("sender recipient subject url file_name file_type file_hash"
           " message_id source_ip verdict action").split()

LOGS = {log.name: log for log in (
    Log("url", "clickLogs",
        "userEmailAddress fromUserEmailAddress url ttpDefinition subject"
        " action actions adminOverride userOverride scanResult category"
        " sendingIp userAwarenessAction date route creationMethod"
        " emailPartsDescription messageId tagMap", "date",
        [("userEmailAddress", 10), ("url", 11), ("date", 12),
         ("scanResult", 13)], 14,
        "userEmailAddress url date messageId creationMethod",
        {"sender": "fromUserEmailAddress", "recipient": "userEmailAddress",
         "subject": "subject", "url": "url", "message_id": "messageId",
         "source_ip": "sendingIp", "verdict": "scanResult",
         "action": "action"}, "scanResult", 4),
    Log("attachment", "attachmentLogs",
        "senderAddress recipientAddress fileName fileType result"
        " actionTriggered date details route messageId subject fileHash"
        " definition", "date",
        [("recipientAddress", 20), ("fileName", 21), ("result", 22),
         ("date", 23)], 24,
        "messageId recipientAddress fileHash fileName date",
        {"sender": "senderAddress", "recipient": "recipientAddress",
         "subject": "subject", "file_name": "fileName",
         "file_type": "fileType", "file_hash": "fileHash",
         "message_id": "messageId", "verdict": "result",
         "action": "actionTriggered"}, "result", 4),
    Log("impersonation", "impersonationLogs",
        "senderAddress recipientAddress subject definition hits identifiers"
        " action taggedExternal taggedMalicious senderIpAddress eventTime"
        " impersonationResults messageId", "eventTime",
        [("senderAddress", 30), ("recipientAddress", 31),
         ("eventTime", 32)], 33,
        "messageId recipientAddress eventTime",
        {"sender": "senderAddress", "recipient": "recipientAddress",
         "subject": "subject", "message_id": "messageId",
         "source_ip": "senderIpAddress", "action": "action"},
        None, 5, "id"),
)}

raw_decode = json.JSONDecoder(
    strict=True, parse_int=Number, parse_float=Number).raw_decode


def filled(v):
    return type(v) is str and v.strip(SPACE) != ""


def parse_time(s):
    try:
        t = datetime.fromisoformat(s)
    except ValueError:
        return None
    return int(t.timestamp()) if t.tzinfo and len(s) > 19 else None


def records(page, array):
    """Each record of a page, with its offset and length in bytes."""
    start = page.index("[", page.index('"%s"' % array)) + 1
    offset = len(page[:start].encode())
    while True:
        at = start
        while page[at] in " \t\r\n,":
            at += 1
        if page[at] == "]":
            return
        record, end = raw_decode(page, at)
        offset += at - start
        piece = page[at:end]
        length = end - at if piece.isascii() else len(piece.encode())
        yield record, offset, length
        offset += length
        start = end


class Transform:
    def __init__(self, path):
        self.db = db = sqlite3.connect(path, isolation_level=None)
        for pragma in ("foreign_keys = ON", "synchronous = FULL",
                       "journal_mode = WAL", "cache_size = -8192",
                       "wal_autocheckpoint = 1024"):
            db.execute("PRAGMA " + pragma)
        self.run_id = db.execute(
            "INSERT INTO run (stage, version, started_at)"
            " VALUES ('transform', 'peer', 0)").lastrowid
        self.rules = {}
        self.mapping_id = self.load_mapping()

    def load_mapping(self):
        with open("transform/published.json", "rb") as f:
            body = f.read()
        m = json.loads(body)
        mapping_id = self.db.execute(
            "INSERT INTO mapping (digest, version, attack_version, source,"
            " body, run_id, loaded_at) VALUES (?, ?, ?, 'built-in', ?, ?, 0)",
            (hashlib.sha256(body).digest(), m["version"],
             m["attack_version"], body.decode(), self.run_id)).lastrowid
        rules = [(r, "exact", None) for r in m["rules"]]
        rules += [(m["defaults"][log], "default", log) for log in LOGS]
        for no, (r, match, log) in enumerate(rules, 1):
            self.db.execute(
                "INSERT INTO mapping_rule VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (mapping_id, no, r["alertType"], match, log, r["threatId"],
                 r["threatName"], None))
            self.rules.setdefault(log or r["alertType"],
                (r["threatId"], r["threatName"], match, no, r["alertType"]))
        return mapping_id

    def run(self):
        pending = 0
        self.db.execute("BEGIN IMMEDIATE")
        for window_id, name in self.db.execute(
                "SELECT window_id, log FROM window"
                " WHERE closed_order > 0 AND judged_run_id IS NULL"
                " ORDER BY closed_order").fetchall():
            self.log = LOGS[name]
            self.seen = Counter()
            self.begin_window(window_id)
            for page_id, digest, n in self.db.execute(
                    "SELECT page_id, body_digest, records FROM page"
                    " WHERE window_id = ? ORDER BY number",
                    (window_id,)).fetchall():
                self.judge_page(page_id, digest)
                pending += n
                if pending >= COMMIT_RECORDS:
                    self.db.execute("COMMIT")
                    self.db.execute("BEGIN IMMEDIATE")
                    pending = 0
            self.db.execute(
                "UPDATE window SET judged_run_id = ? WHERE window_id = ?",
                (self.run_id, window_id))
        self.db.execute("COMMIT")
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def begin_window(self, window_id):
        self.first_page, self.last_page = self.db.execute(
            "SELECT min(page_id), max(page_id) FROM page WHERE window_id = ?",
            (window_id,)).fetchone()

    def judge_page(self, page_id, digest):
        (body,) = self.db.execute(
            "SELECT body FROM page_body WHERE page_id = ?",
            (page_id,)).fetchone()
        if hashlib.sha256(body).digest() != digest:
            raise ValueError("page %d is damaged" % page_id)
        record_id = page_id * POSITIONS
        rows = []
        for r, offset, length in records(body.decode(), self.log.array):
            rows.append((record_id, offset, length, *self.judge(r, record_id)))
            record_id += 1
        self.db.executemany(
            "INSERT INTO record (record_id, offset, length, outcome, reason,"
            " occurred_at, alert_no, twin) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows)
        self.db.execute("UPDATE page SET judged = 1 WHERE page_id = ?",
                        (page_id,))

    def judge(self, r, record_id):
        log = self.log
        if type(r) is not dict:
            return INVALID, 1, None, None, None
        at = r.get(log.time)
        at = parse_time(at) if type(at) is str else None
        for field, reason in log.required:
            if not filled(r.get(field)):
                return INVALID, reason, at, None, None
        if at is None:
            return INVALID, log.unparsable, None, None, None
        if log.verdict:
            verdict = r[log.verdict].strip(SPACE).lower()
            if verdict == "clean":
                return CLEAN, 40, at, None, None
            if verdict == "safe":
                return CLEAN, 41, at, None, None
        return self.settle(r, at, record_id)

    def natural_key(self, r, at, time, lead):
        log = self.log
        own = value(r.get(log.own_id)) if log.own_id else NOTHING
        if own != NOTHING:
            content = log.head + own
        else:
            content = log.head + b"".join(
                time if f == log.time else value(r.get(f))
                for f in log.natural)
        return lead + hashlib.sha256(content).digest()[:12]

    def alert_id(self, lead, digest, twin):
        name = hashlib.sha256(digest + twin.to_bytes(8, "big")).digest()
        return lead + name[:12]

    def get(self, alert_id, digest):
        known = self.db.execute(
            "SELECT alert_no, twin, record_id, digest FROM alert"
            " WHERE alert_id = ?", (alert_id,)).fetchone()
        if known and known[3] != digest:
            raise ValueError("two events with one id")
        return known

    def settle(self, r, at, record_id):
        log = self.log
        lead = min(max(at, 0), 0xffffffff).to_bytes(4, "big")
        time = str(at).encode()
        time = head(b"n", len(time)) + time
        get = r.get
        digest = hashlib.sha256(log.head + b"".join([
            time if f == log.time else value(get(f))
            for f in log.fields])).digest()
        twin = 0
        alert_id = self.alert_id(lead, digest, 0)
        known = self.get(alert_id, digest)
        if known:
            first = known[0]
            if first not in self.seen:
                self.seen[first] = (self.first_page <=
                                    known[2] // POSITIONS <= self.last_page)
            twin = self.seen[first]
            self.seen[first] += 1
            if twin:
                alert_id = self.alert_id(lead, digest, twin)
                known = self.get(alert_id, digest)
        if known:
            return DUPLICATE, 50, at, known[0], known[1]
        return self.put_alert(r, at, record_id, alert_id, digest, twin,
                              self.natural_key(r, at, time, lead))

    def put_alert(self, r, at, record_id, alert_id, digest, twin, key):
        revision_of = None
        if twin == 0:
            (revision_of,) = self.db.execute(
                "SELECT max(alert_no) FROM alert"
                " WHERE natural_key = ? AND digest <> ?",
                (key, digest)).fetchone()
        texts = []
        for field in self.log.columns:
            v = r.get(field)
            texts.append(v if type(v) is str and v else None)
        alert_no = self.db.execute(
            "INSERT INTO alert (alert_id, digest, twin, natural_key,"
            " record_id, run_id, log, occurred_at, sender, recipient,"
            " subject, url, file_name, file_type, file_hash, message_id,"
            " source_ip, verdict, action, text_anomaly, revision_of)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
            " ?, 0, ?)",
            (alert_id, digest, twin, key, record_id, self.run_id,
             self.log.name, at, *texts, revision_of)).lastrowid
        self.put_mapping(r, alert_no)
        reason = 61 if twin else 62 if revision_of else 60
        return ALERT, reason, at, alert_no, twin

    def name_type(self, r):
        if self.log.name != "url":
            return self.rules[self.log.name][4], "fixed"
        if filled(r.get("ttpDefinition")):
            if filled(r.get("reason")):
                return r["reason"], "reason"
            return r["ttpDefinition"], "ttpDefinition"
        if filled(r.get("creationMethod")):
            return r["creationMethod"], "creationMethod"
        return self.rules["url"][4], "default"

    def put_mapping(self, r, alert_no):
        log = self.log
        kind, type_rule = self.name_type(r)
        rule = self.rules.get(kind) or self.rules[log.name]
        severity = log.severity
        if log.verdict and r[log.verdict].strip(SPACE).lower() == "malicious":
            severity = 7
        self.db.execute(
            "INSERT INTO alert_mapping VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (alert_no, self.mapping_id, kind, type_rule, *rule[:4], severity))


Transform(sys.argv[1]).run()
