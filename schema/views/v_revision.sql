-- One row for each alert whose event was an alert before, with other content.
CREATE VIEW v_revision AS
SELECT
  a.alert_no,
  lower(hex(a.alert_id)) AS alert_id,
  b.alert_no AS earlier_no,
  lower(hex(b.alert_id)) AS earlier_id,
  a.log,
  a.occurred_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', a.occurred_at, 'unixepoch') AS occurred_utc,
  r.started_at AS found_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', r.started_at, 'unixepoch') AS found_utc,
  b.verdict AS earlier_verdict,
  a.verdict,
  b.action AS earlier_action,
  a.action
FROM alert a
JOIN alert b ON b.alert_no = a.revision_of
JOIN run r ON r.run_id = a.run_id;
