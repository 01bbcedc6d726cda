"""What m2s-extract does, in Python with its own library alone: fetch every
page of a log's windows, check it, store it with its digest, one durable
commit a page.

    client.py URL CA_FILE SECRET_FILE DATABASE FROM TO WINDOW_S PAGE_SIZE
"""

import hashlib
import http.client
import json
import sqlite3
import ssl
import sys
import time
import urllib.parse

LOGS = {
    "url": ("clickLogs", {"route": "all", "scanResult": "all"}),
    "attachment": ("attachmentLogs", {"route": "all", "result": "all"}),
    "impersonation": ("impersonationLogs", {}),
}

SCHEMA = """
CREATE TABLE window (window_id INTEGER PRIMARY KEY, log TEXT NOT NULL,
  from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, state TEXT NOT NULL,
  next_token TEXT, pages INTEGER NOT NULL DEFAULT 0,
  records INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE page (page_id INTEGER PRIMARY KEY, window_id INTEGER NOT NULL,
  number INTEGER NOT NULL, request TEXT NOT NULL, page_token TEXT,
  http_status INTEGER NOT NULL, request_id TEXT, server_date TEXT,
  fetched_at INTEGER NOT NULL, body_digest BLOB NOT NULL,
  body_bytes INTEGER NOT NULL, records INTEGER NOT NULL, total INTEGER,
  next_token TEXT, UNIQUE (window_id, number)) STRICT;
CREATE TABLE page_body (page_id INTEGER PRIMARY KEY, body BLOB NOT NULL)
  STRICT;
"""


def open_database(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA page_size = 16384")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.executescript(SCHEMA)
    return db


class Service:
    def __init__(self, url, ca_file, secret_file):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPSConnection(
            parts.hostname, parts.port,
            context=ssl.create_default_context(cafile=ca_file))
        with open(secret_file, encoding="ascii") as f:
            form = {"client_id": "client", "client_secret": f.read().strip(),
                    "grant_type": "client_credentials"}
        answer, body = self.post(
            "/oauth/token", urllib.parse.urlencode(form),
            {"Content-Type": "application/x-www-form-urlencoded"})
        if answer.status != 200:
            sys.exit(f"token: status {answer.status}")
        self.bearer = "Bearer " + json.loads(body)["access_token"]

    def post(self, path, body, headers):
        self.connection.request("POST", path, body, headers)
        answer = self.connection.getresponse()
        return answer, answer.read()

    def ask(self, log, request):
        return self.post(f"/api/ttp/{log}/get-logs", request, {
            "Authorization": self.bearer, "Content-Type": "application/json",
            "Accept": "application/json"})


def text_of(at):
    return time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(at))


def read_window(db, service, window_id, log, from_at, to_at, page_size):
    array, filters = LOGS[log]
    data = {"oldestFirst": True, "from": text_of(from_at),
            "to": text_of(to_at), **filters}
    token = None
    number = records = 0
    while True:
        pagination = {"pageSize": page_size}
        if token:
            pagination["pageToken"] = token
        request = json.dumps(
            {"meta": {"pagination": pagination}, "data": [data]})
        answer, body = service.ask(log, request)
        if answer.status != 200:
            sys.exit(f"{log}: status {answer.status}")
        page = json.loads(body.decode("utf-8", "replace"))
        if page["meta"]["status"] != 200 or page["fail"]:
            sys.exit(f"{log}: {page['fail']}")
        rows = page["data"][0][array] if page["data"] else []
        place = page["meta"]["pagination"]
        following = place.get("next")
        number += 1
        records += len(rows)
        done = not following or not rows
        db.execute("BEGIN IMMEDIATE")
        page_id = db.execute(
            "INSERT INTO page (window_id, number, request, page_token,"
            " http_status, request_id, server_date, fetched_at, body_digest,"
            " body_bytes, records, total, next_token)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (window_id, number, request, token, answer.status,
             answer.getheader("x-request-id"), answer.getheader("Date"),
             int(time.time()), hashlib.sha256(body).digest(), len(body),
             len(rows), place.get("totalCount"), following)).lastrowid
        db.execute("INSERT INTO page_body VALUES (?, ?)", (page_id, body))
        db.execute(
            "UPDATE window SET state = ?, next_token = ?, pages = ?,"
            " records = ? WHERE window_id = ?",
            ("complete" if done else "open", None if done else following,
             number, records, window_id))
        db.execute("COMMIT")
        if done:
            return number, records
        token = following


def main():
    url, ca_file, secret_file, database = sys.argv[1:5]
    first, last, window_s, page_size = map(int, sys.argv[5:9])
    db = open_database(database)
    windows = [(log, at, min(at + window_s, last)) for log in LOGS
               for at in range(first, last, window_s)]
    db.execute("BEGIN IMMEDIATE")
    for i, (log, at, to) in enumerate(windows):
        db.execute("INSERT INTO window (window_id, log, from_at, to_at, state)"
                   " VALUES (?, ?, ?, ?, 'open')", (i + 1, log, at, to))
    db.execute("COMMIT")
    service = Service(url, ca_file, secret_file)
    pages = records = 0
    for i, (log, at, to) in enumerate(windows):
        n, m = read_window(db, service, i + 1, log, at, to, page_size)
        pages += n
        records += m
    print(json.dumps({"pages": pages, "records": records}))


main()
