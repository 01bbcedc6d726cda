-- One row for each record that was judged, or several where its alert is in
-- several batches or had several answers: the whole story of a record,
-- dropped or delivered, with its bytes as the source wrote them.  bytes is
-- NULL where they are in the archive only; evidence_file names it then.  The
-- mapping is the one that was sent, else the newest.
--
-- Ask by record_id, by page_id and position, or by alert_no, which gives the
-- alert's own record and those that repeat it; of an id:
--   WHERE alert_no = (SELECT alert_no FROM alert WHERE alert_id = x'...')
CREATE VIEW v_trace AS
SELECT
  r.record_id,
  p.page_id,
  r.record_id & 33554431 AS position,
  w.log,
  o.name AS outcome,
  f.name AS reason,
  f.meaning,
  r.occurred_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', r.occurred_at, 'unixepoch') AS occurred_utc,
  r.offset,
  r.length,
  CAST(substr(y.body, r.offset + 1, r.length) AS TEXT) AS bytes,
  p.number AS page_number,
  p.attempt AS page_attempt,
  p.request,
  p.request_id,
  p.fetched_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', p.fetched_at, 'unixepoch') AS fetched_utc,
  lower(hex(p.body_digest)) AS body_digest,
  p.run_id AS extract_run,
  w.window_id,
  lower(hex(w.uid)) AS window_uid,
  w.from_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', w.from_at, 'unixepoch') AS from_utc,
  w.to_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', w.to_at, 'unixepoch') AS to_utc,
  w.origin,
  w.state AS window_state,
  w.judged_run_id AS transform_run,
  e.file AS evidence_file,
  lower(nullif(hex(e.chain), '')) AS evidence_chain,
  r.alert_no,
  lower(nullif(hex(a.alert_id), '')) AS alert_id,
  a.sender,
  a.recipient,
  a.subject,
  a.message_id,
  a.url,
  a.file_name,
  a.verdict,
  m.version AS mapping_version,
  am.rule_no,
  am.alert_type,
  am.type_rule,
  am.threat_id,
  am.threat_name,
  am.threat_rule,
  am.severity,
  s.name AS sink,
  b.batch_id,
  i.position AS batch_position,
  lower(nullif(hex(b.batch_key), '')) AS batch_key,
  b.state AS batch_state,
  b.possible_duplicate,
  c.attempt,
  c.outcome AS receipt_outcome,
  c.received_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', c.received_at, 'unixepoch') AS received_utc,
  c.http_status AS sink_http_status,
  c.request_id AS sink_request_id,
  d.file AS delivery_file,
  lower(nullif(hex(d.chain), '')) AS delivery_chain
FROM page p
JOIN window w ON w.window_id = p.window_id
JOIN record r ON r.record_id BETWEEN p.page_id << 25
                                 AND (p.page_id << 25) + 33554431
             AND r.record_id >> 25 = p.page_id
LEFT JOIN outcome o ON o.outcome = r.outcome
LEFT JOIN reason f ON f.reason = r.reason
LEFT JOIN page_body y ON y.page_id = p.page_id
LEFT JOIN archive e ON e.archive_no = w.archive_no
LEFT JOIN alert a ON a.alert_no = r.alert_no
LEFT JOIN batch_alert i ON i.alert_no = a.alert_no
LEFT JOIN batch b ON b.batch_id = i.batch_id
LEFT JOIN sink s ON s.sink_id = b.sink_id
LEFT JOIN receipt c ON c.batch_id = b.batch_id
LEFT JOIN archive d ON d.archive_no = b.archive_no
LEFT JOIN alert_mapping am ON am.alert_no = a.alert_no
  AND am.mapping_id = coalesce(i.mapping_id,
    (SELECT max(x.mapping_id) FROM alert_mapping x
     WHERE x.alert_no = a.alert_no))
LEFT JOIN mapping m ON m.mapping_id = am.mapping_id;
