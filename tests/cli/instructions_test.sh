#!/bin/sh
# What 10,000 records cost m2s-transform, in instructions, as a ratio to a
# fixed piece of work: at most 1.15 of tests/bench/transform/instructions.good.
# One that grew on purpose is written there anew, with the reason in the commit.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

good=$(cat tests/bench/transform/instructions.good)
name="10,000 records cost at most 1.15 of the committed figure"

if test -n "${SANITIZED:-}"; then
	skip "$name" 'sanitizers add instructions of their own'
	done_testing
	exit
fi

# count COMMAND...: the instructions that it takes.  OpenSSL is told to leave
# out what some processors have and others have not.
count() {
	OPENSSL_ia32cap=0:0 valgrind --tool=callgrind \
		--callgrind-out-file="$dir/callgrind" "$@" >"$dir/out" \
		2>"$dir/err" || return 1
	sed -n 's/^totals: //p; s/^summary: //p' "$dir/callgrind" | tail -n 1
}

within() {
	"$bin/bench-staging" "$dir/staging.db" 10000 || return
	work=$(count "$bin/bench-calibrate") || return
	ours=$(count "$bin/bench-stage" "$dir/staging.db") || return
	same 10000 sqlite3 -readonly "$dir/staging.db" \
		'SELECT count(*) FROM record' || return
	awk -v ours="$ours" -v work="$work" -v good="$good" 'BEGIN {
		printf "%.3f; committed: %s\n", ours / work, good
		exit !(ours / work <= 1.15 * good)
	}'
}

check "$name" within
done_testing
