// client.mjs STAGING.DB URL CA KEY: client.py once more, for Bun.
import { Database } from "bun:sqlite";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const BATCH_ALERTS = 500, BATCH_BYTES = 1_000_000, SEAL_SOME = 8;
const NAMES = ["from", "to", "subject", "messageId", "url", "fileName",
  "fileType", "fileHash", "verdict", "action"];
const OWED = `
SELECT a.alert_no, m.mapping_id, hex(a.alert_id), hex(r.alert_id),
  a.occurred_at, m.severity, a.log, m.alert_type, m.type_rule, m.threat_id,
  m.threat_name, m.threat_rule, v.version, a.sender, a.recipient, a.subject,
  a.message_id, a.url, a.file_name, a.file_type, a.file_hash, a.verdict,
  a.action
FROM alert a
JOIN alert_mapping m ON m.alert_no = a.alert_no
  AND m.mapping_id = (SELECT max(n.mapping_id) FROM alert_mapping n
                      WHERE n.alert_no = a.alert_no)
JOIN mapping v ON v.mapping_id = m.mapping_id
LEFT JOIN alert r ON r.alert_no = a.revision_of
WHERE a.alert_no > ? ORDER BY a.alert_no LIMIT ?`;

const [path, url, caFile, keyFile] = process.argv.slice(2);
const ca = readFileSync(caFile, "utf8");
const key = readFileSync(keyFile, "utf8").trim();
const begun = performance.now(), before = process.cpuUsage();
const db = new Database(path);
for (const pragma of ["journal_mode = WAL", "synchronous = FULL",
  "foreign_keys = ON"])
  db.run(`PRAGMA ${pragma}`);

const now = () => Math.floor(Date.now() / 1000);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const insert = (sql, ...values) =>
  Number(db.query(sql).run(...values).lastInsertRowid);
const run = insert("INSERT INTO run (stage, version, started_at)"
  + " VALUES ('load', 'bun', ?)", now());
const sink = insert("INSERT INTO sink (name, type, active_since, owed_after)"
  + " VALUES ('sophos', 'https', ?, 0)", now());
const owed = db.query(OWED);
const putBatch = "INSERT INTO batch (sink_id, batch_key, format, alerts,"
  + " bytes, run_id, sealed_at) VALUES (?, ?, 'ndjson', ?, ?, ?, ?)";
const putBody = db.query("INSERT INTO batch_body VALUES (?, ?)");
const putAlert = db.query("INSERT INTO batch_alert VALUES (?, ?, ?, ?)");
const putSealed =
  db.query("UPDATE sink SET sealed_to = ? WHERE sink_id = ?");
const putAttempt = db.query("UPDATE batch SET state = 'sending',"
  + " attempts = attempts + 1 WHERE batch_id = ?");
const putReceipt = db.query("INSERT INTO receipt (batch_id, attempt, run_id,"
  + " received_at, latency_ms, outcome, http_status, request_id, detail,"
  + " body_start, body_digest)"
  + " VALUES (?, 1, ?, ?, ?, 'acknowledged', ?, ?, ?, ?, ?)");
const putEnd = db.query("UPDATE batch SET state = 'delivered', closed_at = ?"
  + " WHERE batch_id = ?");
const ready = db.query("SELECT batch_id, batch_key, alerts FROM batch"
  + " WHERE sink_id = ? AND state IN ('ready', 'sending') ORDER BY batch_id");
const getBody = db.query("SELECT body FROM batch_body WHERE batch_id = ?");

function itemOf(row) {
  const item = { id: row[2].toLowerCase(), alertType: row[7],
    threatId: row[9], threatName: row[10],
    time: new Date(row[4] * 1000).toISOString().slice(0, 19) + "Z",
    log: row[6], severity: row[5] };
  for (let i = 0; i < NAMES.length; i++)
    if (row[13 + i] !== null)
      item[NAMES[i]] = row[13 + i];
  item.tenant = "acme";
  item.typeRule = row[8];
  item.threatRule = row[11];
  item.mapping = row[12];
  if (row[3])
    item.revisionOf = row[3].toLowerCase();
  return JSON.stringify(item);
}

let sealedTo = 0, delivered = 0;

const sealSome = db.transaction(() => {
  let n = 0;
  for (; n < SEAL_SOME; n++) {
    const rows = owed.values(sealedTo, BATCH_ALERTS);
    const lines = [];
    let size = 0;
    for (const row of rows) {
      const line = itemOf(row);
      if (lines.length && size + line.length + 1 > BATCH_BYTES)
        break;
      lines.push(line);
      size += line.length + 1;
    }
    if (!lines.length)
      break;
    const body = Buffer.from(lines.join("\n") + "\n");
    const id = insert(putBatch, sink, sha256(body), lines.length, body.length,
      run, now());
    putBody.run(id, body);
    for (let i = 0; i < lines.length; i++)
      putAlert.run(id, i, rows[i][0], rows[i][1]);
    sealedTo = rows[lines.length - 1][0];
  }
  putSealed.run(sealedTo, sink);
  return n;
});

async function send({ batch_id, batch_key, alerts }) {
  const { body } = getBody.get(batch_id);
  if (!sha256(body).equals(Buffer.from(batch_key)))
    throw new Error("damaged");
  db.transaction(() => putAttempt.run(batch_id)).immediate();
  const sent = performance.now();
  const answer = await fetch(url, { method: "POST", body, tls: { ca },
    headers: { "Content-Type": "application/x-ndjson",
      "Idempotency-Key": Buffer.from(batch_key).toString("hex"),
      "X-Integration-Key": key } });
  const text = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok)
    throw new Error(`status ${answer.status}`);
  db.transaction(() => {
    putReceipt.run(batch_id, run, now(),
      Math.floor(performance.now() - sent), answer.status,
      answer.headers.get("X-Request-Id"), `status ${answer.status}`,
      text.subarray(0, 4096), sha256(text));
    putEnd.run(now(), batch_id);
  }).immediate();
  delivered += alerts;
}

while (sealSome.immediate())
  for (const batch of ready.all(sink))
    await send(batch);
const used = process.cpuUsage(before);
console.log(`delivered ${delivered}`);
console.log(`cpu_s ${((used.user + used.system) / 1e6).toFixed(6)}`);
console.log(`wall_s ${((performance.now() - begun) / 1000).toFixed(3)}`);
