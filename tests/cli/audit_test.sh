#!/bin/sh
# m2s-audit: each question, on a database made by hand.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

good=tests/fixtures/audit
db=$dir/state/acme/staging.db
write_config

# make_staging [FILE]: a database of this version, filled by SQL.
make_staging() {
	rm -rf "$dir/state/acme"
	mkdir -p "$dir/state/acme"
	{
		echo 'PRAGMA journal_mode = WAL;'
		echo 'PRAGMA application_id = 0x6d327331;'
		echo "PRAGMA user_version = $(find migrations -name '*.sql' |
			wc -l);"
		cat migrations/*.sql schema/views/*.sql "$@"
		echo "INSERT INTO view_version (one, digest)"
		echo "VALUES (1, '$(cat schema/views/*.sql | sha256sum |
			cut -d ' ' -f 1)');"
	} | sqlite3 -bail "$db" >"$dir/made"
}

# change SQL: plant something.
change() {
	sqlite3 -bail "$db" "PRAGMA ignore_check_constraints = ON; $1" \
		>"$dir/made"
}

# audit ARGS...: five minutes after the last run of the fixture began.
audit() {
	m2s audit -T 1772367000 "$@"
}

# shows FILE ARGS...: a question answered with yes, and with these bytes.
shows() {
	file=$1
	shift
	expect 0 audit "$@" && diff "$good/$file" "$dir/out" &&
		cmp "$good/$file" "$dir/out" && test ! -s "$dir/err"
}

# denies STATUS TEXT ARGS...: it ends so, with this line and no other.
denies() {
	status=$1
	text=$2
	shift 2
	expect "$status" audit "$@" && says "$text" &&
		test "$(wc -l <"$dir/err")" = 1
}

# misused TEXT ARGS...: a usage error.
misused() {
	text=$1
	shift
	expect 64 audit "$@" && says "m2s-audit: $text" &&
		test ! -s "$dir/out"
}

make_staging tests/fixtures/audit.sql
before=$(sha256sum "$db")

check 'status' shows status.txt status
check 'status as JSON' shows status.json --json status
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

query="SELECT alert_no, '=' || verdict AS v, url FROM alert
	WHERE alert_no IN (1, 5, 7); SELECT count(*) AS n FROM run"
check 'sql in a pipe' shows sql.txt sql "$query"
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
check 'an unknown format' misused \
	'--format: xml is none of table, csv and json' sql --format xml 'SELECT 1'

# A stage that writes is not in the way, and does not see us either.
beside_a_writer() {
	mkfifo "$dir/writer"
	sqlite3 "$db" <"$dir/writer" >"$dir/written" &
	writer=$!
	exec 7>"$dir/writer"
	echo "BEGIN IMMEDIATE; UPDATE run SET version = 'x'; SELECT 'in';" >&7
	until grep -q in "$dir/written"; do sleep 0.05; done
	shows status.txt status && shows check.txt check
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
	'audit[acme]: 4 violations of 78 invariants' check
check 'check lists it' cmp "$good/check_broken.txt" "$dir/out"
check 'check lists it as JSON' denies 1 \
	'audit[acme]: 4 violations of 78 invariants' --json check
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
check 'status of an empty database' shows empty_status.txt status
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
