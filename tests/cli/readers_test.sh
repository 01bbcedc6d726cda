#!/bin/sh
# Two readers ask while all three stages write: no error, and no sum that is
# wrong at any moment.  READS=5000: ten thousand questions at least.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

reads=${READS:-100}
step=3600
first=$((now - 23 * step))
start_mimecast --seed 3 --records 2000 --from $((now - 86400)) \
	--to $((now - 180))
start_sophos --idempotent
write_config "page_size: 100
lookback_s: $step"

stages() {
	tell_mimecast "clock $1"
	for stage in extract transform load; do
		m2s "$stage" -q --wait 60 -T "$1" || return
	done
}

# All of it is one statement, so it is of one moment.
question="SELECT
	(SELECT count(*) FROM v_reconciliation WHERE NOT balanced),
	(SELECT coalesce(sum(records), 0) FROM page WHERE judged = 1)
	  - (SELECT count(*) FROM record),
	(SELECT count(*) FROM record WHERE outcome = 4)
	  - (SELECT count(*) FROM alert),
	(SELECT count(*) FROM v_delivery WHERE state = 'missing'),
	(SELECT count(*) FROM batch_alert)
	  - (SELECT coalesce(sum(alerts), 0) FROM batch);"

# read_all NAME: ask it all, again and again, as long as the stages go on; each
# answer is a line.
read_all() {
	until test -e "$dir/enough"; do
		{
			echo '.timeout 10000'
			yes "$(echo "$question" | tr '\n' ' ')" |
				head -n "$reads"
		} | sqlite3 -readonly "$dir/state/acme/staging.db" \
			>>"$dir/$1.answers" 2>>"$dir/$1.errors"
		echo asked >>"$dir/times.$1"
	done
}

check 'the first hour' stages "$first"
read_all one &
one=$!
read_all two &
two=$!
# Each hour at least twice, and until each reader has asked it all.
hours=0
clock=$first
failed=0
until test $hours -ge 4 && test -e "$dir/times.one" &&
	test -e "$dir/times.two"; do
	test $clock -lt "$now" && clock=$((clock + step))
	stages $clock || failed=$?
	hours=$((hours + 1))
done >"$dir/stages" 2>&1
touch "$dir/enough"
wait $one $two
check "no stage failed in $hours rounds" same 0 echo $failed

no_error() {
	cat "$dir/one.errors" "$dir/two.errors"
	test ! -s "$dir/one.errors" && test ! -s "$dir/two.errors"
}
check 'no question failed' no_error
answered() {
	same $((reads * $(cat "$dir"/times.* | wc -l))) \
		sh -c "cat '$dir'/*.answers | wc -l"
}
check 'every question was answered' answered
sums() {
	same '0|0|0|0|0' sort -u "$dir/one.answers" "$dir/two.answers"
}
check 'no sum was wrong at any moment' sums
check 'nothing is broken at the end' same '' sql 'SELECT * FROM v_violation'

done_testing
