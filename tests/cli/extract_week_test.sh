#!/bin/sh
# A week of a tenant's life, an hour at a time: rows that come up to half an
# hour late, an outage that retention forgives and one that it does not.
# Every record that the service could show is staged, but for those that it
# dropped meanwhile, which are exactly those in the gaps.
# shellcheck source=tests/cli/extract_lib.sh
. tests/cli/extract_lib.sh

hour=3600
day=86400
begin=$now
end=$((begin + 7 * day))
# The service drops a row in the second in which it is a day old.
set -- --seed 11 --records 4000 --from "$begin" --to "$end"
start_service "$@" --retention $((day + 1))
configure "page_size: 100
lookback_s: 3600
retention_days: 1"

# hours FROM TO: a run in each of these hours.
hours() {
	at=$1
	while test "$at" -le "$2"; do
		clock=$((begin + at * hour))
		tell_mimecast "clock $clock"
		"$bin/m2s-extract" -q -c "$dir/m2s.conf" -T $clock \
			>/dev/null 2>"$dir/err"
		status=$?
		if test $status != "${3:-0}"; then
			echo "hour $at: status $status"
			cat "$dir/err"
			return 1
		fi
		at=$((at + 1))
	done
}

# Two days, an outage of 9 hours, a day, one of 31 hours, and to the end.
life() {
	hours 1 48 && hours 57 80 && hours 111 111 4 &&
		says 'extract[acme]: 75960 seconds of source time are lost, in 3 gaps: m2s-audit coverage lists them' &&
		hours 112 170
}
check 'a week goes by, and one outage is told once' life

# Of 31 hours a day is still there; the end of hour 80 had not settled.
lost_from=$((begin + 80 * hour - 120))
lost_to=$((begin + 111 * hour - day))
check 'the gaps are what retention took, in each log' \
	same "attachment|$lost_from|$lost_to|retention
impersonation|$lost_from|$lost_to|retention
url|$lost_from|$lost_to|retention" \
	sql 'SELECT log, from_at, to_at, reason FROM gap ORDER BY log'
check 'nothing else is lost or open' same 0 sql "SELECT count(*)
	FROM v_coverage WHERE state = 'lost' AND from_at <> $lost_from
	OR state = 'open' AND from_at < $((begin + 170 * hour - 120))"

# Each record by its number, and whether it happened in a gap.
"$bin/sim-mimecast" "$@" --list >"$dir/list"
TAB=$(printf '\t')
cut -f 2,5 "$dir/list" >"$dir/times"
iso() {
	date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ
}
seconds() {
	awk -F "$TAB" -v "from=$(iso $lost_from)" -v "to=$(iso $lost_to)" \
		-v "want=$1" '
		($2 >= from && $2 < to) == want { print $1 }' "$dir/times" |
		sort
}
grep '^record' "$dir/mimecast.ledger" | cut -f 2 | sort -u >"$dir/served"
seconds 0 >"$dir/kept"
seconds 1 >"$dir/lost"
check 'some rows were lost' test -s "$dir/lost"
check 'every record was served but those in the gaps' \
	cmp "$dir/served" "$dir/kept"

grep '^page' "$dir/mimecast.ledger" | cut -f 7 | sort >"$dir/pages"
sql 'SELECT request_id FROM page' | sort >"$dir/stored"
check 'every page that was served is staged' cmp "$dir/pages" "$dir/stored"
check 'all windows were read to their end' same exact \
	sql "SELECT DISTINCT coalesce(reconciled, state) FROM window"
check 'nothing violates' nothing_violates

# What the second readings brought.
late() {
	m2s transform -q -T $((begin + 170 * hour)) >/dev/null
	same 1 sql "SELECT count(*) > 10 AND min(at_most_s - at_least_s) >= 0
		AND max(at_least_s) <= 1800 FROM v_lag"
}
check 'rows that came late are measured' late

advised() {
	expect 0 m2s audit -T $((begin + 170 * hour)) status &&
		sed -n '/^late records$/,/^sinks$/p' "$dir/out" >"$dir/lag" &&
		awk -F "$TAB" '$2 >= 100 && $3 > 0 && $4 <= $5 && $5 <= $6 &&
			$7 >= 120 && $8 >= 1800 { n++ }
			END { exit n != 3 }' "$dir/lag" && return
	cat "$dir/out"
	return 1
}
check 'and settle_s and overlap_s are advised for each log' advised

done_testing
