#!/bin/sh
# m2s-extract against the simulated service: what it fetches, how it goes on
# after it was stopped, and what it makes of each failure of the service.
# After each fault another run must bring what a run without faults brings.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

from=$((now - 7200))
lines='page_size: 25
lookback_s: 7200'

start_mimecast --seed 3 --records 400 --from "$from" --to "$now"
mark=1

# fresh [CONFIG-LINES]: a tenant that has fetched nothing.
fresh() {
	rm -rf "$dir/state"
	write_config "${1-$lines}"
	forget
}

# faults LINE...: what the service does wrong from now on.
faults() {
	printf '%s\n' "$@" >"$dir/faults"
	tell_mimecast "faults $dir/faults"
}

# forget: the ledger begins here.
forget() {
	mark=$(($(wc -l <"$dir/mimecast.ledger") + 1))
}

ledger() {
	tail -n "+$mark" "$dir/mimecast.ledger"
}

pages_served() {
	ledger | grep -c '^page' || test $? = 1
}

extract() {
	m2s extract -T "$now" "$@"
}

# start_extract: the same, and go on; sets pid.
start_extract() {
	"$bin/m2s-extract" -c "$dir/m2s.conf" -T "$now" \
		>"$dir/out" 2>"$dir/err" &
	pid=$!
}

# The records of all complete live windows, as text, in some fixed order.
staged() {
	sql "SELECT w.log, json(r.value)
	FROM window w JOIN page p USING (window_id, attempt)
	JOIN page_body b USING (page_id),
	json_each(b.body, '\$.data[0].' || CASE w.log
		WHEN 'url' THEN 'clickLogs'
		WHEN 'attachment' THEN 'attachmentLogs'
		ELSE 'impersonationLogs' END) r
	WHERE w.state = 'complete' AND w.origin = 'live'
	ORDER BY 1, 2"
}

# recovers: without faults another run fetches all there is.
recovers() {
	faults '# none'
	forget
	expect 0 extract || return
	staged | cmp - "$dir/all" || return
	nothing_violates
}

# fault NAME STATUS MESSAGE LINE...: a run meets the faults, ends with the
# status and says the message (none: ''), and the next one recovers.
fault() {
	name=$1
	status=$2
	message=$3
	shift 3
	check "$name" meets "$status" "$message" "$@"
}

nothing_violates() {
	same '' sql 'SELECT * FROM v_violation'
}

meets() {
	status=$1
	message=$2
	shift 2
	fresh
	faults "$@"
	expect "$status" extract || return
	if test -n "$message"; then
		says "$message" || return
	else
		same '' cat "$dir/err" || return
	fi
	nothing_violates && recovers
}

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
staged >"$dir/all"
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
	expect 0 extract && staged | cmp - "$dir/all"
}
check 'one request at a time fetches the same' serial

for key in app_key access_key; do
	echo "$key" >"$dir/$key"
done
echo app >"$dir/app_id"
printf 'SecretKey' | base64 >"$dir/secret_key"
chmod 600 "$dir/app_id" "$dir"/*_key
start_mimecast --seed 3 --records 400 --from "$from" --to "$now" \
	--app-id app --app-key-file "$dir/app_key" \
	--access-key-file "$dir/access_key" --secret-key-file "$dir/secret_key"

api_1() {
	fresh
	sed -e 's/api: .*/api: "1.0"/' \
		-e "s|client_id_file: .*|app_id_file: $dir/app_id|" \
		-e "s|client_secret_file: .*|app_key_file: $dir/app_key|" \
		-e "s|\\( *\\)page_size: .*|&\\n\\1access_key_file: $dir/access_key\\n\\1secret_key_file: $dir/secret_key|" \
		"$dir/m2s.conf" >"$dir/m2s.conf.1" &&
		mv "$dir/m2s.conf.1" "$dir/m2s.conf"
	expect 0 extract && staged | cmp - "$dir/all" || return
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

#
# Stopped
#
killed() {
	fresh
	faults '3 /url/ hang'
	start_extract
	tries=0
	until ledger | grep -q '^fault'; do
		tries=$((tries + 1))
		test $tries -lt 100 || return
		sleep 0.1
	done
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
		staged | cmp - "$dir/all" && nothing_violates
}
check 'killed in the middle of a window, it goes on with the next page' killed

told_to_end() {
	fresh "$lines
parallel: 1"
	faults '3 /url/ delay 2000'
	start_extract
	tries=0
	until ledger | grep -q '^fault'; do
		tries=$((tries + 1))
		test $tries -lt 100 || return
		sleep 0.1
	done
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
# Faults that pass
#
fault 'status 500 passes' 0 '' '2 /url/ status 500'
fault 'status 503 with Retry-After passes' 0 '' \
	'2 /url/ retry 503 Retry-After 1'
fault 'HTML passes' 0 '' '2 /url/ html'
fault 'garbage passes' 0 '' '2 /url/ garbage'
fault 'a body cut short passes' 0 '' '2 /url/ truncate 500'
fault 'a connection that is reset passes' 0 '' '2 /url/ reset'
fault 'an answer that is lost passes' 0 '' '2 /url/ reset-after'
fault 'fail in a 200 passes' 0 '' '2 /url/ fail err_busy come back later'
fault 'err_developer_key once passes' 0 '' \
	'2 /url/ fail err_developer_key Developer key is wrong'
fault 'a token that expired early is renewed' 0 '' \
	'2 /url/ flatfail 401 token_expired too old'
fault 'a gzip body is a page' 0 '' '/2 /ttp/ gzip'
fault 'a refused page token starts the window again' 0 '' \
	'2 /url/ refuse-token'
fault 'a repeated page token starts the window again' 0 '' \
	'2 /url/ repeat-token'
fault 'pages without totals are pages' 0 '' '* /ttp/ no-total'
fault 'a total that differs once is read again' 0 '' '1 /url/ total 9999'
fault 'a token call that fails passes' 0 '' '1-2 /oauth/ status 502'
fault 'a token call without a token passes' 0 '' '1 /oauth/ status 200 {}'
fault 'a quota in milliseconds is waited for' 0 '' \
	'3 /ttp/ retry 429 X-RateLimit-Reset 700'

#
# Faults that last.  One request at a time, so that it is known which window
# meets them first.
#
lines="$lines
parallel: 1"
w='2026-03-01T10:00:00Z..2026-03-01T11:00:00Z'
fault 'status 500 for ever is 75' 75 \
	"extract[acme]: url: $w: status 500 simulated: simulated status 500" \
	'* /url/ status 500'
fault 'a refused role is 69' 69 \
	"extract[acme]: attachment: $w: status 403 app_forbidden: no role: grant the application the role Monitoring | Attachment Protection | Read" \
	'* /attachment/ flatfail 403 app_forbidden no role'
fault 'a doubt that stays is 77' 77 \
	"extract[acme]: url: $w: status 401 token_verification_failed: no: the service does not accept our authorization: check the credentials" \
	'* /url/ flatfail 401 token_verification_failed no'
fault 'err_developer_key twice is 77' 77 \
	"extract[acme]: url: $w: status 200 err_developer_key: wrong: the service does not accept our authorization: check the credentials" \
	'* /url/ fail err_developer_key wrong'
fault 'an expired binding is 77' 77 \
	"extract[acme]: url: $w: status 418 simulated: simulated status 418: the access key has expired: set the service user's Authentication Cache TTL to Never Expires and make new keys" \
	'* /url/ status 418'
fault 'no such call is 69' 69 \
	"extract[acme]: impersonation: $w: status 404 simulated: simulated status 404: there is no such call: check base_url" \
	'* /impersonation/ status 404'
fault 'a redirect is 69' 69 \
	"extract[acme]: url: $w: $mimecast_url/api/ttp/url/get-logs: status 307, a redirect: it is not followed: check base_url" \
	'1 /url/ redirect https://127.0.0.1:1/'
fault 'garbage for ever is 75 and no gap' 75 \
	"extract[acme]: url: $w: not JSON at byte 0: expected a value" \
	'* /url/ garbage'
fault 'refused credentials are 77' 77 \
	'extract[acme]: token: status 401: the service refuses the credentials: check client_id_file and client_secret_file' \
	'* /oauth/ status 401'
fault 'no token for ever is 75' 75 \
	'extract[acme]: token: the answer holds no access_token' \
	'* /oauth/ status 200 {}'
fault 'a wrong clock is 74' 74 \
	"extract[acme]: clock: it is 301 seconds behind the service's, nothing was planned: set the clock of this machine" \
	'* /oauth/ skew 301'

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
	expect 78 "$bin/m2s-extract" -c "$dir/foreign.conf" -T "$now" &&
		grep -q '^extract.acme.: token: .*: its certificate is not accepted: check base_url and ca_file$' \
			"$dir/err" && recovers
}
check 'a service with a foreign certificate is 78' distrusted

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
	expect 0 extract && staged | cmp - "$dir/all" &&
		same 1 sql 'SELECT max(page_size) < 25 AND min(page_size) > 3
			FROM window' && nothing_violates
}
check 'a body over page_bytes halves the page size' too_large

bomb() {
	fresh
	faults '1 /url/ bomb 80000000'
	expect 0 extract && staged | cmp - "$dir/all" &&
		same 12 sql "SELECT page_size FROM window WHERE log = 'url'
			AND from_at = $from" && nothing_violates
}
check 'so does one that unpacks to more' bomb

mismatch() {
	fresh
	faults '* /url/ total 9999'
	expect 0 extract && same 'mismatch|2|2|9999' sql "SELECT reconciled,
		min(attempt), max(attempt), max(total) FROM window
		WHERE log = 'url'" && staged | cmp - "$dir/all" &&
		nothing_violates
}
check 'totals that differ twice are a mismatch' mismatch

halved() {
	fresh
	faults '2-6 /url/ refuse-token'
	expect 0 extract && same '1|2' sql "SELECT
		(SELECT count(*) FROM window WHERE state = 'replaced'),
		(SELECT count(*) FROM window WHERE parent_id IS NOT NULL)" &&
		staged | cmp - "$dir/all" && nothing_violates
}
check 'a token refused three times halves the window' halved

seconds='page_size: 2
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
	faults '* /attachment/ status 500'
	expect 75 extract || return
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
