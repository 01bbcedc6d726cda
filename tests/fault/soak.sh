#!/bin/sh
# soak.sh: the stages run one after another, for $SOAK_S seconds (60), against
# a source that grows and two receivers, one of which knows keys.  Meanwhile
# they are killed every 0.1 to 5 seconds, and their clock jumps.  Then nothing
# disturbs them any more, and two runs must bring all to its end: balanced, by
# the views and by the ledgers of both sides.
#
# The last line is "soak ...", with figures.  1,000,000 records: SOAK_S=7200.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

seconds=${SOAK_S:-60}
records=$((seconds * 140))
# Each second here is so many there.
speed=600
start=$now
span=$((seconds * speed))
kills=0
runs=0
wal=0
rss=0

random() { # below $1
	echo $(($(od -An -N4 -tu4 /dev/urandom) % $1))
}

milliseconds() {
	date +%s%3N
}

# When the next kill is due: in 0.1 to 5 seconds, mostly less than one.
next_kill() {
	case $(random 5) in
	0) in_ms=$((100 + $(random 4900))) ;;
	*) in_ms=$((100 + $(random 700))) ;;
	esac
	kill_at=$(($(milliseconds) + in_ms))
}

# What is left until then, in seconds.
time_left() {
	left_ms=$((kill_at - $(milliseconds)))
	test $left_ms -gt 5 || left_ms=5
	printf '%d.%03d' $((left_ms / 1000)) $((left_ms % 1000))
}

clock() {
	echo $((start + ($(date +%s) - begun) * speed))
}

start_mimecast --seed 5 --records "$records" --from "$start" \
	--to $((start + span)) --retention 864000
start_sophos
plain_url=$sophos_url
plain_pid=$sophos_pid
exec 7>&9
mv "$dir/sophos.ledger" "$dir/plain.ledger"
sophos_pid=
sophos_port=
start_sophos --idempotent 7>&-
write_config 'lookback_s: 3600
page_size: 500
deadline_s: 60' 'idempotent: true
deadline_s: 30'
cat >>"$dir/m2s.conf" <<-EOC
      - name: plain
        type: https
        url: $plain_url/v1
        auth: header
        header: X-Integration-Key
        key_file: integration_key
        ca_file: $pki/ca.pem
        deadline_s: 30
EOC

note_wal() {
	size=$(stat -c %s "$dir/state/acme/staging.db-wal" 2>"$dir/none")
	test "${size:-0}" -le "$wal" || wal=$size
}

# disturbed_run STAGE: kill it, if it is still there when a kill is due.
disturbed_run() {
	case $(random 10) in
	0) jump=-250 ;;
	1) jump=250 ;;
	2) jump=100000 ;; # is refused
	*) jump=0 ;;
	esac
	runs=$((runs + 1))
	now=$(clock)
	tell_mimecast "clock $now"
	timeout -s KILL "$(time_left)" \
		"$bin/m2s-$1" -q -c "$dir/m2s.conf" -T $((now + jump)) \
		>"$dir/out" 2>"$dir/err" 7>&- 8>&- 9>&-
	case $? in
	137)
		kills=$((kills + 1))
		next_kill
		;;
	70)
		echo "status 70:"
		cat "$dir/err"
		return 1
		;;
	esac
	note_wal
}

# calm_run STAGE
calm_run() {
	"$bin/peak-rss" "$bin/m2s-$1" -q -c "$dir/m2s.conf" -T "$now" \
		>"$dir/out" 2>"$dir/err" 7>&- 8>&- 9>&-
	status=$?
	peak=$(sed -n 's/^peak //p' "$dir/err")
	test "$peak" -le "$rss" || rss=$peak
	note_wal
	case $status in 0 | 4) return 0 ;; esac
	echo "$1 ended with $status: $(cat "$dir/err")"
	return 1
}

unfinished() {
	sql 'SELECT count(*) FROM v_unfinished'
}

drain() {
	now=$((start + span + 7200))
	tell_mimecast "clock $now"
	for drains in 1 2; do
		for stage in extract transform load; do
			calm_run "$stage" || return
		done
		test "$(unfinished)" != 0 || return 0
	done
	echo "two runs left work:"
	sql 'SELECT * FROM v_unfinished'
	return 1
}

# received IDEMPOTENT RECEIVER
received() {
	awk -f tests/fault/receiver.awk "$dir/flagged" name=got \
		idempotent="$1" "$dir/$2.ledger" | sort >"$dir/$2.ids"
}

# Each side names an event by log, time, recipient and message.
balanced() {
	same '' sql 'SELECT * FROM v_violation LIMIT 9' || return
	same 0 sql 'SELECT count(*) FROM v_reconciliation WHERE NOT balanced' ||
		return
	awk -F '\t' '$1 == "record" && $3 == "alert" && !seen[$2]++' \
		"$dir/mimecast.ledger" | cut -f 4-7 | sort >"$dir/served"
	awk -F '\t' '$1 == "alert"' "$dir/sophos.ledger" | cut -f 3-6 |
		sort >"$dir/accepted"
	cmp "$dir/served" "$dir/accepted" || return
	sql "SELECT lower(hex(batch_key)) FROM batch
		WHERE possible_duplicate" >"$dir/flagged"
	received 0 plain
	received 1 sophos
	cmp "$dir/plain.ids" "$dir/sophos.ids"
}

begun=$(date +%s)
next_kill
status=0
while test $(($(date +%s) - begun)) -lt "$seconds" && test $status = 0; do
	for stage in extract transform load; do
		disturbed_run "$stage" || status=1
	done
done
drains=0
if test $status != 0 || ! { drain && balanced; } >"$dir/why" 2>&1; then
	status=1
	head -n 20 "$dir/why"
fi
judged=$(sql 'SELECT count(*) FROM record')
exec 7>&-
wait "$plain_pid"
echo "soak $seconds s: $judged records, $(wc -l <"$dir/sophos.ids") alerts," \
	"$runs runs, $kills kills, drained in $drains," \
	"WAL at most $((wal >> 10)) KiB, memory at most $((rss >> 10)) MiB:" \
	"$(test $status = 0 && echo balanced || echo NOT balanced)"
exit $status
