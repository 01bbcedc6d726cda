-- One row for each second of a window that showed more records when it was
-- read again: so many of them came late.  How late is known within bounds:
-- the first reading was too early for them, the second was not.
CREATE VIEW v_lag AS
WITH
  look (reread_id, log, window_id, from_at, to_at, attempt, window_attempt)
    AS (
    SELECT r.window_id, r.log, w.window_id, r.from_at, r.to_at, r.attempt,
      w.attempt
    FROM window r
    JOIN window w ON w.window_id = r.reread_of
    WHERE r.origin = 'reread' AND r.state = 'complete'
      AND r.judged_run_id IS NOT NULL AND w.judged_run_id IS NOT NULL),
  -- What a border of two pages repeats is not there twice (reason 51).
  second (reread_id, occurred_at, records, fetched_at) AS (
    SELECT l.reread_id, x.occurred_at, count(*), max(p.fetched_at)
    FROM look l
    JOIN page p ON p.window_id = l.reread_id AND p.attempt = l.attempt
    JOIN record x ON x.record_id BETWEEN p.page_id * 33554432
                                     AND p.page_id * 33554432 + 33554431
    WHERE x.occurred_at >= l.from_at AND x.occurred_at < l.to_at
      AND x.reason <> 51
    GROUP BY l.reread_id, x.occurred_at),
  first (reread_id, occurred_at, records) AS (
    SELECT l.reread_id, x.occurred_at, count(*)
    FROM look l
    JOIN page p ON p.window_id = l.window_id AND p.attempt = l.window_attempt
    JOIN record x ON x.record_id BETWEEN p.page_id * 33554432
                                     AND p.page_id * 33554432 + 33554431
    WHERE x.occurred_at >= l.from_at AND x.occurred_at < l.to_at
      AND x.reason <> 51
    GROUP BY l.reread_id, x.occurred_at),
  early (reread_id, fetched_at) AS (
    SELECT l.reread_id, min(p.fetched_at)
    FROM look l
    JOIN page p ON p.window_id = l.window_id AND p.attempt = l.window_attempt
    GROUP BY l.reread_id)
SELECT
  l.log,
  l.window_id,
  l.reread_id,
  s.occurred_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', s.occurred_at, 'unixepoch') AS occurred_utc,
  s.records - coalesce(f.records, 0) AS late_records,
  max(e.fetched_at - s.occurred_at, 0) AS at_least_s,
  s.fetched_at - s.occurred_at AS at_most_s
FROM look l
JOIN second s ON s.reread_id = l.reread_id
JOIN early e ON e.reread_id = l.reread_id
LEFT JOIN first f ON f.reread_id = l.reread_id
                 AND f.occurred_at = s.occurred_at
WHERE s.records > coalesce(f.records, 0);
