-- What every peer must end with: all that an alert says, and what became of
-- each record.  Numbers of runs and mappings are left out.
SELECT hex(alert_id), hex(digest), twin, hex(natural_key), record_id, log,
  occurred_at, sender, recipient, subject, url, file_name, file_type,
  file_hash, message_id, source_ip, verdict, action, text_anomaly, alert_type,
  type_rule, threat_id, threat_name, threat_rule, rule_no, severity,
  (SELECT hex(alert_id) FROM alert AS r WHERE r.alert_no = a.revision_of)
FROM alert AS a JOIN alert_mapping USING (alert_no)
ORDER BY alert_id;
SELECT record_id, offset, length, outcome, reason, occurred_at, alert_no, twin,
  text_anomaly
FROM record ORDER BY record_id;
