-- One row for each longest stretch of a log's time in one state, from the
-- first second ever planned to the start of the newest run of extract.
-- covered: a complete window holds it.  lost: a gap says that it cannot be
-- had.  open: neither; it is still to be fetched, or was never asked for.
CREATE VIEW v_coverage AS
WITH
  stretch (log, from_at, to_at, state) AS (
    SELECT log, from_at, to_at,
      CASE WHEN covered > 0 THEN 'covered'
           WHEN lost > 0 THEN 'lost'
           ELSE 'open' END
    FROM v_sweep),
  marked (log, from_at, end_at, state, starts) AS (
    SELECT log, from_at, max(to_at) OVER (PARTITION BY log), state,
      state IS NOT lag(state) OVER (PARTITION BY log ORDER BY from_at)
    FROM stretch),
  merged (log, from_at, to_at, state) AS (
    SELECT log, from_at,
      lead(from_at, 1, end_at) OVER (PARTITION BY log ORDER BY from_at), state
    FROM marked
    WHERE starts)
SELECT
  log,
  from_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', from_at, 'unixepoch') AS from_utc,
  to_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', to_at, 'unixepoch') AS to_utc,
  to_at - from_at AS seconds,
  state
FROM merged
ORDER BY log, from_at;
