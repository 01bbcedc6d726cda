"""
client.py STAGING.DB URL CA KEY: the same work as m2s-load, with the same
durability and in the same order of steps, as a careful Python programmer
would write it: batches are sealed 8 at a time, each attempt is committed
before its first byte, each receipt with the state that follows from it.
"""
import hashlib
import http.client
import json
import resource
import sqlite3
import ssl
import sys
import time
from urllib.parse import urlsplit

BATCH_ALERTS = 500
BATCH_BYTES = 1_000_000
SEAL_SOME = 8

OWED = """
SELECT a.alert_no, m.mapping_id, a.alert_id, r.alert_id, a.occurred_at,
  m.severity, a.log, m.alert_type, m.type_rule, m.threat_id, m.threat_name,
  m.threat_rule, v.version, a.sender, a.recipient, a.subject, a.message_id,
  a.url, a.file_name, a.file_type, a.file_hash, a.verdict, a.action
FROM alert a
JOIN alert_mapping m ON m.alert_no = a.alert_no
  AND m.mapping_id = (SELECT max(n.mapping_id) FROM alert_mapping n
                      WHERE n.alert_no = a.alert_no)
JOIN mapping v ON v.mapping_id = m.mapping_id
LEFT JOIN alert r ON r.alert_no = a.revision_of
WHERE a.alert_no > ? ORDER BY a.alert_no"""

NAMES = ("from", "to", "subject", "messageId", "url", "fileName", "fileType",
         "fileHash", "verdict", "action")
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def iso(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def item_of(row):
    item = {"id": row[2].hex(), "alertType": row[7], "threatId": row[9],
            "threatName": row[10], "time": iso(row[4]), "log": row[6],
            "severity": row[5]}
    for name, value in zip(NAMES, row[13:]):
        if value is not None:
            item[name] = value
    item.update(tenant="acme", typeRule=row[8], threatRule=row[11],
                mapping=row[12])
    if row[3] is not None:
        item["revisionOf"] = row[3].hex()
    return encode(item).encode()


def batches_of(rows):
    """Lists of (row, line), at most as large as a batch may be."""
    batch, size = [], 0
    for row in rows:
        line = item_of(row)
        if batch and (len(batch) == BATCH_ALERTS
                      or size + len(line) + 1 > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((row, line))
        size += len(line) + 1
    if batch:
        yield batch


class Client:
    def __init__(self, path, url, ca, key):
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.executescript("PRAGMA journal_mode = WAL;"
                              "PRAGMA synchronous = FULL;"
                              "PRAGMA foreign_keys = ON")
        parts = urlsplit(url)
        context = ssl.create_default_context(cafile=ca)
        self.http = http.client.HTTPSConnection(parts.hostname, parts.port,
                                                context=context)
        self.path = parts.path
        self.key = key
        self.run = self.execute(
            "INSERT INTO run (stage, version, started_at)"
            " VALUES ('load', 'python', ?)", (int(time.time()),)).lastrowid
        self.sink = self.execute(
            "INSERT INTO sink (name, type, active_since, owed_after)"
            " VALUES ('sophos', 'https', ?, 0)",
            (int(time.time()),)).lastrowid
        self.sealed_to = 0
        self.delivered = 0

    def execute(self, sql, values=()):
        return self.db.execute(sql, values)

    def seal_batch(self, batch):
        body = b"\n".join(line for _, line in batch) + b"\n"
        key = hashlib.sha256(body).digest()
        batch_id = self.execute(
            "INSERT INTO batch (sink_id, batch_key, format, alerts, bytes,"
            " run_id, sealed_at) VALUES (?, ?, 'ndjson', ?, ?, ?, ?)",
            (self.sink, key, len(batch), len(body), self.run,
             int(time.time()))).lastrowid
        self.execute("INSERT INTO batch_body VALUES (?, ?)", (batch_id, body))
        self.db.executemany(
            "INSERT INTO batch_alert VALUES (?, ?, ?, ?)",
            ((batch_id, i, row[0], row[1])
             for i, (row, _) in enumerate(batch)))
        self.sealed_to = batch[-1][0][0]

    def seal_some(self):
        self.execute("BEGIN IMMEDIATE")
        n = 0
        rows = self.db.cursor().execute(OWED, (self.sealed_to,))
        for batch in batches_of(rows):
            self.seal_batch(batch)
            n += 1
            if n == SEAL_SOME:
                break
        rows.close()
        self.execute("UPDATE sink SET sealed_to = ? WHERE sink_id = ?",
                     (self.sealed_to, self.sink))
        self.execute("COMMIT")
        return n

    def send(self, batch_id, key, body, alerts):
        self.execute("BEGIN IMMEDIATE")
        self.execute("UPDATE batch SET state = 'sending',"
                     " attempts = attempts + 1 WHERE batch_id = ?",
                     (batch_id,))
        self.execute("COMMIT")
        begun = time.monotonic()
        self.http.request("POST", self.path, body, {
            "Content-Type": "application/x-ndjson",
            "Idempotency-Key": key.hex(),
            "X-Integration-Key": self.key})
        answer = self.http.getresponse()
        text = answer.read()
        if answer.status // 100 != 2:
            sys.exit(f"status {answer.status}")
        self.execute("BEGIN IMMEDIATE")
        self.execute(
            "INSERT INTO receipt (batch_id, attempt, run_id, received_at,"
            " latency_ms, outcome, http_status, request_id, detail,"
            " body_start, body_digest)"
            " VALUES (?, 1, ?, ?, ?, 'acknowledged', ?, ?, ?, ?, ?)",
            (batch_id, self.run, int(time.time()),
             int((time.monotonic() - begun) * 1000), answer.status,
             answer.getheader("X-Request-Id"), f"status {answer.status}",
             text[:4096], hashlib.sha256(text).digest()))
        self.execute("UPDATE batch SET state = 'delivered', closed_at = ?"
                     " WHERE batch_id = ?", (int(time.time()), batch_id))
        self.execute("COMMIT")
        self.delivered += alerts

    def send_ready(self):
        ready = self.execute(
            "SELECT batch_id, batch_key, alerts FROM batch WHERE sink_id = ?"
            " AND state IN ('ready', 'sending') ORDER BY batch_id",
            (self.sink,)).fetchall()
        for batch_id, key, alerts in ready:
            body, = self.execute("SELECT body FROM batch_body"
                                 " WHERE batch_id = ?", (batch_id,)).fetchone()
            if hashlib.sha256(body).digest() != key:
                sys.exit("damaged")
            self.send(batch_id, key, body, alerts)


def main():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    begun_cpu = usage.ru_utime + usage.ru_stime
    begun = time.monotonic()
    path, url, ca, key_file = sys.argv[1:]
    with open(key_file) as f:
        client = Client(path, url, ca, f.readline().strip())
    while client.seal_some():
        client.send_ready()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print("delivered", client.delivered)
    print("cpu_s %.6f" % (usage.ru_utime + usage.ru_stime - begun_cpu))
    print("wall_s %.3f" % (time.monotonic() - begun))


main()
