#!/bin/sh
# m2s-load over TLS: batches, receipts, and every answer a sink may give.
# The alerts come from tests/fixtures/load.sql.
# shellcheck source=tests/cli/load.sh
. tests/cli/load.sh

#
# The straight way
#
sim
at=$sophos_url/v1
fresh 25 'batch_alerts: 10'
check 'a dry run says what is owed' expect 0 load -n
check 'it counts alerts and batches' prints 'sophos.owed 25'
check 'it counts batches' prints 'sophos.batches 3'
check 'it has written nothing' same 0 sql 'SELECT count(*) FROM sink'
check 'it has sent nothing' test ! -s "$dir/sophos.ledger"

check 'a run delivers all' expect 0 load
check 'the summary counts alerts' prints 'sophos.delivered 25'
check 'the summary counts batches' prints 'sophos.batches 3'
check 'the summary counts attempts' prints 'sophos.attempts 3'
check 'the summary knows of nothing left' prints 'sophos.pending 0'
check 'each alert is received once' received '1x25'
check 'all batches are delivered' states 'delivered 3'
check 'no batch is flagged' flagged 0
check 'the views agree' consistent
check 'a receipt keeps the answer' same '202|{"accepted":10}' sql \
	'SELECT http_status, body_start FROM receipt WHERE batch_id = 1'
check "a receipt keeps the sink's request id" same 3 sql \
	'SELECT count(*) FROM receipt WHERE request_id IS NOT NULL'
check 'keys are the digests of what was received' same \
	"$(sql 'SELECT lower(hex(batch_key)) FROM batch ORDER BY batch_id')" \
	sh -c "sed -n 's/^request	//p' '$dir/sophos.ledger' | cut -f4"

before=$(wc -l <"$dir/sophos.ledger")
tables='SELECT (SELECT count(*) FROM batch), (SELECT count(*) FROM receipt)'
check 'a second run has nothing to do' expect 0 load
check 'it sends nothing' same "$before" sh -c "wc -l <'$dir/sophos.ledger'"
check 'it makes no rows' same '3|3' sql "$tables"

sim
fresh 4 'format: array'
check 'an array can be sent' expect 0 load
check 'it is received' received '1x4'

#
# What a sink may answer
#
# answer STATUS 'MESSAGE' OUTCOME FAULT: one batch meets a fault and stays.
answer() {
	what="$4"
	faults "$4"
	fresh 3 'deadline_s: 3'
	check "after \"$what\" the run ends with $1" expect "$1" load
	check "after \"$what\" it says why" says \
		"load[acme]: sink sophos: batch 1: $at: $2"
	check "after \"$what\" the receipt says $3" same "$3" sql \
		'SELECT DISTINCT outcome FROM receipt'
	check "after \"$what\" the batch stays" states 'sending 1'
	faults '# none'
	check "after \"$what\" a later run delivers it" \
		expect 0 load -T $((now + 3600))
	check "after \"$what\" the flag tells the doubt" flagged \
		"$(test "$3" = 'in doubt' && echo 1 || echo 0)"
	check "after \"$what\" the views agree" consistent
}

again='given up after 5 attempts: run m2s-load again later'
refuses='it refuses the request: ask its administrator'
answer 77 'status 401: it refuses our credentials: renew them' \
	'not taken' '* /v1 status 401'
answer 69 "status 403: $refuses" 'not taken' '* /v1 status 403'
answer 69 "status 404: there is no such place: correct the sink's url" \
	'not taken' '* /v1 status 404'
answer 69 "status 409: $refuses" 'not taken' '* /v1 status 409'
answer 69 \
	"status 307, a redirect: redirects are not followed: correct the sink's url" \
	'not taken' '* /v1 redirect https://127.0.0.1:1/elsewhere'
for status in 408 425 500 502 503 504; do
	answer 75 "status $status: $again" 'in doubt' \
		"* /v1 retry $status Retry-After 0"
done
answer 75 "status 429: $again" 'not taken' '* /v1 retry 429 Retry-After 0'
answer 75 \
	'status 429: no time is left to try again: run m2s-load again later' \
	'not taken' '* /v1 retry 429 Retry-After 3600'
answer 75 \
	'status 503: no time is left to try again: run m2s-load again later' \
	'in doubt' '* /v1 retry 503 Retry-After Sun, 01 Mar 2026 13:00:00 GMT'

# What only curl can word: the kind counts.
# broken OUTCOME FAULT
broken() {
	what="$2"
	faults "$2"
	fresh 3 'deadline_s: 2'
	check "after \"$what\" the run ends with 75" expect 75 load
	check "after \"$what\" the receipt says $1" same "$1" sql \
		'SELECT DISTINCT outcome FROM receipt'
	check "after \"$what\" the batch stays" states 'sending 1'
	check "after \"$what\" the views agree" consistent
}
broken 'in doubt' '* /v1 reset'
broken 'in doubt' '* /v1 hang'
broken 'in doubt' '* /v1 truncate 5'

sim
faults '* /v1 big 2000000'
fresh 3
check 'a 2xx with a body without end is an answer' expect 0 load
check 'its start is kept' same 4096 sql 'SELECT length(body_start) FROM receipt'

faults '* /v1 status 400 you sent k3y, and k3y is wrong'
fresh 3
load >/dev/null 2>&1
check 'a key that is echoed is not kept' same \
	'you sent ***, and *** is wrong' sql 'SELECT DISTINCT body_start FROM receipt'
check 'nor anywhere else' same 0 grep -c k3y "$db"
long=$(printf '%4094s' '' | tr ' ' x)
faults "* /v1 status 400 ${long}k3y"
fresh 1
load >/dev/null 2>&1
check 'nor its head, where the start of a body ends' same 'x**' \
	sql 'SELECT CAST(substr(body_start, 4094) AS TEXT) FROM receipt'
long=$(printf '%125s' '' | tr ' ' x)
faults "* /v1 retry 400 X-Request-Id k3y${long}k3y"
fresh 1
load >/dev/null 2>&1
check 'nor in a request id' same "***$(echo "$long" | cut -c -124)" \
	sql 'SELECT request_id FROM receipt'
fresh 1
faults '* /v1 status 400 you sent s3cret'
sed -i 's/X-Integration-Key/Authorization/' "$dir/m2s.conf"
echo 'Bearer s3cret' >"$dir/integration_key"
load >/dev/null 2>&1
echo k3y >"$dir/integration_key"
check 'nor what stands behind the scheme of one' same 'you sent ******' \
	sql 'SELECT body_start FROM receipt'

#
# Doubt
#
sim
faults '1 /v1 reset-after'
fresh 3
check 'an answer that was lost is asked for again' expect 0 load
check 'a plain sink may have it twice' received '2x3'
check 'the batch is flagged' flagged 1
check 'the views agree about doubt' consistent

sim --idempotent
faults '1 /v1 reset-after'
fresh 3 'idempotent: true'
check 'an idempotent sink is asked again, too' expect 0 load
check 'it has it once' received '1x3'
check 'it knew the key' same 1 sh -c "grep -c '^repeat' '$dir/sophos.ledger'"
check 'no flag is needed' flagged 0

# cut_off: kill a run whose batch the receiver takes but has not answered.
cut_off() {
	faults '1 /v1 delay 500'
	start
	await fault
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	await alert
}

sim
fresh 3
cut_off
check 'a killed run leaves its batch sending' states 'sending 1'
check 'it is in doubt' same 1 sql 'SELECT count(*) FROM v_in_doubt'
expect 0 load -n --wait 10
check 'a dry run says so' prints 'sophos.in_doubt 1'
check 'the next run sends it again' expect 0 load --wait 10
check 'a plain sink gets it twice' received '2x3'
check 'and the batch is flagged' flagged 1
check 'under the same key' same 1 sh -c \
	"sed -n 's/^request	//p' '$dir/sophos.ledger' | cut -f3 | sort -u | wc -l"
check 'the views agree about a cut' consistent

sim --idempotent
fresh 3 'idempotent: true'
cut_off
check 'after a cut an idempotent sink is asked again' expect 0 load --wait 10
check 'it has each alert once' received '1x3'
check 'and nothing is flagged' flagged 0

#
# Refusals
#
sim --refuse-match POISON
fresh 25 'batch_alerts: 10'
check 'one bad alert is found by halving' expect 3 load
check 'the message counts it' says "load[acme]: sink sophos: alerts refused: 1 (the last: $at: status 422): v_delivery has them"
check 'the summary counts it' prints 'sophos.refused 1'
check 'all others are delivered' prints 'sophos.delivered 24'
check 'they are received once' received '1x24'
check 'it is the bad one' same 5 sql "SELECT alert_no FROM batch
	JOIN batch_alert USING (batch_id) WHERE state = 'refused'"
check 'halves are cut from the bytes' same 0 sql "SELECT count(*)
	FROM batch b JOIN batch_body USING (batch_id) WHERE state = 'split'
	AND hex(body) <> (SELECT group_concat(hex(body), '') FROM (SELECT body
	FROM batch h JOIN batch_body USING (batch_id)
	WHERE h.parent_id = b.batch_id ORDER BY batch_id))"
check 'no half is flagged' flagged 0
check 'the views agree about halves' consistent
check 'a refused alert is not sent again' expect 0 load

sim --refuse-match POISON
fresh 6 'format: array'
check 'an array is halved, too' expect 3 load
check 'its others are received' received '1x5'

sim --refuse-match POISON
faults '1 /v1 reset-after' '2 /v1 status 413'
fresh 4 'idempotent: true'
check 'a batch in doubt can be halved' expect 0 load
check 'its halves are flagged for an idempotent sink, too' flagged 2
check 'the views agree about halves in doubt' consistent

sim --refuse-match POISON
fresh 10 'batch_alerts: 1'
sqlite3 "$db" "UPDATE alert SET subject = 'POISON' WHERE alert_no < 4"
check 'bad alerts before the first good one' expect 3 load
check 'are refused once it was accepted' prints 'sophos.refused 4'
check 'the views agree about them' consistent

sim --refuse-match alertType
fresh 5 'batch_alerts: 2'
check 'a sink that accepts nothing is not believed' expect 69 load
check 'it says so' says "load[acme]: sink sophos: it accepts nothing ($at: status 422): no alert is marked refused: ask its administrator"
check 'nothing is refused' states 'sending 5, split 2'
sim
check 'when it accepts, all is delivered' expect 0 load
check 'and received once' received '1x5'
check 'nothing was in doubt' flagged 0
check 'the views agree after that' consistent

sim --accept-none
fresh 3
check 'a sink that allows nothing is told apart' expect 69 load
check 'by its status' says "load[acme]: sink sophos: batch 1: $at: status 403: $refuses"

#
# Several sinks
#
sim
faults '* /v1 retry 503 Retry-After 1'
fresh 25 'batch_alerts: 10'
also out file
check 'a sink that is down stops itself' expect 75 load
check 'and no other' prints 'out.delivered 25'
check 'its alerts are pending' prints 'sophos.pending 25'
check 'the other has its files' same 1 sh -c \
	"ls '$dir/state/acme/out' | wc -l"
check 'whose names follow from the batch' same "$(sql "SELECT
	format('%06d-%s.ndjson', batch_id, lower(substr(hex(batch_key), 1, 16)))
	FROM batch WHERE state = 'delivered'")" ls "$dir/state/acme/out"
check 'and whose bytes are the batch' same "$(sql "SELECT lower(hex(batch_key))
	FROM batch WHERE state = 'delivered'")" \
	sh -c "cat '$dir/state/acme/out'/* | sha256sum | cut -d' ' -f1"
check 'the folder is its own' same 700 stat -c %a "$dir/state/acme/out"
check 'the views agree about two sinks' consistent

sim
fresh 3
echo x >"$dir/state/acme/out"
also out file
check 'a folder that is none is reported' expect 74 load
check 'with its name' says "load[acme]: sink out: batch 2: open $dir/state/acme/out: Not a directory: mend the folder or its disk"
check 'and the other sink has it all' received '1x3'
faults '* /v1 status 403'
fresh 3
echo x >"$dir/state/acme/out"
also out file
check 'of two errors the worse gives the status' expect 74 load
check 'one is said' says "load[acme]: sink sophos: batch 1: $at: status 403: $refuses"
check 'and so is the other' says "load[acme]: sink out: batch 2: open $dir/state/acme/out: Not a directory: mend the folder or its disk"
faults '# none'
rm "$dir/state/acme/out"
check 'mended, the rest is delivered' expect 0 load
check 'in one file' same 1 sh -c "ls '$dir/state/acme/out' | wc -l"

# The same batch, when the run was cut off between the file and the receipt.
sqlite3 "$db" "DELETE FROM receipt WHERE batch_id = 2;
	UPDATE batch SET state = 'sending', closed_at = NULL WHERE batch_id = 2"
check 'a file without a receipt is put again' expect 0 load
check 'under its name' same 1 sh -c "ls '$dir/state/acme/out' | wc -l"
check 'and needs no flag' flagged 0

#
# What a sink owes
#
sim
fresh 10 'from: now'
check 'from now on there is nothing yet' expect 0 load
check 'nothing is owed' same 0 sql 'SELECT count(*) FROM batch'
check 'and nothing is missing' consistent

fresh 10 'from: 2026-03-01T00:08:00Z'
check 'from a date on there is some' expect 0 load
check 'what occurred since then' prints 'sophos.delivered 3'
check 'and the views know' consistent

fresh 5
also out file
check 'two sinks have all' expect 0 load
fresh_config=$(cat "$dir/m2s.conf")
sed -i '/- name: out/,$d' "$dir/m2s.conf"
check 'one is taken out' expect 0 load
check 'which is noted' same "out|$now|5" sql "SELECT name, active_until,
	owed_until FROM sink WHERE active_until IS NOT NULL"
echo "$fresh_config" >"$dir/m2s.conf"
sqlite3 "$db" "INSERT INTO alert SELECT 6, zeroblob(16), digest, 0, natural_key,
	6, run_id, log, occurred_at, sender, recipient, subject, url, file_name,
	file_type, file_hash, message_id, source_ip, verdict, action, 0, NULL
	FROM alert WHERE alert_no = 1;
	INSERT INTO alert_mapping SELECT 6, 1, alert_type, type_rule, threat_id,
	threat_name, threat_rule, rule_no, severity FROM alert_mapping
	WHERE alert_no = 1"
check 'it comes back' expect 0 load
check 'and gets what was made meanwhile' prints 'out.delivered 1'
check 'the views agree about one that came back' consistent

sed -i 's/type: file/type: https/; $a\        url: https://127.0.0.1:1/' \
	"$dir/m2s.conf"
check 'a sink keeps its type' expect 78 load
check 'or gets another name' says 'load[acme]: sink out was of type file before and is https now: give it another name'

#
# What is refused before anything is sent
#
fresh 1
chmod 644 "$dir/integration_key"
check 'a key that others may read is refused' expect 78 load
check 'and named' says "load[acme]: sink sophos: secret file $dir/integration_key may be read by others: chmod 600 $dir/integration_key"
chmod 600 "$dir/integration_key"

#
# Time, signals, certificates
#
sim
faults '1 /v1 delay 500'
fresh 25 'batch_alerts: 10'
start
await fault
kill "$pid"
wait "$pid"
status=$?
check 'SIGTERM ends a run' test "$status" = 75
check 'after the batch in hand' states 'delivered 1, ready 2'
check 'and says that work is left' says \
	'load[acme]: sink sophos: stopped by a signal: run m2s-load again'
check 'the next run does it' expect 0 load
check 'without a repetition' received '1x25'

sim
faults '* /v1 retry 503 Retry-After 30'
fresh 3
start
await fault
kill "$pid"
wait "$pid"
status=$?
check 'SIGTERM ends a wait' test "$status" = 75
check 'and says so' says 'load[acme]: sink sophos: batch 1: stopped by a signal: run m2s-load again'

for which in expired foreign; do
	sim --cert "$pki/$which.pem" --key "$pki/$which.key"
	fresh 3
	check "a certificate that is $which is not trusted" expect 69 load
	check "a certificate that is $which is named" grep -q \
		"its certificate is not trusted: check the sink's ca_file\$" \
		"$dir/err"
done

stop_sophos
fresh 3 'deadline_s: 1'
check 'a sink that is not there is tried again' expect 75 load
check 'nothing was taken' same 'not taken' sql \
	'SELECT DISTINCT outcome FROM receipt'
check 'nothing is in doubt' prints 'sophos.in_doubt 0'

done_testing
