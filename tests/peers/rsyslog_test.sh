#!/bin/sh
# The syslog sink into rsyslog with TLS: 10,000 events compared one by one.
# shellcheck source=tests/peers/lib.sh
. tests/peers/lib.sh

events=10000

start_rsyslog() {
	mkdir -p "$dir/rsyslog"
	cat >"$dir/rsyslog.conf" <<-END
	global(
	  workDirectory="$dir/rsyslog"
	  maxMessageSize="64k"
	  parser.escapeControlCharactersOnReceive="off"
	  defaultNetstreamDriver="ossl"
	  defaultNetstreamDriverCAFile="$pki/ca.pem"
	  defaultNetstreamDriverCertFile="$pki/server.pem"
	  defaultNetstreamDriverKeyFile="$pki/server.key"
	)
	module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1"
	  streamDriver.authMode="anon")
	template(name="raw" type="string" string="%rawmsg%\n")
	template(name="parsed" type="string"
	  string="%pri% %timereported:::date-rfc3339% %hostname% %app-name% %msgid%\n")
	ruleset(name="keep") {
	  action(type="omfile" file="$dir/received" template="raw")
	  action(type="omfile" file="$dir/parsed" template="parsed")
	}
	input(type="imtcp" port="0" address="127.0.0.1" ruleset="keep"
	  listenPortFileName="$dir/rsyslog/port")
	END
	rsyslogd -n -f "$dir/rsyslog.conf" -i "$dir/rsyslog/pid" \
		2>"$dir/rsyslog.err" 8>&- 9>&- &
	peer_pid=$!
	eventually test -s "$dir/rsyslog/port"
}

start_rsyslog
check 'rsyslog runs' test -s "$dir/rsyslog/port"
port=$(cat "$dir/rsyslog/port")
fresh "$events"
make_hostile
sed -i '/sinks:/,$d' "$dir/m2s.conf"
cat >>"$dir/m2s.conf" <<-END
    sinks:
      - name: siem
        type: syslog
        url: syslog+tls://127.0.0.1:$port
        ca_file: $pki/ca.pem
END

check 'all is handed over' expect 0 load
check 'to the last one' prints "siem.delivered $events"
check 'each batch by a connection that was closed in order' same \
	'handed over|1' sql 'SELECT outcome, count(DISTINCT
	substr(detail, instr(detail, "closed"))) FROM receipt GROUP BY 1'
sql 'SELECT detail FROM receipt LIMIT 1' | sed 's/^/# /'

has_all() {
	test "$(wc -l <"$dir/received")" = "$events"
}
check 'rsyslog has as many events' eventually has_all
sql 'SELECT CAST(body AS TEXT) FROM batch_body ORDER BY batch_id' |
	sed '/^$/d' | sort >"$dir/sealed"
check 'they are the sealed ones, byte for byte' sh -c \
	"sort '$dir/received' | cmp - '$dir/sealed'"
check 'rsyslog reads the header as it is meant' same \
	'132 acme m2s' sh -c "cut -d' ' -f1,3,4 '$dir/parsed' | sort -u"
check 'and the time' same "$(sql 'SELECT count(DISTINCT occurred_at) FROM alert')" \
	sh -c "cut -d' ' -f2 '$dir/parsed' | sort -u | wc -l"
check 'a strict reader reads them all' sh -c \
	"'$bin/cef-read' '$dir/received' >'$dir/events'"

# One by one, with the database: every text, exactly.
check 'each comes back exactly' same "$events" sqlite3 :memory: "
	ATTACH 'file:$db?mode=ro' AS s;
	CREATE TEMP TABLE event AS
	SELECT json_extract(value, '\$.externalId') AS id, value AS v
	FROM json_each('[' || replace(rtrim(CAST(readfile('$dir/events') AS TEXT),
		char(10)), char(10), ',') || ']');
	CREATE INDEX temp.event_by_id ON event (id);
	SELECT count(*) FROM s.alert a JOIN s.alert_mapping m USING (alert_no)
	JOIN event e ON e.id = lower(hex(a.alert_id))
	WHERE m.alert_type = json_extract(v, '\$.header[5]')
	  AND m.severity = json_extract(v, '\$.header[6]') + 0
	  AND a.occurred_at * 1000 = json_extract(v, '\$.rt') + 0
	  AND a.sender = json_extract(v, '\$.suser')
	  AND a.recipient = json_extract(v, '\$.duser')
	  AND a.subject = json_extract(v, '\$.msg')
	  AND a.url = json_extract(v, '\$.request')
	  AND a.file_name = json_extract(v, '\$.fname')
	  AND a.file_type = json_extract(v, '\$.fileType')
	  AND a.file_hash = json_extract(v, '\$.fileHash')
	  AND a.action = json_extract(v, '\$.act')
	  AND a.verdict = json_extract(v, '\$.outcome')
	  AND a.message_id = json_extract(v, '\$.cs3')
	  AND a.source_ip = json_extract(v, '\$.src')
	  AND m.threat_id = json_extract(v, '\$.cs1')
	  AND m.threat_name = json_extract(v, '\$.cs2')"
check 'the views agree' consistent

stop_peer
fresh 25
sed -i '/sinks:/,$d' "$dir/m2s.conf"
cat >>"$dir/m2s.conf" <<-END
    sinks:
      - name: siem
        type: syslog
        url: syslog+tls://127.0.0.1:$port
        ca_file: $pki/ca.pem
        deadline_s: 2
END
check 'rsyslog that is gone' expect 75 load
check 'has taken nothing' same 'not taken' sql \
	'SELECT DISTINCT outcome FROM receipt'

done_testing
