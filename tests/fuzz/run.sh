#!/bin/sh
# run.sh TARGET...: RUNS executions of each, from its committed corpus on.  What
# it finds to be new is kept beside the target, a finding under findings/.
set -u
export LC_ALL=C
bad=0

for name; do
	new=$O/fuzz/corpus/$name
	found=$O/fuzz/findings/$name
	mkdir -p "$new" "$found"
	set -- "$O/fuzz/$name" "-runs=$RUNS" -timeout=10 -max_len=4096 \
		"-artifact_prefix=$found/" -verbosity=0 -print_final_stats=1
	test -f "tests/fuzz/$name.dict" &&
		set -- "$@" "-dict=tests/fuzz/$name.dict"
	if "$@" "$new" "tests/fuzz/corpus/$name" >"$found.log" 2>&1; then
		echo "ok $name: $(sed -n \
			's/^stat::number_of_executed_units: *//p' \
			"$found.log") executions, 0 findings"
	else
		tail -n 60 "$found.log"
		echo "not ok $name: see $found"
		bad=1
	fi
done
exit $bad
