-- One row for each record that was judged: where it stands in its page and
-- what became of it, in words.
CREATE VIEW v_record AS
SELECT
  r.record_id,
  p.page_id,
  r.record_id & 33554431 AS position,
  p.window_id,
  w.log,
  p.attempt,
  r.offset,
  r.length,
  o.name AS outcome,
  c.name AS reason,
  c.meaning,
  r.occurred_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', r.occurred_at, 'unixepoch') AS occurred_utc,
  r.alert_no,
  r.twin,
  coalesce(r.text_anomaly, 0) AS text_anomaly
FROM page p
JOIN window w ON w.window_id = p.window_id
JOIN record r ON r.record_id BETWEEN p.page_id << 25
                                 AND (p.page_id << 25) + 33554431
             AND r.record_id >> 25 = p.page_id
LEFT JOIN outcome o ON o.outcome = r.outcome
LEFT JOIN reason c ON c.reason = r.reason;
