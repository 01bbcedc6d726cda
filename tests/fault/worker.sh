#!/bin/sh
# worker.sh FOLDER JOBS: do each job of a file, in a folder of its own below
# the one that holds the scenes, with receivers of its own.  One line a job in
# FOLDER/results: "ok JOB", "end JOB" where the program ended by itself before
# the N-th call, or "FAILED JOB", with why in FOLDER/failed.
# shellcheck source=tests/fault/lib.sh
. tests/fault/lib.sh

# So many more calls are interrupted where a call is to be interrupted "for
# good": a program may go on for as long as somebody interrupts it.
INTERRUPTIONS=100

jobs=$2
scenes=$(cd "$1/.." && pwd)
cd "$1" || exit 1
trap leave EXIT
trap 'exit 1' INT TERM

leave() {
	exec 6>&- 7>&-
	unmount ext4
	unmount xfs
}

#
# File systems to cut the power of: FS/state holds the database; the archive
# and the folder of alerts below it are on the other one, because what is
# synced of a file system takes with it what waits to be.
#
other_of() {
	case $1 in ext4) echo xfs ;; *) echo ext4 ;; esac
}

make_disks() {
	test -f ext4.database && return
	for role in database other; do
		truncate -s 32M ext4.$role
		truncate -s 320M xfs.$role
		mkfs.ext4 -q -F ext4.$role && mkfs.xfs -q -f xfs.$role || exit 1
	done
	for fs in ext4 xfs; do
		mkdir -p $fs/state $fs/other
		mount -o loop $fs.database $fs/state || exit 1
		mkdir -p $fs/state/acme/archive $fs/state/acme/out
		chmod 700 $fs/state/acme $fs/state/acme/*
		umount $fs/state
	done
}

mount_disks() {
	mount -o loop "$1.database" "$1/state" &&
		mount -o loop "$(other_of "$1").other" "$1/other" || return
	for folder in archive out; do
		mkdir -p "$1/other/$folder"
		mount --bind "$1/other/$folder" "$1/state/acme/$folder" ||
			return
	done
}

unmount() {
	umount "$1/state/acme/archive" "$1/state/acme/out" "$1/other" \
		"$1/state" 2>umount.err
}

# use_disks FS: their state is the one at hand from now on.
use_disks() {
	make_disks
	test "$state" = "$1/state" && return
	test "$state" = state || unmount "${state%/state}"
	mount_disks "$1" || exit 1
	state=$1/state
	write_configs "$scenes" "$state"
}

use_folder() {
	test "$state" = state && return
	unmount "${state%/state}"
	state=state
	write_configs "$scenes" state
}

#
# One job
#
restore() {
	scene=$scenes/scenes/$1
	case $state in
	state)
		rm -rf state
		cp -a "$scene/state" state
		;;
	*)
		find "$state/acme" -xdev -depth -mindepth 1 ! -name archive \
			! -name out -delete
		find "$state/acme/archive" "$state/acme/out" -mindepth 1 -delete
		cp -a "$scene/state/." "$state"
		chmod 700 "$state"
		sync -f "$state" "$state/acme/archive"
		;;
	esac
	: >plain.ledger
	: >keyed.ledger
	read -r day <"$scene/day"
	read -r run <"$scene/run"
	read -r wanted <"$scene/wanted"
	eval "now=\$day_$day"
}

# somebody_counts: for the shell of kill-at.
somebody_counts="sqlite3 \$STATE/acme/staging.db \"UPDATE batch
	SET attempts = attempts + 1 WHERE state = 'sending'
	RETURNING batch_id\" >hand 2>&1"

# disturb MODE N PROGRAM ARGS: status, and the number of calls.
disturb() {
	case $1 in
	memory*)
		run_out "$@"
		return
		;;
	hand)
		: >hand
		set -- "$1" "$2" "$3" "$4" -x "$somebody_counts"
		;;
	none | rude | kill) set -- "$1" "$2" "$3" "$4" ;;
	cut:*)
		set -- "$1" "$2" "$3" "$4" -p "$state" -p "$state/acme/archive"
		;;
	EINTR:all) set -- "$1" "$2" "$3" "$4" -e EINTR -r $INTERRUPTIONS ;;
	*:all) set -- "$1" "$2" "$3" "$4" -e "${1%:all}" -r 0 ;;
	*) set -- "$1" "$2" "$3" "$4" -e "$1" ;;
	esac
	at=$2
	program=$3
	arguments=$4
	shift 4
	# shellcheck disable=SC2086 # a list of words
	STATE=$state "$bin/kill-at" -c calls "$@" "$at" "$programs/$program" \
		-q -c "hasty_$day.conf" -T "$now" $arguments \
		>disturbed.out 2>disturbed.err
	status=$?
	calls=$(cat calls)
}

# The same for memory; with N = 0 the places are listed.
run_out() {
	unset FAIL_MALLOC_ALL
	test "$1" = memory:all && export FAIL_MALLOC_ALL=1
	: >places
	# shellcheck disable=SC2086 # a list of words
	FAIL_MALLOC=$2 FAIL_MALLOC_PLACES=$(test "$2" != 0 || echo places) \
		LD_PRELOAD=$bin/fail-malloc.so timeout 60 "$programs/$3" -q \
		-c "hasty_$day.conf" -T "$now" $4 >disturbed.out 2>disturbed.err
	status=$?
	calls=$2
	sort -nu places >calls
}

# What a program that met a failing call may end with, and what it must have
# done if it says that all is well.
#
# A replay that was stopped has not brought back all windows, and the view says
# so until it was run again.
allowed() {
	case $status:$1 in
	0:*) ;;
	*--replay*)
		echo 'every second below the frontier is covered, open or lost'
		;;
	esac
}

honest() {
	first=
	read -r first <disturbed.err
	case $status:$first in
	74: | 74:calls*)
		echo "status 74 and no message"
		return 1
		;;
	esac
	excuse=
	case $1:$status in
	memory*:0 | memory*:3 | memory*:74) ;;
	memory*:70) # libarchive and glibc use what they were not given
		excuse='^fault in (archive_write_add_filter_zstd|fts64_open)$'
		;;
	memory*:65) # whose memory it is, the process cannot tell
		excuse='archive needs too much memory'
		;;
	E*:0 | E*:3 | E*:65 | E*:69 | E*:74 | E*:75 | E*:77 | E*:78) ;;
	*) excuse='no excuse' ;;
	esac
	test -z "$excuse" || grep -Eq "$excuse" disturbed.err || {
		echo "status $status:"
		cat disturbed.err
		return 1
	}
	case $2:$status in
	m2s-extract:0) left="'window to fetch'" ;;
	m2s-transform:0) left="'window to judge'" ;;
	m2s-load:0) left="'alerts to deliver', 'batch to send'" ;;
	*) left= ;;
	esac
	rows=$(sqlite3 -readonly "$state/acme/staging.db" \
		"SELECT 'violation', * FROM v_violation
			WHERE invariant <> '$(allowed "$run")'
		UNION ALL
		SELECT 'unfinished', kind, subject, detail FROM v_unfinished
			WHERE kind IN ($left)" 2>read.err)
	test "$rows" = "" || {
		echo "status $status, and there is: $rows"
		return 1
	}
}

# finish: run all to its end and judge that.
finish() {
	case $run in
	*' '*)
		# shellcheck disable=SC2086 # words
		stage "$day" $run || {
			echo "$run, again: status $?: $(cat stage.err)"
			return 1
		}
		;;
	esac
	pass "$day"
	case $? in
	0) ;;
	69)
		pass 2 || return 1
		wanted=both
		;;
	*) return 1 ;;
	esac
	judge "$state" "$scenes/wanted.$wanted" "$scene"
}

# What the damaged archive holds stays in the database.
nothing_is_dropped() {
	left=$(sqlite3 -readonly "$state/acme/staging.db" "SELECT count(*)
		FROM page JOIN window USING (window_id)
		LEFT JOIN page_body USING (page_id)
		WHERE archive_no = 1 AND body IS NULL")
	test "$left" = 0 || {
		echo "pages whose archive is damaged lost $left bodies"
		return 1
	}
}

change_receivers() {
	exec 6>&- 7>&-
	wait
	start_receivers "$@"
}

nothing_is_refused() {
	refused=$(sqlite3 -readonly "$state/acme/staging.db" \
		"SELECT count(*) FROM batch WHERE state = 'refused'")
	test "$status:$refused" = 69:0 || {
		echo "status $status, and $refused alerts are refused by" \
			"receivers that accepted none"
		return 1
	}
}

job() {
	case $2 in
	cut:*) use_disks "${2#cut:}" ;;
	*) use_folder ;;
	esac
	restore "$1"
	test "$2" != rude || change_receivers '"to":'
	disturb "$2" "$3" "${run%% *}" "${run#"${run%% *}"}"
	test "$calls" -ge "$3" || return 2
	if test "$1" = damaged; then
		nothing_is_dropped || return 1
		rm -rf "$state/acme/archive"/*
		cp -a "$scenes/scenes/prune/state/acme/archive/." \
			"$state/acme/archive"
	fi
	case $2 in
	none | kill) ;;
	rude)
		change_receivers
		nothing_is_refused || return 1
		;;
	hand)
		test "$(tr -d 0-9 <hand)" = "" && test -s hand || return 2
		test "$status" = 70 && return 0
		echo "status $status, though somebody else counted an attempt:"
		cat disturbed.err
		return 1
		;;
	cut:*)
		test "$status" = 137 || {
			cat disturbed.err
			return 1
		}
		unmount "${2#cut:}"
		mount_disks "${2#cut:}" || return 1
		;;
	*) honest "$2" "${run%% *}" || return 1 ;;
	esac
	if test $# = 5; then
		disturb kill "$5" "$4" ''
	fi
	finish
}

state=state
write_secrets
start_receivers
write_configs "$scenes" state
cp -a "$scenes/archive" archive
while read -r line; do
	# shellcheck disable=SC2086 # words
	job $line >why 2>&1
	case $? in
	0) echo "ok $line" ;;
	2) echo "end $line" ;;
	*)
		echo "FAILED $line"
		{
			echo "FAILED $line"
			cat why
		} >>failed
		test -z "${ONE:-}" || break
		;;
	esac
done <"$jobs" >results
