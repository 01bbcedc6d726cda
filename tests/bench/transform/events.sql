-- The records of all pages, taken apart by json_each.
INSERT INTO temp.event
SELECT p.page_id * 33554432 + j.key, w.closed_order, w.log, j.value,
  json_extract(j.value, CASE w.log WHEN 'impersonation'
    THEN '$.eventTime' ELSE '$.date' END),
  json_extract(j.value, CASE w.log WHEN 'url'
    THEN '$.fromUserEmailAddress' ELSE '$.senderAddress' END),
  json_extract(j.value, CASE w.log WHEN 'url'
    THEN '$.userEmailAddress' ELSE '$.recipientAddress' END),
  json_extract(j.value, '$.subject'), json_extract(j.value, '$.url'),
  json_extract(j.value, '$.fileName'), json_extract(j.value, '$.fileType'),
  json_extract(j.value, '$.fileHash'), json_extract(j.value, '$.messageId'),
  json_extract(j.value, CASE w.log WHEN 'url'
    THEN '$.sendingIp' ELSE '$.senderIpAddress' END),
  json_extract(j.value, CASE w.log WHEN 'url'
    THEN '$.scanResult' WHEN 'attachment' THEN '$.result' END),
  json_extract(j.value, CASE w.log WHEN 'attachment'
    THEN '$.actionTriggered' ELSE '$.action' END),
  json_extract(j.value, '$.ttpDefinition'), json_extract(j.value, '$.reason'),
  json_extract(j.value, '$.creationMethod')
FROM window AS w
JOIN page AS p USING (window_id)
JOIN page_body AS b USING (page_id),
json_each(b.body, CASE w.log WHEN 'url' THEN '$.data[0].clickLogs'
  WHEN 'attachment' THEN '$.data[0].attachmentLogs'
  ELSE '$.data[0].impersonationLogs' END) AS j
WHERE w.closed_order > 0 AND w.judged_run_id IS NULL
ORDER BY w.closed_order, p.number, j.key;
