-- The rows of v_violation about pages and their bodies.
CREATE VIEW v_violation_page AS

-- The source's attempts are numbered by the window.
SELECT 'a page is of an attempt that its window has made' AS invariant,
  'page ' || p.page_id AS subject,
  format('attempt %d of window %d, which has made %d', p.attempt,
    p.window_id, w.attempt) AS detail
FROM page p
JOIN window w ON w.window_id = p.window_id
WHERE p.attempt NOT BETWEEN 1 AND w.attempt
UNION ALL

-- An error is never a page.
SELECT 'a page is an answer with status 200',
  'page ' || p.page_id,
  'status ' || p.http_status
FROM page p
JOIN window w ON w.window_id = p.window_id
WHERE p.http_status <> 200 AND w.origin <> 'replay'
UNION ALL

-- A body is written once, whole, with its page.
SELECT 'a body has the size that its page says',
  'page ' || p.page_id,
  format('it says %d bytes, there are %d', p.body_bytes, length(b.body))
FROM page p
JOIN page_body b ON b.page_id = p.page_id
WHERE length(b.body) <> p.body_bytes
UNION ALL

-- Only what an archive holds may leave staging.
SELECT 'a page has its body until an archive has it',
  'page ' || p.page_id,
  format('window %d is in no archive', p.window_id)
FROM page p
JOIN window w ON w.window_id = p.window_id
WHERE w.archive_no IS NULL
  AND NOT EXISTS (SELECT 1 FROM page_body b WHERE b.page_id = p.page_id)
UNION ALL

-- Each record that was shown to us has one outcome: none is passed over.  What
-- is past its time is counted.
SELECT 'a judged page has a row for each of its records',
  'page ' || page_id,
  format('it has %d records and %d rows', records, n)
FROM (SELECT p.page_id, p.records,
        (SELECT count(*) FROM record r
         WHERE r.record_id BETWEEN p.page_id << 25
                               AND (p.page_id << 25) + 33554431)
        + coalesce(t.invalid + t.clean + t.duplicate + t.alert, 0) AS n
      FROM page p
      LEFT JOIN page_tally t ON t.page_id = p.page_id
      WHERE p.judged = 1)
WHERE records <> n
UNION ALL

-- Rows and the mark of their page are committed together.
SELECT 'only the records of judged pages have rows',
  'page ' || r.page_id,
  format('%d rows', r.n)
FROM (SELECT record_id >> 25 AS page_id, count(*) AS n
      FROM record
      GROUP BY record_id >> 25) r
LEFT JOIN page p ON p.page_id = r.page_id
WHERE p.judged IS NOT 1
UNION ALL

-- A position names the record in the page's array.
SELECT 'the records of a page are numbered without a hole',
  'page ' || (record_id >> 25),
  format('%d rows, the last at position %d', count(*),
    max(record_id) & 33554431)
FROM record
GROUP BY record_id >> 25
HAVING (max(record_id) & 33554431) <> count(*) - 1;
