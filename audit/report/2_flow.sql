-- One row for each way that records took: from the source to a log, to what
-- became of them, to where their alerts are.  Of each window the last attempt
-- counts, so that what comes in at a step goes out of it.
WITH
  windows AS MATERIALIZED (
    SELECT *
    FROM v_reconciliation
    WHERE from_at >= :from AND from_at < :to),
  one AS MATERIALIZED (
    SELECT * FROM windows GROUP BY window_id),
  way (step, source, target, records) AS (
    SELECT 1, 'source', log, sum(fetched) FROM one GROUP BY log
    UNION ALL
    SELECT 2, log, 'invalid', sum(invalid) FROM one GROUP BY log
    UNION ALL
    SELECT 2, log, 'clean', sum(clean) FROM one GROUP BY log
    UNION ALL
    SELECT 2, log, 'duplicate', sum(duplicate) FROM one GROUP BY log
    UNION ALL
    SELECT 2, log, 'not judged yet', sum(unjudged) FROM one GROUP BY log
    UNION ALL
    SELECT 2, log, 'alert', sum(alert) FROM one GROUP BY log
    UNION ALL
    SELECT 3, 'alert', sink || ': delivered', sum(delivered)
    FROM windows GROUP BY sink
    UNION ALL
    SELECT 3, 'alert', sink || ': refused', sum(refused)
    FROM windows GROUP BY sink
    UNION ALL
    SELECT 3, 'alert', sink || ': pending', sum(pending)
    FROM windows GROUP BY sink)
SELECT step, source, target, records
FROM way
WHERE records > 0;
