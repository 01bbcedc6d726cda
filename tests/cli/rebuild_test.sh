#!/bin/sh
# A database that is older than its archives: restored from a copy, rebuilt
# from a part of them, or made anew beside them.  Nothing is sent before it has
# caught up, and nothing twice without a flag.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

state=$dir/state/acme
archive=$state/archive

# scene FAULT...: an hour of records, and a receiver with these faults.
scene() {
	rm -rf "$dir/state" "$dir/sophos.ledger"
	receiver "$@"
	: >"$dir/mimecast.faults"
	start_mimecast --seed 5 --records 60 --from $((now - 3600)) --to "$now" \
		--faults "$dir/mimecast.faults"
	write_config 'lookback_s: 3600
page_size: 20
parallel: 1' 'deadline_s: 2'
}

receiver() {
	printf '%s\n' "$@" >"$dir/faults"
	start_sophos --faults "$dir/faults"
}

stages() {
	for stage in extract transform load; do
		m2s $stage -q -T "$now" || return
	done
}

copy() {
	rm -rf "$dir/copy"
	mkdir "$dir/copy"
	cp "$state"/staging.db* "$dir/copy"
}

lose() {
	rm "$state"/staging.db*
}

restore_copy() {
	lose
	cp "$dir/copy"/* "$state"
}

sent() {
	grep -c '^request' "$dir/sophos.ledger"
}

behind="it follows the last archive and holds what the database does not: bring it back with m2s-extract --replay"

# caught_up STAGE...: nothing is wrong, and as many requests as before.
caught_up() {
	for stage in "$@"; do
		expect 0 m2s "$stage" -q -T "$now" || return
	done
	same "$requests" sent && same '' sql 'SELECT * FROM v_violation' &&
		same '' sql 'SELECT * FROM v_unfinished' &&
		expect 0 m2s audit -T "$now" verify --read-data &&
		same "$files" find "$archive" -type f
}

echo '# made anew'
scene '# none'
check 'all is delivered and archived' stages
requests=$(sent)
files=$(find "$archive" -type f)
first=$(sql 'SELECT file FROM archive WHERE archive_no = 1')
second=$(sql 'SELECT file FROM archive WHERE archive_no = 2')
lose
m2s extract -q -T "$now" >"$dir/out"
m2s transform -q -T "$now" >"$dir/out" 2>&1
check 'a new database beside archives sends nothing' \
	expect 65 m2s load -q -T "$now"
check 'and says what to do' says "load[acme]: archive $first: $behind"
lose
m2s extract -q -T "$now" --replay "$archive/$first" >"$dir/out"
m2s transform -q -T "$now" >"$dir/out" 2>&1
check 'nor does one with a part of them' expect 65 m2s load -q -T "$now"
check 'with all of them' \
	expect 0 m2s extract -q -T "$now" --replay "$archive"
check 'it knows what was sent' caught_up transform load
mv "$archive/$first" "$dir/away"
lose
m2s extract -q -T "$now" >"$dir/out"
m2s transform -q -T "$now" >"$dir/out" 2>&1
check 'nor does one beside later ones' expect 65 m2s load -q -T "$now"
check 'which it names' says "load[acme]: archive $second: $behind"

echo '# restored from a copy'
scene '* /v1 status 503'
check 'a sink is down' expect 75 stages
copy
receiver '# none'
check 'all is delivered' expect 0 m2s load -q -T "$now"
requests=$(sent)
files=$(find "$archive" -type f)
restore_copy
check 'the copy sends nothing' expect 65 m2s load -q -T "$now"
check 'and takes no archive for damaged' \
	same "$files" find "$archive" -type f
check 'replay brings it up to date' \
	expect 0 m2s extract -T "$now" --replay "$archive"
check 'with the batch that was not finished' prints 'batches_restored 1'
check 'which is not sent again' caught_up transform load

scene '# none'
echo '2-99 /url/ status 503' >"$dir/mimecast.faults"
tell_mimecast "faults $dir/mimecast.faults"
check 'a window is not finished' expect 75 m2s extract -q -T "$now"
check 'but begun' same '1|1' sql "SELECT count(*) > 0, max(w.pages) > 0
	FROM window w WHERE state = 'open'"
copy
echo '# none' >"$dir/mimecast.faults"
tell_mimecast "faults $dir/mimecast.faults"
check 'then it is' stages
requests=$(sent)
files=$(find "$archive" -type f)
pages() {
	sql "SELECT hex(p.body_digest), p.attempt, p.number, b.body IS NOT NULL
	  FROM page p LEFT JOIN page_body b USING (page_id) ORDER BY 1"
}
pages=$(pages)
restore_copy
check 'replay finishes it' \
	expect 0 m2s extract -q -T "$now" --replay "$archive"
check 'with all its pages' same "$pages" pages
check 'and no request' caught_up transform load

echo '# one half of a doubtful batch is lost'
scene '1 /v1 reset-after' '2 /v1 status 413' '4-99 /v1 status 403'
check 'a batch is split, and a half is delivered' expect 69 stages
check 'the other is not' same 'split|1
delivered|1
sending|1' sql "SELECT state, possible_duplicate FROM batch
	ORDER BY batch_id"
lose
receiver '# none'
check 'replay' expect 0 m2s extract -q -T "$now" --replay "$archive"
check 'the rest is sent' sh -c "
	'$bin/m2s-transform' -q -c '$dir/m2s.conf' -T $now >/dev/null &&
	'$bin/m2s-load' -q -c '$dir/m2s.conf' -T $now >/dev/null"
check 'with a flag' same 0 sql "SELECT count(*) FROM batch
	WHERE NOT possible_duplicate"
check 'all of it' same "$(sql 'SELECT count(*) FROM alert')" \
	sql "SELECT sum(alerts) FROM batch WHERE state = 'delivered'"

done_testing
