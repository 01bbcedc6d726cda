-- One row for each window and sink (sink is NULL where there is none): what
-- the source said, what was fetched in the window's last attempt, what became
-- of it, and how far its alerts are at the sink.  given_up: records that
-- attempts before the last one fetched; they are judged as well, and
-- given_up_alert of them became alerts.
--
-- balanced is 1 when
--   source_total = fetched, less what was repeated across a page border,
--   fetched = invalid + clean + duplicate + alert + unjudged,
--   owed = delivered + refused + pending.
-- A source that names no total is taken at its pages; one whose pages name
-- several totals does not balance, as nobody knows which was meant.
CREATE VIEW v_reconciliation AS
WITH
  judged AS (
    SELECT p.window_id,
      count(*) FILTER (WHERE p.attempt = w.attempt AND r.outcome = 1)
        AS invalid,
      count(*) FILTER (WHERE p.attempt = w.attempt AND r.outcome = 2)
        AS clean,
      count(*) FILTER (WHERE p.attempt = w.attempt AND r.outcome = 3)
        AS duplicate,
      count(*) FILTER (WHERE p.attempt = w.attempt AND r.outcome = 4)
        AS alert,
      count(*) FILTER (WHERE p.attempt = w.attempt AND r.reason = 51)
        AS seam,
      count(*) FILTER (WHERE p.attempt < w.attempt AND r.outcome = 4)
        AS given_up_alert
    FROM window w
    JOIN page p ON p.window_id = w.window_id
    JOIN record r ON r.record_id BETWEEN p.page_id << 25
                                     AND (p.page_id << 25) + 33554431
    GROUP BY p.window_id),
  fetched AS (
    SELECT p.window_id,
      sum(p.records) FILTER (WHERE p.attempt = w.attempt) AS fetched,
      sum(p.records) FILTER (WHERE p.attempt = w.attempt AND p.judged = 0)
        AS unjudged,
      sum(p.records) FILTER (WHERE p.attempt < w.attempt) AS given_up
    FROM window w
    JOIN page p ON p.window_id = w.window_id
    GROUP BY p.window_id),
  sent AS (
    SELECT p.window_id, d.sink,
      count(*) AS owed,
      count(CASE d.state WHEN 'delivered' THEN 1 END) AS delivered,
      count(CASE d.state WHEN 'refused' THEN 1 END) AS refused,
      count(CASE WHEN d.state IN ('in doubt', 'sending', 'ready', 'unsealed')
            THEN 1 END) AS pending
    FROM v_delivery d
    JOIN alert a ON a.alert_no = d.alert_no
    JOIN page p ON p.page_id = a.record_id >> 25
    JOIN window w ON w.window_id = p.window_id AND w.attempt = p.attempt
    GROUP BY p.window_id, d.sink),
  total AS (
    SELECT w.window_id, w.log, w.from_at, w.to_at, w.origin,
      w.state, w.reconciled, w.total AS source_total,
      coalesce(f.fetched, 0) AS fetched,
      coalesce(j.invalid, 0) AS invalid,
      coalesce(j.clean, 0) AS clean,
      coalesce(j.duplicate, 0) AS duplicate,
      coalesce(j.alert, 0) AS alert,
      coalesce(f.unjudged, 0) AS unjudged,
      coalesce(j.seam, 0) AS seam,
      coalesce(f.given_up, 0) AS given_up,
      coalesce(j.given_up_alert, 0) AS given_up_alert,
      k.name AS sink,
      coalesce(s.owed, 0) AS owed,
      coalesce(s.delivered, 0) AS delivered,
      coalesce(s.refused, 0) AS refused,
      coalesce(s.pending, 0) AS pending
    FROM window w
    LEFT JOIN sink k ON 1
    LEFT JOIN fetched f ON f.window_id = w.window_id
    LEFT JOIN judged j ON j.window_id = w.window_id
    LEFT JOIN sent s ON s.window_id = w.window_id AND s.sink = k.name)
SELECT
  window_id,
  log,
  from_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', from_at, 'unixepoch') AS from_utc,
  to_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', to_at, 'unixepoch') AS to_utc,
  origin,
  state,
  reconciled,
  source_total,
  fetched,
  invalid,
  clean,
  duplicate,
  alert,
  unjudged,
  seam,
  given_up,
  given_up_alert,
  sink,
  owed,
  delivered,
  refused,
  pending,
  (state <> 'complete'
    OR (source_total IS NULL AND reconciled = 'no_total')
    OR coalesce(source_total IN (fetched, fetched - seam), 0))
  AND fetched = invalid + clean + duplicate + alert + unjudged
  AND owed = delivered + refused + pending AS balanced
FROM total;
