#!/bin/sh
# run.sh TEST...: run tests, two at a time; each prints TAP.  Shows what
# failed, and counts: the last line is "N passed, N failed".
set -u
export LC_ALL=C
jobs=${JOBS:-2}
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# One authority for all scenarios: making keys takes time.
PKI=$results/pki
export PKI results
tests/sim/pki.sh "$PKI"

# A test that ends badly, or before it did all that it planned, without having
# said so has failed, too.
# shellcheck disable=SC2016 # for the inner shell to expand
printf '%s\n' "$@" | xargs -P "$jobs" -I TEST sh -c '
	out=$results/$(basename "$1").tap
	case $1 in
	*.sh) sh "$1" >"$out" 2>&1 ;;
	*) CMOCKA_MESSAGE_OUTPUT=TAP "$1" >"$out" 2>&1 ;;
	esac
	status=$?
	if test $status != 0 && ! grep -q "^not ok" "$out"; then
		echo "not ok - $1 ended with status $status" >>"$out"
	fi
	awk '\''/^1\.\.[0-9]+$/ { planned += substr($0, 4) }
		/^(not )?ok/ { done++ }
		END { exit !done || planned != done }'\'' "$out" ||
		echo "not ok - $1 did not do what it planned" >>"$out"
	if grep -q "^not ok" "$out"; then
		echo "== $1"
		grep -v "^ok" "$out" | tail -n 100
	else
		echo "ok $1 ($(grep -c "^ok" "$out"))"
	fi' sh TEST

passed=$(cat "$results"/*.tap | grep '^ok' | grep -vc '# SKIP')
skipped=$(cat "$results"/*.tap | grep '^ok' | grep -c '# SKIP')
failed=$(cat "$results"/*.tap | grep -c '^not ok')
if test "$skipped" != 0; then
	echo "skipped:"
	grep -h '# SKIP' "$results"/*.tap
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
test "$failed" = 0
