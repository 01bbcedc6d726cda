-- What must be the same at the end, wherever a run was disturbed.
SELECT 'violation', * FROM v_violation;
SELECT 'unfinished', kind, subject, detail FROM v_unfinished;
SELECT 'coverage', log, from_utc, to_utc, state FROM v_coverage;
SELECT 'window', log, from_at, to_at, origin, fetched, invalid, clean
FROM v_reconciliation
WHERE state = 'complete'
GROUP BY window_id
ORDER BY log, from_at, to_at, origin;
SELECT 'unbalanced', window_id, sink FROM v_reconciliation WHERE NOT balanced;
SELECT 'alert', lower(hex(a.alert_id)), lower(hex(a.digest)), a.twin, a.log,
  a.occurred_at, a.sender, a.recipient, a.subject, a.url, a.file_name,
  a.file_hash, a.message_id, a.verdict, a.action, lower(hex(b.alert_id)),
  m.alert_type, m.threat_id, m.severity
FROM alert a
JOIN alert_mapping m ON m.alert_no = a.alert_no
LEFT JOIN alert b ON b.alert_no = a.revision_of
ORDER BY a.alert_id;
SELECT 'delivery', sink, state, count(*) FROM v_delivery GROUP BY 2, 3;
SELECT 'damage', quick_check FROM pragma_quick_check
WHERE quick_check <> 'ok';
.once flagged
SELECT lower(hex(batch_key)) FROM batch WHERE possible_duplicate;
