#!/bin/sh
# bench.sh: what m2s-extract costs, against clients in Python and Bun that do
# the same work, and against itself.  O: the output folder; RECORDS: how many
# (100000); PAGES: of the long run (100000).
#
# CPU is of the whole process, start to end, the least of five runs in turns.
set -eu
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
set -e

records=${RECORDS:-100000}
pages=${PAGES:-100000}
from=$((now - 7200))
to=$((now - 120))
work=${O:-build}/bench

# ours LINES: a run of a fresh tenant with these lines.
ours() {
	rm -rf "$dir/state"
	write_config "$1"
	measure "$bin/m2s-extract" -q -c "$dir/m2s.conf" -T "$now"
}

# theirs COMMAND...: a run of another client into a fresh database.
theirs() {
	rm -f "$dir"/other.db*
	measure "$@" "$mimecast_url" "$pki/ca.pem" "$dir/client_secret" \
		"$dir/other.db" "$from" "$to" 3600 100
}

# measure COMMAND...: sets cpu, wall and rss.
measure() {
	# shellcheck disable=SC2046 # three words
	set -- $(python3 tests/bench/extract/measure.py "$dir/out" "$@")
	cpu=$1
	wall=$2
	rss=$3
}

# lesser A B: the smaller number; A may be empty.
lesser() {
	printf '%s\n' "$1" "$2" | sort -n | sed '/^$/d' | head -n 1
}

ratio() {
	awk "BEGIN { printf \"%.2f\", $1 / $2 }"
}

micros() {
	awk "BEGIN { printf \"%.1f\", $1 * 1000000 / $records }"
}

# Bun where npm can get it; a copy stays for the next time.
find_bun() {
	bun=$work/node_modules/.bin/bun
	test -x "$bun" && return
	mkdir -p "$work"
	(cd "$work" && npm install --no-save bun >/dev/null 2>&1) || return 0
	"$bun" --version >/dev/null 2>&1 || bun=
}

start_mimecast --seed 3 --records "$records" --from "$from" --to "$to"
serial='page_size: 100
lookback_s: 7200
parallel: 1'

find_bun
mine=
python=
javascript=
for _ in 1 2 3 4 5; do
	ours "$serial"
	mine=$(lesser "$mine" "$cpu")
	theirs python3 tests/bench/extract/client.py
	python=$(lesser "$python" "$cpu")
	test -n "$bun" || continue
	theirs "$bun" tests/bench/extract/client.mjs
	javascript=$(lesser "$javascript" "$cpu")
done
echo "$records records in pages of 100, one durable commit a page, over TLS"
echo "m2s-extract: $mine s of CPU, $(micros "$mine") us a record"
echo "Python:      $python s of CPU, $(micros "$python") us a record"
echo "ratio to Python: $(ratio "$mine" "$python") (goal: at most 0.55)"
if test -n "$bun"; then
	echo "Bun:         $javascript s of CPU, $(micros "$javascript") us a record"
	echo "ratio to Bun: $(ratio "$mine" "$javascript") (goal: at most 0.75)"
else
	echo "Bun: npm cannot get it"
fi

echo
echo "50 ms until each answer, a backfill of 24 windows"
start_mimecast --seed 3 --records 10000 --from "$from" --to "$to"
echo '* /ttp/ delay 50' >"$dir/faults"
tell_mimecast "faults $dir/faults" || exit
latency() {
	ours "window_s: 900
lookback_s: 7200
page_size: 50
parallel: $1"
}
latency 1
alone=$wall
echo "parallel: 1: $alone s"
latency 4
echo "parallel: 4: $wall s"
echo "ratio: $(ratio "$wall" "$alone") (goal: at most 0.3)"

echo
echo "memory, by how many pages a run reads"
for n in 1000 $((pages / 10)) "$pages"; do
	start_mimecast --seed 3 --records "$n" --from "$from" --to "$to"
	rm -f "$dir/mimecast.ledger"
	ours 'page_size: 1
lookback_s: 7200
deadline_s: 3600'
	echo "$n pages: peak RSS $rss KiB, $wall s," \
		"$(awk "BEGIN { printf \"%.2f\", $cpu * 1000 / $n }") ms of CPU a page"
done
