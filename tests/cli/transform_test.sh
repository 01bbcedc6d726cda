#!/bin/sh
# m2s-transform on pages of our own, put there by the sqlite3 shell.
. tests/cli/lib.sh

fixtures=tests/fixtures/transform
db=$dir/state/acme/staging.db

# fresh [CONFIG-LINES]: an empty staging database.
fresh() {
	rm -rf "$dir/state"
	write_config
	printf '%s' "${1:-}" >>"$dir/m2s.conf"
	m2s transform -T "$now" >/dev/null || exit 1
	sqlite3 "$db" "INSERT INTO run (run_id, stage, version, started_at)
		VALUES (100, 'extract', 'test', 1)"
	window=0
}

# array LOG: the name of its array of records.
array() {
	case $1 in
	url) echo clickLogs ;;
	attachment) echo attachmentLogs ;;
	impersonation) echo impersonationLogs ;;
	esac
}

# body LOG RECORDS-FILE: a page with these records, one on each line.
body() {
	printf '{"meta":{"status":200},"data":[{"%s":[' "$(array "$1")"
	sed '$!s/$/,/' "$2"
	printf ']}],"fail":[]}'
}

# page_sql WINDOW NUMBER FILE DIGEST LAST: a page and its body.
page_sql() {
	token=NULL
	next=NULL
	test "$2" = 1 || token="'t$2'"
	test "$2" = "$5" || next="'t$(($2 + 1))'"
	cat <<-END
	INSERT INTO page (window_id, attempt, number, run_id, request,
	  page_token, http_status, fetched_at, body_digest, body_bytes, records,
	  next_token)
	VALUES ($1, 1, $2, 100, '{}', $token, 200, 1, x'$4',
	  length(readfile('$3.json')), $(wc -l <"$3"), $next);
	INSERT INTO page_body (page_id, body)
	VALUES (last_insert_rowid(), readfile('$3.json'));
	END
}

# put_window LOG RECORDS-FILE LINES-A-PAGE [STATE [RECONCILED [REREAD-OF]]]:
# the next window, its pages with so many records each.
put_window() {
	window=$((window + 1))
	from=$((${6:-$window} * 3600))
	rm -rf "$dir/pages"
	mkdir "$dir/pages"
	split -a 4 -l "$3" "$2" "$dir/pages/"
	last=0
	for part in "$dir"/pages/????; do
		body "$1" "$part" >"$part.json"
		last=$((last + 1))
	done
	sha256sum "$dir"/pages/*.json | sed 's/.json$//' >"$dir/digests"
	{
		cat <<-END
		BEGIN;
		INSERT INTO window (window_id, uid, log, from_at, to_at, origin,
		  reread_of, state, run_id, planned_at, page_size, reconciled,
		  closed_at, closed_order)
		VALUES ($window, randomblob(16), '$1', $from, $from + 3600,
		  iif(${6:-NULL} IS NULL, 'live', 'reread'), ${6:-NULL},
		  '${4:-complete}', 100, 1, $3, nullif('${5-no_total}', ''), 1, $window);
		END
		number=0
		while read -r digest part; do
			number=$((number + 1))
			page_sql $window $number "$part" "$digest" $last
		done <"$dir/digests"
		cat <<-END
		UPDATE window SET pages = $last, records =
		  (SELECT sum(records) FROM page WHERE window_id = $window)
		WHERE window_id = $window;
		INSERT INTO gap (log, from_at, to_at, reason, window_id, run_id,
		  found_at)
		SELECT log, from_at, to_at, 'unreadable', window_id, run_id, 1
		FROM window WHERE window_id = $window AND state = 'lost';
		COMMIT;
		END
	} >"$dir/window.sql"
	sqlite3 "$db" <"$dir/window.sql"
}

# All records of the fixtures, and then the clicks once more: the end first,
# with a third and a changed one among them.
put_fixtures() {
	put_window url $fixtures/url.records "$1"
	put_window attachment $fixtures/attachment.records "$1"
	put_window impersonation $fixtures/impersonation.records "$1"
	{
		tail -n 30 $fixtures/url.records
		head -n 8 $fixtures/url.records
		head -n 1 $fixtures/url.records
		head -n 1 $fixtures/url.records | sed 's/Sale/Sale!/'
	} >"$dir/again"
	put_window url "$dir/again" "$1" complete no_total 1
}

judge() {
	m2s transform -T "$now" -q
}

records() {
	sql 'SELECT w.window_id, r.offset, r.length, o.name, c.name,
		r.occurred_at, r.alert_no, r.twin, r.text_anomaly
		FROM record r JOIN page p ON p.page_id = r.record_id >> 25
		JOIN window w USING (window_id) JOIN outcome o USING (outcome)
		JOIN reason c USING (reason) ORDER BY r.record_id'
}

# Everything that does not tell of pages and runs.
alerts() {
	sqlite3 -readonly -quote "$db" 'SELECT alert_no, hex(alert_id),
		hex(digest), twin, hex(natural_key), log, occurred_at, sender,
		recipient, subject, url, file_name, file_type, file_hash,
		message_id, source_ip, verdict, action, text_anomaly,
		revision_of, alert_type, type_rule, threat_id, threat_name,
		threat_rule, rule_no, severity
		FROM alert JOIN alert_mapping USING (alert_no)
		ORDER BY alert_no'
}

digest() {
	alerts | sha256sum
}

equals_file() {
	"$1" >"$dir/got"
	diff -u "$2" "$dir/got"
}

no_violation() {
	same '' sql 'SELECT * FROM v_violation'
}

fresh
check 'without windows there is nothing to do' \
	expect 0 m2s transform -T "$now"
check 'and that is what it says' prints 'records 0'

put_fixtures 7
before=$(sql 'SELECT count(*) FROM run')
check 'a dry run reads' expect 0 m2s transform -n -T "$now"
check 'it counts what is to be judged' prints 'windows 4'
check 'in pages, too' prints 'pages 20'
check 'in records, too' prints 'records 127'
check 'it writes nothing' same "$before" sql 'SELECT count(*) FROM run'
check 'not even a record' same 0 sql 'SELECT count(*) FROM record'

check 'records of all kinds are judged' expect 0 m2s transform -T "$now"
while read -r line; do
	check "the summary says: $line" prints "$line"
done <$fixtures/summary.expected
check 'each has the row that is due' \
	equals_file records $fixtures/records.expected
check 'and the alert that is due' equals_file alerts $fixtures/alerts.expected
check 'each rule but one decided one of them, and shows' same seam sql "SELECT
	group_concat(name) FROM reason
	WHERE name NOT IN (SELECT reason FROM v_record)"
check 'no promise is broken' no_violation
check 'JSON says the same' expect 0 m2s transform -T "$now" --json
# But for the archive, whose chain differs each time.
in_one_line() {
	sed -i 's/, "archives": .*/}/' "$dir/out"
	prints '{"program": "m2s-transform", "tenant": "acme", "status": 0, "windows": 0, "pages": 0, "records": 0, "invalid": 0, "clean": 0, "duplicate": 0, "alerts": 0, "revisions": 0, "twins": 0, "type_rule.reason": 0, "type_rule.creationMethod": 0, "type_rule.ttpDefinition": 0, "type_rule.fixed": 0, "type_rule.default": 0, "threat_rule.exact": 0, "threat_rule.prefix": 0, "threat_rule.regex": 0, "threat_rule.default": 0}'
}
check 'in one line' in_one_line
check 'a further run changes nothing' \
	equals_file alerts $fixtures/alerts.expected
check 'nor the records' equals_file records $fixtures/records.expected

want=$(digest)
for size in 1 3 1000; do
	fresh
	put_fixtures $size
	TZ=Asia/Kolkata LC_ALL=C.UTF-8 judge >/dev/null
	check "pages of $size and another time zone: the same alerts" \
		same "$want" digest
done
fresh
put_fixtures 7
TZ=America/St_Johns LC_ALL=tr_TR.UTF-8 judge >/dev/null
check 'another locale: the same alerts' same "$want" digest

# A source that miscounts shows the end of a page again.
head -n 6 $fixtures/url.records >"$dir/six"
{
	cat "$dir/six"
	tail -n 2 "$dir/six"
	echo null
} >"$dir/seam"
fresh
put_window url "$dir/seam" 6 complete mismatch
check 'a window that does not reconcile is judged' expect 0 judge
check 'what the seam repeats counts once' same 'alert|4
clean|2
duplicate|2
invalid|1' sql 'SELECT name, count(*) FROM record JOIN outcome USING (outcome)
	GROUP BY name'
check 'it points to its alerts' same '2' sql 'SELECT count(*) FROM record r
	JOIN record o USING (alert_no) WHERE r.reason = 51 AND o.outcome = 4'

# Killed and run again, many times over; 32 times are some minutes in all, and
# a fault.
most=32
awk 'BEGIN {
	for (i = 0; i < 30000; i++)
		printf "{\"userEmailAddress\":\"u%d@x.example\",\"url\":\"https://x.example/%d\",\"scanResult\":\"%s\",\"date\":\"2026-03-01T%02d:%02d:%02dZ\"}\n", \
			i % 7, i % 9000, i % 3 ? "clean" : "malicious", \
			i % 9000 / 3600, i % 9000 / 60 % 60, i % 60
}' >"$dir/many"
fresh
put_window url "$dir/many" 500
put_window url "$dir/many" 700 lost ''
put_window url "$dir/many" 900 complete no_total 1
cp "$db" "$dir/many.db"
judge >/dev/null
want=$(digest)
want_records=$(records | sha256sum)
cp "$dir/many.db" "$db"
rm -f "$db-wal" "$db-shm"
killed=0
partial=0
delay=0.02
until timeout -s KILL "$delay" "$bin/m2s-transform" -c "$dir/m2s.conf" \
	-T "$now" --wait 10 -q >/dev/null 2>&1; do
	killed=$((killed + 1))
	left=$(sql 'SELECT count(*) FROM page WHERE NOT judged')
	test "$left" -gt 0 && test "$left" -lt 137 && partial=$((partial + 1))
	test $killed -lt $most || break
	delay=$(awk -v d="$delay" 'BEGIN { print d * 1.3 }')
done
check 'it was killed, at least once half way' \
	test "$killed" -ge 3 -a "$killed" -lt $most -a "$partial" -ge 1
check 'run to the end, it has the same alerts' same "$want" digest
check 'and the same records' test "$want_records" = "$(records | sha256sum)"
check 'and no promise broken' no_violation

# Stopped by a signal it ends in order.
cp "$dir/many.db" "$db"
rm -f "$db-wal" "$db-shm"
status=143 # before it listens, or before the tenant has its process
delay=0.02
stopped=0
while test $status = 143 || grep -q 'before it began' "$dir/err"; do
	timeout --preserve-status -k 60 "$delay" "$bin/m2s-transform" \
		-c "$dir/m2s.conf" -T "$now" --wait 10 >"$dir/out" 2>"$dir/err"
	status=$?
	stopped=$((stopped + 1))
	test $stopped -lt $most || break
	delay=$(awk -v d="$delay" 'BEGIN { print d * 1.3 }')
done
check 'a signal ends it with 75' test $status = 75
check 'and it says so' grep -q 'stopped by a signal: the next run goes on' \
	"$dir/err"
check 'the next run goes on' expect 0 judge
check 'to the same alerts' same "$want" digest

# Too many invalid ones.
clean='{"userEmailAddress":"u","url":"u","scanResult":"clean","date":"2026-03-01T10:00:00Z"}'
yes '{"userEmailAddress":"u"}' | head -n 6 >"$dir/bad"
yes "$clean" | head -n 94 >>"$dir/bad"
fresh
put_window url "$dir/bad" 10
check 'more invalid records than allowed: 3' expect 3 m2s transform -T "$now"
check 'it names them' says 'transform[acme]: url: 6 of 100 records are invalid, most often url.url.empty (6); max_invalid_ratio is 0.05: look at v_invalid'
check 'they are judged all the same' same 100 sql 'SELECT count(*) FROM record'
fresh '    max_invalid_ratio: 0.06
'
put_window url "$dir/bad" 10
check 'as many as allowed: 0' expect 0 m2s transform -T "$now"

# Damage.
fresh
put_window url "$dir/six" 2
sqlite3 "$db" "UPDATE page_body SET body = CAST(replace(body, 'Sale', 'sale') AS BLOB)
	WHERE page_id = 3"
check 'a body that was changed is refused: 65' expect 65 m2s transform -T "$now"
check 'it names the page' says 'transform[acme]: url: window 1: page 3: its body is not the one that was stored: the database is damaged, restore it from a copy'
check 'the pages before it are judged' same 4 sql 'SELECT count(*) FROM record'

# Mappings.
cat >"$dir/mapping.json" <<'END'
{
  "version": "ours-2",
  "attack_version": "17",
  "rules": [
    {"alertType": "Default Inbound URL Protect Definition", "match": "exact",
     "threatId": "T1566.002", "threatName": "Spearphishing Link", "severity": 9},
    {"alertType": "Impersonation", "match": "prefix",
     "threatId": "T1656", "threatName": "Impersonation"}
  ],
  "defaults": {
    "url": {"alertType": "A link", "threatId": "T1566.002", "threatName": "Spearphishing Link"},
    "attachment": {"alertType": "A file", "threatId": "T1566.001", "threatName": "Spearphishing Attachment"},
    "impersonation": {"alertType": "A name", "threatId": "T1656", "threatName": "Impersonation"}
  }
}
END
fresh "    mapping_file: $dir/mapping.json
"
put_fixtures 7
check 'a mapping of the tenant is used' expect 0 m2s transform -T "$now"
check 'its version is kept once' same 'ours-2|17|5' sql 'SELECT version,
	attack_version, count(*) FROM mapping JOIN mapping_rule
	USING (mapping_id)'
check 'its rules name the threats' same 'A link|default|T1566.002|7
Default Inbound URL Protect Definition|exact|T1566.002|9
Impersonation Attempt|prefix|T1656|5
Unsafe Email Attachment|default|T1566.001|4
Unsafe Email Attachment|default|T1566.001|7' sql "SELECT DISTINCT alert_type,
	threat_rule, threat_id, severity FROM alert_mapping
	WHERE alert_type NOT LIKE 'I%' OR alert_type LIKE 'Impersonation%'
	EXCEPT SELECT 'User Click', 'default', 'T1566.002', 7
	ORDER BY alert_type, severity"
sed -i 's/"ours-2"/"ours-3"/' "$dir/mapping.json"
check 'a changed file' expect 0 m2s transform -T "$now"
check 'is a further version' same 'ours-2
ours-3' sql 'SELECT version FROM mapping ORDER BY mapping_id'
sed -i 's/"severity": 9/"severity": 90/' "$dir/mapping.json"
check 'a wrong mapping: 65' expect 65 m2s transform -T "$now"
check 'with its place' says "transform[acme]: $dir/mapping.json:6:79: severity must be a whole number from 0 to 10"
rm "$dir/mapping.json"
check 'no mapping file: 78' expect 78 m2s transform -T "$now"
check 'with the place of its key' says "transform[acme]: $dir/m2s.conf:20:5: tenants[0].mapping_file: $dir/mapping.json: cannot be read: No such file or directory"

# Another mapping over what is there: compared, then applied.
two=$dir/two.json
sed -e 's/"published-1"/"two"/' -e '/"Default Inbound URL Protect Definition"/{
	s/T1598.003/T1566.002/
}' -e '/"alertType": "Unsafe Email Attachment", "match"/s/}/, "severity": 9}/' \
	transform/published.json >"$two"
fresh
put_fixtures 7
m2s transform -T "$now" -q >/dev/null
before=$(sha256sum <"$db")
check 'the same mapping changes nothing: 0' \
	expect 0 m2s transform -T "$now" --diff transform/published.json
check 'it says so' prints 'changed 0'
changed="alert_type IN ('Default Inbound URL Protect Definition',
	'Unsafe Email Attachment')"
check 'two changed rules change some: 1' \
	expect 1 m2s transform -T "$now" --diff "$two"
of=$(sql "SELECT format('%d of %d', count(*) FILTER (WHERE $changed), count(*))
	FROM alert JOIN alert_mapping USING (alert_no)")
check 'how many' says "transform[acme]: with $two, $of alerts would change"
names_exactly() {
	same "$(sql "SELECT 'alert ' || lower(hex(alert_id))
		FROM alert JOIN alert_mapping USING (alert_no)
		WHERE $changed ORDER BY alert_no")" grep '^alert ' "$dir/out"
}
check 'it names exactly the alerts that change' names_exactly
check 'and counts what they were and would be' same "$(sql "SELECT format(
	'change %d %s: %s, %s %s, %d -> %s, %s %s, %d', count(*), log,
	alert_type, threat_id, threat_name, severity, alert_type,
	iif(log = 'url', 'T1566.002', threat_id), threat_name,
	iif(log = 'url', severity, 9))
	FROM alert JOIN alert_mapping USING (alert_no) WHERE $changed
	GROUP BY alert_type, severity")" grep '^change ' "$dir/out"
check 'JSON says the same' \
	expect 1 m2s transform -T "$now" --json --diff "$two"
check 'in one line' test "$(grep -c '"changed_alerts": \["' "$dir/out")" = 1
unwritten() {
	test ! -s "$db-wal" && test "$before" = "$(sha256sum <"$db")"
}
check 'nothing was written' unwritten
check 'a mapping that is not there: 64' \
	expect 64 m2s transform -T "$now" --diff "$dir/nope.json"
check 'it is named' \
	says "transform[acme]: --diff: $dir/nope.json cannot be read: No such file or directory"
echo '{}' >"$dir/wrong.json"
check 'a wrong mapping to compare: 65' \
	expect 65 m2s transform -T "$now" --diff "$dir/wrong.json"
check 'with its place, too' says "transform[acme]: $dir/wrong.json:1:1: a mapping needs version"
check 'one or the other: 64' \
	expect 64 m2s transform -T "$now" --remap --diff "$two"

mapped() {
	sqlite3 -readonly -quote "$db" "SELECT hex(alert_id), alert_type,
		type_rule, threat_id, threat_name, threat_rule, rule_no,
		severity FROM alert JOIN alert_mapping USING (alert_no)
		WHERE mapping_id = (SELECT max(mapping_id) FROM mapping)
		ORDER BY alert_no"
}
n=$(sql 'SELECT count(*) FROM alert')
sed -i '/^    sinks:/,$d' "$dir/m2s.conf"
echo "    mapping_file: $two" >>"$dir/m2s.conf"
check 'the alerts are sent to a file' expect 0 m2s load -T "$now"
batches=$(sql 'SELECT count(*) FROM batch')
check 'a dry run of --remap' expect 0 m2s transform -T "$now" -n --remap
check 'counts what it would map' prints "remapped $n"
check '--remap maps every alert anew' expect 0 m2s transform -T "$now" --remap
check 'and counts them' prints "remapped $n"
ends_with_head() {
	same "chain_head $(sql "SELECT lower(hex(chain)) FROM archive
		ORDER BY archive_no DESC LIMIT 1")" tail -n 1 "$dir/out"
}
check 'its last line is the chain head' ends_with_head
check 'there is nothing to send' expect 0 m2s load -T "$now"
check 'nothing was queued' same "$batches" sql 'SELECT count(*) FROM batch'
check 'both versions show' same "published-1 $n
two $n" sql "SELECT version || ' ' || alerts_mapped FROM v_mapping_history"
check 'lineage shows what was sent' same published-1 \
	sql 'SELECT DISTINCT mapping_version FROM v_lineage'
check '--remap again maps none' expect 0 m2s transform -T "$now" --remap
check 'it says 0' prints 'remapped 0'
check 'then nothing would change: 0' \
	expect 0 m2s transform -T "$now" --diff "$two"
check 'no promise is broken by it' no_violation
want=$(mapped)
fresh "    mapping_file: $two
"
put_fixtures 7
judge >/dev/null
check 'judging under it gives the same' same "$want" mapped

# The deciding rule, what it looked at, and the bytes.
traces() {
	expect 0 m2s audit -T "$now" trace "$(sql "SELECT lower(hex(alert_id))
		FROM alert WHERE alert_no = 1")" &&
		prints '  reason        new' &&
		prints '  ttpDefinition     "Default Inbound URL Protect Definition"' &&
		prints '  creationMethod    "User Click"' &&
		prints '  type_rule    ttpDefinition' &&
		prints '  threat_rule  exact' &&
		prints "  bytes  $(head -n 1 $fixtures/url.records)"
}
check 'the story of an alert has its rules and what they looked at' traces

# A mapping that says what it hardly means.
sed -e 's/"T1041"/"T104"/' -e '0,/"match": "exact"/s//"match": "prefix"/' \
	-e 's/"alertType": "Invalid Recipient", "match": "exact"/"alertType": "Impersonation Attempt 2", "match": "prefix"/' \
	transform/published.json >"$dir/odd.json"
check 'an odd mapping is used' \
	expect 1 m2s transform -T "$now" --diff "$dir/odd.json"
check 'and warned about: an id' says "transform[acme]: $dir/odd.json: rule 9 (Exceeding outbound thread limit): threatId T104 is none of ATT&CK's: T1234, T1234.001 or TA0001 is its shape"
check 'and warned about: a rule' says "transform[acme]: $dir/odd.json: rule 8 (Impersonation Attempt 2) is never met: rule 1 (prefix Impersonation Attempt) is met first"

# Records of ten megabytes, each in a page of its own: a text, nothing but
# tiny members in no order, and one as deep.
big='{"userEmailAddress":"u","url":"u","scanResult":"bad","date":"2026-03-01T10:00:00Z","tagMap":'
{
	printf '%s"' "$big"
	yes '\n' | head -n 5000000 | tr -d '\n'
	printf '"}\n'
} >"$dir/text"
awk -v big="$big" 'BEGIN {
	printf "%s{", big
	for (i = 0; i < 800000; i++)
		printf "%s\"%06d\":1", i ? "," : "", i * 7919 % 800000
	print "}}"
}' >"$dir/members"
{
	printf '%s' "$big"
	yes '[' | head -n 1000000 | tr -d '\n'
	yes ']' | head -n 1000000 | tr -d '\n'
	printf '}\n'
} >"$dir/deep"
# judges FILE MIB WANT: in so much memory, to this reason and twin.
judges() {
	fresh
	put_window url "$1" 1
	"$bin/peak-rss" "$bin/m2s-transform" -q -c "$dir/m2s.conf" -T "$now" \
		>"$dir/out" 2>"$dir/err" || {
		cat "$dir/out" "$dir/err"
		return 1
	}
	same "$3" sql 'SELECT reason FROM v_record' || return
	peak=$(sed -n 's/^peak //p' "$dir/err")
	echo "$peak KiB"
	test -n "${SANITIZED:-}" || test "$peak" -lt $(($2 * 1024))
}
check 'a text of ten megabytes is judged in 48 MiB' judges "$dir/text" 48 new
check '800,000 members are judged in 10 MiB a megabyte' \
	judges "$dir/members" 100 new
check 'a million levels are judged in 48 MiB' \
	judges "$dir/deep" 48 record.depth

# What the source adds.
fresh
sed 's/}$/,"n\\u0065w":1,"\\u001b[2J":{}}/' "$dir/six" >"$dir/added"
put_window url "$dir/added" 2 complete mismatch
check 'unknown fields are no fault' expect 0 judge
check 'they are noted once' same '\u001b[2J|6|1:0|1970-01-01T00:00:01Z
new|6|1:0|1970-01-01T00:00:01Z' sql "SELECT replace(name, char(27), '\u001b'),
	records, first_page_id || ':' || first_position, last_seen_utc
	FROM v_unknown_field"

done_testing
