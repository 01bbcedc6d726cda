-- One row for each archive, oldest first; follows is 1 where its chain value
-- is made from the one before it.
SELECT
  archive_no AS archive,
  kind,
  strftime('%Y-%m-%dT%H:%M:%SZ', created_at, 'unixepoch') AS created_utc,
  members,
  bytes,
  lower(hex(chain)) AS chain,
  previous_chain = coalesce(lag(chain) OVER (ORDER BY archive_no),
    zeroblob(32)) AS follows,
  file
FROM archive
ORDER BY archive_no;
