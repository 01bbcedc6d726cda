# shellcheck shell=sh
# For scenarios of m2s-load, which source it from the root of the repository
# in place of lib.sh: alerts from tests/fixtures/load.sql, and a receiver.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

db=$dir/state/acme/staging.db

# A database with the tables and nothing in them, made once.
write_config
m2s load -q -T "$now" >"$dir/out"
sqlite3 "$db" "DELETE FROM sink; DELETE FROM run; VACUUM"
mv "$db" "$dir/empty.db"

# fresh N [SINK-LINES]: N alerts, nothing sealed, and a configuration.
fresh() {
	rm -rf "$dir/state/acme"
	mkdir -m 700 "$dir/state/acme"
	cp "$dir/empty.db" "$db"
	{
		echo "CREATE TEMP TABLE wanted AS SELECT $1 AS n;"
		cat tests/fixtures/load.sql
	} | sqlite3 "$db"
	write_config "" "${2:-}"
}

# also NAME TYPE LINES: one more sink in the configuration.
also() {
	printf '      - name: %s\n        type: %s\n' "$1" "$2" >>"$dir/m2s.conf"
	test -z "${3:-}" || printf '        %s\n' "$3" >>"$dir/m2s.conf"
}

load() {
	m2s load -T "$now" "$@"
}

# start: a run in the background, its process in $pid.
start() {
	"$bin/m2s-load" -c "$dir/m2s.conf" -T "$now" >"$dir/out" 2>"$dir/err" &
	# shellcheck disable=SC2034 # for scenarios
	pid=$!
}

# await KIND: until the receiver's ledger has such a line.
await() {
	wait_until grep -qs "^$1" "$dir/sophos.ledger"
}

# sim [OPTIONS]: a receiver with an empty ledger and no faults.
sim() {
	stop_sophos
	rm -f "$dir/sophos.ledger"
	: >"$dir/faults"
	start_sophos --faults "$dir/faults" "$@"
}

# faults LINE...: from now on; the script's counting begins anew.
faults() {
	printf '%s\n' "$@" >"$dir/faults"
	answers=$(grep -c '^ok' "$dir/sophos.out")
	echo "faults $dir/faults" >&9
	wait_until has_answered "$dir/sophos.out" "$answers"
}

# ledger KIND: the lines of that kind, without it.
ledger() {
	sed -n "s/^$1	//p" "$dir/sophos.ledger"
}

# received TEXT: how often each alert reached the sink: "times alerts".
received() {
	got=$(ledger alert | cut -f1 | sort | uniq -c | awk '{n[$1]++}
		END {for (k in n) print k "x" n[k]}' | sort | tr '\n' ' ')
	test "$got" = "$1 " && return 0
	echo "received: $got where $1 was expected"
	return 1
}

# consistent: what the views promise about batches and deliveries holds.
consistent() {
	same '' sql "SELECT * FROM v_violation_batch" &&
		same '' sql "SELECT * FROM v_violation_delivery"
}

# states TEXT: the batches' states with their numbers.
states() {
	same "$1" sql "SELECT group_concat(state || ' ' || n, ', ') FROM
		(SELECT state, count(*) AS n FROM batch GROUP BY state)"
}

flagged() {
	same "$1" sql "SELECT count(*) FROM batch WHERE possible_duplicate"
}
