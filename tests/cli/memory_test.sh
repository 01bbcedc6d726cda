#!/bin/sh
# 100,000 records through all stages: the memory of each is bounded, and all
# of them arrive.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

if test -n "${SANITIZED:-}"; then
	skip 'memory is bounded' 'sanitizers need memory of their own'
	done_testing
	exit
fi

limit_kib=$((48 * 1024))
start_mimecast --seed 5 --records 100000 --from $((now - 86400)) \
	--to $((now - 180))
start_sophos
write_config 'page_size: 500'

# A page of 500 records is some 400 KB, of which four may be in hand.
within() {
	"$bin/peak-rss" "$bin/m2s-$1" -q -c "$dir/m2s.conf" -T "$now" \
		>"$dir/out" 2>"$dir/err" || {
		cat "$dir/out" "$dir/err"
		return 1
	}
	peak=$(sed -n 's/^peak //p' "$dir/err")
	echo "$peak KiB"
	test "$peak" -lt "$2"
}
check 'extract keeps within 48 MiB and the pages in hand' \
	within extract $((limit_kib + 4 * 400))
check 'transform keeps within 48 MiB' within transform $limit_kib
check 'load keeps within 48 MiB' within load $limit_kib

all_arrived() {
	same "$(grep -c '^record' "$dir/mimecast.ledger")" \
		sql 'SELECT count(*) FROM record' || return
	same "$(sql 'SELECT count(*) FROM alert')" \
		grep -c '^alert' "$dir/sophos.ledger" || return
	same '' sql 'SELECT * FROM v_violation'
}
check 'every record has its outcome and every alert arrived' all_arrived

wal() {
	same '' find "$dir/state" -name '*-wal' -size +0
}
check 'no WAL is left behind' wal

done_testing
