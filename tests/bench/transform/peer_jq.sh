#!/bin/sh
# peer_jq.sh FILE: the transform with jq for the JSON, .import for its CSV, and
# the same SQL as peer_sql.sh for the rest.
set -eu
here=tests/bench/transform
pages="SELECT printf('{\"page\":%d,\"order\":%d,\"log\":\"%s\",\"body\":%s}',
    page_id, closed_order, log, CAST(body AS TEXT))
  FROM window JOIN page USING (window_id) JOIN page_body USING (page_id)
  WHERE closed_order > 0 AND judged_run_id IS NULL
  ORDER BY closed_order, number"
# shellcheck disable=SC2016 # jq's variables
taken_apart='. as $p | .body.data[] | .clickLogs // .attachmentLogs
  // .impersonationLogs | to_entries[] | .key as $k | .value as $r
  | [$p.page * 33554432 + $k, $p.order, $p.log, ($r | tojson),
    $r.date // $r.eventTime,
    $r.fromUserEmailAddress // $r.senderAddress,
    $r.userEmailAddress // $r.recipientAddress, $r.subject, $r.url,
    $r.fileName, $r.fileType, $r.fileHash, $r.messageId,
    $r.sendingIp // $r.senderIpAddress, $r.scanResult // $r.result,
    $r.action // $r.actionTriggered, $r.ttpDefinition, $r.reason,
    $r.creationMethod] | @csv'
sqlite3 -readonly "$1" "$pages" | jq -r "$taken_apart" >"$1.csv"
{
	cat $here/begin.sql
	echo ".import --csv --schema temp '$1.csv' event"
	cat $here/judge.sql
} | sqlite3 -bail "$1" >/dev/null
rm "$1.csv"
