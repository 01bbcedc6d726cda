-- One row for each record that the source itself found harmless.
CREATE VIEW v_clean AS
SELECT
  log,
  page_id,
  position,
  window_id,
  reason,
  occurred_at,
  occurred_utc,
  offset,
  length,
  text_anomaly
FROM v_record
WHERE outcome = 'clean';
