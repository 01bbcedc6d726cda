# shellcheck shell=sh
# For benches in shell, which source it behind tests/cli/lib.sh.
dir=${dir:?}

# used COMMAND...: milliseconds of processor time, of it and its children;
# called in a subshell, as times counts what that has waited for.
used() {
	"$@" >"$dir/out" 2>"$dir/err" || cat "$dir/err" >&2
	times >"$dir/times"
	awk 'END {
		ms = 0
		for (i = 1; i <= 2; i++) {
			split($i, part, /[ms]/)
			ms += part[1] * 60000 + part[2] * 1000
		}
		printf "%d\n", ms
	}' "$dir/times"
}

# verdict GOAL OURS THEIRS LIMIT: is the ratio what it should be?
verdict() {
	awk -v goal="$1" -v ours="$2" -v theirs="$3" -v limit="$4" 'BEGIN {
		ratio = ours / theirs
		printf "%-52s %.2f  %s\n", goal, ratio,
			(ratio <= limit ? "met" : "MISSED") }'
}
