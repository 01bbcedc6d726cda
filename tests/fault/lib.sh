# shellcheck shell=sh
# For what disturbs the programs, and is sourced from the root of the
# repository: scenes to disturb them in, workers with receivers of their own,
# and the judgement of what is left.
#
# A scene is a folder: state/ and the receivers' ledgers as they are before
# the disturbed program runs, and the files
#	run	the program and its options
#	day	1 or 2: which of the two sources it asks, and the time
#	wanted	the name of the file with what must come of it
#
# A job is one line:
#	SCENE MODE N [PROGRAM N2]
# MODE: none, with N = 0; rude, the same, and the receivers refuse all; kill;
# hand, somebody else counts an attempt of what is being sent, which must not go
# unnoticed; cut:ext4 or cut:xfs, the file system of the database, the archive
# is on the other; or an errno, once as ENOSPC, for good as ENOSPC:all.
# memory, once or memory:all, is an allocation that fails; N is its number.
# With PROGRAM, the first of the runs that follow is killed at its call N2.

set -u
export LC_ALL=C

bin=$(cd "${O:-build}/bin" && pwd) || exit 1
# The programs to disturb, where they are not those.
programs=${BIN:-$bin}
here=$(cd tests/fault && pwd)
fixtures=$(cd tests/fixtures/hurt && pwd)
# 2026-03-01 12:00:00 UTC, and an hour later.
day_1=1772366400
day_2=1772370000

#
# Simulators.  Each ends when its standard input does.
#

# start_simulator NAME FD PROGRAM ARGS...: its port in NAME.port.
start_simulator() {
	simulator=$1
	fd=$2
	shift 2
	rm -f "$simulator.in" "$simulator.out"
	mkfifo "$simulator.in"
	"$@" <"$simulator.in" >"$simulator.out" 6>&- 7>&- 8>&- 9>&- &
	eval "exec $fd>\"$simulator.in\""
	tries=0
	until grep -qs '^port ' "$simulator.out"; do
		tries=$((tries + 1))
		test $tries -lt 600 || exit 1
		sleep 0.05
	done
	sed -n 's/^port //p' "$simulator.out" >"$simulator.port"
}

# start_source DAY FD [ARGS...]: in the folder at hand.
start_source() {
	source_day=$1
	fd=$2
	shift 2
	case $source_day in
	1) set -- -T $day_1 "$@" "$fixtures/both.ndjson" "$fixtures/first.ndjson" ;;
	2) set -- -T $day_2 "$@" "$fixtures/both.ndjson" "$fixtures/second.ndjson" ;;
	esac
	# Of what it would tell, only a misuse matters.
	rm -f "source_$source_day.ledger"
	mkfifo "source_$source_day.ledger"
	grep '^misuse' <"source_$source_day.ledger" \
		>"source_$source_day.misuse" 6>&- 7>&- 8>&- 9>&- &
	start_simulator "source_$source_day" "$fd" "$bin/sim-mimecast" \
		--client-id client --client-secret-file client_secret \
		--ledger "source_$source_day.ledger" --to-inclusive "$@"
}

# start_receivers [TEXT]: two, at the ports they had; they refuse alerts with
# the text.  Neither remembers keys: receiver.awk does.
start_receivers() {
	for receiver in plain keyed; do
		port=$(cat $receiver.port 2>start.err)
		case $receiver in plain) fd=6 ;; *) fd=7 ;; esac
		start_simulator $receiver $fd "$bin/sim-sophos" \
			--header X-Key --key-file integration_key \
			--refuse-match "${1:-REFUSE ME}" -T $day_1 \
			--port "${port:-0}" \
			--ledger $receiver.ledger
	done
}

write_secrets() {
	echo s3cret >client_secret
	echo client >client_id
	echo k3y >integration_key
	chmod 600 client_secret client_id integration_key
}

# write_configs SOURCES STATE [PARALLEL]: day_1.conf, day_2.conf; and for what
# is disturbed hasty_1.conf and hasty_2.conf, which give up soon.
write_configs() {
	for day in 1 2; do
		cat >day_$day.conf <<-EOC
		state_dir: $2
		tenants:
		  - name: acme
		    mimecast:
		      api: "2.0"
		      base_url: http://127.0.0.1:$(cat "$1/source_$day.port")
		      client_id_file: client_id
		      client_secret_file: client_secret
		      lookback_s: 10800
		      page_size: 3
		      parallel: ${3:-2}
		      deadline_s: 60
		    sinks:
		      - name: out
		        type: file
		        batch_alerts: 8
		      - name: plain
		        type: https
		        url: http://127.0.0.1:$(cat plain.port)/v1
		        auth: header
		        header: X-Key
		        key_file: integration_key
		        batch_alerts: 8
		        deadline_s: 60
		      - name: keyed
		        type: https
		        url: http://127.0.0.1:$(cat keyed.port)/v1
		        auth: header
		        header: X-Key
		        key_file: integration_key
		        idempotent: true
		        batch_alerts: 8
		        deadline_s: 60
		EOC
		sed 's/deadline_s: 60/deadline_s: 2/' day_$day.conf \
			>hasty_$day.conf
	done
}

#
# Runs
#

# stage DAY PROGRAM ARGS...: one of our programs, undisturbed.
stage() {
	stage_day=$1
	program=$2
	shift 2
	now=
	eval "now=\$day_$stage_day"
	"$programs/$program" -q -c "day_$stage_day.conf" -T "$now" "$@" \
		>stage.out 2>stage.err
}

# pass DAY: all stages.  Alerts may be refused (3); where no other alert is
# left for a sink to accept, it is taken for broken instead (69).
pass() {
	for program in m2s-extract m2s-transform m2s-load; do
		stage "$1" $program
		status=$?
		case $program:$status in
		*:0 | m2s-load:3) ;;
		m2s-load:69) return 69 ;;
		*)
			echo "$program ended with $status: $(cat stage.err)"
			return 1
			;;
		esac
	done
}

# left_over STATE [SCENE]: what is judged: the tables, what was received and
# stored, and the temporary files, of which there must be none.  With SCENE,
# what its ledgers have comes before what the receivers' have now.
left_over() {
	sqlite3 -readonly "$1/acme/staging.db" <"$here/judge.sql" 2>&1
	find "$1" -name '*.tmp' -o -name '.new'
	scene_plain=${2:+$2/plain.ledger}
	scene_keyed=${2:+$2/keyed.ledger}
	set -- "$1"/acme/out/*.ndjson
	test -f "$1" || set --
	# shellcheck disable=SC2086 # may be nothing
	awk -f "$here/receiver.awk" flagged name=plain $scene_plain \
		plain.ledger name=keyed idempotent=1 $scene_keyed \
		keyed.ledger name=out "$@" | sort
}

# judge STATE WANTED [SCENE]: compare what is left with the undisturbed run's.
judge() {
	left_over "$1" ${3:+"$3"} >got
	cmp -s got "$2" || {
		echo "what is left differs:"
		diff "$2" got | head -n 8
		return 1
	}
	"$programs/m2s-audit" -q -c day_2.conf -T $day_2 verify >got 2>&1 || {
		echo "the archives do not verify:"
		head -n 8 got
		return 1
	}
}

#
# Scenes
#
# first-, second-	a stage on the first day, and on the second one, when
#			a window of the first is still open
# prune			all is done and archived
# damaged		the same as prune, and an archive is not what it was
# replay		the database is lost, the archives are there
#

# keep_scene NAME DAY WANTED PROGRAM ARGS...: the state at hand is one.
keep_scene() {
	scene=scenes/$1
	day=$2
	wanted=$3
	shift 3
	rm -rf "$scene"
	mkdir -p "$scene"
	cp -a state plain.ledger keyed.ledger "$scene"
	echo "$day" >"$scene/day"
	echo "$wanted" >"$scene/wanted"
	echo "$*" >"$scene/run"
}

# damage STATE: the first archive loses a byte.
damage() {
	for archive in "$1"/acme/archive/*/*/*/*; do
		truncate -s -1 "$archive"
		return
	done
}

must() {
	"$@" && return
	echo "cannot make the scenes: $*: $(cat stage.err)" >&2
	exit 1
}

clear_state() {
	rm -rf state
	mkdir -m 700 state
	: >plain.ledger
	: >keyed.ledger
}

# A window that fails twice: the first time those behind it wait, the second
# time they come first.
first_day_with_a_failure() {
	for script in fails_once fails_again; do
		start_source 1 8 --faults "$here/$script.faults"
		write_configs . state 1
		stage 1 m2s-extract && return 1
		exec 8>&-
	done
	test "$(sqlite3 -readonly state/acme/staging.db "SELECT group_concat(
		state) FROM (SELECT state FROM window WHERE log = 'url'
		ORDER BY from_at)")" = complete,open,complete
}

# What the source itself holds for an alert, event by event, until the end of
# the last window of a day.
source_says() {
	case $1 in
	1) day=first end=2026-03-01T11:58:00Z ;;
	*) day=second end=2026-03-01T12:58:00Z ;;
	esac
	"$bin/sim-mimecast" --list "$fixtures/both.ndjson" \
		"$fixtures/$day.ndjson" | awk -F '\t' -v end=$end '
		$3 == "alert" && $5 <= end' | cut -f 4-7 | sort
}

# The same by the database; on the second day the record that changed is
# there in both its versions.
database_says() {
	sqlite3 -readonly -separator '	' state/acme/staging.db "SELECT log,
		strftime('%Y-%m-%dT%H:%M:%SZ', occurred_at, 'unixepoch'),
		trim(recipient), message_id FROM alert
		WHERE alert_no NOT IN (SELECT revision_of FROM alert
			WHERE revision_of IS NOT NULL)" | sort
}

agree() {
	source_says "$1" >said.source
	database_says >said.database
	diff said.source said.database
}

# All scenes and what is wanted, in the folder at hand.
make_scenes() {
	write_secrets
	start_receivers
	start_source 2 9
	clear_state
	must first_day_with_a_failure
	start_source 1 8
	write_configs . state
	must stage 1 m2s-transform
	stage 1 m2s-load
	keep_scene second-extract 2 second m2s-extract
	must stage 2 m2s-extract
	keep_scene second-transform 2 second m2s-transform
	must stage 2 m2s-transform
	keep_scene second-load 2 second m2s-load
	must pass 2
	left_over state >wanted.second
	must agree 2
	keep_scene prune 2 second m2s-load --prune
	keep_scene damaged 2 second m2s-load --prune
	must damage scenes/damaged/state
	must stage 2 m2s-load --prune
	must pass 2
	must judge state wanted.second
	rm -rf state/acme/staging.db* state/acme/out
	# The paths that it is given must be the same for all.
	keep_scene replay 2 replayed m2s-extract --replay archive
	rm -rf archive
	cp -a state/acme/archive archive
	must stage 2 m2s-extract --replay archive
	must pass 2
	left_over state >wanted.replayed
	clear_state
	keep_scene first-extract 1 first m2s-extract
	must stage 1 m2s-extract
	keep_scene first-transform 1 first m2s-transform
	must stage 1 m2s-transform
	keep_scene first-load 1 first m2s-load
	must pass 1
	left_over state >wanted.first
	must agree 1
	must pass 2
	left_over state >wanted.both
	must agree 2
	exec 6>&- 7>&-
}
