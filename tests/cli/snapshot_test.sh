#!/bin/sh
# What an auditor has: a snapshot, the stock shell, and the documented query.
# TRACE_RECORDS=100000 does it on a run of that size.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

records=${TRACE_RECORDS:-4000}
day=$((now - 43200))
snapshot=$dir/state/acme.snapshot.db

start_mimecast --seed 11 --records "$records" --from $((now - 86400)) \
	--to $((now - 180))
start_sophos --idempotent --refuse-match '198.51.100.7'
write_config 'page_size: 500' 'batch_alerts: 500'
run_all() {
	m2s extract -q -T "$now" && m2s transform -q -T "$now" || return 1
	m2s load -q -T "$now"
	test $? -lt 4
}
check 'all stages run' run_all >"$dir/log"
cat "$dir/log"

ask() {
	sqlite3 -readonly "$snapshot" "$1"
}

dry() {
	expect 0 m2s audit -n snapshot && test ! -e "$snapshot" &&
		prints "would_write $snapshot"
}
check 'a dry run makes none' dry
check 'a snapshot is made' expect 0 m2s audit snapshot
whole() {
	same ok ask 'PRAGMA integrity_check' &&
		same "$(sql 'SELECT count(*), sum(length) FROM record')" \
			ask 'SELECT count(*), sum(length) FROM record' &&
		same '' ask 'SELECT * FROM v_violation'
}
check 'it is whole' whole
no_wal() {
	same delete ask 'PRAGMA journal_mode' &&
		same ' 01 01' od -An -tx1 -j18 -N2 "$snapshot" &&
		same "$snapshot" find "$dir/state" -name '*snapshot*'
}
check 'it has no WAL, and nothing lies beside it' no_wal
permissions() {
	if getent group m2s-audit >/dev/null; then
		same '640 m2s-audit' stat -c '%a %G' "$snapshot"
	else
		same 600 stat -c %a "$snapshot"
	fi
}
check 'its group may read it, others may not' permissions
again() {
	before=$(stat -c %i "$snapshot")
	expect 0 m2s audit snapshot && test "$(stat -c %i "$snapshot")" != "$before"
}
check 'another takes its place' again
elsewhere() {
	expect 0 m2s audit snapshot -o "$dir/copy.db" &&
		cmp "$snapshot" "$dir/copy.db"
}
check 'one may be put elsewhere, and is the same' elsewhere
nowhere() {
	expect 74 m2s audit snapshot -o "$dir/none/x.db" && says \
		"audit[acme]: $dir/none/x.db.new: No such file or directory"
}
check 'a folder that is not there is told' nowhere

# The documented query (v_trace), for 25 alerts and 25 dropped records that
# nobody chose, against what the simulator says it served.  What comes after a
# message's id in its field is hostile text, which the ledger escapes.
order='record_id * 2654435761 % 4294967291'
trace="SELECT outcome, log, occurred_utc,
	  substr(json_extract(bytes, '\$.messageId'), 1, 39)
	FROM v_trace WHERE record_id ="
traced() {
	ask "SELECT record_id FROM record WHERE outcome $1
		ORDER BY $order LIMIT 25" >"$dir/ids"
	test "$(wc -l <"$dir/ids")" = 25 || return 1
	while read -r id; do
		sqlite3 -readonly -tabs "$snapshot" "$trace $id LIMIT 1" \
			>"$dir/story"
		test -s "$dir/story" || return 1
		outcome=$(cut -f 1 "$dir/story")
		test "$outcome" = duplicate && outcome=alert
		line=$(cut -f 2- "$dir/story")
		cut -f 3-5,7 "$dir/mimecast.ledger" |
			grep -qF "$outcome	$line" || {
			echo "not in the ledger: $outcome $line"
			return 1
		}
	done <"$dir/ids"
}
check '25 alerts are traced to their bytes' traced '= 4'
check '25 dropped records are traced to their bytes' traced '= 2'
invalid() {
	ask "SELECT record_id FROM record WHERE outcome = 1
		ORDER BY $order LIMIT 25" >"$dir/ids"
	test -s "$dir/ids" || return 1
	while read -r id; do
		test -n "$(ask "SELECT bytes FROM v_trace
			WHERE record_id = $id AND reason <> ''")" || return 1
	done <"$dir/ids"
}
check 'invalid records are traced to their bytes and their rule' invalid
receipts() {
	same 0 ask "SELECT count(*) FROM v_trace WHERE outcome = 'alert'
		AND (evidence_file IS NULL OR threat_id IS NULL
		  OR receipt_outcome IS NULL)"
}
check 'every alert has its archive, its threat and its receipt' receipts

# Dropped mail is found by its message id, whose < > are escaped in the bytes.
found() {
	id=$(ask "SELECT json_extract(bytes, '\$.messageId') FROM v_trace
		WHERE outcome = 'clean' AND log = 'attachment' LIMIT 1")
	expect 0 m2s audit trace --message-id "$id" &&
		grep -q 'clean	verdict' "$dir/out" &&
		cp "$dir/out" "$dir/with" &&
		expect 0 m2s audit trace --message-id \
			"$(echo "$id" | tr -d '<>')" && cmp "$dir/with" "$dir/out"
}
check 'a dropped message is found by its id, with and without < >' found

# No table that grows is read from end to end where a key is given.
id=$(ask "SELECT lower(hex(alert_id)) FROM alert LIMIT 1 OFFSET 20")
in_day="BETWEEN $day AND $((day + 3600))"
plans="SELECT * FROM v_trace WHERE record_id = 33554432
SELECT * FROM v_trace WHERE page_id = 1 AND position = 3
SELECT * FROM v_trace WHERE alert_no = 20
SELECT * FROM v_trace WHERE alert_no = (SELECT alert_no FROM alert WHERE alert_id = x'$id')
SELECT * FROM v_trace WHERE occurred_at $in_day
SELECT * FROM v_trace WHERE message_id = 'x'
SELECT * FROM v_trace WHERE recipient = 'x'
SELECT * FROM v_trace WHERE url = 'x'
SELECT * FROM v_lineage WHERE alert_id = '$id'
SELECT * FROM v_lineage WHERE alert_no = 20
SELECT * FROM v_lineage WHERE occurred_at $in_day
SELECT * FROM v_delivery WHERE alert_id = '$id'
SELECT * FROM v_delivery WHERE alert_no = 20
SELECT * FROM v_delivery WHERE occurred_at $in_day
SELECT * FROM v_record WHERE record_id = 33554432
SELECT * FROM v_record WHERE alert_no = 20
SELECT * FROM v_record WHERE window_id = 2
SELECT * FROM v_record WHERE occurred_at $in_day
SELECT * FROM v_invalid WHERE page_id = 2
SELECT * FROM v_invalid WHERE occurred_at $in_day
SELECT * FROM v_clean WHERE window_id = 2
SELECT * FROM v_clean WHERE occurred_at $in_day
SELECT * FROM v_unmapped WHERE alert_id = '$id'
SELECT * FROM v_unmapped WHERE occurred_at $in_day
SELECT * FROM v_revision WHERE alert_id = '$id'
SELECT * FROM v_revision WHERE occurred_at $in_day
SELECT * FROM v_in_doubt WHERE batch_id = 2
SELECT * FROM v_reconciliation WHERE window_id = 2
SELECT * FROM v_reconciliation WHERE from_at $in_day
SELECT * FROM alert WHERE message_id = 'x'
SELECT * FROM alert WHERE recipient = 'x'
SELECT * FROM alert WHERE url = 'x'"
# Sinks and what is not sent yet (batch_unfinished) are few; j is one row.
scans() {
	ask "EXPLAIN QUERY PLAN $1" >"$dir/plan"
	grep SCAN "$dir/plan" | grep -Ev \
		'SCAN (s|k)( USING|$)|SCAN j$|USING INDEX batch_unfinished'
}
while read -r plan; do
	name=$(echo "$plan" | cut -c 15-70)
	check "no scan: $name" same '' scans "$plan"
done <<EOF
$plans
EOF

# The same by key where there are no indexes but those of staging.
live() {
	sql "EXPLAIN QUERY PLAN $1" | grep SCAN | grep -Ev \
		'SCAN (s|k)( USING|$)|SCAN j$|USING INDEX batch_unfinished'
}
while read -r plan; do
	check "no scan, live: $(echo "$plan" | cut -c 1-40)" same '' \
		live "SELECT * FROM $plan"
done <<EOF
v_trace WHERE record_id = (SELECT record_id FROM alert WHERE alert_id = x'$id')
v_lineage WHERE alert_no = (SELECT alert_no FROM alert WHERE alert_id = x'$id')
v_lineage WHERE occurred_at $in_day
v_delivery WHERE occurred_at $in_day
v_reconciliation WHERE window_id = 2
EOF

done_testing
