-- One row for each version of the table that names threats, oldest first:
-- when it came, what it holds, what was mapped by it and sent with it.
CREATE VIEW v_mapping_history AS
SELECT
  m.mapping_id,
  m.version,
  m.attack_version,
  lower(hex(m.digest)) AS digest,
  m.source,
  m.run_id,
  m.loaded_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', m.loaded_at, 'unixepoch') AS loaded_utc,
  (SELECT count(*) FROM mapping_rule r
   WHERE r.mapping_id = m.mapping_id) AS rules,
  (SELECT count(*) FROM alert_mapping am
   WHERE am.mapping_id = m.mapping_id) AS alerts_mapped,
  (SELECT count(*) FROM batch_alert i
   JOIN batch b ON b.batch_id = i.batch_id
   WHERE i.mapping_id = m.mapping_id
     AND b.state = 'delivered') AS alerts_delivered,
  e.file AS evidence_file
FROM mapping m
LEFT JOIN archive e ON e.archive_no = m.archive_no
ORDER BY m.mapping_id;
