#!/bin/sh
# m2s-audit: each question, on a database made by hand.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
# shellcheck source=tests/cli/audit.sh
. tests/cli/audit.sh

make_staging tests/fixtures/audit.sql
before=$(sha256sum "$db")

check 'status' shows_status status.txt status
check 'status as JSON' shows_status status.json --json status
check 'coverage' shows coverage.txt coverage
check 'coverage as JSON' shows coverage.json --json coverage
check 'reconcile' shows reconcile.txt reconcile
check 'reconcile as JSON' shows reconcile.json --json reconcile
check 'check' shows check.txt check
check 'check as JSON' shows check.json --json check
check 'trace of an alert' \
	shows trace_alert.txt trace 69a41140000000000000000000000005
check 'trace of an alert, its id in capitals' \
	shows trace_alert.txt trace 69A41140000000000000000000000005
check 'trace of a record that is an alert' shows trace_alert.txt trace 5:0
check 'trace of a record that repeats one' shows trace_duplicate.txt trace 4:2
check 'trace of a record that is invalid' shows trace_invalid.txt trace 2:3
check 'trace as JSON' shows trace_invalid.json --json trace 2:3

check 'trace by a URL that a dropped record has' \
	shows search_url.txt trace --url https://fine.example/3
check 'trace by a URL that several records have' \
	shows search_several.txt trace --url https://bad.example/1
check 'trace by a recipient, in any case' \
	shows search_recipient.txt trace --recipient A@Example.ORG
check 'trace of what is looked for, as JSON' \
	shows search_url.json --json trace --url https://fine.example/3
check 'trace by two things' denies 1 \
	'audit[acme]: trace: nothing is known of that' \
	trace --url https://fine.example/3 --recipient a@example.org
check 'trace by a message that nobody knows' denies 1 \
	'audit[acme]: trace: nothing is known of that' trace --message-id x
check 'trace by a URL, of another time' denies 1 \
	'audit[acme]: trace: nothing is known of that' \
	trace --url https://fine.example/3 --to 2026-03-01T10:13:21Z
check 'trace by a URL, of its very second' \
	shows search_url.txt trace --url https://fine.example/3 \
	--from 2026-03-01T10:13:21Z --to 2026-03-01T10:13:22Z

metrics() {
	expect 0 audit -q status --metrics "$dir/m2s.prom" &&
		awk -f tests/metrics.awk "$dir/m2s.prom" &&
		test "$(stat -c %a "$dir/m2s.prom")" = 644 &&
		test ! -e "$dir/m2s.prom.new" || return
	for line in 'm2s_alerts{tenant="acme",sink="sophos",state="in doubt"} 1' \
		'm2s_lost_seconds{tenant="acme",log="url"} 5400' \
		'm2s_windows_unjudged{tenant="acme",log="attachment"} 1' \
		'm2s_records{tenant="acme",log="url",outcome="invalid"} 3' \
		'm2s_status_timestamp_seconds{tenant="acme"} 1772367000'; do
		grep -qxF "$line" "$dir/m2s.prom" || {
			echo "no line: $line"
			return 1
		}
	done
}
check 'metrics for Prometheus' metrics
no_metrics() {
	expect 0 audit -n status --metrics "$dir/none.prom" &&
		test ! -e "$dir/none.prom"
}
check 'a dry run writes no metrics' no_metrics
check 'metrics that cannot be written' denies 74 \
	"audit[acme]: $dir/none/m2s.prom.new: No such file or directory" \
	status --metrics "$dir/none/m2s.prom"
if command -v promtool >/dev/null; then
	promtool_agrees() {
		promtool check metrics <"$dir/m2s.prom"
	}
	check 'promtool finds nothing in them' promtool_agrees
else
	skip 'promtool finds nothing in them' 'promtool is not installed'
fi

query="SELECT alert_no, '=' || verdict AS v, url FROM alert
	WHERE alert_no IN (1, 5, 7); SELECT count(*) AS n FROM run"
check 'sql in a pipe' shows sql.txt sql "$query"
check 'sql in a box' shows sql.box sql --format box "$query"
check 'sql as a table' shows sql.table sql --format table "$query"
check 'sql as CSV, formulas defused' shows sql.csv sql --format csv "$query"
check 'sql as a stream of JSON' shows sql.json sql --format json "$query"
check 'sql as one object' shows sql_object.json --json sql "$query"
from_input() {
	echo "$query" | shows sql.txt sql
}
check 'sql of standard input' from_input
check 'sql explains' expect 0 audit sql 'EXPLAIN QUERY PLAN SELECT * FROM run'

lost='audit[acme]: source time is lost, in 2 places: table gap says why'
check 'coverage with gaps, when they fail' \
	denies 1 "$lost" coverage --fail-on-gap
check 'trace of an alert that is not there' denies 1 \
	'audit[acme]: trace: nothing is known of ffffffffffffffffffffffffffffffff' \
	trace ffffffffffffffffffffffffffffffff
check 'trace of a record that is not there' denies 1 \
	'audit[acme]: trace: nothing is known of 1:1' trace 1:1
for id in x 5 5: :0 1:-1 5:0x 5:33554432 99999999999999999999:0 \
	69a4114000000000000000000000000 69a4114000000000000000000000000g; do
	check "trace of $id" denies 64 "audit[acme]: trace: $id is neither the \
32 hex digits of an alert's id nor PAGE:POSITION of a record" trace "$id"
done

only='audit[acme]: SQL: only SELECT and EXPLAIN are answered'
for statement in 'DELETE FROM run' 'CREATE TABLE x (y)' 'PRAGMA user_version' \
	"ATTACH 'x' AS x" BEGIN VACUUM 'EXPLAIN DELETE FROM run' \
	'SELECT 1; DELETE FROM run'; do
	check "sql does not: $statement" denies 64 "$only" sql "$statement"
done
check 'sql loads no code' denies 64 \
	'audit[acme]: SQL: not authorized to use function: load_extension' \
	sql "SELECT load_extension('x')"
check 'sql with a mistake' denies 64 \
	'audit[acme]: SQL: near "SELEC": syntax error' sql SELEC
check 'sql of a table that is not there' denies 64 \
	'audit[acme]: SQL: no such table: nope' sql 'SELECT * FROM nope'
check 'sql that fails on its way' denies 64 \
	'audit[acme]: SQL: integer overflow' sql \
	'SELECT abs(-9223372036854775808)'
parameters='audit[acme]: SQL: a statement with parameters: write the values out'
check 'sql with a parameter' denies 64 "$parameters" sql 'SELECT ?'
check 'sql with a named parameter' denies 64 "$parameters" sql 'SELECT :x'
check 'sql with many parameters' denies 64 \
	'audit[acme]: SQL: more than 64 parameters' sql 'SELECT ?65'
check 'sql of nothing' denies 64 'audit[acme]: SQL: no statement' \
	sql ' /* nothing */ ; '
from_binary() {
	printf 'SELECT 1\0' | expect 64 audit sql &&
		says 'm2s-audit: sql: standard input is no text'
}
check 'sql of bytes that are no text' from_binary
from_much() {
	yes 'SELECT 1;' | head -c 1048577 | expect 64 audit sql &&
		says 'm2s-audit: sql: more than 1 MiB of SQL'
}
check 'sql of too much' from_much
ended() {
	expect 124 timeout -s TERM 0.5 "$bin/m2s-audit" -c "$dir/m2s.conf" \
		sql 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
		SELECT i + 1 FROM n) SELECT count(*) FROM n' &&
		says 'audit[acme]: database: ended by a signal'
}
check 'sql that never ends is ended by a signal' ended

check 'no subcommand' misused 'a subcommand is needed'
check 'an unknown subcommand' misused 'there is no subcommand nope' nope
check 'trace without an ID' misused 'trace: an ID is needed' trace
check 'too many arguments' misused 'trace: one argument too many: b' trace a b
check 'an argument where none is taken' \
	misused 'coverage: one argument too many: x' coverage x
check 'an option of coverage elsewhere' \
	misused '--fail-on-gap goes with coverage only' status --fail-on-gap
check 'an option of sql elsewhere' \
	misused '--format goes with sql only' status --format csv
check 'an option of verify elsewhere' \
	misused '--head goes with verify only' check --head 00
check 'another option of verify elsewhere' \
	misused '--read-data goes with verify only' check --read-data
check 'an option of status elsewhere' \
	misused '--metrics goes with status only' check --metrics x
check 'an option of trace elsewhere' misused \
	'--message-id, --recipient or --url goes with trace only' check --url x
check 'a time where none is taken' misused \
	'--from or --to goes with trace, report and evidence only' \
	status --from 2026-01-01
check 'a file where none is written' misused \
	'-o goes with report, evidence and snapshot only' check -o x
check 'a report without a file' misused 'report: -o FILE is needed' report
check 'evidence without a file' misused 'evidence: -o FILE is needed' evidence
check 'an ID and something to look for' misused \
	'trace: an ID, or something to look for' trace 1:1 --url x
check 'a time with an ID' misused \
	'trace: --from and --to go with what is looked for' \
	trace 1:1 --from 2026-01-01
check 'a time that is none' misused "--from: yesterday is no time: write it as \
2026-01-31 or 2026-01-31T12:00:00Z" report -o x --from yesterday
check 'a time that ends before it begins' misused \
	'--from must be before --to' report -o x --from 2026-01-02 --to 2026-01-02
check 'an unknown format' misused \
	'--format: xml is none of box, table, csv and json' sql --format xml 'SELECT 1'

# A stage that writes is not in the way, and does not see us either.
beside_a_writer() {
	mkfifo "$dir/writer"
	sqlite3 "$db" <"$dir/writer" >"$dir/written" &
	writer=$!
	exec 7>"$dir/writer"
	echo "BEGIN IMMEDIATE; UPDATE run SET version = 'x'; SELECT 'in';" >&7
	wait_until grep -q in "$dir/written" || return
	shows_status status.txt status && shows check.txt check
	result=$?
	echo 'ROLLBACK;' >&7
	exec 7>&-
	wait $writer
	return $result
}
check 'questions are answered while a stage writes' beside_a_writer

unchanged() {
	test "$(sha256sum "$db")" = "$before" &&
		test "$(ls "$dir/state/acme")" = staging.db
}
check 'nothing was written' unchanged

change 'UPDATE window SET pages = 3 WHERE window_id = 1;
	DELETE FROM batch_alert WHERE batch_id = 6 AND position = 1;
	INSERT INTO page_body VALUES (77, zeroblob(1))'
check 'check finds what is broken' denies 1 \
	'audit[acme]: 4 violations of 82 invariants' check
check 'check lists it' cmp "$good/check_broken.txt" "$dir/out"
check 'check lists it as JSON' denies 1 \
	'audit[acme]: 4 violations of 82 invariants' --json check
check 'check has the message in JSON' \
	cmp "$good/check_broken.json" "$dir/out"
check 'reconcile finds what does not add up' denies 1 \
	'audit[acme]: it does not add up: 1 windows and sinks are not balanced, 1 alerts are missing at a sink' \
	reconcile
check 'reconcile lists it' cmp "$good/reconcile_broken.txt" "$dir/out"

overwrite() {
	dd if=/dev/zero of="$db" bs=1 seek=8192 count=4096 conv=notrunc \
		2>"$dir/made"
	expect 65 audit check ||
		{ expect 1 audit check && grep -q 'is sound' "$dir/out"; }
}
check 'check finds a damaged file' overwrite

make_staging
check 'status of an empty database' shows_status empty_status.txt status
check 'coverage of an empty database' shows empty_coverage.txt \
	coverage --fail-on-gap
check 'reconcile of an empty database' shows empty_reconcile.txt reconcile
check 'check of an empty database' shows check.txt check

mkdir "$dir/state/beta"
cp "$db" "$dir/state/beta/staging.db"
cat >>"$dir/m2s.conf" <<-EOF
	  - name: beta
	    mimecast:
	      api: "2.0"
	      base_url: https://127.0.0.1:1
	      client_id_file: client_id
	      client_secret_file: client_secret
EOF
check 'several tenants are told apart' shows several.csv \
	sql --format csv 'SELECT 1 AS one'
metrics_of_several() {
	expect 0 audit -q status --metrics "$dir/all.prom" &&
		awk -f tests/metrics.awk "$dir/all.acme.prom" &&
		awk -f tests/metrics.awk "$dir/all.beta.prom" &&
		test ! -e "$dir/all.prom"
}
check 'several tenants have a file of metrics each' metrics_of_several
check 'one tenant of several has no such column' shows one.csv \
	-t beta sql --format csv 'SELECT 1 AS one'

sqlite3 "$db" "UPDATE view_version SET digest = 'other'"
check 'views of another program' denies 78 "audit[acme]: the views in the \
database are not those of this program: run a stage, which makes them anew" \
	-t acme status
sqlite3 "$db" 'PRAGMA user_version = 0'
check 'an older database' denies 78 "audit[acme]: the database is older than \
this program (0 < 1): run a stage, which brings it up to date" -t acme status
sqlite3 "$db" 'PRAGMA user_version = 99'
check 'a newer database' denies 78 "audit[acme]: the database is newer than \
this program (99 > 1): install the newer m2s" -t acme status
rm "$db"
check 'no database' denies 74 "audit[acme]: $db: there is no staging \
database yet: run m2s-extract" -t acme status

done_testing
