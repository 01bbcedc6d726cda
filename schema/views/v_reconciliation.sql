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
--
-- All is counted in one GROUP BY that has what can be asked for among its
-- terms, so that SQLite looks at the records of the windows asked for and at
-- no others.  A page has its records, or else its tally, which is counted at
-- the first of its alerts.  What is owed and which batch tells of an alert is
-- as in v_delivery.
CREATE VIEW v_reconciliation AS
WITH
  fate AS (
    SELECT w.window_id, w.log, w.from_at, w.to_at, w.origin, w.state,
      w.reconciled, w.total AS source_total, w.attempt, k.sink_id,
      k.name AS sink, p.attempt = w.attempt AS is_last,
      CASE WHEN t.page_id IS NULL THEN r.outcome = 1
           ELSE t.invalid * (a.alert_no IS t.first_alert) END AS invalid,
      CASE WHEN t.page_id IS NULL THEN r.outcome = 2
           ELSE t.clean * (a.alert_no IS t.first_alert) END AS clean,
      CASE WHEN t.page_id IS NULL THEN r.outcome = 3
           ELSE t.duplicate * (a.alert_no IS t.first_alert) END AS duplicate,
      CASE WHEN t.page_id IS NULL THEN r.outcome = 4
           ELSE t.alert * (a.alert_no IS t.first_alert) END AS alert,
      CASE WHEN t.page_id IS NULL THEN r.reason = 51
           ELSE t.seam * (a.alert_no IS t.first_alert) END AS seam,
      b.state AS batch_state,
      b.batch_id IS NULL AND a.alert_no > k.sealed_to AS unsealed,
      b.batch_id IS NOT NULL
        OR (a.alert_no > k.owed_after
            OR a.alert_no > k.from_after AND a.occurred_at >= k.from_at)
          AND (k.owed_until IS NULL OR a.alert_no <= k.owed_until) AS owed
    FROM window w
    LEFT JOIN sink k ON 1
    LEFT JOIN page p ON p.window_id = w.window_id
    LEFT JOIN page_tally t ON t.page_id = p.page_id
    LEFT JOIN record r ON r.record_id BETWEEN p.page_id << 25
                                          AND (p.page_id << 25) + 33554431
    LEFT JOIN alert a ON a.alert_no BETWEEN
        coalesce(t.first_alert, iif(r.outcome = 4, r.alert_no, NULL))
      AND coalesce(t.first_alert + t.alert - 1, r.alert_no)
    LEFT JOIN batch b ON b.batch_id = (
      SELECT i.batch_id
      FROM batch_alert i
      JOIN batch x ON x.batch_id = i.batch_id
      WHERE i.alert_no = a.alert_no AND x.sink_id = k.sink_id
        AND x.state <> 'split'
      ORDER BY x.state = 'delivered' DESC, i.batch_id DESC
      LIMIT 1)),
  judged AS (
    SELECT window_id, log, from_at, to_at, origin, state, reconciled,
      source_total, attempt, sink,
      coalesce(sum(invalid) FILTER (WHERE is_last), 0) AS invalid,
      coalesce(sum(clean) FILTER (WHERE is_last), 0) AS clean,
      coalesce(sum(duplicate) FILTER (WHERE is_last), 0) AS duplicate,
      coalesce(sum(alert) FILTER (WHERE is_last), 0) AS alert,
      coalesce(sum(seam) FILTER (WHERE is_last), 0) AS seam,
      coalesce(sum(alert) FILTER (WHERE NOT is_last), 0) AS given_up_alert,
      count(*) FILTER (WHERE is_last AND owed) AS owed,
      count(*) FILTER (WHERE is_last AND batch_state = 'delivered')
        AS delivered,
      count(*) FILTER (WHERE is_last AND batch_state = 'refused') AS refused,
      count(*) FILTER (WHERE is_last
        AND (batch_state IN ('ready', 'sending') OR unsealed AND owed))
        AS pending
    FROM fate
    GROUP BY window_id, sink_id, log, from_at, to_at, origin, state,
      reconciled, source_total, attempt, sink),
  total AS (
    SELECT *,
      (SELECT coalesce(sum(p.records), 0) FROM page p
       WHERE p.window_id = j.window_id AND p.attempt = j.attempt) AS fetched,
      (SELECT coalesce(sum(p.records), 0) FROM page p
       WHERE p.window_id = j.window_id AND p.attempt = j.attempt
         AND p.judged = 0) AS unjudged,
      (SELECT coalesce(sum(p.records), 0) FROM page p
       WHERE p.window_id = j.window_id AND p.attempt < j.attempt) AS given_up
    FROM judged j)
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
