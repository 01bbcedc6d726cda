-- What json_each or jq took apart, judged.  SQLite has no SHA-256: the shell's
-- SHA-3 of a record's text stands for its identity, which so depends on how
-- the record is written, and natural keys are made of columns as they are.
-- Offsets of records are not to be had, and revisions are not looked for.
CREATE TEMP TABLE judged AS
SELECT record_id, log, content,
  CASE WHEN json_type(content) IS NOT 'object' THEN 1
    WHEN trim(coalesce(recipient, ''), char(32, 9, 10, 13)) = ''
      THEN CASE log WHEN 'url' THEN 10 WHEN 'attachment' THEN 20 ELSE 31 END
    WHEN log = 'url' AND coalesce(url, '') = '' THEN 11
    WHEN log = 'attachment' AND coalesce(file_name, '') = '' THEN 21
    WHEN log = 'impersonation' AND coalesce(sender, '') = '' THEN 30
    WHEN coalesce(date, '') = ''
      THEN CASE log WHEN 'url' THEN 12 WHEN 'attachment' THEN 23 ELSE 32 END
    WHEN log <> 'impersonation' AND coalesce(verdict, '') = ''
      THEN CASE log WHEN 'url' THEN 13 ELSE 22 END
    WHEN occurred_at IS NULL
      THEN CASE log WHEN 'url' THEN 14 WHEN 'attachment' THEN 24 ELSE 33 END
    WHEN lower(trim(verdict, char(32, 9, 10, 13))) = 'clean' THEN 40
    WHEN lower(trim(verdict, char(32, 9, 10, 13))) = 'safe' THEN 41
    ELSE 60 END AS reason,
  occurred_at, sender, recipient, subject, url, file_name, file_type,
  file_hash, message_id, source_ip, verdict, action,
  row_number() OVER (PARTITION BY closed_order, content ORDER BY record_id) - 1
    AS twin,
  ttpDefinition, reason AS given, creationMethod
FROM (
  SELECT *, CASE WHEN date(substr(date, 1, 10), '+0 days') = substr(date, 1, 10)
    THEN unixepoch(substr(date, 1, 22) || ':' || substr(date, -2)) END
    AS occurred_at
  FROM temp.event)
ORDER BY record_id;

INSERT INTO run (stage, version, started_at) VALUES ('transform', 'peer', 0);
INSERT INTO mapping (digest, version, attack_version, source, body, run_id,
  loaded_at)
SELECT sha3(text, 256), json_extract(text, '$.version'),
  json_extract(text, '$.attack_version'), 'built-in', text, 2, 0
FROM (SELECT CAST(readfile('transform/published.json') AS TEXT) AS text);
INSERT INTO mapping_rule
SELECT 1, j.key + 1, json_extract(j.value, '$.alertType'), 'exact', NULL,
  json_extract(j.value, '$.threatId'), json_extract(j.value, '$.threatName'),
  NULL
FROM mapping, json_each(body, '$.rules') AS j;
INSERT INTO mapping_rule
SELECT 1, 11 + row_number() OVER (), json_extract(j.value, '$.alertType'),
  'default', j.key, json_extract(j.value, '$.threatId'),
  json_extract(j.value, '$.threatName'), NULL
FROM mapping, json_each(body, '$.defaults') AS j
WHERE j.type = 'object';

INSERT OR IGNORE INTO alert (alert_id, digest, twin, natural_key, record_id,
  run_id, log, occurred_at, sender, recipient, subject, url, file_name,
  file_type, file_hash, message_id, source_ip, verdict, action, text_anomaly)
SELECT CAST(substr(printf('%08x', occurred_at) || hex(sha3(digest || twin)),
    1, 16) AS BLOB), digest, twin,
  CAST(substr(printf('%08x', occurred_at) || hex(sha3(
    coalesce(message_id, '') || recipient || coalesce(url, file_name, ''))),
    1, 16) AS BLOB),
  record_id, 2, log, occurred_at, sender, recipient, subject, url, file_name,
  file_type, file_hash, message_id, source_ip, verdict, action, 0
FROM (SELECT *, sha3(content, 256) AS digest FROM temp.judged
  WHERE reason = 60)
ORDER BY record_id;

INSERT INTO alert_mapping
SELECT alert_no, 1, type, type_rule, r.threat_id, r.threat_name, r.match,
  r.rule_no, CASE WHEN lower(verdict) = 'malicious' THEN 7
    WHEN named.log = 'impersonation' THEN 5 ELSE 4 END
FROM (
  SELECT a.alert_no, a.log, a.verdict,
    CASE a.log WHEN 'attachment' THEN 'Unsafe Email Attachment'
      WHEN 'impersonation' THEN 'Impersonation Attempt'
      ELSE coalesce(CASE WHEN ttpDefinition <> ''
        THEN coalesce(nullif(given, ''), ttpDefinition)
        ELSE nullif(creationMethod, '') END, 'URL Protection') END AS type,
    CASE WHEN a.log <> 'url' THEN 'fixed'
      WHEN ttpDefinition <> '' AND given <> '' THEN 'reason'
      WHEN ttpDefinition <> '' THEN 'ttpDefinition'
      WHEN creationMethod <> '' THEN 'creationMethod'
      ELSE 'default' END AS type_rule
  FROM alert AS a JOIN temp.judged USING (record_id)) AS named
JOIN mapping_rule AS r ON r.rule_no = coalesce(
  (SELECT rule_no FROM mapping_rule
   WHERE alert_type = named.type AND match = 'exact'),
  (SELECT rule_no FROM mapping_rule AS d WHERE d.log = named.log));

INSERT INTO record (record_id, offset, length, outcome, reason, occurred_at,
  alert_no, twin)
SELECT j.record_id, 0, length(CAST(j.content AS BLOB)),
  CASE WHEN j.reason < 40 THEN 1 WHEN j.reason < 50 THEN 2
    WHEN a.record_id = j.record_id THEN 4 ELSE 3 END,
  CASE WHEN j.reason <> 60 THEN j.reason
    WHEN a.record_id <> j.record_id THEN 50
    WHEN a.twin > 0 THEN 61 ELSE 60 END,
  j.occurred_at, a.alert_no, a.twin
FROM temp.judged AS j
LEFT JOIN alert AS a ON j.reason = 60 AND a.alert_id = CAST(substr(
  printf('%08x', j.occurred_at) || hex(sha3(sha3(j.content, 256) || j.twin)),
  1, 16) AS BLOB)
ORDER BY j.record_id;

UPDATE page SET judged = 1;
UPDATE window SET judged_run_id = 2 WHERE closed_order > 0;
COMMIT;
PRAGMA wal_checkpoint(TRUNCATE);
