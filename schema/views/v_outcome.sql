-- One row for each log and outcome that its records had: how many, those that
-- are past their time included.  Every attempt at a window counts, so that
-- this is all that was judged, ever.
CREATE VIEW v_outcome AS
WITH judged (log, outcome, records) AS (
  SELECT w.log, r.outcome, count(*)
  FROM window w
  JOIN page p ON p.window_id = w.window_id
  JOIN record r ON r.record_id BETWEEN p.page_id << 25
                                   AND (p.page_id << 25) + 33554431
  GROUP BY w.log, r.outcome
  UNION ALL
  SELECT w.log, o.outcome,
    CASE o.outcome WHEN 1 THEN t.invalid WHEN 2 THEN t.clean
      WHEN 3 THEN t.duplicate ELSE t.alert END
  FROM page_tally t
  JOIN page p ON p.page_id = t.page_id
  JOIN window w ON w.window_id = p.window_id
  CROSS JOIN outcome o)
SELECT j.log, o.name AS outcome, sum(j.records) AS records
FROM judged j
LEFT JOIN outcome o ON o.outcome = j.outcome
GROUP BY j.log, j.outcome
HAVING sum(j.records) > 0
ORDER BY j.log, j.outcome;
