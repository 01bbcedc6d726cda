-- One row for each day (of up to three days: hour) with alerts, alert type and
-- threat, by the newest mapping.
WITH
  step (seconds) AS (VALUES (iif(:to - :from > 259200, 86400, 3600))),
  named AS (
    SELECT a.occurred_at / seconds * seconds AS at, seconds, am.alert_type,
      am.threat_id, am.threat_name
    FROM step
    JOIN alert a
    JOIN alert_mapping am ON am.alert_no = a.alert_no
      AND am.mapping_id = (SELECT max(x.mapping_id) FROM alert_mapping x
                           WHERE x.alert_no = a.alert_no)
    WHERE a.occurred_at >= :from AND a.occurred_at < :to)
SELECT
  at,
  seconds,
  strftime(iif(seconds = 3600, '%Y-%m-%d %H:00', '%Y-%m-%d'), at, 'unixepoch')
    AS time_utc,
  alert_type,
  threat_id,
  threat_name,
  count(*) AS alerts
FROM named
GROUP BY at, seconds, alert_type, threat_id, threat_name
ORDER BY at, alert_type, threat_id;
