-- The rows of v_violation about windows and the pages they are made of.
CREATE VIEW v_violation_window AS

-- A page and the counters of its window are committed together.
SELECT 'a window counts its pages' AS invariant,
  'window ' || w.window_id AS subject,
  format('it counts %d, there are %d', w.pages, count(p.page_id)) AS detail
FROM window w
LEFT JOIN page p ON p.window_id = w.window_id AND p.attempt = w.attempt
GROUP BY w.window_id
HAVING w.pages <> count(p.page_id)
UNION ALL

-- What is reconciled with the source is this sum.
SELECT 'a window counts its records',
  'window ' || w.window_id,
  format('it counts %d, its pages %d', w.records, total(p.records))
FROM window w
LEFT JOIN page p ON p.window_id = w.window_id AND p.attempt = w.attempt
GROUP BY w.window_id
HAVING w.records <> total(p.records)
UNION ALL

-- A hole is a page that was fetched and is gone.
SELECT 'the pages of a window are numbered without a hole',
  'window ' || window_id,
  format('attempt %d has %d pages, %d to %d', attempt, count(*), min(number),
    max(number))
FROM page
GROUP BY window_id, attempt
HAVING min(number) <> 1 OR max(number) <> count(*)
UNION ALL

-- Else a page between the two was passed over, or belongs to another window.
SELECT 'a page is asked for with the token of the page before it',
  'page ' || p.page_id,
  format('page %d of window %d, attempt %d', p.number, p.window_id, p.attempt)
FROM page p
JOIN window w ON w.window_id = p.window_id
LEFT JOIN page b ON b.window_id = p.window_id AND b.attempt = p.attempt
                AND b.number = p.number - 1
WHERE w.origin <> 'replay'
  AND (b.page_id IS NOT NULL OR p.number = 1)
  AND p.page_token IS NOT b.next_token
UNION ALL

-- A run that is stopped goes on with this token.
SELECT 'an open window holds the token of its last page',
  'window ' || w.window_id,
  format('after %d pages', w.pages)
FROM window w
LEFT JOIN page p ON p.window_id = w.window_id AND p.attempt = w.attempt
                AND p.number = w.pages
WHERE w.state = 'open'
  AND w.next_token IS NOT p.next_token
UNION ALL

-- The source ends a window with a page without a token for the next, or with
-- an empty page; a token that came before begins the window again.
SELECT 'a complete window was read to its end',
  'window ' || w.window_id,
  CASE WHEN p.page_id IS NULL THEN 'it has no page'
       ELSE format('page %d promises another', p.number) END
FROM window w
LEFT JOIN page p ON p.window_id = w.window_id AND p.attempt = w.attempt
                AND p.number = (SELECT max(x.number) FROM page x
                                WHERE x.window_id = w.window_id
                                  AND x.attempt = w.attempt)
WHERE w.state = 'complete' AND w.origin <> 'replay'
  AND (p.page_id IS NULL OR (p.next_token IS NOT NULL AND p.records > 0))
UNION ALL

-- exact: the source named this number; no_total: it named none; mismatch: it
-- named another, or several.
SELECT 'how a window reconciled follows from its figures',
  'window ' || window_id,
  format('%s: the source names %s, fetched are %d', reconciled,
    coalesce(total, 'no total'), records)
FROM window
WHERE (reconciled = 'exact' AND total IS NOT records)
   OR (reconciled = 'no_total' AND total IS NOT NULL)
   OR (reconciled = 'mismatch' AND total IS records)
UNION ALL

-- A total that no page, or not each page, names is not the source's.
SELECT 'the total of a window is that of its pages',
  'window ' || w.window_id,
  format('it says %d, its pages %d to %d', w.total, min(p.total),
    max(p.total))
FROM window w
JOIN page p ON p.window_id = w.window_id AND p.attempt = w.attempt
WHERE w.state = 'complete' AND w.total IS NOT NULL
GROUP BY w.window_id
HAVING min(p.total) IS NOT w.total OR max(p.total) IS NOT w.total
UNION ALL

-- Windows are judged in this order: a hole is a window that is gone.
SELECT 'windows are numbered in the order in which they ended',
  'windows',
  format('%d ended, numbered %d to %d', count(*), min(closed_order),
    max(closed_order))
FROM window
WHERE state <> 'open'
HAVING count(*) > 0
  AND (min(closed_order) IS NOT 1 OR max(closed_order) IS NOT count(*)
    OR count(DISTINCT closed_order) <> count(*))
UNION ALL

-- Halves take the place of the whole: no second may fall between them.
SELECT 'the halves of a replaced window tile it',
  'window ' || w.window_id,
  format('%d halves cover %d of %d seconds', count(h.window_id),
    total(h.to_at - h.from_at), w.to_at - w.from_at)
FROM window w
LEFT JOIN window h ON h.parent_id = w.window_id
WHERE w.state = 'replaced'
GROUP BY w.window_id
HAVING count(h.window_id) <> 2
  OR min(h.from_at) <> w.from_at
  OR max(h.to_at) <> w.to_at
  OR min(h.to_at) <> max(h.from_at)
UNION ALL

-- Time is asked for twice where the whole counts as well.
SELECT 'only a replaced window has halves, of its own log and origin',
  'window ' || h.window_id,
  format('half of window %d, %s', h.parent_id, coalesce(w.state, 'missing'))
FROM window h
LEFT JOIN window w ON w.window_id = h.parent_id
WHERE h.parent_id IS NOT NULL
  AND (w.state IS NOT 'replaced' OR w.log <> h.log OR w.origin <> h.origin)
UNION ALL

-- A window is read again for rows that came late, so the first reading is
-- complete; the halves of a second look lie within it.
SELECT 'a second look is at a complete live window of its range',
  'window ' || r.window_id,
  format('looks at window %d again', r.reread_of)
FROM window r
LEFT JOIN window w ON w.window_id = r.reread_of
WHERE r.origin = 'reread'
  AND (w.state IS NOT 'complete' OR w.origin <> 'live' OR w.log <> r.log
    OR r.from_at < w.from_at OR r.to_at > w.to_at
    OR (r.parent_id IS NULL
      AND (r.from_at <> w.from_at OR r.to_at <> w.to_at)))
UNION ALL

-- Every record that was shown to us is judged, also those of attempts that
-- were given up; then the window is.
SELECT 'a judged window has judged pages only',
  'window ' || w.window_id,
  format('page %d is not judged', p.page_id)
FROM window w
JOIN page p ON p.window_id = w.window_id
WHERE w.judged_run_id IS NOT NULL AND p.judged = 0;
