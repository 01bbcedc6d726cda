#!/bin/sh
# m2s-load to a syslog receiver, over TCP and TLS: CEF, framings, and what the
# end of a connection says.
# shellcheck source=tests/cli/load.sh
. tests/cli/load.sh

syslog_pid=

stop_syslog() {
	test -n "$syslog_pid" || return 0
	exec 7>&-
	wait "$syslog_pid"
	syslog_pid=
}

clean_up_all() {
	stop_syslog
	clean_up
}
trap clean_up_all EXIT

# start_syslog OPTIONS...: a receiver; what it gets is in $dir/received.
start_syslog() {
	stop_syslog
	rm -f "$dir/received" "$dir/syslog.in" "$dir/syslog.out"
	mkfifo "$dir/syslog.in"
	"$bin/sim-syslog" --out "$dir/received" "$@" \
		<"$dir/syslog.in" >"$dir/syslog.out" 7>&- 8>&- 9>&- &
	syslog_pid=$!
	exec 7>"$dir/syslog.in"
	syslog_port=$(wait_port "$dir/syslog.out")
}

# siem N SCHEME [LINES]: N alerts for a syslog sink alone.
siem() {
	fresh "$1"
	sed -i '/sinks:/,$d' "$dir/m2s.conf"
	cat >>"$dir/m2s.conf" <<-END
	    sinks:
	      - name: siem
	        type: syslog
	        url: syslog+$2://127.0.0.1:$syslog_port
	END
	test "$2" = tcp || echo "        ca_file: $pki/ca.pem" >>"$dir/m2s.conf"
	test -z "${3:-}" || echo "$3" | sed 's/^/        /' >>"$dir/m2s.conf"
}

tls="--cert $pki/server.pem --key $pki/server.key"

# lines FILE: the messages of octet-counted frames, one a line.
lines() {
	LC_ALL=C awk '{
		data = data $0 "\n"
	} END {
		data = substr(data, 1, length(data) - 1)
		while (data != "") {
			space = index(data, " ")
			n = substr(data, 1, space - 1)
			print substr(data, space + 1, n)
			data = substr(data, space + 1 + n)
		}
	}' "$1"
}

# bodies: what was sealed, in order.
bodies() {
	sql 'SELECT CAST(body AS TEXT) FROM batch_body ORDER BY batch_id' |
		sed '/^$/d'
}

last() {
	sql 'SELECT outcome || "|" || detail FROM receipt
		ORDER BY receipt_id DESC LIMIT 1'
}

# closed HOW: so ends the last receipt's detail.
closed() {
	case "$(last)" in
	*"$1") ;;
	*) last && return 1 ;;
	esac
}

# What is handed over
start_syslog
siem 25 tcp 'framing: lf
batch_alerts: 10'
check 'over TCP, with line feeds' expect 0 load
check 'all is delivered' prints 'siem.delivered 25'
check 'each batch in a connection of its own' prints 'siem.batches 3'
check 'what came are the sealed bytes' same "$(bodies)" cat "$dir/received"
check 'the receipt says no more than is true' same 'handed over' sql \
	'SELECT DISTINCT outcome FROM receipt'
check 'and how it ended' same "handed over|127.0.0.1:$syslog_port: $(sql \
	'SELECT bytes FROM batch ORDER BY batch_id DESC LIMIT 1') bytes, closed in order" last
check 'the events are CEF' sh -c "'$bin/cef-read' '$dir/received' >'$dir/events'"
check 'one for each alert' same "$(sql 'SELECT lower(hex(alert_id)) FROM alert
	ORDER BY alert_no')" sqlite3 :memory: "SELECT json_extract(value,
	'\$.externalId') FROM json_each('[' || replace(rtrim(CAST(
	readfile('$dir/events') AS TEXT), char(10)), char(10), ',') || ']')"
check 'the views agree' consistent
check 'nothing is sent again' expect 0 load

start_syslog
siem 25 tcp 'batch_alerts: 10'
check 'over TCP, with octets counted' expect 0 load
check 'what came are the sealed messages' same "$(bodies)" \
	lines "$dir/received"

# shellcheck disable=SC2086 # a list of words
start_syslog $tls
siem 25 tls 'batch_alerts: 10'
check 'over TLS' expect 0 load
check 'octets are counted' same "$(bodies)" lines "$dir/received"
check 'the end of the stream is noted' closed 'closed with close_notify'

# shellcheck disable=SC2086
start_syslog $tls --fault '*:no-notify'
siem 3 tls
check 'a stream that just ends is handed over, too' expect 0 load
check 'which is noted' closed 'closed without close_notify'

# shellcheck disable=SC2086
start_syslog $tls --client-ca "$pki/ca.pem"
siem 3 tls "client_cert_file: $pki/server.pem
client_key_file: $pki/server.key"
check 'a certificate of our own does' expect 0 load
# shellcheck disable=SC2086
start_syslog $tls --client-ca "$pki/ca.pem"
siem 3 tls "client_cert_file: $pki/foreign.pem
client_key_file: $pki/foreign.key"
check 'one that is foreign does not' expect 69 load
check 'which is said' grep -q "sink siem: batch 1: 127.0.0.1:$syslog_port: .*: check the sink's ca_file and client_cert_file\$" "$dir/err"
check 'at the first attempt' same '1|not taken' sql 'SELECT attempt, outcome
	FROM receipt'
check 'and nothing came' test ! -s "$dir/received"

# Whom we trust
for which in expired foreign; do
	start_syslog --cert "$pki/$which.pem" --key "$pki/$which.key"
	siem 3 tls
	check "a certificate that is $which is not trusted" expect 69 load
	check "which is said ($which)" grep -q "sink siem: batch 1: 127.0.0.1:$syslog_port: .*: check the sink's ca_file and client_cert_file\$" "$dir/err"
	check "nothing was taken ($which)" same 'not taken' sql \
		'SELECT outcome FROM receipt'
	check "nothing came ($which)" test ! -s "$dir/received"
done
# shellcheck disable=SC2086
start_syslog $tls
siem 3 tls
sed -i 's/127.0.0.1:/127.1:/' "$dir/m2s.conf"
check 'a certificate of another host does not do' expect 69 load
check 'which is said' says "load[acme]: sink siem: batch 1: 127.1:$syslog_port: hostname mismatch: check the sink's ca_file and client_cert_file"
check 'nothing came' test ! -s "$dir/received"
sed -i 's/127.1:/localhost:/' "$dir/m2s.conf"
check 'one for its name does' expect 0 load
siem 3 tls
sed -i 's/ca.pem/none.pem/' "$dir/m2s.conf"
check 'a missing ca_file is the configuration' expect 78 load
check 'with its name' grep -q "sink siem: $pki/none.pem: " "$dir/err"

# Doubt
# broken OUTCOME FAULT [OPTIONS]: one attempt meets a fault, the next does not.
broken() {
	want=$1
	what=$2
	shift 2
	for scheme in tcp tls; do
		options=
		test "$scheme" = tcp || options=$tls
		# shellcheck disable=SC2086
		start_syslog $options --fault "1:$what" "$@"
		siem 25 "$scheme" 'deadline_s: 20'
		check "$scheme, $what: it is sent again" expect 0 load
		check "$scheme, $what: the receipt says $want" same "$want" \
			sql 'SELECT outcome FROM receipt WHERE attempt = 1'
		check "$scheme, $what: the flag tells the doubt" flagged \
			"$(test "$want" = 'in doubt' && echo 1 || echo 0)"
		check "$scheme, $what: the views agree" consistent
	done
}
broken 'in doubt' reset
broken 'in doubt' early
broken 'in doubt' reset-after

start_syslog --fault '*:hang'
siem 3 tcp 'deadline_s: 2'
check 'a receiver that never closes has not taken it for sure' expect 75 load
check 'so it is in doubt' prints 'siem.in_doubt 1'
stop_syslog
siem 3 tcp 'deadline_s: 1'
check 'a receiver that is not there' expect 75 load
check 'has taken nothing' same 'not taken' sql 'SELECT DISTINCT outcome FROM receipt'

# Text from e-mail, through the programs: every format comes back exactly.
start_syslog
siem 60 tcp 'batch_alerts: 7'
also array file "dir: $dir/array"
echo '        format: array' >>"$dir/m2s.conf"
also lines file "dir: $dir/lines"
also cef file "dir: $dir/cef"
echo '        format: cef' >>"$dir/m2s.conf"
rm -rf "$dir/array" "$dir/lines" "$dir/cef"
sqlite3 "$db" <tests/fixtures/hostile.sql
check 'hostile text is sent to all kinds of sinks' expect 0 load

# back EVENTS KEYS: how many alerts come back from a file of JSON lines
# exactly, KEYS being where each of their texts is.
back() {
	sqlite3 -readonly "$db" "WITH e AS (SELECT value AS v FROM json_each(
		'[' || replace(rtrim(CAST(readfile('$1') AS TEXT), char(10)),
			char(10), ',') || ']'))
	SELECT count(*) FROM e JOIN alert a JOIN alert_mapping m USING (alert_no)
	WHERE lower(hex(a.alert_id)) = json_extract(v, '\$.$2')
	  AND m.alert_type = json_extract(v, '\$.$3')
	  AND a.sender = json_extract(v, '\$.$4')
	  AND a.recipient = json_extract(v, '\$.$5')
	  AND a.subject = json_extract(v, '\$.$6')
	  AND a.message_id = json_extract(v, '\$.$7')
	  AND a.url = json_extract(v, '\$.$8')
	  AND a.file_name = json_extract(v, '\$.$9')
	  AND a.file_type = json_extract(v, '\$.fileType')
	  AND a.file_hash = json_extract(v, '\$.fileHash')
	  AND a.verdict = json_extract(v, '\$.${10}')
	  AND a.action = json_extract(v, '\$.${11}')"
}
cat "$dir"/lines/* >"$dir/events"
check 'lines come back exactly' same 60 back "$dir/events" id alertType \
	from to subject messageId url fileName verdict action
sqlite3 :memory: "SELECT e.value FROM (SELECT CAST(readfile(name) AS TEXT) AS t
	FROM fsdir('$dir/array') WHERE name LIKE '%.json') JOIN json_each(t) e" \
	>"$dir/events"
check 'arrays come back exactly' same 60 back "$dir/events" id alertType \
	from to subject messageId url fileName verdict action
cat "$dir"/cef/* | "$bin/cef-read" >"$dir/events"
check 'CEF in files comes back exactly' same 60 back "$dir/events" \
	externalId 'header[5]' suser duser msg cs3 request fname outcome act
lines "$dir/received" | "$bin/cef-read" >"$dir/events"
check 'CEF over syslog comes back exactly' same 60 back "$dir/events" \
	externalId 'header[5]' suser duser msg cs3 request fname outcome act
check 'the views agree about it all' consistent

done_testing
