-- The rows of v_violation about source time: what covers it, what is lost.
CREATE VIEW v_violation_time AS

-- The frontier is the end of the last live window or gap of retention: time
-- before it that no window and no gap holds is lost in silence.
SELECT 'every second below the frontier is covered, open or lost'
    AS invariant,
  s.log AS subject,
  format('%s to %s is in no window and no gap',
    strftime('%Y-%m-%dT%H:%M:%SZ', s.from_at, 'unixepoch'),
    strftime('%Y-%m-%dT%H:%M:%SZ', s.to_at, 'unixepoch')) AS detail
FROM v_sweep s
JOIN (SELECT log, min(from_at) AS first_at, max(to_at) AS frontier
      FROM (SELECT log, from_at, to_at FROM window WHERE origin = 'live'
            UNION ALL
            SELECT log, from_at, to_at FROM gap WHERE reason = 'retention')
      GROUP BY log) f ON f.log = s.log
WHERE s.from_at >= f.first_at AND s.from_at < f.frontier
  AND s.covered <= 0 AND s.open <= 0 AND s.lost <= 0
UNION ALL

-- Live windows tile the time: each begins where the one before it ended.
SELECT 'live windows do not overlap',
  'window ' || window_id,
  format('%s: it begins %d seconds before an earlier one ends', log,
    end_before - from_at)
FROM (
  SELECT window_id, log, from_at,
    max(to_at) OVER (PARTITION BY log ORDER BY from_at, window_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS end_before
  FROM window
  WHERE origin = 'live' AND state <> 'replaced')
WHERE from_at < end_before
UNION ALL

-- Time that is given up is declared, and makes the run end with status 4.
SELECT 'a lost window has its gap',
  'window ' || w.window_id,
  format('%s %s to %s', w.log,
    strftime('%Y-%m-%dT%H:%M:%SZ', w.from_at, 'unixepoch'),
    strftime('%Y-%m-%dT%H:%M:%SZ', w.to_at, 'unixepoch'))
FROM window w
WHERE w.state = 'lost' AND w.origin IN ('live', 'backfill')
  AND NOT EXISTS (SELECT 1 FROM gap g
                  WHERE g.log = w.log AND g.from_at <= w.from_at
                    AND g.to_at >= w.to_at)
UNION ALL

-- Only what was asked for and could not be read is unreadable.
SELECT 'an unreadable gap is the range of its lost window',
  'gap ' || g.gap_id,
  format('window %d is %s', g.window_id, coalesce(w.state, 'missing'))
FROM gap g
LEFT JOIN window w ON w.window_id = g.window_id
WHERE g.reason = 'unreadable'
  AND (w.state IS NOT 'lost' OR w.log <> g.log
    OR w.from_at <> g.from_at OR w.to_at <> g.to_at)
UNION ALL

-- A gap begins where coverage ends: time that was read in time is not lost.
SELECT 'what retention took was never covered',
  'gap ' || g.gap_id,
  format('window %d covers some of it', w.window_id)
FROM gap g
JOIN window w ON w.log = g.log AND w.origin = 'live'
             AND w.from_at < g.to_at AND w.to_at > g.from_at
WHERE g.reason = 'retention' AND w.state = 'complete'
UNION ALL

-- Only a run that knows of a gap can report it.
SELECT 'a gap is reported by the run that found it or a later one',
  'gap ' || gap_id,
  format('found by run %d, reported by run %d', run_id, reported_run_id)
FROM gap
WHERE reported_run_id < run_id
UNION ALL

-- A budget that is not sane lets too many requests through, or none.
SELECT 'a budget counts nothing below zero',
  'budget of ' || host,
  format('%d requests in the %s from %d, none before %d', used, period,
    started_at, not_before)
FROM budget
WHERE used < 0 OR started_at < 0 OR not_before < 0;
