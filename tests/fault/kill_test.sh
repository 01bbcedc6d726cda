#!/bin/sh
# Each stage is killed with SIGKILL at some moments, spread over the system
# calls of its run, and everything is run again: the alerts and the receiver's
# ledger must be those of a run that nobody disturbed.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

points=${KILL_POINTS:-20}

# The leak check of a sanitizer does not work under ptrace.
export ASAN_OPTIONS=detect_leaks=0

fresh() {
	rm -rf "$dir/state" "$dir/sophos.ledger"
	sophos_port=
	start_sophos --idempotent
	write_config 'page_size: 50' 'batch_alerts: 20
idempotent: true'
}

stages() {
	for stage in "$@"; do
		m2s "$stage" -q -T "$now" >/dev/null || return
	done
}

# What must not depend on where a run was stopped.
alerts() {
	sql "SELECT hex(alert_id), hex(digest), twin, log, occurred_at, sender,
	  recipient, subject, url, file_name, file_hash, message_id, verdict,
	  action, alert_type, threat_id, severity
	  FROM alert JOIN alert_mapping USING (alert_no) ORDER BY alert_id"
}

accepted() {
	awk -F '\t' '$1 == "alert"' "$dir/sophos.ledger" | sort
}

start_mimecast --seed 11 --records 300 --from $((now - 14400)) \
	--to $((now - 180))
fresh
stages extract transform load || echo "not ok - the undisturbed run"
alerts >"$dir/want.alerts"
accepted >"$dir/want.accepted"

check 'the undisturbed run finds and delivers alerts' \
	test "$(wc -l <"$dir/want.alerts")" -gt 50
check 'the receiver accepted each of them once' \
	test "$(cut -f 2 "$dir/want.accepted" | sort -u | wc -l)" = \
	"$(wc -l <"$dir/want.alerts")"

# calls STAGE: how many system calls its run makes from the state that is
# there.
calls() {
	"$bin/kill-at" 0 "$bin/m2s-$1" -q -c "$dir/m2s.conf" -T "$now" \
		2>&1 >/dev/null | sed -n 's/^calls //p'
}

# killed STAGE N BEFORE...: the stages before, then the stage killed at call N.
# Extract makes now more, now fewer calls: it depends on how answers arrive.
# Where it ended before its N-th one, an earlier call is taken.
killed() {
	victim=$1
	at=$2
	shift 2
	while test "$at" -gt 0; do
		fresh
		stages "$@" || return
		"$bin/kill-at" "$at" "$bin/m2s-$victim" -q \
			-c "$dir/m2s.conf" -T "$now" >/dev/null 2>"$dir/killed"
		test $? = 137 && return
		at=$((at * 9 / 10))
	done
	cat "$dir/killed"
	return 1
}

killed_and_run_again() {
	killed "$@" || return
	stages extract transform load || return
	alerts | cmp - "$dir/want.alerts" || return
	accepted | cmp - "$dir/want.accepted" || return
	same '' sql 'SELECT * FROM v_violation' || return
	same '' sql 'SELECT * FROM v_unfinished'
}

kill_everywhere() {
	fresh
	before=
	test "$1" = extract || before=extract
	test "$1" = load && before='extract transform'
	# shellcheck disable=SC2086 # a list of words
	stages $before
	all=$(calls "$1")
	for i in $(seq 1 "$points"); do
		# The last calls, where it all has ended, are left out: their
		# number varies from run to run.
		at=$((1 + (all * 95 / 100) * i / points))
		# shellcheck disable=SC2086
		check "$1 killed at call $at of $all" \
			killed_and_run_again "$1" "$at" $before
	done
}

kill_everywhere extract
kill_everywhere transform
kill_everywhere load
done_testing
