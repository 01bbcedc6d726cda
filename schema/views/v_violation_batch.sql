-- The rows of v_violation about batches: that they are whole and immutable.
CREATE VIEW v_violation_batch AS

-- Membership never changes after the batch is sealed.  Alerts of a batch that
-- was restored may be yet to be made again.
SELECT 'a batch counts its alerts' AS invariant,
  'batch ' || b.batch_id AS subject,
  format('it counts %d, there are %d', b.alerts, count(i.position)) AS detail
FROM batch b
LEFT JOIN (SELECT batch_id, position FROM batch_alert
           UNION ALL
           SELECT batch_id, position FROM batch_member) i
       ON i.batch_id = b.batch_id
GROUP BY b.batch_id
HAVING b.alerts <> count(i.position)
UNION ALL

-- A position is the line of the payload.
SELECT 'the alerts of a batch are numbered without a hole',
  'batch ' || batch_id,
  format('%d alerts, positions %d to %d', count(*), min(position),
    max(position))
FROM (SELECT batch_id, position FROM batch_alert
      UNION ALL
      SELECT batch_id, position FROM batch_member)
GROUP BY batch_id
HAVING min(position) <> 0 OR max(position) <> count(*) - 1
UNION ALL

-- Else the same event would be twice in one payload.
SELECT 'an alert is in a batch once',
  'batch ' || batch_id,
  format('alert number %d is in it %d times', alert_no, count(*))
FROM batch_alert
GROUP BY batch_id, alert_no
HAVING count(*) > 1
UNION ALL

-- Nobody can tell what was sent, or to whom.
SELECT 'what a batch holds is there, and so is the batch',
  'batch ' || i.batch_id,
  format('alert number %d', i.alert_no)
FROM batch_alert i
LEFT JOIN batch b ON b.batch_id = i.batch_id
LEFT JOIN alert a ON a.alert_no = i.alert_no
WHERE b.batch_id IS NULL OR a.alert_no IS NULL
UNION ALL

-- These bytes are what is sent; they are never built again.
SELECT 'a payload has the size that its batch says',
  'batch ' || b.batch_id,
  format('it says %d bytes, there are %d', b.bytes, length(p.body))
FROM batch b
JOIN batch_body p ON p.batch_id = b.batch_id
WHERE length(p.body) <> b.bytes
UNION ALL

-- Only what an archive holds may leave staging.
SELECT 'a batch has its payload until an archive has it',
  'batch ' || b.batch_id,
  'its payload is missing'
FROM batch b
WHERE b.archive_no IS NULL
  AND NOT EXISTS (SELECT 1 FROM batch_body p WHERE p.batch_id = b.batch_id)
UNION ALL

-- Alerts are sent twice where the whole counts as well.
SELECT 'only a split batch has halves, for its own sink',
  'batch ' || h.batch_id,
  format('half of batch %d, %s', h.parent_id, coalesce(b.state, 'missing'))
FROM batch h
LEFT JOIN batch b ON b.batch_id = h.parent_id
WHERE h.parent_id IS NOT NULL
  AND (b.state IS NOT 'split' OR b.sink_id <> h.sink_id)
UNION ALL

-- No alert may fall between the halves.  Of a batch that was restored a half
-- may be missing: what it held is owed again.
SELECT 'a split batch has two halves that hold each of its alerts once',
  'batch ' || b.batch_id,
  format('%d halves with %d of %d alerts',
    (SELECT count(*) FROM batch h WHERE h.parent_id = b.batch_id),
    (SELECT count(*) FROM batch h
     JOIN batch_alert i ON i.batch_id = h.batch_id
     WHERE h.parent_id = b.batch_id), b.alerts)
FROM batch b
JOIN run r ON r.run_id = b.run_id AND r.stage = 'load'
WHERE b.state = 'split'
  AND ((SELECT count(*) FROM batch h WHERE h.parent_id = b.batch_id) <> 2
    OR (SELECT count(*) FROM batch h
        JOIN batch_alert i ON i.batch_id = h.batch_id
        WHERE h.parent_id = b.batch_id)
      <> (SELECT count(*) FROM batch_alert i
          WHERE i.batch_id = b.batch_id)
    OR EXISTS (SELECT i.alert_no FROM batch_alert i
               WHERE i.batch_id = b.batch_id
               EXCEPT
               SELECT i.alert_no FROM batch h
               JOIN batch_alert i ON i.batch_id = h.batch_id
               WHERE h.parent_id = b.batch_id))
UNION ALL

-- Both halves of the doubt: the sink may have had some of the parent.
SELECT 'a batch that may repeat passes that on to its halves',
  'batch ' || h.batch_id,
  format('half of batch %d', h.parent_id)
FROM batch h
JOIN batch b ON b.batch_id = h.parent_id
WHERE h.possible_duplicate < b.possible_duplicate
UNION ALL

-- Its key is made from its bytes and its generation; a wrong one gives a key
-- that nobody can check.
SELECT 'a generation follows from what is repeated or halved',
  'batch ' || n.batch_id,
  format('generation %d, of batch %s', n.generation,
    coalesce(o.batch_id || ' with ' || o.generation, 'none'))
FROM batch n
LEFT JOIN batch o ON o.batch_id = coalesce(n.repeats_id, n.parent_id)
WHERE n.generation <> coalesce(o.generation + (n.repeats_id IS NOT NULL), 0)
UNION ALL

-- What is not final is sent again without a new batch.
SELECT 'a repeat is of a batch of its sink that was delivered or refused',
  'batch ' || n.batch_id,
  format('repeats batch %d, %s', n.repeats_id, coalesce(o.state, 'missing'))
FROM batch n
LEFT JOIN batch o ON o.batch_id = n.repeats_id
WHERE n.repeats_id IS NOT NULL
  AND (o.state IS NULL OR o.state NOT IN ('delivered', 'refused')
    OR o.sink_id <> n.sink_id)
UNION ALL

-- The sink has it, under the key of the batch it repeats.
SELECT 'a repeat of what the sink may have is flagged',
  'batch ' || n.batch_id,
  format('repeats batch %d, %s', n.repeats_id, o.state)
FROM batch n
JOIN batch o ON o.batch_id = n.repeats_id
WHERE n.possible_duplicate < max(o.state = 'delivered', o.possible_duplicate);
