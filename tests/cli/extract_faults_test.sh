#!/bin/sh
# Every failure of the service that can be thought of: how the run that meets
# it ends, what it says, and that no record is lost once it is over.  One
# request at a time, so that it is known which window meets it.
#
# Most of it is waiting: each group of faults has a service of its own, and
# all of them go on at the same time.
set -u
if test $# = 0; then
	all=$(mktemp -d)
	trap 'rm -rf "$all"' EXIT
	PKI=${PKI:-$all/pki}
	export PKI
	test -f "$PKI/server.pem" || tests/sim/pki.sh "$PKI"
	for group in transport statuses bodies failures refusals others \
		api_1s; do
		{
			sh "$0" $group ||
				echo "not ok - $group ended with status $?"
		} >"$all/$group.tap" 2>&1 &
	done
	wait
	cat "$all"/*.tap
	! grep -q "^not ok" "$all"/*.tap
	exit
fi
# shellcheck source=tests/cli/extract_lib.sh
. tests/cli/extract_lib.sh

from=$((now - 3600))
base='page_size: 20
parallel: 1'
lines="$base
lookback_s: 3600"
w=2026-03-01T11:00:00Z..2026-03-01T11:58:00Z
url="extract[acme]: url: $w"
check_credentials='the service does not accept our authorization: check the credentials'

start_service --seed 3 --records 150 --from "$from" --to "$now"
ask=$mimecast_url/api/ttp/url/get-logs
fresh
expect 0 extract
remember

bears() {
	fresh
	faults "$@"
	expect 0 extract && same '' cat "$dir/err" && whole &&
		nothing_violates && ledger | grep -q '^fault'
}

# passes NAME LINE...: the run that meets the fault brings all there is, and
# says nothing about it.
passes() {
	name=$1
	shift
	check "$name" bears "$@"
}

gives_up() {
	status=$1
	message=$2
	shift 2
	fresh "$lines
deadline_s: 2"
	faults "$@"
	expect "$status" extract && says "$message" && nothing_violates ||
		return
	configure
	recovers
}

# ends NAME STATUS MESSAGE LINE...: it ends badly, and the next one brings all.
ends() {
	name=$1
	shift
	check "$name" gives_up "$@"
}

# lasts NAME SECONDS MESSAGE LINE...: a quota ends the run, and one behind it
# brings all.
outlasts() {
	wait_s=$1
	message=$2
	shift 2
	fresh "$lines
deadline_s: 20"
	faults "$@"
	expect 75 extract && says "$message" && nothing_violates || return
	faults '# none'
	configure "$base
lookback_s: $((3600 + wait_s))"
	tell_mimecast "clock $((now + wait_s))"
	expect 0 m2s extract -T $((now + wait_s)) &&
		staged | comm -13 - "$dir/all" >"$dir/missing" &&
		same '' cat "$dir/missing" && nothing_violates
	result=$?
	tell_mimecast "clock $now"
	return $result
}

lasts() {
	name=$1
	shift
	check "$name" outlasts "$@"
}

page='{"meta":{"status":200,"pagination":{"totalCount":0}},"data":[],"fail":[]}'

# The answer does not come, or not whole.
transport() {
	passes 'reset before the first page' '1 /url/ reset'
	passes 'reset before a later page' '3 /url/ reset'
	passes 'reset twice' '1-2 /url/ reset'
	passes 'reset after the work was done' '2 /url/ reset-after'
	passes 'reset in each log' '1 /url/ reset' '1 /attachment/ reset' \
		'1 /impersonation/ reset'
	passes 'late by 300 ms' '/3 /ttp/ delay 300'
	passes 'cut before its first byte' '2 /url/ truncate 0'
	passes 'cut after its first byte' '2 /url/ truncate 1'
	passes 'cut in the envelope' '2 /url/ truncate 60'
	passes 'cut in a record' '2 /url/ truncate 2000'
	passes 'cut in each log' '1 /url/ truncate 900' '1 /attachment/ truncate 900' \
		'1 /impersonation/ truncate 900'
	ends 'cut for ever' 75 "$url: $ask: transfer closed with 11204 bytes remaining to read" \
		'* /url/ truncate 700'
	ends 'silent for ever' 75 \
		'extract[acme]: deadline_s has passed: run again to go on' \
		'2 /url/ hang'
}

# An answer that is none, by its status.
statuses() {
	for status in 500 501 502 503 504 507 520 599; do
		passes "status $status once" "2 /url/ status $status"
	done
	passes 'status 408 once' '2 /url/ status 408'
	passes 'status 204 once' '2 /url/ status 204'
	passes 'status 206 with a page in it' "2 /url/ status 206 $page"
	passes 'status 201 with a page in it' "2 /url/ status 201 $page"
	passes 'status 500 with a page in it' "2 /url/ status 500 $page"
	passes 'status 503 with Retry-After in seconds' \
		'2 /url/ retry 503 Retry-After 1'
	passes 'status 503 with a Retry-After that is past' \
		'2 /url/ retry 503 Retry-After Sun, 01 Mar 2026 11:00:00 GMT'
	passes 'status 503 with a Retry-After that is none' \
		'2 /url/ retry 503 Retry-After soon'
	ends 'status 503 with Retry-After behind the deadline' 75 \
		"$url: status 503 simulated: simulated status 503" \
		'2 /url/ retry 503 Retry-After 3600'
	ends 'status 500 for ever' 75 \
		"$url: status 500 simulated: simulated status 500" \
		'* /url/ status 500'
}

# An answer that is none, by its body.
bodies() {
	passes 'HTML with 200' '2 /url/ html'
	passes 'HTML without its type' '2 /url/ status 200 <p>be back soon</p>'
	ends 'HTML for ever' 75 "$url: HTML came where JSON was due" '* /url/ html'
	passes 'bytes that are no text' '2 /url/ garbage'
	passes 'an empty body' '2 /url/ status 200 '
	passes 'plain text' '2 /url/ status 200 OK'
	passes 'JSON that is no object' '2 /url/ status 200 []'
	passes 'an object of nothing' '2 /url/ status 200 {}'
	passes 'JSON that is cut in an intact frame' \
		'2 /url/ status 200 {"meta":{"status":200},"data":[{"clickLogs":[{'
	passes 'text behind the JSON' "2 /url/ status 200 $page x"
	passes 'a page without meta' '2 /url/ status 200 {"data":[],"fail":[]}'
	passes 'a page without meta.status' \
		'2 /url/ status 200 {"meta":{},"data":[],"fail":[]}'
	passes 'a page without data' '2 /url/ status 200 {"meta":{"status":200}}'
	passes 'data that is no array' \
		'2 /url/ status 200 {"meta":{"status":200},"data":{}}'
	passes 'data twice' \
		'2 /url/ status 200 {"meta":{"status":200},"data":[],"data":[]}'
	passes 'two elements of data' \
		'2 /url/ status 200 {"meta":{"status":200},"data":[{},{}]}'
	passes 'records twice' \
		'2 /url/ status 200 {"meta":{"status":200},"data":[{"clickLogs":[],"clickLogs":[]}]}'
	passes 'records that are no array' \
		'2 /url/ status 200 {"meta":{"status":200},"data":[{"clickLogs":{}}]}'
	passes 'records of another log' \
		'2 /url/ status 200 {"meta":{"status":200},"data":[{"attachmentLogs":[]}]}'
	passes 'a next that is no text' \
		'2 /url/ status 200 {"meta":{"status":200,"pagination":{"next":7}},"data":[]}'
	passes 'meta.status 500 with 200' \
		'2 /url/ status 200 {"meta":{"status":500},"data":[]}'
	ends 'what is no page for ever, and never one before' 75 \
		"$url: not JSON at byte 0: expected a value" '* /url/ garbage'
}

# It says that it failed.
failures() {
	passes 'fail with 200, API 1.0' '2 /url/ fail err_busy come back later'
	passes 'fail with 200, API 2.0' '2 /url/ flatfail 200 Busy come back later'
	passes 'fail without a code' \
		'2 /url/ status 200 {"meta":{"status":200},"data":[],"fail":[{}]}'
	ends 'fail for ever' 75 "$url: fail: err_busy come back later" \
		'* /url/ fail err_busy come back later'
	passes 'err_developer_key once' '2 /url/ fail err_developer_key wrong'
	ends 'err_developer_key twice' 77 \
		"$url: status 200 err_developer_key: wrong: $check_credentials" \
		'2-3 /url/ fail err_developer_key wrong'
	for code in token_expired token_verification_failed InvalidClientIdentifier; do
		passes "401 $code once" "2 /url/ flatfail 401 $code no"
	done
	ends '401 twice' 77 "$url: status 401 token_expired: no: $check_credentials" \
		'2-3 /url/ flatfail 401 token_expired no'
	ends '401 without a body' 77 "$url: status 401: $check_credentials" \
		'2-3 /url/ status 401 -'
}

# It refuses.
refusals() {
	ends '403' 69 "$url: status 403 app_forbidden: no: grant the application the role Monitoring | URL Protection | Read" \
		'2 /url/ flatfail 403 app_forbidden no'
	ends '403 in meta.status' 69 "$url: status 403: grant the application the role Monitoring | URL Protection | Read" \
		'2 /url/ status 200 {"meta":{"status":403},"data":[]}'
	ends '404' 69 "$url: status 404 simulated: simulated status 404: there is no such call: check base_url" \
		'1 /url/ status 404'
	ends '400 to a first page' 69 "$url: status 400 err_validation: what: the service refuses the request" \
		'1 /url/ flatfail 400 err_validation what'
	ends '410 to a first page' 69 "$url: status 410 simulated: simulated status 410: the service refuses the request" \
		'1 /url/ status 410'
	ends '418' 77 "$url: status 418 simulated: simulated status 418: the access key has expired: set the service user's Authentication Cache TTL to Never Expires and make new keys" \
		'2 /url/ status 418'
	ends 'err_xdk_binding_expired with 200' 77 "$url: status 418 err_xdk_binding_expired: old: the access key has expired: set the service user's Authentication Cache TTL to Never Expires and make new keys" \
		'2 /url/ fail err_xdk_binding_expired old'
	ends 'a redirect' 69 "$url: $ask: status 302, a redirect: it is not followed: check base_url" \
		'2 /url/ status 302 -'


	# Quota.
	passes '429 with X-RateLimit-Reset' '2 /ttp/ retry 429 X-RateLimit-Reset 300'
	passes '429 with X-RateLimit-Reset 0' '2 /ttp/ retry 429 X-RateLimit-Reset 0'
	passes '429 with Retry-After' '2 /ttp/ retry 429 Retry-After 1'
	lasts '429 in meta.status' 30 \
		"extract[acme]: the service's quota is used up until 2026-03-01T12:00:30Z: run again then" \
		'2 /url/ status 200 {"meta":{"status":429},"data":[]}'
}

others() {
	# Tokens, totals, encodings.
	passes 'a page token refused once' '2 /url/ refuse-token'
	passes 'a page token refused twice' '2 /url/ refuse-token' \
		'4 /url/ refuse-token'
	passes 'a page token refused with 404' '2 /url/ status 404'
	passes 'a page token refused with 410' '2 /url/ status 410'
	passes 'a page token that repeats' '2 /url/ repeat-token'
	passes 'a page token refused in each log' '2 /url/ refuse-token' \
		'2 /attachment/ refuse-token' '2 /impersonation/ refuse-token'
	passes 'no totals' '* /ttp/ no-total'
	passes 'a total that is too large, once' '1 /url/ total 9999'
	passes 'a total that is too small, once' '2 /url/ total 0'
	passes 'a total that is too large, always' '* /url/ total 9999'
	passes 'gzip now and then' '/2 /ttp/ gzip'
	passes 'a body of 70 MB' '2 /url/ big 70000000'
	passes 'a body that unpacks to 80 MB' '2 /url/ bomb 80000000'


	# The clock.
	passes 'a Date 299 seconds ahead' '* /oauth/ skew 299' '* /ttp/ skew 299'
	ends 'the Date of a token 301 seconds ahead' 74 \
		"extract[acme]: clock: it is 301 seconds behind the service's, nothing was planned: set the clock of this machine" \
		'1 /oauth/ skew 301'
	ends 'the Date of a page 301 seconds behind' 74 \
		"extract[acme]: window 1: clock: it is 301 seconds ahead of the service's, a page was not stored: set the clock of this machine" \
		'1 /url/ skew -301'


	# The access token.
	for status in 500 503; do
		passes "status $status for a token" "1 /oauth/ status $status"
	done
	passes 'status 429 for a token' '1 /oauth/ retry 429 X-RateLimit-Reset 300'
	lasts 'status 429 for a token, for long' 30 \
		"extract[acme]: token: status 429: quota used up: the service's quota is used up until 2026-03-01T12:00:30Z: run again then" \
		'1 /oauth/ status 429'
	passes 'a reset for a token' '1 /oauth/ reset'
	passes 'HTML for a token' '1 /oauth/ html'
	passes 'no token in the answer' '1 /oauth/ status 200 {"expires_in":1799}'
	ends 'no token, for ever' 75 \
		'extract[acme]: token: the answer holds no access_token: deadline_s leaves no time to try again: run again to go on' \
		'* /oauth/ status 200 {}'
	passes 'a token with a line end' \
		'1 /oauth/ status 200 {"access_token":"a\r\nb"}'
	passes 'a token that is not known' '1 /oauth/ status 200 {"access_token":"x"}'
	for status in 400 401; do
		ends "status $status for a token" 77 \
			"extract[acme]: token: status $status: the service refuses the credentials: check client_id_file and client_secret_file" \
			"1 /oauth/ status $status"
	done
	ends 'status 403 for a token' 69 \
		'extract[acme]: token: status 403: the service refuses: ask its administrator' \
		'1 /oauth/ status 403'
}

# API 1.0, where it is not the same code.
api_1s() {
	api=1.0
	passes 'API 1.0: status 500 once' '2 /url/ status 500'
	passes 'API 1.0: HTML' '2 /url/ html'
	passes 'API 1.0: cut in a record' '2 /url/ truncate 2000'
	passes 'API 1.0: fail with 200' '2 /url/ fail err_busy come back later'
	passes 'API 1.0: the other envelope' '2 /url/ flatfail 200 Busy come back'
	passes 'API 1.0: a page token refused' '2 /url/ refuse-token'
	passes 'API 1.0: 429' '2 /ttp/ retry 429 X-RateLimit-Reset 300'
	passes 'API 1.0: err_developer_key once' '2 /url/ fail err_developer_key no'
	ends 'API 1.0: err_developer_key twice' 77 \
		"$url: status 200 err_developer_key: wrong: $check_credentials" \
		'2-3 /url/ fail err_developer_key wrong'
	passes 'API 1.0: a signature refused once' \
		'2 /url/ flatfail 401 err_xdk_invalid_signature no'
	ends 'API 1.0: a signature refused twice' 77 \
		"$url: status 401 err_xdk_invalid_signature: 0004 Invalid Signature: $check_credentials" \
		'2-3 /url/ flatfail 401 err_xdk_invalid_signature 0004 Invalid Signature'
	ends 'API 1.0: 403' 69 "$url: status 403 app_forbidden: no: grant the application the role Monitoring | URL Protection | Read" \
		'2 /url/ flatfail 403 app_forbidden no'
	ends 'API 1.0: 418' 77 "$url: status 418 simulated: simulated status 418: the access key has expired: set the service user's Authentication Cache TTL to Never Expires and make new keys" \
		'2 /url/ status 418'
	ends 'API 1.0: a wrong clock' 74 \
		"extract[acme]: clock: it is 301 seconds behind the service's, nothing was planned: set the clock of this machine" \
		'* / skew 301'
	ends 'API 1.0: a wrong clock, told by a page' 74 \
		"extract[acme]: window 1: clock: it is 301 seconds behind the service's, a page was not stored: set the clock of this machine" \
		'1 /url/ skew 301'
}

"$1"
done_testing
