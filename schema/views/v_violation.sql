-- One row for each broken promise: the promise, what breaks it, and how.  It
-- must be empty, always.  v_invariant lists the promises; the text of the
-- views below says above each why it must hold.
--
-- The promises that a table can make by itself are CHECKs of that table;
-- here are those between rows and between tables, and those of table record,
-- which has no CHECKs.
CREATE VIEW v_violation AS
SELECT invariant, subject, detail FROM v_violation_window
UNION ALL
SELECT invariant, subject, detail FROM v_violation_time
UNION ALL
SELECT invariant, subject, detail FROM v_violation_page
UNION ALL
SELECT invariant, subject, detail FROM v_violation_record
UNION ALL
SELECT invariant, subject, detail FROM v_violation_alert
UNION ALL
SELECT invariant, subject, detail FROM v_violation_mapping
UNION ALL
SELECT invariant, subject, detail FROM v_violation_batch
UNION ALL
SELECT invariant, subject, detail FROM v_violation_delivery
UNION ALL
SELECT invariant, subject, detail FROM v_violation_archive;
