-- One row for each alert and each sink that owes it, with the batch that
-- tells how far it is: the one that delivered it, else the newest.
-- delivered, refused: final.  in doubt: the sink may have it.  sending: not
-- taken so far, to be sent again.  ready: sealed.  unsealed: in no batch yet.
-- missing: in no batch and passed over, which must never be.
CREATE VIEW v_delivery AS
SELECT
  s.name AS sink,
  a.alert_no,
  lower(hex(a.alert_id)) AS alert_id,
  a.log,
  a.occurred_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', a.occurred_at, 'unixepoch') AS occurred_utc,
  CASE
    WHEN b.batch_id IN (SELECT batch_id FROM v_in_doubt) THEN 'in doubt'
    WHEN b.batch_id IS NOT NULL THEN b.state
    WHEN a.alert_no > s.sealed_to THEN 'unsealed'
    ELSE 'missing'
  END AS state,
  b.batch_id,
  lower(nullif(hex(b.batch_key), '')) AS batch_key,
  b.possible_duplicate,
  b.attempts,
  b.sealed_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', b.sealed_at, 'unixepoch') AS sealed_utc,
  b.closed_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', b.closed_at, 'unixepoch') AS closed_utc
FROM alert a
CROSS JOIN sink s
LEFT JOIN batch b ON b.batch_id = (
  SELECT i.batch_id
  FROM batch_alert i
  JOIN batch x ON x.batch_id = i.batch_id
  WHERE i.alert_no = a.alert_no AND x.sink_id = s.sink_id
    AND x.state <> 'split'
  ORDER BY x.state = 'delivered' DESC, i.batch_id DESC
  LIMIT 1)
WHERE b.batch_id IS NOT NULL
   OR (a.alert_no > s.owed_after
       OR a.alert_no > s.from_after AND a.occurred_at >= s.from_at)
      AND (s.owed_until IS NULL OR a.alert_no <= s.owed_until);
