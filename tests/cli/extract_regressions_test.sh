#!/bin/sh
# What other connectors got wrong, each as a case of its own, on both APIs.
# shellcheck source=tests/cli/extract_lib.sh
. tests/cli/extract_lib.sh

from=$((now - 7200))
dated=2026-03-01T11:30:00+0000
url_only="logs: [url]
page_size: 25
lookback_s: 3600"

# click N [MEMBERS]: a record of the log url.
click() {
	printf '{"userEmailAddress":"u%s@acme.example","url":"http://h/%s","date":"%s","scanResult":"malicious"%s}' \
		"$1" "$1" "$dated" "${2:-}"
}

# page PAGINATION RECORDS [FAIL]: an answer, on one line.
page() {
	printf '{"meta":{"status":200,"pagination":{%s}},"data":[{"clickLogs":[%s]}],"fail":[%s]}' \
		"$1" "$2" "${3:-}"
}

# What a transform makes of the records: how many of each outcome.
outcomes() {
	"$bin/m2s-transform" -q -c "$dir/m2s.conf" -T "$now" >/dev/null || return
	sql "SELECT count(*), outcome, reason FROM v_record
	GROUP BY 2, 3 ORDER BY 2, 3"
}

# both NAME COMMAND...: a check with each API.
both() {
	what=$1
	shift
	for api in 2.0 1.0; do
		check "$what (API $api)" "$@"
	done
	tell_mimecast "clock $now"
	faults '# none'
}

start_service --seed 3 --records 300 --from "$from" --to "$now"
fresh
expect 0 extract
remember

#
# What an answer is
#
partly_good() {
	fresh
	faults "2 /url/ status 200 $(page '"next":"t"' "$(click 1)" \
		'{"code":"err_part","message":"one shard is missing"}')"
	expect 0 extract && whole && nothing_violates &&
		same 0 sql "SELECT count(*) FROM page_body
			WHERE instr(body, 'u1@acme.example')" || return
	fresh
	faults '2 /url/ truncate 9000'
	expect 0 extract && whole && nothing_violates
}
both 'a page that is good in part does not advance' partly_good

empty() {
	fresh 'lookback_s: 14400'
	expect 0 extract && prints 'windows_open 0' &&
		same 6 sql "SELECT count(*) FROM window WHERE to_at <= $from
			AND state = 'complete' AND records = 0
			AND pages = 1" && whole && nothing_violates
}
both 'an empty page is success' empty

empty_twice() {
	fresh "$url_only"
	faults '1 /url/ status 200 {"meta":{"status":200},"data":[],"fail":[]}'
	expect 0 extract && same 'complete|0|no_total' sql "SELECT state,
		records, reconciled FROM window" && nothing_violates || return
	fresh "$url_only"
	faults '1 /url/ status 200 {"meta":{"status":200},"data":[{}],"fail":[]}'
	expect 0 extract && same 'complete|0|no_total' sql "SELECT state,
		records, reconciled FROM window" && nothing_violates
}
both 'data:[] and data:[{}] are both empty' empty_twice

empty_with_next() {
	fresh "$url_only"
	faults '* /url/ status 200 {"meta":{"status":200,"pagination":{"next":"more"}},"data":[],"fail":[]}'
	expect 0 extract && prints 'pages 1' && same 'complete|' sql "SELECT
		state, next_token FROM window" && nothing_violates
}
both 'an empty page with a next is the last one' empty_with_next

quota_body() {
	fresh "$url_only
deadline_s: 5"
	faults "1 /url/ status 429 $(page '' "$(click 1)")"
	expect 75 extract && prints 'pages 0' &&
		says "extract[acme]: the service's quota is used up until 2026-03-01T12:00:30Z: run again then" &&
		same 0 sql 'SELECT count(*) FROM page' && nothing_violates
}
both 'the body of a 429 is no page' quota_body

milliseconds() {
	fresh
	faults '1 /url/ retry 429 X-RateLimit-Reset 900'
	begin=$(date +%s)
	expect 0 extract && test $(($(date +%s) - begin)) -lt 60 && whole &&
		same $((now + 1)) sql "SELECT not_before FROM budget
			WHERE period = 'quota'"
}
both 'milliseconds are not read as seconds' milliseconds

page_size_given() {
	fresh "$url_only"
	faults \
		"1 /url/ status 200 $(page '"pageSize":1,"totalCount":2,"next":"t"' "$(click 1)")" \
		"2 /url/ status 200 $(page '"pageSize":1,"totalCount":2' "$(click 2)")"
	expect 0 extract && same 'exact|2|25' sql "SELECT reconciled, pages,
		page_size FROM window" &&
		same 25 sql "SELECT DISTINCT json_extract(request,
			'\$.meta.pagination.pageSize') FROM page" &&
		nothing_violates
}
both 'pageSize is what came, not what was asked for' page_size_given

same_row_twice() {
	first=$(page '"totalCount":3,"next":"t"' "$(click 1),$(click 2)")
	second=$(page '"totalCount":3' "$(click 2),$(click 3)")
	fresh "$url_only"
	faults "1 /url/ status 200 $first" "2 /url/ status 200 $second" \
		"3 /url/ status 200 $first" "4 /url/ status 200 $second"
	expect 0 extract && same 'mismatch|2|4|3' sql "SELECT reconciled,
		attempt, records, total FROM window" &&
		same '3|alert|new
1|duplicate|seam
4|duplicate|seen' outcomes && nothing_violates
}
both 'a row on two consecutive pages counts once' same_row_twice

#
# Time
#
frontier() {
	fresh 'lookback_s: 14400'
	faults '* /ttp/ status 200 {"meta":{"status":200},"data":[],"fail":[]}'
	expect 0 extract && same $((now - 120)) sql "SELECT max(to_at)
		FROM window" || return
	faults '# none'
	tell_mimecast "clock $((now + 600))"
	expect 0 m2s extract -T $((now + 600)) && same "$((now - 120))" \
		sql "SELECT DISTINCT from_at FROM window WHERE run_id = 2
			AND origin = 'live'" && nothing_violates
	result=$?
	tell_mimecast "clock $now"
	return $result
}
both 'an empty page does not set the cursor to now' frontier

utc() {
	fresh
	(
		TZ=Asia/Kolkata LC_ALL=fr_FR.UTF-8
		export TZ LC_ALL
		expect 0 extract
	) && whole && same "" sql "SELECT request FROM page
		JOIN window USING (window_id) WHERE
		json_extract(request, '\$.data[0].from') <>
		strftime('%Y-%m-%dT%H:%M:%S+0000', from_at, 'unixepoch') OR
		json_extract(request, '\$.data[0].to') <>
		strftime('%Y-%m-%dT%H:%M:%S+0000', to_at, 'unixepoch')"
}
both 'what is labelled +0000 is UTC, not local time' utc

afternoon() {
	evening=$((now + 11 * 3600))
	fresh "$url_only"
	tell_mimecast "clock $evening"
	expect 0 m2s extract -T "$evening" && same \
		'2026-03-01T22:00:00+0000|2026-03-01T22:58:00+0000' sql "SELECT
		json_extract(request, '\$.data[0].from'),
		json_extract(request, '\$.data[0].to') FROM page"
	result=$?
	tell_mimecast "clock $now"
	return $result
}
both 'an hour in the afternoon is not one of the morning' afternoon

outage() {
	day=86400
	fresh "$lines
retention_days: 1"
	expect 0 extract || return
	tell_mimecast "clock $((now + 3 * day))"
	expect 4 m2s extract -T $((now + 3 * day)) && prints 'gaps_found 3' &&
		same "$((now - 120))|$((now + 2 * day))|retention" sql "SELECT
		DISTINCT from_at, to_at, reason FROM gap" &&
		same "covered|$((7200 - 120))
lost|$((2 * day + 120))
covered|$((day - 120))
open|120" sql "SELECT state, seconds FROM v_coverage
			WHERE log = 'url' ORDER BY from_at" &&
		expect 0 m2s extract -T $((now + 3 * day)) && nothing_violates
	result=$?
	tell_mimecast "clock $now"
	return $result
}
both 'an outage longer than retention is a gap, and told' outage

#
# Going on
#
duplicates() {
	later=$((now + 3600))
	fresh
	expect 0 extract || return
	tell_mimecast "clock $later"
	expect 0 m2s extract -T "$later" && prints 'windows_open 0' &&
		same 3 sql "SELECT count(*) FROM window
			WHERE origin = 'reread' AND state = 'complete'
			AND records > 0" &&
		expect 0 m2s extract -T "$later" && prints 'requests 1' &&
		prints 'windows_planned 0' &&
		same $((later - 120)) sql "SELECT DISTINCT max(to_at)
			FROM window WHERE origin = 'live' GROUP BY log" &&
		nothing_violates
	result=$?
	tell_mimecast "clock $now"
	return $result
}
both 'pages of pure duplicates advance' duplicates

tokens() {
	fresh
	faults '4 /url/ hang'
	start_extract
	wait_for_fault || return
	sleep 0.5
	kill -9 $pid
	wait $pid 2>/dev/null
	recovers && same 0 grep -c '^misuse' "$dir/mimecast.ledger"
}
both 'a token of one window is not used in the next' tokens

exhausted() {
	fresh "$url_only"
	faults '* /url/ status 502'
	expect 75 extract && same 5 sh -c "grep -c '^fault' <<-END
$(ledger)
END" && same 'open|1' sql "SELECT state, failures FROM window" || return
	faults '# none'
	expect 0 extract && same 'complete' sql "SELECT state FROM window" &&
		nothing_violates
}
both 'when retries are used up, the window waits for another run' exhausted

in_the_middle() {
	fresh "logs: [url]
page_size: 500
window_s: 2400
lookback_s: 7200
parallel: 1"
	faults '2 /url/ status 400'
	expect 69 extract || return
	faults '2 /url/ status 400'
	expect 69 extract && same 'complete
open
complete' sql "SELECT state FROM window ORDER BY from_at" &&
		same 'covered
open
covered
open' sql "SELECT state FROM v_coverage ORDER BY from_at" &&
		nothing_violates || return
	faults '# none'
	expect 0 extract && same 'covered
open' sql "SELECT state FROM v_coverage ORDER BY from_at" &&
		same "$(grep -c '^url' "$dir/all")" sql "SELECT sum(records)
			FROM window" && nothing_violates
}
both 'a window that failed between two complete ones is read' in_the_middle

others_go_on() {
	fresh
	faults '* /attachment/ flatfail 403 app_forbidden no role'
	expect 69 extract && prints 'url.completed 2' &&
		prints 'attachment.open 2' && prints 'impersonation.completed 2' &&
		recovers
}
both "one log's error does not stop the others" others_go_on

#
# Credentials that change between two runs
#
half_read() {
	fresh "$lines
parallel: 1
deadline_s: 2"
	faults '4-9 /url/ hang'
	expect 75 extract && same 1 sql 'SELECT count(*) > 1 FROM page'
}

goes_on() {
	before=$(sql 'SELECT count(*) FROM page')
	configure
	expect 0 extract && whole && nothing_violates &&
		same "$(sql 'SELECT count(*) FROM page')" \
			echo $((before + $(pages_served)))
}

for api in 2.0 1.0; do
	check "half of it is read (API $api)" half_read
	echo "other$api" >"$dir/client_secret"
	echo "other$api" >"$dir/app_key"
	start_service --seed 3 --records 300 --from "$from" --to "$now"
	check "new credentials go on where the old ones ended (API $api)" \
		goes_on
done

#
# Records and orders that only some services send
#
start_service --newest-first --seed 3 --records 300 --from "$from" --to "$now"

newest_first() {
	fresh
	faults '3 /url/ hang'
	start_extract
	wait_for_fault || return
	sleep 0.5
	kill -9 $pid
	wait $pid 2>/dev/null
	recovers && same 1 sql "SELECT DISTINCT json_extract(request,
		'\$.data[0].oldestFirst') FROM page"
}
both 'newest first, and killed between two pages: nothing is passed over' \
	newest_first

{
	click 1 ',"subject":"\377\200 bytes"' | sed 's/\\377\\200/\xff\x80/'
	echo
	click 2
	echo
	for file in one two; do
		printf '{"senderAddress":"s@x.example","recipientAddress":"r@acme.example","fileName":"%s.doc","result":"malicious","date":"%s","messageId":"<m@x.example>"}\n' \
			$file "$dated"
	done
} >"$dir/odd.ndjson"
start_service "$dir/odd.ndjson"

raw() {
	fresh
	expect 0 extract && same 1 sql "SELECT count(*) FROM page_body
		WHERE instr(body, x'ff80206279746573')" &&
		same '4|alert|new' outcomes &&
		same 'http://h/1' sql "SELECT url FROM alert
			WHERE text_anomaly" && nothing_violates
}
both 'what is not UTF-8 is kept raw' raw

two_files() {
	fresh 'logs: [attachment]'
	expect 0 extract && same '2|alert|new' outcomes && same 'one.doc
two.doc' sql "SELECT file_name FROM alert ORDER BY 1"
}
both 'two attachments of one message and second are two' two_files

no_message_id() {
	fresh 'logs: [url]'
	expect 0 extract && same '2|alert|new' outcomes && same 2 sql "SELECT
		count(*) FROM alert WHERE message_id IS NULL"
}
both 'a record without a messageId is a record' no_message_id

# An answer that is no page, wherever its second is asked for.
poison=2026-03-01T11:57:01+0000
cat >"$dir/poison.json" <<END
{"meta":{"status":200},"data":[{"clickLogs":[{"date":"$poison"}]},{}]}
END
start_service --seed 3 --records 1500 --from "$from" --to "$now" \
	"$dir/poison.json"

poisoned() {
	fresh "logs: [url]
page_size: 2
window_s: 2
lookback_s: 190
parallel: 1"
	expect 4 extract && prints 'gaps_found 1' && prints 'windows_open 0' &&
		same 'unreadable|2026-03-01T11:57:01Z|1' sql "SELECT reason,
		strftime('%Y-%m-%dT%H:%M:%SZ', from_at, 'unixepoch'),
		to_at - from_at FROM gap" &&
		same 1 sql "SELECT count(*) FROM gap_body
			WHERE instr(body, '\"date\":\"$poison\"')" &&
		same $((190 - 120 - 1)) sql "SELECT sum(seconds)
			FROM v_coverage WHERE state = 'covered'" &&
		nothing_violates && expect 0 extract && prints 'requests 1'
}
both 'a poison body costs its second, not its log' poisoned

done_testing
