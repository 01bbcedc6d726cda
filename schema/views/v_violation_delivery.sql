-- The rows of v_violation about deliveries: receipts, and what sinks owe.
CREATE VIEW v_violation_delivery AS

-- An attempt is counted before its first byte leaves.
SELECT 'a receipt is of an attempt that its batch has made' AS invariant,
  'receipt ' || r.receipt_id AS subject,
  format('attempt %d of batch %d, which has made %d', r.attempt, r.batch_id,
    b.attempts) AS detail
FROM receipt r
JOIN batch b ON b.batch_id = r.batch_id
WHERE r.attempt NOT BETWEEN 1 AND b.attempts
UNION ALL

-- A receipt and the state that follows from it are committed together.
SELECT 'a batch is not ended without an answer to its last attempt',
  'batch ' || b.batch_id,
  format('%s, attempt %d has no receipt', b.state, b.attempts)
FROM batch b
WHERE b.state IN ('delivered', 'refused', 'split')
  AND NOT EXISTS (SELECT 1 FROM receipt r
                  WHERE r.batch_id = b.batch_id AND r.attempt = b.attempts)
UNION ALL

-- Delivered is a claim: it rests on the sink's own word.
SELECT 'a delivered batch has a receipt that says so',
  'batch ' || b.batch_id,
  format('%s: %s', s.type, r.outcome)
FROM batch b
JOIN sink s ON s.sink_id = b.sink_id
JOIN receipt r ON r.batch_id = b.batch_id
              AND r.attempt = (SELECT max(x.attempt) FROM receipt x
                               WHERE x.batch_id = b.batch_id)
WHERE b.state = 'delivered'
  AND r.outcome <> CASE s.type WHEN 'file' THEN 'stored'
                               WHEN 'https' THEN 'acknowledged'
                               ELSE 'handed over' END
UNION ALL

-- A batch that was taken is not sent again.
SELECT 'a batch that was taken is delivered',
  'batch ' || b.batch_id,
  format('%s, receipt %d says %s', b.state, r.receipt_id, r.outcome)
FROM receipt r
JOIN batch b ON b.batch_id = r.batch_id
WHERE r.outcome IN ('stored', 'acknowledged', 'handed over')
  AND b.state <> 'delivered'
UNION ALL

-- The bytes on the disk are the bytes of the batch, whose key is their digest
-- unless it is a repeat.
SELECT 'a stored file has the digest of its batch',
  'receipt ' || r.receipt_id,
  format('batch %d', r.batch_id)
FROM receipt r
JOIN batch b ON b.batch_id = r.batch_id
WHERE r.outcome = 'stored' AND r.body_digest <> b.batch_key
  AND b.generation = 0
UNION ALL

-- Only an answer that calls the payload bad refuses or halves it.
SELECT 'a batch is refused or split because it was rejected',
  'batch ' || b.batch_id,
  format('%s: %s', b.state, r.outcome)
FROM batch b
JOIN receipt r ON r.batch_id = b.batch_id
              AND r.attempt = (SELECT max(x.attempt) FROM receipt x
                               WHERE x.batch_id = b.batch_id)
WHERE b.state IN ('refused', 'split') AND r.outcome <> 'rejected'
UNION ALL

-- A larger batch is halved until the bad alert is alone.
SELECT 'a refused batch holds one alert',
  'batch ' || batch_id,
  format('%d alerts', alerts)
FROM batch
WHERE state = 'refused' AND alerts <> 1
UNION ALL

-- A sink that accepts nothing is broken, not the alert.
SELECT 'an alert is refused only where the sink accepted another',
  'batch ' || b.batch_id,
  format('run %d says so, and delivered nothing to its sink', r.run_id)
FROM batch b
JOIN receipt r ON r.batch_id = b.batch_id
              AND r.attempt = (SELECT max(x.attempt) FROM receipt x
                               WHERE x.batch_id = b.batch_id)
JOIN run s ON s.run_id = b.run_id AND s.stage = 'load'
WHERE b.state = 'refused'
  AND NOT EXISTS (
    SELECT 1 FROM receipt o
    JOIN batch x ON x.batch_id = o.batch_id
    WHERE o.run_id = r.run_id AND x.sink_id = b.sink_id
      AND o.outcome IN ('stored', 'acknowledged', 'handed over'))
UNION ALL

-- What may reach the sink twice is flagged; nothing else may.
SELECT 'a sink gets an alert once, or with a warning',
  'sink ' || s.name,
  format('alert number %d is in %d batches without one', x.alert_no, x.n)
FROM (
  SELECT b.sink_id, i.alert_no, count(*) AS n
  FROM batch_alert i
  JOIN batch b ON b.batch_id = i.batch_id
  WHERE b.state IN ('ready', 'sending', 'delivered')
    AND b.possible_duplicate = 0
  GROUP BY b.sink_id, i.alert_no
  HAVING count(*) > 1) x
JOIN sink s ON s.sink_id = x.sink_id
UNION ALL

-- The next batch begins behind sealed_to: what is before it and in no batch
-- is never sent.
SELECT 'what a sink owes is in batches as far as it says',
  'sink ' || sink,
  format('alert %s is in none', alert_id)
FROM v_delivery
WHERE state = 'missing'
UNION ALL

-- Else the next batch would hold some alerts again.  What batches hold that
-- were restored is passed over alert by alert.
SELECT 'no batch holds alerts behind what its sink says',
  'sink ' || s.name,
  format('batch %d holds alert number %d, sealed is up to %d', b.batch_id,
    max(i.alert_no), s.sealed_to)
FROM sink s
JOIN batch b ON b.sink_id = s.sink_id
JOIN run r ON r.run_id = b.run_id AND r.stage = 'load'
JOIN batch_alert i ON i.batch_id = b.batch_id
WHERE i.alert_no > s.sealed_to
GROUP BY b.batch_id;
