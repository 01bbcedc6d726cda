#!/bin/sh
# bench.sh [ALERTS [ROUNDS]]: CPU of m2s-load against clients in Python and,
# where it is installed, Bun, which do the same work: HTTPS to the simulator,
# 500 alerts a batch, one kept connection.  The best of some rounds counts.
# A tenth of the alerts shows whether one costs more among many.
# shellcheck source=tests/cli/load.sh
. tests/cli/load.sh
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh

many=${1:-100000}
rounds=${2:-3}

# owe N: alerts, made once; each client gets a copy of its own.
owe() {
	alerts=$1
	sim
	fresh "$alerts"
	cp "$db" "$dir/owed.db"
}

# ready: a fresh database, and a receiver that knows nothing.
ready() {
	sim
	rm -rf "$dir/state/acme"
	mkdir -m 700 "$dir/state/acme"
	cp "$dir/owed.db" "$db"
}

# cpu NAME: microseconds an alert.
cpu() {
	cat "$dir/cpu.$1"
}

# best NAME COMMAND...: run it some times; its least CPU an alert, in
# microseconds, is kept in cpu.NAME.
best() {
	name=$1
	shift
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
		awk -v n="$alerts" '/^cpu_s / { print 1e6 * $2 / n }' \
			"$dir/figures"
	done >"$dir/rounds"
	sort -n "$dir/rounds" | head -n 1 >"$dir/cpu.$name"
	echo "$name: $(cpu "$name") us of CPU an alert of $alerts"
}

bun=${BUN:-bun}
owe $((many / 10))
best few "$bin/bench-deliver" "$dir/m2s.conf"
owe "$many"
set -- "$db" "$sophos_url/v1" "$pki/ca.pem" "$dir/integration_key"
best m2s "$bin/bench-deliver" "$dir/m2s.conf"
best python python3 tests/bench/load/client.py "$@"
command -v "$bun" >/dev/null && best bun "$bun" tests/bench/load/client.mjs "$@"

verdict 'CPU beside Python: at most 0.30' "$(cpu m2s)" "$(cpu python)" 0.30
if command -v "$bun" >/dev/null; then
	verdict 'CPU beside Bun: at most 0.45' "$(cpu m2s)" "$(cpu bun)" 0.45
else
	echo 'CPU beside Bun: not measured: npm could not install it'
fi
verdict 'CPU an alert, us, the kernel'\''s for us included: at most 6' \
	"$(cpu m2s)" 1 6
verdict 'CPU an alert, beside a tenth of them: at most 1.10' \
	"$(cpu m2s)" "$(cpu few)" 1.10
