#!/bin/sh
# prove.sh [PART...]: what tests/fault/DESIGN.md promises, proved as far as it
# is in our power; each part is a row of the table at the end.
#
#	kills		each call of the stages, a quarter of prune and replay
#	cuts		of the power of two file systems, both ways round
#	recovery	kills in the run that follows a kill
#	calls		that fail, with six errors, once and for good: each of the
#			stages, a quarter of prune and replay
#	memory		that runs out, at each place that asks, once and for good
#	staging		the database on a disk that fails or forgets
#	mutants		programs with a fault: does all this find it?
#	soak		$SOAK_S seconds (60)
# and, only where it is named:
#	rest		the three quarters of prune and replay
#
# $STEP, for those who have less time: only one point in so many, 1.
# shellcheck disable=SC2317 # parts are called by their names
set -u
export LC_ALL=C
O=${O:-build}
step=${STEP:-1}
work=$(mktemp -d -p "$(test -w /dev/shm && echo /dev/shm || echo /tmp)")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
DIR=$work
export O DIR
bad=0
stages='first-extract first-transform first-load second-extract
	second-transform second-load'
scenes="$stages prune replay"
errors='ENOSPC EDQUOT EIO EINTR ENOMEM EMFILE'

# points SCENE MODE EVERY: one job for each so many of its points.
points() {
	case $2 in cut:*) mode='kill' ;; *) mode=${2%:all} ;; esac
	seq "$3" "$3" "$(sh tests/fault/points.sh -c "$1" "$mode")" |
		sed "s/^/$1 $2 /"
}

# every SCENE
every() {
	case $1 in
	prune | replay) echo $((4 * step)) ;;
	*) echo "$step" ;;
	esac
}

kills() {
	for scene in $scenes; do
		points "$scene" kill "$(every "$scene")"
	done
}

cuts() {
	for scene in $scenes; do
		points "$scene" cut:ext4 $((16 * step))
		points "$scene" cut:xfs $((16 * step))
	done
}

# Where the first kill is, and where the second one, in the run after it.
recovery() {
	for scene in $stages; do
		calls=$(sh tests/fault/points.sh -c "$scene" kill)
		awk -v scene="$scene" -v calls="$calls" -v step="$step" 'BEGIN {
			srand(1)
			split("m2s-extract m2s-transform m2s-load", program, " ")
			for (i = 0; i < 90; i += step)
				print scene, "kill", 1 + int(rand() * calls * .95),
					program[1 + i % 3], 1 + int(rand() * 400)
		}'
	done
}

calls() {
	for error in $errors; do
		for scene in $scenes; do
			points "$scene" "$error" "$(every "$scene")"
			points "$scene" "$error:all" "$(every "$scene")"
		done
	done
}

rest() {
	for scene in prune replay; do
		for mode in kill $errors; do
			points "$scene" "$mode" "$step"
			test "$mode" = kill || points "$scene" "$mode:all" "$step"
		done
	done | awk -v every=$((4 * step)) '$3 % every'
}

# A place that several scenes come to counts where it is met first.
memory() {
	for scene in $scenes; do
		sh tests/fault/points.sh -c "$scene" memory |
			sed "s/^/$scene /"
	done | awk -v step="$step" '!seen[$3]++ && ++places % step == 0 {
		print $1, "memory", $2
		print $1, "memory:all", $2
	}'
}

row() {
	printf '%-10s %s\n' "$1" "$2" >>"$work/table"
}

# A part whose points are jobs.
disturb() {
	"$1" >"$work/$1.jobs"
	test -s "$work/$1.jobs" || bad=1
	begun=$(date +%s)
	sh tests/fault/points.sh "$work/$1.jobs" >"$work/$1.out" || bad=1
	took=$(($(date +%s) - begun))
	grep -v ' done, ' "$work/$1.out"
	row "$1" "$(tail -n 1 "$work/$1.out"), of $(wc -l <"$work/$1.jobs") points, $took s"
}

staging() {
	for test in vfs_fault memory_fault; do
		every='every point'
		test "$test" = vfs_fault || every='a sample'
		make -s O="$O" "$O/unit/${test}_test" || bad=1
		if test "$test" = vfs_fault; then
			export PROVE=1
		else
			unset PROVE
		fi
		"$O/unit/${test}_test" >"$work/$test.out" 2>&1 || {
			cat "$work/$test.out"
			bad=1
		}
		row staging "$test: $every: $(grep -o '[0-9]* \(points\|power cuts\|allocations\)' \
			"$work/$test.out" | awk '{ n += $1 } END { print n }') points, $(
			grep -c '  OK ' "$work/$test.out") tests good"
	done
}

mutants() {
	sh tests/fault/mutants.sh >"$work/mutants.out" || bad=1
	cat "$work/mutants.out"
	row mutants "$(tail -n 1 "$work/mutants.out")"
}

soak() {
	(unset DIR && sh tests/fault/soak.sh) >"$work/soak.out" || {
		cat "$work/soak.out"
		bad=1
	}
	row soak "$(tail -n 1 "$work/soak.out")"
}

begun_all=$(date +%s)
test $# -gt 0 || set -- kills cuts recovery calls memory staging mutants soak
for part in "$@"; do
	case $part in
	staging | mutants | soak) $part ;;
	*) disturb "$part" ;;
	esac
done
row 'all' "$(($(date +%s) - begun_all)) s, $(nproc) processors, $(uname -sr)"
cat "$work/table"
exit $bad
