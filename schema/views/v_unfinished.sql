-- One row for each thing that is still to do: a window to fetch or to judge,
-- a sink's alerts that are in no final state, a batch to send, a gap that no
-- run has reported and ended well.
CREATE VIEW v_unfinished AS
WITH work (kind, subject, detail, since_at) AS (
  SELECT 'window to fetch', 'window ' || window_id,
    format('%s %s/%s, %d pages fetched', log,
      strftime('%Y-%m-%dT%H:%M:%SZ', from_at, 'unixepoch'),
      strftime('%Y-%m-%dT%H:%M:%SZ', to_at, 'unixepoch'), pages),
    planned_at
  FROM window
  WHERE state = 'open'
  UNION ALL
  SELECT 'window to judge', 'window ' || window_id,
    format('%s %s/%s, %d records', log,
      strftime('%Y-%m-%dT%H:%M:%SZ', from_at, 'unixepoch'),
      strftime('%Y-%m-%dT%H:%M:%SZ', to_at, 'unixepoch'), records),
    closed_at
  FROM window
  WHERE state <> 'open' AND judged_run_id IS NULL
  UNION ALL
  SELECT 'alerts to deliver', 'sink ' || d.sink,
    format('%d alerts: %s', count(*), d.state),
    min(r.started_at)
  FROM v_delivery d
  JOIN alert a ON a.alert_no = d.alert_no
  JOIN run r ON r.run_id = a.run_id
  WHERE d.state NOT IN ('delivered', 'refused')
  GROUP BY d.sink, d.state
  UNION ALL
  SELECT 'batch to send', 'batch ' || b.batch_id,
    format('%s, %s, %d alerts, %d attempts', s.name, b.state, b.alerts,
      b.attempts),
    b.sealed_at
  FROM batch b
  JOIN sink s ON s.sink_id = b.sink_id
  WHERE b.state IN ('ready', 'sending')
  UNION ALL
  SELECT 'gap to report', 'gap ' || gap_id,
    format('%s %s/%s, %s', log,
      strftime('%Y-%m-%dT%H:%M:%SZ', from_at, 'unixepoch'),
      strftime('%Y-%m-%dT%H:%M:%SZ', to_at, 'unixepoch'), reason),
    found_at
  FROM gap
  WHERE reported_run_id IS NULL)
SELECT
  kind,
  subject,
  detail,
  since_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', since_at, 'unixepoch') AS since_utc
FROM work;
