-- One row for each sink and answer to the attempts at batches with alerts of
-- this time; an attempt without an answer was cut off.  flagged: those of
-- batches that the sink may have had before.
WITH
  sent AS MATERIALIZED (
    SELECT b.batch_id, b.sink_id, b.attempts, b.possible_duplicate
    FROM batch b
    WHERE b.batch_id IN (
      SELECT i.batch_id
      FROM alert a
      JOIN batch_alert i ON i.alert_no = a.alert_no
      WHERE a.occurred_at >= :from AND a.occurred_at < :to)),
  answer (sink_id, answer, attempts, flagged) AS (
    SELECT b.sink_id, r.outcome, count(*), sum(b.possible_duplicate)
    FROM sent b
    JOIN receipt r ON r.batch_id = b.batch_id
    GROUP BY b.sink_id, r.outcome
    UNION ALL
    SELECT b.sink_id, 'none', sum(b.attempts - n), sum(b.possible_duplicate)
    FROM (SELECT b.*, (SELECT count(*) FROM receipt r
                       WHERE r.batch_id = b.batch_id) AS n FROM sent b) b
    WHERE b.attempts > n
    GROUP BY b.sink_id)
SELECT s.name || ': ' || answer AS answer, attempts, flagged
FROM answer x
JOIN sink s ON s.sink_id = x.sink_id
ORDER BY s.name, attempts DESC;
