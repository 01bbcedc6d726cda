#!/bin/sh
# m2s-extract against the simulated service: what it fetches, how it goes on
# after it was stopped, and what it makes of each failure of the service.
# After each fault another run must bring what a run without faults brings.
# shellcheck source=tests/cli/extract_lib.sh
. tests/cli/extract_lib.sh

from=$((now - 7200))
start_service --seed 3 --records 400 --from "$from" --to "$now"

#
# Without faults
#
fresh

happy() {
	expect 0 extract &&
		prints 'windows_planned 6' && prints 'windows_completed 6' &&
		prints 'windows_open 0' && prints 'gaps_found 0' &&
		prints "pages $(pages_served)" &&
		prints "requests $(($(pages_served) + 1))" &&
		prints "records $(ledger | grep -c '^record')" &&
		same 'exact' sql 'SELECT DISTINCT reconciled FROM window' &&
		nothing_violates
}
check 'a first run fetches every page of every due window' happy
remember
clean_pages=$(pages_served)
check 'there is something in each log' same 'attachment
impersonation
url' sql 'SELECT DISTINCT log FROM window WHERE records > 0 ORDER BY 1'
check 'and more than one page in a window' same 1 \
	sql 'SELECT max(pages) > 3 FROM window'

repeated() {
	sql .dump | grep -v 'INTO run ' >"$dir/before"
	expect 0 extract && prints 'windows_planned 0' && prints 'pages 0' ||
		return
	sql .dump | grep -v 'INTO run ' | cmp - "$dir/before" &&
		same "$clean_pages" pages_served
}
check 'a second run at the same time changes nothing' repeated

as_received() {
	sql "SELECT DISTINCT http_status, request_id IS NOT NULL,
		server_date - $now, fetched_at - $now, length(body) = body_bytes
		FROM page JOIN page_body USING (page_id)" >"$dir/pages"
	same '200|1|0|0|1' cat "$dir/pages"
}
check 'a page keeps its status, its request id and its times' as_received

later() {
	tell_mimecast "clock $((now + 3600))" || return
	expect 0 m2s extract -T $((now + 3600)) -n &&
		prints "read url 2026-03-01T11:58:00Z..2026-03-01T12:58:00Z live: not asked for yet" &&
		prints "read url 2026-03-01T11:00:00Z..2026-03-01T11:58:00Z reread: once more, for rows that came late" &&
		same 6 sql 'SELECT count(*) FROM window' || return
	expect 0 m2s extract -T $((now + 3600)) &&
		same '1|reread
1|live' sql "SELECT count(*), origin FROM window
			WHERE log = 'url' AND run_id = (SELECT max(run_id)
			FROM run) GROUP BY origin ORDER BY origin DESC" &&
		nothing_violates
}
check 'an hour later: one new window, and one is read once more' later

dry() {
	fresh
	expect 0 extract -n &&
		prints 'read url 2026-03-01T10:00:00Z..2026-03-01T11:00:00Z live: not asked for yet' &&
		prints 'windows_planned 6' && test ! -e "$dir/state/acme" &&
		same 0 pages_served
}
tell_mimecast "clock $now"
check 'a dry run of a new tenant asks for no page' dry

serial() {
	fresh "$lines
parallel: 1"
	expect 0 extract && whole
}
check 'one request at a time fetches the same' serial

api_1() {
	api=1.0
	fresh
	expect 0 extract && prints "requests $(($(pages_served) + 1))" &&
		whole || return
	echo other >"$dir/app_key"
	chmod 600 "$dir/app_key"
	rm -rf "$dir/state/acme"
	expect 77 extract &&
		grep -q '^extract.acme.: url: .*: status 401 err_xdk_invalid_signature: 0004 Invalid Signature: the service does not accept our authorization: check the credentials$' \
			"$dir/err" || return
	echo '!' >"$dir/secret_key"
	expect 78 extract &&
		says 'extract[acme]: secret_key_file: it holds no base64'
}
check 'API 1.0: each request is signed' api_1
echo app_key >"$dir/app_key"
printf 'SecretKey' | base64 >"$dir/secret_key"

discovered() {
	api=1.0
	fresh
	discover someone@acme.example
	expect 0 extract && prints "requests $(($(pages_served) + 1))" &&
		same 1 grep -c '^discovery' "$dir/mimecast.ledger" && whole &&
		nothing_violates || return
	faults '1 /discover skew -200'
	rm -rf "$dir/state/acme"
	expect 0 extract && same $((now - 320)) sql 'SELECT DISTINCT max(to_at)
		FROM window GROUP BY log'
}
check 'API 1.0: the host is discovered, and its time counts' discovered

# found STATUS MESSAGE LINE...: what becomes of a discovery.
found() {
	api=1.0
	fresh
	discover "${who:-someone@acme.example}"
	status=$1
	message=$2
	shift 2
	faults "$@"
	expect "$status" extract && says "extract[acme]: $message" &&
		same 0 sql 'SELECT count(*) FROM window'
}
who=unknown@acme.example
check 'API 1.0: an address without a region' found 78 \
	'discovery: the service knows no region for the address: check email, or give base_url' '# none'
who=
check 'API 1.0: a region that is not loopback' found 69 \
	'discovery: a loopback host names eu-api.mimecast.com:443, which is none' \
	'* /discover status 200 {"data":[{"region":{"api":"https://eu-api.mimecast.com"}}]}'
check 'API 1.0: a region that is no URL' found 69 \
	'discovery: the service names a region without a proper URL: give base_url' \
	'* /discover status 200 {"data":[{"region":{"api":"eu api"}}]}'
check 'API 1.0: discovery that fails for ever' found 75 \
	'discovery: the answer names no region: err_busy' \
	'* /discover fail err_busy no'
check 'API 1.0: an application that is not known' found 77 \
	'discovery: err_developer_key: the service does not accept the application: check app_id_file' \
	'* /discover fail err_developer_key no'
check 'API 1.0: discovery that is refused' found 69 \
	'discovery: status 403: the service refuses: ask its administrator' \
	'* /discover status 403'
check 'API 1.0: the clock of the discovery is wrong' found 74 \
	"clock: it is 301 seconds ahead of the service's, nothing was planned: set the clock of this machine" \
	'* /discover skew -301'
faults '# none'

#
# Stopped
#
killed() {
	fresh
	faults '3 /url/ hang'
	start_extract
	wait_for_fault || return
	sleep 1
	before=$(pages_served)
	kill -9 $pid
	wait $pid 2>/dev/null
	test "$before" -lt "$clean_pages" &&
		same "$before" sql 'SELECT count(*) FROM page' &&
		nothing_violates || return
	faults '# none'
	forget
	expect 0 extract && prints "pages $((clean_pages - before))" &&
		same $((clean_pages - before)) pages_served &&
		whole && nothing_violates
}
check 'killed in the middle of a window, it goes on with the next page' killed

told_to_end() {
	fresh "$lines
parallel: 1"
	faults '3 /url/ delay 2000'
	start_extract
	wait_for_fault || return
	kill -TERM $pid
	wait $pid
	same 75 echo $? &&
		says 'extract[acme]: ended by a signal: run again to go on' &&
		same 3 pages_served && same 3 sql 'SELECT count(*) FROM page' &&
		nothing_violates && recovers
}
check 'told to end, it stores the page in hand and ends with 75' told_to_end

deadline() {
	fresh "$lines
parallel: 1
deadline_s: 2"
	faults '* /ttp/ delay 700'
	expect 75 extract &&
		says 'extract[acme]: deadline_s has passed: run again to go on' &&
		same 1 sql 'SELECT count(*) > 1 FROM page' && recovers
}
check 'the deadline ends a run with 75' deadline

silent() {
	fresh "$lines
deadline_s: 2"
	faults '2 /url/ hang'
	expect 75 extract && prints 'windows_open 1' &&
		grep -q '^extract.acme.: url: .*/api/ttp/url/get-logs: Operation timed out' \
			"$dir/err" && recovers
}
check 'a service that does not answer is 75' silent

#
# Faults; extract_faults_test.sh has the others.  One request at a time, so
# that it is known which window meets them first.
#
lines="$lines
parallel: 1"
w='2026-03-01T10:00:00Z..2026-03-01T11:00:00Z'
fault 'a refused role is 69' 69 \
	"extract[acme]: attachment: $w: status 403 app_forbidden: no role: grant the application the role Monitoring | Attachment Protection | Read" \
	'* /attachment/ flatfail 403 app_forbidden no role'
fault 'another refused role is 69' 69 \
	"extract[acme]: impersonation: $w: status 403 app_forbidden: no role: grant the application the role Monitoring | Impersonation Protection | Read" \
	'* /impersonation/ flatfail 403 app_forbidden no role'
fault 'a redirect is 69' 69 \
	"extract[acme]: url: $w: $mimecast_url/api/ttp/url/get-logs: status 307, a redirect: it is not followed: check base_url" \
	'1 /url/ redirect https://127.0.0.1:1/'

others_go_on() {
	fresh
	faults '* /attachment/ flatfail 403 app_forbidden no role' \
		'* /url/ status 418'
	expect 77 extract && prints 'windows_completed 2' &&
		prints 'impersonation.completed 2' && prints 'url.open 2' &&
		prints 'attachment.open 2' &&
		grep -q '^extract.acme.: attachment: .* status 403' "$dir/err" &&
		grep -q '^extract.acme.: url: .* status 418' "$dir/err" &&
		recovers
}
check 'two logs fail, each is told, and the third goes on' others_go_on

distrusted() {
	fresh
	faults '# none'
	sed "s|ca_file: .*|ca_file: $pki/foreign.pem|" "$dir/m2s.conf" \
		>"$dir/foreign.conf"
	expect 69 "$bin/m2s-extract" -c "$dir/foreign.conf" -T "$now" &&
		grep -q '^extract.acme.: token: .*: its certificate is not accepted: check base_url and ca_file$' \
			"$dir/err" && recovers
}
check 'a service with a foreign certificate is 69' distrusted

quota() {
	fresh
	faults '2 /ttp/ retry 429 X-RateLimit-Reset 1000000'
	expect 75 extract &&
		says "extract[acme]: the service's quota is used up until 2026-03-01T12:16:40Z: run again then" ||
		return
	forget
	expect 75 extract && prints 'requests 0' &&
		says "extract[acme]: token: the service's quota is used up until 2026-03-01T12:16:40Z: run again then" &&
		same '' ledger || return
	tell_mimecast "clock $((now + 1000))"
	expect 0 m2s extract -T $((now + 1000)) && prints 'windows_open 0' &&
		nothing_violates
	result=$?
	tell_mimecast "clock $now"
	return $result
}
check 'a quota behind the deadline is 75, in the next run too' quota

#
# Bodies that cannot be had
#
too_large() {
	fresh "$lines
page_bytes: 12000"
	faults '# none'
	expect 0 extract && whole &&
		same 1 sql 'SELECT max(page_size) < 25 AND min(page_size) > 3
			FROM window' && nothing_violates
}
check 'a body over page_bytes halves the page size' too_large

bomb() {
	fresh
	faults '1 /url/ bomb 80000000'
	expect 0 extract && whole &&
		same 12 sql "SELECT page_size FROM window WHERE log = 'url'
			AND from_at = $from" && nothing_violates
}
check 'so does one that unpacks to more' bomb

mismatch() {
	fresh
	faults '* /url/ total 9999'
	expect 0 extract && same 'mismatch|2|2|9999' sql "SELECT reconciled,
		min(attempt), max(attempt), max(total) FROM window
		WHERE log = 'url'" && whole &&
		nothing_violates
}
check 'totals that differ twice are a mismatch' mismatch

halved() {
	fresh
	faults '2-6 /url/ refuse-token'
	expect 0 extract && same '1|2' sql "SELECT
		(SELECT count(*) FROM window WHERE state = 'replaced'),
		(SELECT count(*) FROM window WHERE parent_id IS NOT NULL)" &&
		whole && nothing_violates
}
check 'a token refused three times halves the window' halved

seconds='page_size: 1
lookback_s: 124
window_s: 2
parallel: 1'

gap() {
	fresh "$seconds"
	faults '2-99 /url/ garbage'
	expect 4 extract && prints 'windows_open 0' && prints 'gaps_found 2' &&
		says 'extract[acme]: 2 seconds of source time are lost, in 2 gaps: m2s-audit coverage lists them' &&
		same "url|unreadable|$((now - 122))|14
url|unreadable|$((now - 121))|14" sql 'SELECT log, reason, from_at, length(body)
			FROM gap JOIN gap_body USING (gap_id) ORDER BY 3' &&
		nothing_violates || return
	expect 0 extract
}
check 'seconds that cannot be read are gaps, once there is a page' gap

told_again() {
	fresh "$seconds"
	faults '2-99 /url/ garbage' '* /attachment/ status 418'
	expect 77 extract &&
		says 'extract[acme]: 2 seconds of source time are lost, in 2 gaps: m2s-audit coverage lists them' ||
		return
	faults '# none'
	expect 4 extract && expect 0 extract && nothing_violates
}
check 'a gap is told until a run that told it ended well' told_again

retention() {
	day=86400
	fresh "$lines
retention_days: 1"
	faults '* /attachment/ status 400'
	expect 69 extract || return
	faults '# none'
	tell_mimecast "clock $((now + 3 * day))"
	expect 4 m2s extract -T $((now + 3 * day)) && prints 'windows_open 0' &&
		prints 'gaps_found 5' && same "attachment|$((now - 7200))
impersonation|$((now - 120))
url|$((now - 120))" sql 'SELECT log, min(from_at) FROM gap GROUP BY log' &&
		same "$((now + 2 * day))" sql 'SELECT min(from_at) FROM window
			WHERE run_id > 1' &&
		nothing_violates && expect 0 m2s extract -T $((now + 3 * day))
	result=$?
	tell_mimecast "clock $now"
	return $result
}
check 'an outage beyond retention is a gap, for open windows too' retention

ahead() {
	fresh
	faults '# none'
	expect 0 extract || return
	# The clock was set back meanwhile, and these had not been read.
	sqlite3 "$dir/state/acme/staging.db" "DELETE FROM page_body;
		DELETE FROM page; UPDATE window SET state = 'open', pages = 0,
		records = 0, total = NULL, closed_at = NULL, closed_order = NULL,
		reconciled = NULL"
	tell_mimecast "clock $((now - 1000))"
	expect 0 m2s extract -T $((now - 1000)) -n &&
		prints "wait url 2026-03-01T11:00:00Z..2026-03-01T11:58:00Z live: open, and not settled by the service's clock" &&
		expect 0 m2s extract -T $((now - 1000)) &&
		prints 'windows_completed 3' && prints 'windows_open 3'
	result=$?
	tell_mimecast "clock $now"
	test $result = 0 && recovers
}
check 'what has not settled by the clock is not read' ahead

expiring() {
	day=86400
	later=$((now + 2 * day))
	fresh "$lines
retention_days: 1"
	faults '# none'
	expect 0 extract || return
	# By the service's clock another 200 seconds are gone at once.
	tell_mimecast "clock $later"
	faults '* /ttp/ skew 200'
	expect 4 m2s extract -T $later && prints 'gaps_found 6' &&
		prints 'windows_open 0' &&
		same "$((now - 120))|$((later - day))
$((later - day))|$((later - day + 200 + 60))" sql "SELECT from_at, to_at
			FROM gap WHERE log = 'url' ORDER BY from_at" &&
		same 1 sql "SELECT count(*) FROM window WHERE log = 'url'
			AND state = 'replaced' AND pages = 1" &&
		nothing_violates
	result=$?
	tell_mimecast "clock $now"
	return $result
}
check 'retention goes on while a run lasts' expiring

on_a_terminal() {
	fresh
	faults '# none'
	script -qec "$bin/m2s-extract -c $dir/m2s.conf -T $now" /dev/null \
		>"$dir/tty" </dev/null &&
		tr '\r' '\n' <"$dir/tty" | grep -q \
			'url 2026-03-01T10:00:00Z: 0 windows, [0-9]* pages, [0-9]* records, [0-9]*/s, quota left [0-9]*$' &&
		tr '\r' '\n' <"$dir/tty" | grep -q \
			'all read: 6 windows, '
}
if command -v script >/dev/null; then
	check 'a terminal sees how far it is' on_a_terminal
else
	skip 'a terminal sees how far it is' 'no script(1)'
fi

#
# Backfill
#
backfill() {
	fresh
	faults '# none'
	expect 0 extract || return
	range=2026-03-01T10:30:00Z..2026-03-01T12:30:00+01:00
	expect 0 extract --backfill "$range" && prints 'windows_planned 3' &&
		same 3 sql "SELECT count(*) FROM window WHERE origin =
		'backfill' AND state = 'complete' AND from_at = $((now - 5400))
		AND to_at = $((now - 1800))" &&
		expect 0 extract --backfill "$range" &&
		prints 'windows_planned 0' && expect 0 extract &&
		prints 'windows_planned 0' && nothing_violates
}
check 'a backfill reads its range and leaves the frontier' backfill

refused_backfill() {
	fresh
	expect 64 extract --backfill yesterday &&
		says 'extract[acme]: --backfill yesterday: FROM..TO is needed, as in 2026-02-01T00:00:00Z..2026-02-02T00:00:00Z' &&
		expect 64 extract --backfill 2026-01-01T00:00:00Z..2026-02-28T00:00:00Z &&
		says 'extract[acme]: --backfill: the source no longer keeps that time: FROM may be 2026-01-30T12:00:00Z at the earliest' &&
		expect 64 extract --backfill 2026-03-01T00:00:00Z..2026-03-01T12:00:00Z &&
		says 'extract[acme]: --backfill: that time has not settled yet: TO may be 2026-03-01T11:58:00Z at the latest' &&
		same 0 sql 'SELECT count(*) FROM window'
}
check 'a backfill of what cannot be had is 64' refused_backfill

done_testing
