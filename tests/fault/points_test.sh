#!/bin/sh
# A sample of what make prove does: the same points each time.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

O=${O:-build}
DIR=$dir/points
export O DIR
# With sanitizers a run takes longer, and a traced program cannot look for
# leaks.
every=1
if test -n "${SANITIZED:-}"; then
	every=8
	export ASAN_OPTIONS=detect_leaks=0
fi
scenes='first-extract first-transform first-load second-extract
	second-transform second-load prune replay'

# sample MODE FIRST STEP COUNT: points of each scene.
sample() {
	for scene in $scenes; do
		seq "$2" "$3" $(($2 + $3 * ($4 - 1))) | sed "s/^/$scene $1 /"
	done | awk -v n=$every 'NR % n == 0' >>"$dir/jobs"
}

# points: those of the sample, which begins anew then.  Some scenes end before
# the last of them, not all.
points() {
	sh tests/fault/points.sh "$dir/jobs" >"$dir/points.out"
	status=$?
	cat "$dir/points.out"
	: >"$dir/jobs"
	test $status = 0 && ! grep -q '^0 done' "$dir/points.out"
}

traces() {
	"$bin/kill-at" -e EIO 1 sh -c 'umask 077; cat /dev/null' 2>"$dir/trace"
	test $? != 77
}

# The power of a file system can be cut where it can be mounted.
can_mount() {
	command -v mkfs.xfs >"$dir/none" && command -v mkfs.ext4 >"$dir/none" &&
		truncate -s 8M "$dir/disk" && mkfs.ext4 -q -F "$dir/disk" &&
		mkdir -p "$dir/mounted" &&
		mount -o loop "$dir/disk" "$dir/mounted" 2>"$dir/none" &&
		umount "$dir/mounted"
}

: >"$dir/jobs"
sample kill 23 71 6
check 'killed anywhere, nothing is lost and each repeat is flagged' points
if traces; then
	sample ENOSPC 11 23 1
	sample ENOSPC:all 12 23 1
	sample EIO 13 31 2
	sample EIO:all 14 31 1
	sample EINTR 5 7 1
	sample EMFILE 6 3 1
	# The sanitizers' own allocator takes that for the end.
	test -n "${SANITIZED:-}" || sample ENOMEM 7 3 1
	check 'a call that fails anywhere is told, and loses nothing' points
	seq 300 60 1200 | sed 's/^/first-load hand /' >"$dir/jobs"
	check 'somebody else at the database is noticed' points
	echo 'first-load rude 0' >"$dir/jobs"
	check 'receivers that refuse all have no alert refused' points
else
	skip 'a call that fails' 'calls cannot be changed on this processor'
fi
if can_mount; then
	sample cut:ext4 101 100 1
	sample cut:xfs 151 100 1
	check 'a power cut takes nothing that was committed' points
else
	skip 'a power cut' 'no ext4 and xfs can be mounted here'
fi
cat >"$dir/jobs" <<-EOJ
first-extract kill 400 m2s-extract 200
first-transform kill 300 m2s-transform 200
first-load kill 700 m2s-load 300
second-load kill 500 m2s-load 200
EOJ
check 'killed again in the run after it, the same' points
# Some of the places that ask for memory, of each library.
places() {
	for scene in first-extract first-transform first-load; do
		sh tests/fault/points.sh -c $scene memory |
			awk -v scene=$scene 'NR % 40 == 2 {
				print scene, "memory", $1
				print scene, "memory:all", $1
			}'
	done >"$dir/jobs"
}
if test -z "${SANITIZED:-}"; then
	places
	sample memory 20000 3000 1
	sample memory:all 19000 3000 1
	check 'out of memory it ends with status 74 and loses nothing' points
fi
done_testing
