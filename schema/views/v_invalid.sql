-- One row for each record that breaks the contract of its log, with the rule
-- it breaks.  Such a record is kept and never sent.
CREATE VIEW v_invalid AS
SELECT
  log,
  page_id,
  position,
  window_id,
  reason,
  meaning,
  occurred_at,
  occurred_utc,
  offset,
  length,
  text_anomaly
FROM v_record
WHERE outcome = 'invalid';
