-- One row for each stretch of a log's time in one state.
SELECT
  log,
  state,
  max(from_at, :from) AS from_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', max(from_at, :from), 'unixepoch')
    AS from_utc,
  min(to_at, :to) AS to_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', min(to_at, :to), 'unixepoch') AS to_utc,
  min(to_at, :to) - max(from_at, :from) AS seconds
FROM v_coverage
WHERE to_at > :from AND from_at < :to
ORDER BY log, from_at;
