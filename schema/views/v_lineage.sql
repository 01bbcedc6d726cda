-- One row for each alert, batch that holds it and answer to that batch (the
-- latter NULL where there is none yet): from the receipt back to the bytes on
-- the wire.  The mapping is the one that was sent, else the newest.
CREATE VIEW v_lineage AS
SELECT
  a.alert_no,
  lower(hex(a.alert_id)) AS alert_id,
  a.log,
  a.occurred_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', a.occurred_at, 'unixepoch') AS occurred_utc,
  lower(hex(a.digest)) AS digest,
  a.twin,
  (SELECT lower(hex(x.alert_id)) FROM alert x
   WHERE x.alert_no = a.revision_of) AS revision_of,
  a.record_id,
  p.page_id,
  a.record_id & 33554431 AS position,
  r.offset,
  r.length,
  p.number AS page_number,
  p.attempt AS page_attempt,
  p.request,
  p.http_status,
  p.request_id,
  p.fetched_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', p.fetched_at, 'unixepoch') AS fetched_utc,
  lower(nullif(hex(p.body_digest), '')) AS body_digest,
  p.run_id AS extract_run,
  w.window_id,
  lower(nullif(hex(w.uid), '')) AS window_uid,
  w.from_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', w.from_at, 'unixepoch') AS from_utc,
  w.to_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', w.to_at, 'unixepoch') AS to_utc,
  w.origin,
  a.run_id AS transform_run,
  m.mapping_id,
  m.version AS mapping_version,
  lower(nullif(hex(m.digest), '')) AS mapping_digest,
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
  b.run_id AS load_run,
  c.receipt_id,
  c.attempt,
  c.outcome AS receipt_outcome,
  c.received_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', c.received_at, 'unixepoch') AS received_utc,
  c.http_status AS sink_http_status,
  c.request_id AS sink_request_id,
  e.file AS evidence_file,
  lower(nullif(hex(e.chain), '')) AS evidence_chain,
  d.file AS delivery_file,
  lower(nullif(hex(d.chain), '')) AS delivery_chain
FROM alert a
LEFT JOIN record r ON r.record_id = a.record_id
LEFT JOIN page p ON p.page_id = a.record_id >> 25
LEFT JOIN window w ON w.window_id = p.window_id
LEFT JOIN archive e ON e.archive_no = w.archive_no
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
