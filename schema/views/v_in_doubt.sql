-- One row for each batch of which the sink may hold some or all without
-- having said so: an attempt was cut off, or its answer tells nothing.  It
-- will be sent again.
CREATE VIEW v_in_doubt AS
SELECT
  b.batch_id,
  s.name AS sink,
  lower(hex(b.batch_key)) AS batch_key,
  b.alerts,
  b.attempts,
  (SELECT count(*) FROM receipt r WHERE r.batch_id = b.batch_id) AS receipts,
  r.outcome AS last_outcome,
  r.detail AS last_detail,
  r.received_at AS last_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', r.received_at, 'unixepoch') AS last_utc,
  b.sealed_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', b.sealed_at, 'unixepoch') AS sealed_utc
FROM batch b
JOIN sink s ON s.sink_id = b.sink_id
LEFT JOIN receipt r ON r.batch_id = b.batch_id
                   AND r.attempt = (SELECT max(x.attempt) FROM receipt x
                                    WHERE x.batch_id = b.batch_id)
WHERE b.state IN ('ready', 'sending') AND b.state = 'sending'
  AND (b.attempts > (SELECT count(*) FROM receipt x
                     WHERE x.batch_id = b.batch_id)
    OR EXISTS (SELECT 1 FROM receipt x
               WHERE x.batch_id = b.batch_id AND x.outcome = 'in doubt'));
