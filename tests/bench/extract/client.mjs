// What m2s-extract does, in JavaScript for Bun: fetch every page of a log's
// windows, check it, store it with its digest, one durable commit a page.
//
//   bun client.mjs URL CA_FILE SECRET_FILE DATABASE FROM TO WINDOW_S PAGE_SIZE

import { Database } from "bun:sqlite";
import { readFileSync } from "node:fs";

const logs = {
	url: ["clickLogs", { route: "all", scanResult: "all" }],
	attachment: ["attachmentLogs", { route: "all", result: "all" }],
	impersonation: ["impersonationLogs", {}],
};

const schema = `
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
  STRICT;`;

const [url, caFile, secretFile, path, ...numbers] = process.argv.slice(2);
const [first, last, windowS, pageSize] = numbers.map(Number);
const tls = { ca: readFileSync(caFile, "utf8") };

const db = new Database(path, { create: true });
db.exec("PRAGMA page_size = 16384");
db.exec("PRAGMA journal_mode = WAL");
db.exec("PRAGMA synchronous = FULL");
db.exec(schema);
const putPage = db.query(
	"INSERT INTO page (window_id, number, request, page_token, http_status," +
	" request_id, server_date, fetched_at, body_digest, body_bytes, records," +
	" total, next_token) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
const putBody = db.query("INSERT INTO page_body VALUES (?, ?)");
const putWindow = db.query("INSERT INTO window (window_id, log, from_at," +
	" to_at, state) VALUES (?, ?, ?, ?, 'open')");
const update = db.query("UPDATE window SET state = ?, next_token = ?," +
	" pages = ?, records = ? WHERE window_id = ?");

const textOf = (at) =>
	new Date(at * 1000).toISOString().slice(0, 19) + "+0000";

async function token() {
	const answer = await fetch(url + "/oauth/token", {
		method: "POST",
		tls,
		body: new URLSearchParams({
			client_id: "client",
			client_secret: readFileSync(secretFile, "utf8").trim(),
			grant_type: "client_credentials",
		}),
	});
	if (answer.status !== 200)
		throw new Error("token: status " + answer.status);
	return "Bearer " + (await answer.json()).access_token;
}

async function readWindow(bearer, id, log, from, to) {
	const [array, filters] = logs[log];
	const data = { oldestFirst: true, from: textOf(from), to: textOf(to),
		...filters };
	let number = 0, records = 0, pageToken = null;

	for (;;) {
		const pagination = { pageSize };
		if (pageToken)
			pagination.pageToken = pageToken;
		const request = JSON.stringify({ meta: { pagination }, data: [data] });
		const answer = await fetch(`${url}/api/ttp/${log}/get-logs`, {
			method: "POST",
			tls,
			headers: { Authorization: bearer,
				"Content-Type": "application/json",
				Accept: "application/json" },
			body: request,
		});
		if (answer.status !== 200)
			throw new Error(log + ": status " + answer.status);
		const body = new Uint8Array(await answer.arrayBuffer());
		const page = JSON.parse(new TextDecoder().decode(body));
		if (page.meta.status !== 200 || page.fail.length)
			throw new Error(log + ": " + JSON.stringify(page.fail));
		const rows = page.data.length ? page.data[0][array] : [];
		const place = page.meta.pagination;
		const next = place.next ?? null;
		const done = !next || rows.length === 0;
		number++;
		records += rows.length;
		db.exec("BEGIN IMMEDIATE");
		const { lastInsertRowid } = putPage.run(id, number, request, pageToken,
			answer.status, answer.headers.get("x-request-id"),
			answer.headers.get("Date"), Math.floor(Date.now() / 1000),
			new Bun.CryptoHasher("sha256").update(body).digest(), body.length,
			rows.length, place.totalCount ?? null, next);
		putBody.run(lastInsertRowid, body);
		update.run(done ? "complete" : "open", done ? null : next, number,
			records, id);
		db.exec("COMMIT");
		if (done)
			return [number, records];
		pageToken = next;
	}
}

const windows = [];
for (const log in logs)
	for (let at = first; at < last; at += windowS)
		windows.push([log, at, Math.min(at + windowS, last)]);
db.exec("BEGIN IMMEDIATE");
windows.forEach(([log, from, to], i) => putWindow.run(i + 1, log, from, to));
db.exec("COMMIT");
const bearer = await token();
let pages = 0, records = 0;
for (const [i, [log, from, to]] of windows.entries()) {
	const [n, m] = await readWindow(bearer, i + 1, log, from, to);
	pages += n;
	records += m;
}
console.log(JSON.stringify({ pages, records }));
