-- One row for each name that records have and that their log is not known to
-- have: what the source added, and since when.
CREATE VIEW v_unknown_field AS
SELECT
  log,
  name,
  records,
  first_record >> 25 AS first_page_id,
  first_record & 33554431 AS first_position,
  first_seen_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', first_seen_at, 'unixepoch')
    AS first_seen_utc,
  last_seen_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', last_seen_at, 'unixepoch') AS last_seen_utc
FROM unknown_field
ORDER BY log, name;
