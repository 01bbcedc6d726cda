-- One row for each thing that an auditor asks first.  wrong is 1 where none of
-- it may be found.
WITH
  windows AS MATERIALIZED (
    SELECT window_id, balanced
    FROM v_reconciliation
    WHERE from_at >= :from AND from_at < :to),
  delivery AS MATERIALIZED (
    SELECT state, possible_duplicate
    FROM v_delivery
    WHERE occurred_at >= :from AND occurred_at < :to),
  coverage AS MATERIALIZED (
    SELECT state, min(to_at, :to) - max(from_at, :from) AS seconds
    FROM v_coverage
    WHERE to_at > :from AND from_at < :to)
SELECT 'promises broken, of all time' AS question, count(*) AS found,
  1 AS wrong
FROM v_violation
UNION ALL
SELECT 'windows that do not add up', count(DISTINCT window_id), 1
FROM windows WHERE balanced = 0
UNION ALL
SELECT 'hours of source time lost', (coalesce(sum(seconds), 0) + 3599) / 3600,
  1
FROM coverage WHERE state = 'lost'
UNION ALL
SELECT 'hours of source time open', (coalesce(sum(seconds), 0) + 3599) / 3600,
  0
FROM coverage WHERE state = 'open'
UNION ALL
SELECT 'alerts that wait', count(*), 0
FROM delivery WHERE state IN ('ready', 'sending', 'unsealed')
UNION ALL
SELECT 'alerts in doubt', count(*), 0
FROM delivery WHERE state = 'in doubt'
UNION ALL
SELECT 'alerts refused', count(*), 1
FROM delivery WHERE state = 'refused'
UNION ALL
SELECT 'alerts perhaps sent twice, flagged', count(*), 0
FROM delivery WHERE possible_duplicate = 1;
