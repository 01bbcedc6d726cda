#!/bin/sh
# points.sh JOBS: do the jobs of a file (tests/fault/lib.sh says what a job
# is), WORKERS at a time (4).  Prints those that failed, each with why and with
# the line that repeats it, and at the end "N done, N failed".
#
# points.sh -c SCENE [MODE]: at how many calls such a job can disturb; with
# memory, at which allocations, one a line with the name of its place.
# points.sh -1 'JOB': that one; its folder stays.
#
# The scenes are in $DIR; they are made where there are none.  $BIN: programs
# to disturb, if not those of $O.  $ONE: a worker stops at what fails first.
# shellcheck source=tests/fault/lib.sh
. tests/fault/lib.sh

dir=${DIR:-$(mktemp -d)}
workers=${WORKERS:-4}
trap leave EXIT
trap 'exit 1' INT TERM

leave() {
	exec 8>&- 9>&-
	wait
	test -n "${DIR:-}" || test -n "${keep:-}" || rm -rf "$dir"
}

open_scenes() {
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	top=$PWD
	cd "$dir" || exit 1
	if test -f wanted.both; then
		start_source 1 8
		start_source 2 9
	else
		make_scenes
	fi
	cd "$top" || exit 1
}

# count SCENE MODE: in a folder of its own.
count() {
	rm -rf "$dir/count"
	mkdir "$dir/count"
	case ${2:-kill} in
	memory) echo "$1 memory 0" ;;
	*) echo "$1 ${2:-kill} 999999" ;;
	esac >"$dir/count/jobs"
	sh tests/fault/worker.sh "$dir/count" "$dir/count/jobs" &&
		cat "$dir/count/calls"
}

work() {
	rm -rf "$dir"/worker.*
	for w in $(seq "$workers"); do
		mkdir "$dir/worker.$w"
		awk -v w="$w" -v n="$workers" 'NR % n == w % n' "$1" \
			>"$dir/worker.$w/jobs"
		sh tests/fault/worker.sh "$dir/worker.$w" \
			"$dir/worker.$w/jobs" 8>&- 9>&- &
		pids="${pids:-} $!"
	done
	# shellcheck disable=SC2086 # a list
	wait $pids
}

report() {
	exec 8>&- 9>&- # so that the sources end, and have told all
	sleep 0.3
	misused=$(cat "$dir"/source_*.misuse)
	test -z "$misused" || echo "FAILED: the source was misused: $misused"
	cat "$dir"/worker.*/failed 2>"$dir/none" | awk -v o="${O:-build}" '
		/^FAILED / {
			sub(/^FAILED /, "")
			printf "FAILED: O=%s tests/fault/points.sh -1 \047%s\047\n", o, $0
			next
		}
		{ print "\t" $0 }'
	failed=$(cat "$dir"/worker.*/results | grep -c '^FAILED')
	missing=$(($1 - $(cat "$dir"/worker.*/results | wc -l)))
	echo "$(cat "$dir"/worker.*/results | grep -c '^ok') done," \
		"$((failed + missing)) failed"
	test $((failed + missing)) = 0 && test -z "$misused"
}

case ${1:-} in
-c)
	open_scenes
	count "$2" "${3:-}"
	;;
-1)
	keep=1
	workers=1
	open_scenes
	echo "$2" >"$dir/jobs"
	work "$dir/jobs"
	report 1
	status=$?
	echo "$dir/worker.1"
	exit $status
	;;
*)
	open_scenes
	work "$1"
	report "$(wc -l <"$1")"
	;;
esac
