#!/bin/sh
# audit.sh [RECORDS]: how long views take for one day and one id on a run of
# so many records, live and in a snapshot; then what readers cost the stages
# that write beside them.  Figures are processor time.
set -u
records=${1:-1000000}
DIR=${O:-build}/bench-audit
rm -rf "$DIR"
mkdir -p "$DIR"
DIR=$(cd "$DIR" && pwd)
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh

month=$((29 * 86400))
day="BETWEEN $((now - 2 * 86400)) AND $((now - 86400 - 1))"

stages() {
	for stage in extract transform load; do
		m2s "$stage" -q --wait 60 -T "$1" || return
	done
}

start_mimecast --seed 5 --records "$records" --from $((now - month)) \
	--to $((now - 180))
start_sophos --idempotent
write_config "page_size: 500
lookback_s: $month"
echo "$records records of 29 days: $(used stages "$now") ms for all stages"
echo "snapshot: $(used m2s audit -q snapshot) ms"
echo "status: $(used m2s audit -q -T "$now" status) ms"
echo "reconcile: $(used m2s audit -q reconcile) ms"
echo "check: $(used m2s audit -q check) ms"
echo "report: $(used m2s audit -q -T "$now" report -o "$dir/r.html") ms"

live=$dir/state/acme/staging.db
id=$(sql "SELECT lower(hex(alert_id)) FROM alert
	ORDER BY alert_no DESC LIMIT 1 OFFSET 1000")
echo
echo "ms live  ms snapshot  question"
while read -r question; do
	printf '%7s  %11s  %s\n' \
		"$(used sqlite3 -readonly "$live" "SELECT * FROM $question")" \
		"$(used sqlite3 -readonly "$dir/state/acme.snapshot.db" \
			"SELECT * FROM $question")" "$question"
done <<EOF
v_coverage
v_reconciliation WHERE window_id = 100
v_reconciliation WHERE from_at $day
v_trace WHERE record_id = (SELECT record_id FROM alert WHERE alert_id = x'$id')
v_trace WHERE page_id = 9 AND position = 3
v_lineage WHERE alert_no = (SELECT alert_no FROM alert WHERE alert_id = x'$id')
v_lineage WHERE alert_id = '$id'
v_lineage WHERE occurred_at $day
v_delivery WHERE alert_id = '$id'
v_delivery WHERE occurred_at $day
v_invalid WHERE occurred_at $day
v_clean WHERE occurred_at $day
v_unmapped WHERE occurred_at $day
v_revision WHERE occurred_at $day
v_in_doubt
alert WHERE message_id = 'x'
alert WHERE recipient = 'x'
alert WHERE url = 'x'
EOF
stop_mimecast
stop_sophos

# The same work with nobody reading and with two who never stop.
echo
hours() {
	for hour in 20 16 12 8 4 0; do
		clock=$((now - hour * 3600))
		tell_mimecast "clock $clock"
		stages $clock || return
	done
}
question="SELECT count(*) FROM v_reconciliation WHERE NOT balanced
	AND from_at > $now - 7200;"
read_on() {
	until test -e "$dir/enough"; do
		{
			echo '.timeout 10000'
			yes "$(echo "$question" | tr '\n' ' ')" | head -n 20
		} | sqlite3 -readonly "$live" >>"$dir/answers.$1" \
			2>>"$dir/errors.$1"
	done
	touch "$dir/ended.$1"
}
for readers in 0 2; do
	rm -rf "$dir/state" "$dir/enough" "$dir"/*.[0-9]
	start_mimecast --seed 3 --records 200000 --from $((now - 86400)) \
		--to $((now - 180))
	start_sophos --idempotent
	write_config "page_size: 500
lookback_s: 14400"
	tell_mimecast "clock $((now - 82800))"
	stages $((now - 82800)) >"$dir/out"
	for reader in $(seq $readers); do
		read_on "$reader" &
	done
	ms=$(used hours)
	touch "$dir/enough"
	for reader in $(seq $readers); do
		until test -e "$dir/ended.$reader"; do sleep 0.1; done
		test ! -s "$dir/errors.$reader" || cat "$dir/errors.$reader"
	done
	echo "$readers readers: $ms ms for the stages"
	cat "$dir"/answers.* 2>/dev/null | sort | uniq -c |
		sed 's/$/ windows unbalanced, so many times/'
	stop_mimecast
	stop_sophos
done
