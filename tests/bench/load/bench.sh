#!/bin/sh
# bench.sh [ALERTS [ROUNDS]]: CPU of m2s-load against clients in Python and,
# where it is installed, Bun, which do the same work: HTTPS to the simulator,
# 500 alerts a batch, one kept connection.  The best of some rounds counts.
# shellcheck source=tests/cli/load.sh
. tests/cli/load.sh

alerts=${1:-100000}
rounds=${2:-3}

# The alerts, made once; each client gets a copy of its own.
sim
fresh "$alerts"
cp "$db" "$dir/owed.db"

# ready: a fresh database, and a receiver that knows nothing.
ready() {
	sim
	rm -rf "$dir/state/acme"
	mkdir -m 700 "$dir/state/acme"
	cp "$dir/owed.db" "$db"
}

# figure NAME: of the last client.
figure() {
	sed -n "s/^$1 //p" "$dir/figures"
}

# best NAME COMMAND...: run it some times; its least CPU is kept.
best() {
	name=$1
	shift
	least=
	for round in $(seq "$rounds"); do
		ready
		"$@" >"$dir/figures" || {
			cat "$dir/figures"
			exit 1
		}
		test "$(sql "SELECT sum(alerts) FROM batch
			WHERE state = 'delivered'")" = "$alerts" || {
			echo "$name, round $round: not all was delivered"
			exit 1
		}
		cpu=$(figure cpu_s)
		least=$(echo "${least:-$cpu} $cpu" |
			awk '{print $1 < $2 ? $1 : $2}')
	done
	echo "$least" >"$dir/cpu.$name"
	echo "$name $least $alerts" | awk '{
		printf "%-8s %8.3f CPU s %8.2f us an alert\n", $1, $2, 1e6 * $2 / $3}'
}

# ratio NAME AIM: of our CPU to that of another.
ratio() {
	paste "$dir/cpu.m2s" "$dir/cpu.$1" | awk -v name="$1" -v aim="$2" '{
		printf "m2s needs %.2f of what %s needs (aim: %s)\n",
			$1 / $2, name, aim}'
}

best m2s "$bin/bench-deliver" "$dir/m2s.conf"
best python python3 tests/bench/load/client.py "$db" "$sophos_url/v1" \
	"$pki/ca.pem" "$dir/integration_key"
ratio python 0.30
bun=${BUN:-bun}
if command -v "$bun" >/dev/null; then
	best bun "$bun" tests/bench/load/client.mjs "$db" "$sophos_url/v1" \
		"$pki/ca.pem" "$dir/integration_key"
	ratio bun 0.45
else
	echo "there is no Bun: npm could not install it"
fi
