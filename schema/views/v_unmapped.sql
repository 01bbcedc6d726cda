-- One row for each alert and mapping version that does not list its alert
-- type, so that its threat is the default of its log.
CREATE VIEW v_unmapped AS
SELECT
  a.alert_no,
  lower(hex(a.alert_id)) AS alert_id,
  a.log,
  a.occurred_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', a.occurred_at, 'unixepoch') AS occurred_utc,
  m.mapping_id,
  m.version AS mapping_version,
  am.alert_type,
  am.type_rule,
  am.threat_id,
  am.threat_name,
  am.severity
FROM alert_mapping am
JOIN alert a ON a.alert_no = am.alert_no
JOIN mapping m ON m.mapping_id = am.mapping_id
WHERE am.threat_rule = 'default';
