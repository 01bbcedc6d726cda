# shellcheck shell=sh
# For the scenarios with real peers: they run as our own processes, on
# loopback and free ports, from files in the scenario's folder.
# shellcheck source=tests/cli/load.sh
. tests/cli/load.sh

peer_pid=

stop_peer() {
	test -n "$peer_pid" || return 0
	kill "$peer_pid" 2>/dev/null
	wait "$peer_pid" 2>/dev/null
	peer_pid=
}

clean_up_peers() {
	stop_peer
	clean_up
}
trap clean_up_peers EXIT

# eventually COMMAND...: it succeeds within 20 seconds.
eventually() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		test $tries -lt 200 || return 1
		sleep 0.1
	done
}

# The alerts' text becomes such as an attacker would choose.
make_hostile() {
	sqlite3 "$db" <tests/fixtures/hostile.sql
}
