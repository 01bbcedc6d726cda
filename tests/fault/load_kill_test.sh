#!/bin/sh
# m2s-load, sending ten batches, is killed with SIGKILL as it enters a system
# call, and run again.  A receiver that knows its keys has each alert once; a
# plain one has each at least once, and what it has twice is flagged.
#
# 40 moments are tried, LOAD_KILL_POINTS otherwise; LOAD_KILL_POINTS=all is
# every fifth call.
# shellcheck source=tests/cli/load.sh
. tests/cli/load.sh

points=${LOAD_KILL_POINTS:-40}

# The leak check of a sanitizer does not work under ptrace.
export ASAN_OPTIONS=detect_leaks=0

# start_over KIND: a receiver and a database with 100 alerts, none of them sent.
start_over() {
	if test "$1" = idempotent; then
		sim --idempotent
		fresh 100 'batch_alerts: 10
idempotent: true'
	else
		sim
		fresh 100 'batch_alerts: 10'
	fi
}

# run_killed N: killed at call N; 0: how many calls there are is printed.
run_killed() {
	"$bin/kill-at" "$1" "$bin/m2s-load" -q -c "$dir/m2s.conf" -T "$now" \
		2>"$dir/killed" >/dev/null
	status=$?
	sed -n 's/^calls //p' "$dir/killed"
	return $status
}

# Alerts that were received more than once, in the order of their ids.
repeated() {
	ledger alert | cut -f1 | sort | uniq -d
}

flagged_alerts() {
	sql "SELECT DISTINCT lower(hex(alert_id)) FROM batch
		JOIN batch_alert USING (batch_id) JOIN alert USING (alert_no)
		WHERE possible_duplicate ORDER BY 1"
}

# survives KIND N: nothing is lost, and nothing comes twice without a flag.
survives() {
	run_killed "$2" >"$dir/calls"
	test $? = 137 || echo "# ended before call $2"
	load -q --wait 10 || return
	same 100 sh -c "sed -n 's/^alert	//p' '$dir/sophos.ledger' |
		cut -f1 | sort -u | wc -l" || return
	repeated >"$dir/repeated"
	if test "$1" = idempotent; then
		same '' cat "$dir/repeated" || return
	else
		flagged_alerts >"$dir/flagged"
		same '' comm -23 "$dir/repeated" "$dir/flagged" || return
	fi
	same '100' sql "SELECT sum(alerts) FROM batch
		WHERE state = 'delivered'" || return
	consistent
}

kill_everywhere() {
	start_over "$1"
	run_killed 0 >"$dir/calls"
	calls=$(cat "$dir/calls")
	check "a run with a receiver that is $1 makes calls" test "$calls" -gt 100
	step=5
	test "$points" = all || step=$((calls / points))
	at=1
	while test "$at" -lt "$calls"; do
		start_over "$1"
		check "$1, killed at call $at of $calls" survives "$1" "$at"
		at=$((at + step))
	done
}

kill_everywhere idempotent
kill_everywhere plain
done_testing
