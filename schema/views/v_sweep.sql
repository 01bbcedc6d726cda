-- One row for each stretch of a log's time between two borders of windows or
-- gaps, with the number of complete windows, gaps or lost windows, and open
-- windows that lie over it.  Only live and backfill windows cover time.  It
-- reaches from the first second ever planned to the start of the newest run
-- of extract.
CREATE VIEW v_sweep AS
WITH
  piece (log, from_at, to_at, covered, lost, open) AS (
    SELECT log, from_at, to_at,
      state = 'complete', state = 'lost', state = 'open'
    FROM window
    WHERE origin IN ('live', 'backfill')
    UNION ALL
    SELECT log, from_at, to_at, 0, 1, 0
    FROM gap),
  whole (log, from_at, to_at) AS (
    SELECT log, min(from_at), max(max(to_at), coalesce((
      SELECT started_at FROM run
      WHERE stage = 'extract'
      ORDER BY run_id DESC LIMIT 1), 0))
    FROM piece
    GROUP BY log),
  edge (log, at, covered, lost, open) AS (
    SELECT log, from_at, covered, lost, open FROM piece
    UNION ALL
    SELECT log, to_at, -covered, -lost, -open FROM piece
    UNION ALL
    SELECT log, to_at, 0, 0, 0 FROM whole),
  step (log, at, covered, lost, open) AS (
    SELECT log, at, sum(covered), sum(lost), sum(open)
    FROM edge
    GROUP BY log, at),
  stretch (log, from_at, to_at, covered, lost, open) AS (
    SELECT log, at, lead(at) OVER later,
      sum(covered) OVER later, sum(lost) OVER later, sum(open) OVER later
    FROM step
    WINDOW later AS (PARTITION BY log ORDER BY at))
SELECT log, from_at, to_at, covered, lost, open
FROM stretch
WHERE to_at IS NOT NULL;
