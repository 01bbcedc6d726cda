-- The rows of v_violation about the mapping and what it makes of alerts.
CREATE VIEW v_violation_mapping AS

-- The order of rules decides which one counts.
SELECT 'the rules of a mapping are numbered without a hole' AS invariant,
  'mapping ' || mapping_id AS subject,
  format('%d rules, numbered %d to %d', count(*), min(rule_no), max(rule_no))
    AS detail
FROM mapping_rule
GROUP BY mapping_id
HAVING min(rule_no) <> 1 OR max(rule_no) <> count(*)
UNION ALL

-- An alert type that no rule lists still has a threat.
SELECT 'a mapping has one default for each log, behind its other rules',
  'mapping ' || m.mapping_id,
  format('%d defaults for %d logs', count(r.rule_no), count(DISTINCT r.log))
FROM mapping m
LEFT JOIN mapping_rule r ON r.mapping_id = m.mapping_id
                        AND r.match = 'default'
GROUP BY m.mapping_id
HAVING count(r.rule_no) <> 3 OR count(DISTINCT r.log) <> 3
  OR min(r.rule_no) < (SELECT max(x.rule_no) FROM mapping_rule x
                       WHERE x.mapping_id = m.mapping_id
                         AND x.match <> 'default')
UNION ALL

-- What is sent can be explained by the version that it names.
SELECT 'the threat of an alert is that of its rule',
  'alert ' || lower(hex(a.alert_id)),
  format('mapping %d, rule %d: %s %s by %s', am.mapping_id, am.rule_no,
    am.threat_id, am.threat_name, am.threat_rule)
FROM alert_mapping am
JOIN alert a ON a.alert_no = am.alert_no
LEFT JOIN mapping_rule r ON r.mapping_id = am.mapping_id
                        AND r.rule_no = am.rule_no
WHERE r.threat_id IS NOT am.threat_id
   OR r.threat_name IS NOT am.threat_name
   OR r.match IS NOT am.threat_rule
   OR (r.match = 'default' AND r.log <> a.log)
UNION ALL

-- The rule's severity counts where it has one.
SELECT 'the severity of an alert is that of its rule, and 0 to 10',
  'alert ' || lower(hex(a.alert_id)),
  format('mapping %d, rule %d: severity %d', am.mapping_id, am.rule_no,
    am.severity)
FROM alert_mapping am
JOIN alert a ON a.alert_no = am.alert_no
LEFT JOIN mapping_rule r ON r.mapping_id = am.mapping_id
                        AND r.rule_no = am.rule_no
WHERE am.severity NOT BETWEEN 0 AND 10
   OR r.severity <> am.severity
UNION ALL

-- What was sent is one of the things that a version made of the alert; of a
-- batch that was restored, that version may not have been asked again.
SELECT 'an alert is sent with a mapping that it has',
  format('batch %d, position %d', i.batch_id, i.position),
  format('alert number %d has no mapping %d', i.alert_no, i.mapping_id)
FROM batch_alert i
JOIN batch b ON b.batch_id = i.batch_id
JOIN run r ON r.run_id = b.run_id AND r.stage = 'load'
LEFT JOIN alert_mapping am ON am.alert_no = i.alert_no
                          AND am.mapping_id = i.mapping_id
WHERE am.alert_no IS NULL;
