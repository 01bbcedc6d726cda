-- One row for each rule that kept records from being sent, and each answer by
-- which a sink refused alerts.  The + keeps SQLite from making an index on
-- the spot that is dearer than what it saves.
SELECT w.log || ' invalid: ' || c.name AS rule, c.meaning, count(*) AS records
FROM window w
JOIN page p ON p.window_id = w.window_id
JOIN record r ON r.record_id BETWEEN p.page_id << 25
                                 AND (p.page_id << 25) + 33554431
JOIN reason c ON c.reason = r.reason
WHERE w.from_at >= :from AND w.from_at < :to AND +r.outcome = 1
GROUP BY w.log, c.name
UNION ALL
SELECT d.sink || ' refused: ' || coalesce('status ' || r.http_status,
    r.outcome), r.detail, count(*)
FROM v_delivery d
LEFT JOIN receipt r ON r.batch_id = d.batch_id AND r.attempt = d.attempts
WHERE d.occurred_at >= :from AND d.occurred_at < :to AND d.state = 'refused'
GROUP BY d.sink, r.http_status, r.detail
ORDER BY 3 DESC, 1;
