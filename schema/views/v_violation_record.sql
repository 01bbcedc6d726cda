-- The rows of v_violation about records: where they stand and what became
-- of them.
CREATE VIEW v_violation_record AS

-- Lineage ends at these bytes.
SELECT 'a record lies inside the body of its page' AS invariant,
  format('record %d:%d', p.page_id, r.record_id & 33554431) AS subject,
  format('bytes %d to %d of %d', r.offset, r.offset + r.length, p.body_bytes)
    AS detail
FROM record r
JOIN page p ON p.page_id = r.record_id >> 25
WHERE r.offset < 0 OR r.length <= 0 OR r.offset + r.length > p.body_bytes
UNION ALL

-- Rows are in the order of the page, and no byte belongs to two records.
SELECT 'the records of a page follow one another',
  format('record %d:%d', r.record_id >> 25, r.record_id & 33554431),
  format('it begins at byte %d, the one before ends at %d', r.offset,
    b.offset + b.length)
FROM record r
JOIN record b ON b.record_id = r.record_id - 1
WHERE b.record_id >> 25 = r.record_id >> 25
  AND r.offset < b.offset + b.length
UNION ALL

-- A reason belongs to one outcome.
SELECT 'the outcome of a record is that of its reason',
  format('record %d:%d', r.record_id >> 25, r.record_id & 33554431),
  format('outcome %d, reason %d', r.outcome, r.reason)
FROM record r
LEFT JOIN reason c ON c.reason = r.reason
WHERE c.outcome IS NOT r.outcome
UNION ALL

-- Each log has its own required fields.
SELECT 'a record is judged by the rules of its log',
  format('record %d:%d', p.page_id, r.record_id & 33554431),
  format('%s by %s', w.log, c.name)
FROM record r
JOIN reason c ON c.reason = r.reason
JOIN page p ON p.page_id = r.record_id >> 25
JOIN window w ON w.window_id = p.window_id
WHERE substr(c.name, 1, instr(c.name, '.') - 1)
    IN ('url', 'attachment', 'impersonation')
  AND substr(c.name, 1, instr(c.name, '.') - 1) <> w.log
UNION ALL

-- Without a time an event has no identity, and no place in a report.  What is
-- repeated across the border of two pages may have been invalid before.
-- What a border of two pages repeats may be invalid, though (51, seam).
SELECT 'a valid record has a time',
  format('record %d:%d', record_id >> 25, record_id & 33554431),
  format('outcome %d, reason %d', outcome, reason)
FROM record
WHERE outcome <> 1 AND reason <> 51 AND occurred_at IS NULL
  AND NOT (reason = 51 AND alert_no IS NULL)
UNION ALL

-- An alert that is gone was never sent.
SELECT 'a record that became an alert has it',
  format('record %d:%d', r.record_id >> 25, r.record_id & 33554431),
  format('alert %s', coalesce(r.alert_no, 'without a number'))
FROM record r
LEFT JOIN alert a ON a.alert_no = r.alert_no
WHERE r.outcome = 4 AND a.record_id IS NOT r.record_id
UNION ALL

-- What is held back as a repetition must be there once; only what is repeated
-- across the border of two pages may have been no alert.
SELECT 'a duplicate repeats an alert',
  format('record %d:%d', r.record_id >> 25, r.record_id & 33554431),
  format('alert %s is missing', coalesce(r.alert_no, 'without a number'))
FROM record r
LEFT JOIN alert a ON a.alert_no = r.alert_no
WHERE r.outcome = 3 AND a.alert_no IS NULL
  AND NOT (r.reason = 51 AND r.alert_no IS NULL)
UNION ALL

-- The time is part of what makes two events the same.
SELECT 'a record has the time of its alert',
  format('record %d:%d', r.record_id >> 25, r.record_id & 33554431),
  format('%d, alert %d has %d', r.occurred_at, a.alert_no, a.occurred_at)
FROM record r
JOIN alert a ON a.alert_no = r.alert_no
WHERE r.occurred_at IS NOT a.occurred_at
UNION ALL

-- These are never sent, so they cannot be alerts too.
SELECT 'a record that is invalid or clean is no alert',
  format('record %d:%d', record_id >> 25, record_id & 33554431),
  format('alert %d', alert_no)
FROM record
WHERE outcome IN (1, 2) AND alert_no IS NOT NULL
UNION ALL

-- The number tells which of the equal events of its window it is.
SELECT 'a record has the twin number of its alert',
  format('record %d:%d', r.record_id >> 25, r.record_id & 33554431),
  format('%s, alert %d has %d', coalesce(r.twin, 'none'), a.alert_no, a.twin)
FROM record r
JOIN alert a ON a.alert_no = r.alert_no
WHERE r.outcome = 4 AND r.twin IS NOT a.twin;
