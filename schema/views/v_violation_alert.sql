-- The rows of v_violation about alerts: identity, twins and revisions.
CREATE VIEW v_violation_alert AS

-- Alerts are kept for ever, so that a later replay finds them.
SELECT 'alerts are numbered without a hole' AS invariant,
  'alerts' AS subject,
  format('%d alerts, the last is number %d', count(*), max(alert_no))
    AS detail
FROM alert
HAVING max(alert_no) <> count(*) OR min(alert_no) <> 1
UNION ALL

-- Every alert comes from bytes that the source showed us; past their time the
-- page is left that says so.
SELECT 'an alert has the record that it was made from',
  'alert ' || lower(hex(a.alert_id)),
  format('record %d:%d says otherwise', a.record_id >> 25,
    a.record_id & 33554431)
FROM alert a
LEFT JOIN record r ON r.record_id = a.record_id
WHERE (r.outcome IS NOT 4 OR r.alert_no IS NOT a.alert_no)
  AND NOT EXISTS (SELECT 1 FROM page_tally t
                  WHERE t.page_id = a.record_id >> 25)
UNION ALL

-- The log is part of the identity.
SELECT 'an alert is of the log of its window',
  'alert ' || lower(hex(a.alert_id)),
  format('%s, window %d is %s', a.log, w.window_id, w.log)
FROM alert a
JOIN page p ON p.page_id = a.record_id >> 25
JOIN window w ON w.window_id = p.window_id
WHERE a.log <> w.log
UNION ALL

-- Equal content means equal time, so equal events meet in the index.
SELECT 'the id of an alert begins with its time',
  'alert ' || lower(hex(alert_id)),
  format('its time is %d', occurred_at)
FROM alert
WHERE hex(substr(alert_id, 1, 4))
    <> format('%08X', max(0, min(occurred_at, 4294967295)))
UNION ALL

-- The same for the earlier states of an event.
SELECT 'the natural key of an alert begins with its time',
  'alert ' || lower(hex(alert_id)),
  format('its time is %d', occurred_at)
FROM alert
WHERE hex(substr(natural_key, 1, 4))
    <> format('%08X', max(0, min(occurred_at, 4294967295)))
UNION ALL

-- Twin 2 exists only where twins 0 and 1 do: a hole is a lost event.
SELECT 'twins are numbered without a hole',
  'alert ' || lower(hex(min(alert_id))),
  format('%d equal events, numbered %d to %d', count(*), min(twin),
    max(twin))
FROM alert
GROUP BY digest
HAVING min(twin) <> 0 OR max(twin) <> count(*) - 1
  OR count(DISTINCT twin) <> count(*)
UNION ALL

-- A revision tells of the same event, later, with other content.
SELECT 'a revision revises an earlier alert of the same event',
  'alert ' || lower(hex(a.alert_id)),
  format('revises alert number %d', a.revision_of)
FROM alert a
LEFT JOIN alert b ON b.alert_no = a.revision_of
WHERE a.revision_of IS NOT NULL
  AND (b.alert_no IS NULL OR b.alert_no >= a.alert_no OR b.log <> a.log
    OR b.natural_key <> a.natural_key OR b.digest = a.digest)
UNION ALL

-- An alert that no version names cannot be sent.
SELECT 'every alert is mapped',
  'alert ' || lower(hex(a.alert_id)),
  'no version of the mapping names its threat'
FROM alert a
WHERE NOT EXISTS (SELECT 1 FROM alert_mapping m
                  WHERE m.alert_no = a.alert_no);
