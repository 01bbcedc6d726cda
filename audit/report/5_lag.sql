-- One row for each span of time between an event and its delivery.
WITH
  span (least, below, took) AS (VALUES
    (-9e9, 60, 'under 1 minute'), (60, 300, '1 to 5 minutes'),
    (300, 900, '5 to 15 minutes'), (900, 1800, '15 to 30 minutes'),
    (1800, 3600, '30 to 60 minutes'), (3600, 7200, '1 to 2 hours'),
    (7200, 21600, '2 to 6 hours'), (21600, 86400, '6 to 24 hours'),
    (86400, 604800, '1 to 7 days'), (604800, 9e9, 'over 7 days')),
  lag AS MATERIALIZED (
    SELECT closed_at - occurred_at AS seconds
    FROM v_delivery
    WHERE occurred_at >= :from AND occurred_at < :to
      AND state = 'delivered')
SELECT took, (SELECT count(*) FROM lag
              WHERE seconds >= least AND seconds < below) AS alerts
FROM span
WHERE EXISTS (SELECT 1 FROM lag);
