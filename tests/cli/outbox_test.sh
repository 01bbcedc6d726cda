#!/bin/sh
# m2s-load over many runs: budgets, waits that outlast a run, what is sent
# again because somebody asked, a sink that accepts nothing, a blocked week.
# shellcheck source=tests/cli/load.sh
. tests/cli/load.sh

# at SECONDS ARGS...: a run so many seconds later.
at() {
	later=$((now + $1))
	shift
	m2s load -T "$later" "$@"
}

requests() {
	same "$1" sh -c "grep -c '^request' '$dir/sophos.ledger'"
}

sink='load[acme]: sink sophos: batch'

#
# Budgets
#
sim
fresh 25 'batch_alerts: 1
deadline_s: 5
budget: {minute: 10, hour: 15}'
check 'a run ends where its budget does' expect 75 at 0
check 'it says until when' says "$sink 11: its budget allows no request before 2026-03-01T12:01:00Z: run m2s-load again then"
check 'no more was asked for' requests 10
check 'the rest was not begun' states 'delivered 10, ready 6'
check 'a run in the same minute has none' expect 75 at 50
check 'and asks for nothing' requests 10
check 'the next minute has some' expect 75 at 60
check 'until the hour is used up' says "$sink 16: its budget allows no request before 2026-03-01T13:00:00Z: run m2s-load again then"
check 'which counts both runs' requests 15
check 'the next hour delivers the rest' expect 0 at 3600
check 'all of it once' received '1x25'
check 'the views agree about budgets' consistent

sim
fresh 5 'batch_alerts: 1
budget: {second: 2}'
check 'a run waits for the next second' expect 0 at 0
check 'and delivers all' prints 'sophos.delivered 5'
check 'the budget is counted by the host' same "127.0.0.1:$sophos_port|second" \
	sql 'SELECT host, period FROM budget'

# A clock that was wrong must not block a sink for years.
sqlite3 "$db" "UPDATE budget SET started_at = 9999999999, used = 2"
sqlite3 "$db" "UPDATE sink SET sealed_to = 0; DELETE FROM receipt;
	DELETE FROM batch_alert; DELETE FROM batch_body; DELETE FROM batch"
check 'a period that lies ahead is not believed' expect 0 at 0

#
# Waits that the sink asks for
#
sim
fresh 25 'batch_alerts: 10
deadline_s: 5'
faults '2 /v1 retry 429 Retry-After 600'
check 'a wait that does not fit ends the run' expect 75 at 0
check 'after what was delivered before it' states 'delivered 1, ready 1, sending 1'
check 'the next run keeps to it' expect 75 at 590
check 'and says so' says "$sink 2: it wants no request before 2026-03-01T12:10:00Z: run m2s-load again then"
check 'it asks for nothing' requests 1
check 'then all is delivered' expect 0 at 600
check 'once' received '1x25'
check 'without a flag' flagged 0

sim
fresh 3 'deadline_s: 5'
faults '1 /v1 retry 503 Retry-After 1'
check 'a wait that fits is waited for' expect 0 at 0
check 'in one run' prints 'sophos.attempts 2'

sim
fresh 3 'deadline_s: 5'
faults '1 /v1 retry 503 Retry-After Fri, 31 Dec 9999 23:59:59 GMT'
check 'a wait without end' expect 75 at 0
check 'is kept' expect 75 at 86300
check 'for a day' says "$sink 1: it wants no request before 2026-03-02T12:00:00Z: run m2s-load again then"
check 'then all is delivered' expect 0 at 86400

sim
fresh 3 'deadline_s: 5'
faults '1 /v1 retry 429 Retry-After 600'
check 'a wait that a clock ten years ahead has met' expect 75 at 315360000
check 'is none for the right clock' expect 0 at 0
check 'so all is delivered' received '1x3'

#
# What is sent again because somebody asks
#
sim --refuse-match POISON
fresh 12 'batch_alerts: 4'
check 'an alert is refused' expect 3 load
sim
check 'a dry run counts it' expect 0 load -n --retry-refused
check 'as owed' prints 'sophos.owed 1'
check 'it is tried again, with others' expect 0 load --retry-refused
check 'it is delivered' same delivered sql "SELECT state FROM v_delivery
	JOIN alert USING (alert_no) WHERE subject = 'POISON'"
check 'the refusal stays on record' same 1 sql \
	"SELECT count(*) FROM batch WHERE state = 'refused'"
check 'it has another key' same '1|1' sql "SELECT n.generation,
	n.batch_key <> o.batch_key FROM batch n
	JOIN batch o ON o.batch_id = n.repeats_id"
check 'and the same bytes' same 1 sql "SELECT (SELECT body FROM batch_body p
	WHERE p.batch_id = n.batch_id) = (SELECT body FROM batch_body p
	WHERE p.batch_id = n.repeats_id) FROM batch n WHERE generation"
check 'it was never taken, so it needs no flag' flagged 0
check 'what was tried again is not tried once more' expect 0 load --retry-refused
check 'it is received once' received '1x1'
check 'the views agree about it' consistent

sim --refuse-match POISON
fresh 12 'batch_alerts: 4'
load >/dev/null 2>&1
check 'one that is still bad, alone' expect 69 load --retry-refused
check 'is not refused a second time' states 'delivered 4, refused 1, sending 1, split 2'
check 'the views agree about that' consistent

sim
fresh 25 'batch_alerts: 10'
check 'all is delivered' expect 0 load
check 'a dry run counts what would be sent again' expect 0 load -n --again
check 'all of it' prints 'sophos.owed 25'
check 'it is sent again' expect 0 load --again
check 'so the sink has it twice' received '2x25'
check 'the repeats are flagged' flagged 3
check 'under other keys' same 6 sh -c \
	"sed -n 's/^request	//p' '$dir/sophos.ledger' | cut -f3 | sort -u | wc -l"
check 'which can be made by hand' same 1 sh -c "test \"\$(sqlite3 -readonly '$db' \
	'SELECT lower(hex(batch_key)) FROM batch WHERE batch_id = 4')\" = \"\$( (
	sqlite3 -readonly '$db' 'SELECT CAST(body AS TEXT) FROM batch_body
	WHERE batch_id = 1' | head -n 10; printf 1) | sha256sum | cut -d' ' -f1)\" && echo 1"
check 'a run that does not ask sends nothing' expect 0 load
check 'and once more' expect 0 load --again
check 'in the next generation' same '0|3
1|3
2|3' sql 'SELECT generation, count(*) FROM batch GROUP BY 1'
check 'three times now' received '3x25'
check 'the views agree about repeats' consistent

sim
fresh 4
also out file
check 'two sinks' expect 0 load
check 'one of which is asked for' expect 0 load --again=out
check 'the other gets nothing' received '1x4'
check 'it has two files' same 2 sh -c "ls '$dir/state/acme/out' | wc -l"
check 'whose digests are on record' same 2 sql "SELECT count(*) FROM receipt r
	JOIN batch b USING (batch_id) WHERE outcome = 'stored' AND
	(r.body_digest = b.batch_key) = (b.generation = 0)"
check 'a sink that is not there' expect 64 load --again=none
check 'is named' says 'load[acme]: --again=none: there is no sink of that name'
check 'with either option' expect 64 load --retry-refused=none
sqlite3 "$db" "DELETE FROM batch_body WHERE batch_id = 1"
check 'bytes that are archived only' expect 0 load --again=sophos
check 'are left out' says 'load[acme]: sink sophos: batches that are not sent again: 1: only archives have their bytes: bring them back with m2s-extract --replay'

sim
fresh 12 'batch_alerts: 4'
also out file
load >/dev/null
# As a replay leaves it before transform.
sqlite3 "$db" "INSERT INTO batch_member
	SELECT batch_id, position, randomblob(16), digest FROM batch_alert
	JOIN mapping USING (mapping_id) WHERE batch_id = 1;
	DELETE FROM batch_alert WHERE batch_id = 1"
check 'a batch whose alerts are not here' expect 0 load --again
check 'is left out, too' says 'load[acme]: sink sophos: batches that are not sent again: 1: their alerts are not here yet: run m2s-transform first'
check 'all others are sent again' prints 'sophos.delivered 8'
check 'to each sink' prints 'out.delivered 12'

#
# A sink that accepts nothing keeps its batches whole
#
sim --refuse-match alertType
fresh 600 'batch_alerts: 200'
check 'a sink that rejects all is asked only so often' expect 69 load
check 'and says so' says "load[acme]: sink sophos: it accepts nothing ($sophos_url/v1: status 422): no alert is marked refused: ask its administrator"
check 'after a few single alerts' same 16 sql "SELECT count(*) FROM batch
	WHERE state = 'sending' AND alerts = 1"
check 'no other batch was touched' same 2 sql "SELECT count(*) FROM batch
	WHERE state = 'ready' AND alerts = 200"
first=$(grep -c '^request' "$dir/sophos.ledger")
check 'which took few requests' test "$first" -lt 60
check 'the next run asks again' expect 69 load
check 'about another one' same 17 sql "SELECT count(*) FROM batch
	WHERE state = 'sending' AND alerts = 1"
sim
check 'when it accepts, all is delivered' expect 0 load
check 'once' received '1x600'
check 'and nothing is flagged' flagged 0
check 'the views agree about it' consistent

# More bad alerts in a row than the limit: the next run finds the good ones.
sim --refuse-match POISON
fresh 64 'batch_alerts: 32'
sqlite3 "$db" "UPDATE alert SET subject = 'POISON' WHERE alert_no <= 20"
check 'many bad alerts look like a sink that rejects all' expect 69 load
check 'to the first run' prints 'sophos.delivered 0'
runs=0
until load >/dev/null 2>&1 || test $? = 3 || test $runs = 10; do
	runs=$((runs + 1))
done
check 'but not for long' test $runs -lt 6
check 'all good ones are delivered' same 44 sql "SELECT sum(alerts) FROM batch
	WHERE state = 'delivered'"
check 'all bad ones are refused' same 20 sql "SELECT count(*) FROM batch
	WHERE state = 'refused'"
check 'the views agree about all that' consistent

#
# A week in which a sink is blocked
#
# more N: so many alerts more, made later.
more() {
	sqlite3 "$db" "INSERT INTO alert SELECT n, CAST(format('%016d', n) AS BLOB),
		digest, 0, CAST(format('%016d', n) AS BLOB), n, 1, log, occurred_at,
		sender, recipient, 'later', url, file_name, file_type, file_hash,
		message_id, source_ip, verdict, action, 0, NULL
		FROM (WITH RECURSIVE c (n) AS (SELECT max(alert_no) + 1 FROM alert
		UNION ALL SELECT n + 1 FROM c LIMIT $1) SELECT n FROM c)
		JOIN alert ON alert_no = 1;
		INSERT INTO alert_mapping SELECT a.alert_no, 1, alert_type,
		type_rule, threat_id, threat_name, threat_rule, rule_no, severity
		FROM alert a JOIN alert_mapping m ON m.alert_no = 1
		WHERE a.alert_no NOT IN (SELECT alert_no FROM alert_mapping)"
}

sim
faults '* /v1 status 503'
fresh 200 'batch_alerts: 100
deadline_s: 1'
also out file
wal=0
for hour in $(seq 0 12 167); do
	at $((hour * 3600)) >"$dir/out" 2>"$dir/err"
	test $? = 75 || echo "not ok - hour $hour"
	size=$(stat -c %s "$db-wal" 2>/dev/null || echo 0)
	test "$size" -le "$wal" || wal=$size
	more 300
done
check 'the week is over' same 4400 sql 'SELECT count(*) FROM alert'
check 'the WAL stayed small' test "$wal" -lt 16777216
check 'what is sealed ahead is bounded' test "$(sql "SELECT count(*) FROM batch
	WHERE state IN ('ready', 'sending')")" -le 17
check 'the other sink had it all meanwhile' same 4100 sql \
	"SELECT sum(alerts) FROM batch WHERE sink_id = 2 AND state = 'delivered'"
faults '# none'
sed -i 's/deadline_s: 1$/deadline_s: 300/' "$dir/m2s.conf"
check 'when it opens, all is delivered' expect 0 at 700000
check 'once' received '1x4400'
check 'one batch was in doubt, and is flagged' flagged 1
check 'nothing is left' same '' sql 'SELECT * FROM v_unfinished
	WHERE kind <> "window to judge"'
check 'the views agree about the week' consistent

done_testing
