-- The rows of v_violation about archives, their chain, and runs.
CREATE VIEW v_violation_archive AS

-- A hole is an archive that is gone.
SELECT 'archives are numbered without a hole' AS invariant,
  'archives' AS subject,
  format('%d archives, numbered %d to %d', count(*), min(archive_no),
    max(archive_no)) AS detail
FROM archive
HAVING min(archive_no) <> 1 OR max(archive_no) <> count(*)
UNION ALL

-- Each archive witnesses all those before it.
SELECT 'each archive is chained to the one before it',
  'archive ' || a.archive_no,
  'its previous chain value is ' || lower(hex(a.previous_chain))
FROM archive a
LEFT JOIN archive b ON b.archive_no = (SELECT max(x.archive_no)
                                       FROM archive x
                                       WHERE x.archive_no < a.archive_no)
WHERE a.previous_chain <> coalesce(b.chain, zeroblob(32))
UNION ALL

-- Bodies are dropped on the word of this row.
SELECT 'an archive was read back after it was written',
  'archive ' || archive_no,
  format('created at %d, verified at %d', created_at, verified_at)
FROM archive
WHERE verified_at < created_at
UNION ALL

-- What a row calls archived must be in an archive that can hold it.
SELECT 'what is archived is in an archive of its kind',
  x.subject,
  format('archive %d is %s', x.archive_no, coalesce(a.kind, 'missing'))
FROM (
  SELECT 'window ' || window_id AS subject, archive_no,
    'evidence' AS kind FROM window
  UNION ALL
  SELECT 'mapping ' || mapping_id, archive_no, 'evidence' FROM mapping
  UNION ALL
  SELECT 'gap ' || gap_id, archive_no, 'evidence' FROM gap
  UNION ALL
  SELECT 'batch ' || batch_id, archive_no, 'delivery' FROM batch) x
LEFT JOIN archive a ON a.archive_no = x.archive_no
WHERE x.archive_no IS NOT NULL AND a.kind IS NOT x.kind
UNION ALL

-- An archive is written once: what may still change is not in it.  A window
-- that was restored from it, by that run or a later one, is judged again.
SELECT 'an archived window is judged',
  'window ' || w.window_id,
  'archive ' || w.archive_no
FROM window w
JOIN archive a ON a.archive_no = w.archive_no
WHERE w.judged_run_id IS NULL AND w.run_id < a.run_id
UNION ALL

-- The same for deliveries.
SELECT 'an archived batch is ended',
  'batch ' || batch_id,
  format('archive %d, %s', archive_no, state)
FROM batch
WHERE archive_no IS NOT NULL AND state IN ('ready', 'sending')
UNION ALL

-- Each stage writes its own tables: else two programs changed the same rows.
-- What was restored from an archive was restored by a run of extract.
SELECT 'a row is written by a run of the stage whose it is',
  x.subject,
  format('run %d is %s', x.run_id, coalesce(r.stage, 'missing'))
FROM (
  SELECT 'window ' || window_id AS subject, run_id,
    'extract' AS stage FROM window
  UNION ALL
  SELECT 'window ' || window_id, judged_run_id, 'transform' FROM window
  UNION ALL
  SELECT 'page ' || page_id, run_id, 'extract' FROM page
  UNION ALL
  SELECT 'gap ' || gap_id, run_id, 'extract' FROM gap
  UNION ALL
  SELECT 'mapping ' || mapping_id, run_id, 'transform' FROM mapping
  WHERE archive_no IS NULL
  UNION ALL
  SELECT 'alert ' || lower(hex(alert_id)), run_id, 'transform' FROM alert
  UNION ALL
  SELECT 'batch ' || batch_id, run_id, 'load' FROM batch
  WHERE archive_no IS NULL
  UNION ALL
  SELECT 'receipt ' || c.receipt_id, c.run_id, 'load'
  FROM receipt c JOIN batch b ON b.batch_id = c.batch_id
  WHERE b.archive_no IS NULL) x
LEFT JOIN run r ON r.run_id = x.run_id
WHERE x.run_id IS NOT NULL AND r.stage IS NOT x.stage;
