#!/bin/sh
# Archives: what stages leave in them, who finds out when they are tampered
# with, and how staging comes back out of them.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

flips=${FLIPS:-100}
verifications=${VERIFICATIONS:-20}
state=$dir/state/acme
archive=$state/archive

m2s_all() {
	for stage in extract transform load; do
		m2s "$stage" -q -T "$now" >"$dir/$stage.out" || return
	done
}

# What must be the same after a replay: everything but numbers of rows.
content() {
	sqlite3 -readonly "$state/staging.db" "
	SELECT 'window', hex(w.uid), w.log, w.from_at, w.to_at, w.origin,
	  hex(p.uid), hex(r.uid), w.state, w.planned_at, w.page_size,
	  w.attempt, w.refusals, w.recounts, w.failures, w.pages, w.records,
	  w.total, w.reconciled, w.closed_at, w.closed_order, w.archive_no
	  FROM window w LEFT JOIN window p ON p.window_id = w.parent_id
	  LEFT JOIN window r ON r.window_id = w.reread_of ORDER BY w.uid;
	SELECT 'page', hex(w.uid), p.attempt, p.number, p.request, p.page_token,
	  p.http_status, p.request_id, p.server_date, p.fetched_at,
	  hex(p.body_digest), p.body_bytes, p.records, p.total, p.next_token,
	  hex(b.body) FROM page p JOIN window w USING (window_id)
	  JOIN page_body b USING (page_id) ORDER BY w.uid, p.attempt, p.number;
	SELECT 'record', hex(w.uid), p.attempt, p.number, r.record_id & 33554431,
	  r.offset, r.length, r.outcome, r.reason, r.occurred_at,
	  hex(a.alert_id), r.twin, r.text_anomaly
	  FROM record r JOIN page p ON p.page_id = r.record_id >> 25
	  JOIN window w USING (window_id) LEFT JOIN alert a USING (alert_no)
	  ORDER BY w.uid, p.attempt, p.number, r.record_id;
	SELECT 'alert', alert_no, hex(alert_id), hex(digest), twin,
	  hex(natural_key), log, occurred_at, sender, recipient, subject, url,
	  file_name, file_type, file_hash, message_id, source_ip, verdict,
	  action, text_anomaly, revision_of FROM alert ORDER BY alert_no;
	SELECT 'mapping', hex(digest), version, attack_version, source, body,
	  loaded_at, rule_no, alert_type, match, log, threat_id, threat_name,
	  severity FROM mapping JOIN mapping_rule USING (mapping_id)
	  ORDER BY digest, rule_no;
	SELECT 'gap', g.log, g.from_at, g.to_at, g.reason, hex(w.uid), g.found_at,
	  hex(b.body) FROM gap g LEFT JOIN window w USING (window_id)
	  LEFT JOIN gap_body b USING (gap_id) ORDER BY 2, 3, 4, 5;
	SELECT 'batch', s.name, hex(b.batch_key), hex(p.batch_key), b.format,
	  b.alerts, b.bytes, b.sealed_at, b.state, b.attempts,
	  b.possible_duplicate, b.closed_at, hex(y.body), s.sealed_to,
	  s.owed_after, s.active_since FROM batch b JOIN sink s USING (sink_id)
	  JOIN batch_body y ON y.batch_id = b.batch_id
	  LEFT JOIN batch p ON p.batch_id = b.parent_id ORDER BY 2, 3;
	SELECT 'member', hex(b.batch_key), i.position, hex(a.alert_id),
	  hex(m.digest) FROM batch_alert i JOIN batch b USING (batch_id)
	  JOIN alert a USING (alert_no) JOIN mapping m USING (mapping_id)
	  ORDER BY 2, 3;
	SELECT 'receipt', hex(b.batch_key), r.attempt, r.received_at,
	  r.latency_ms, r.outcome, r.http_status, r.request_id, r.detail,
	  hex(r.body_start), hex(r.body_digest)
	  FROM receipt r JOIN batch b USING (batch_id) ORDER BY 2, 3;
	SELECT 'archive', archive_no, kind, file, hex(file_digest),
	  hex(manifest_digest), hex(previous_chain), hex(chain), members, bytes,
	  created_at FROM archive ORDER BY archive_no"
}

no_violation() {
	same '' sql 'SELECT * FROM v_violation'
}

file_of() {
	sql "SELECT file FROM archive WHERE archive_no = $1"
}

head_of() {
	sed -n 's/^chain_head //p' "$dir/$1.out"
}

# Two runs, with halves of windows, attempts that begin again, rereads, and
# batches that are split and refused.
echo '# runs'
start_sophos --idempotent --refuse-match 'payable.1'
echo '2-12 /url/ refuse-token' >"$dir/faults"
start_mimecast --faults "$dir/faults" --seed 5 --records 700 --retention 172800 \
	--from $((now - 86400)) --to $((now + 7200))
write_config 'lookback_s: 86400
page_size: 20
window_s: 14400
parallel: 1
overlap_s: 1800' 'batch_alerts: 40
idempotent: true'
check 'a run archives what it settled' expect 3 m2s_all
check 'evidence when it is judged, deliveries when they are final' \
	same '1|evidence|2026/03/01/000001-evidence.tar.zst
2|delivery|2026/03/01/000002-delivery.tar.zst' \
	sql 'SELECT archive_no, kind, file FROM archive'
check 'the last line of a run is the head of the chain' \
	same "$(sql 'SELECT lower(hex(chain)) FROM archive WHERE archive_no = 2')" \
	sh -c "tail -n 1 '$dir/load.out' | sed 's/^chain_head //'"
first_head=$(head_of transform)
check 'a run with nothing new archives nothing' expect 0 m2s_all
check 'there are windows in halves, and batches' same '1|1|1|1|1' sql "
	SELECT (SELECT count(*) > 0 FROM window WHERE state = 'replaced'),
	  (SELECT count(*) > 0 FROM page p JOIN window w USING (window_id)
	    WHERE p.attempt < w.attempt),
	  (SELECT count(*) > 0 FROM batch WHERE state = 'split'),
	  (SELECT count(*) > 0 FROM batch WHERE state = 'refused'),
	  (SELECT count(*) > 0 FROM batch WHERE state = 'delivered')"
check 'so there are two' same 2 sql 'SELECT count(*) FROM archive'

now=$((now + 7200))
tell_mimecast "clock $now" >/dev/null
check 'a second run, two hours later' expect 0 m2s_all
check 'has archives of its own' \
	same 1 sql 'SELECT count(*) > 0 FROM archive WHERE archive_no > 2'
check 'and windows that were read again' \
	same 1 sql "SELECT count(*) > 0 FROM window WHERE origin = 'reread'"
check 'nothing is violated' no_violation
check 'nothing that is settled is in no archive' same '0|0|0|0' sql "
	SELECT (SELECT count(*) FROM window
	    WHERE judged_run_id IS NOT NULL AND archive_no IS NULL),
	  (SELECT count(*) FROM mapping WHERE archive_no IS NULL),
	  (SELECT count(*) FROM gap WHERE archive_no IS NULL),
	  (SELECT count(*) FROM batch WHERE closed_at AND archive_no IS NULL)"
check '--json has the head as a field' sh -c "
	'$bin/m2s-load' --json -q -c '$dir/m2s.conf' -T $now |
	grep -q '\"chain_head\": \"$(head_of load)\"'"
archives=$(sql 'SELECT count(*) FROM archive')
members=$(sql 'SELECT sum(members) FROM archive')
whole="$archives/$archives archives, $members/$members members"

echo '# other tools'
agree() {
	sql "SELECT file, lower(hex(file_digest)), members FROM archive" |
	while IFS='|' read -r file digest n; do
		zstd -qt "$archive/$file" || return 1
		echo "$digest  $archive/$file" | sha256sum -c --quiet || return 1
		test "$(tar --zstd -tf "$archive/$file" | wc -l)" = "$n" ||
			return 1
		test "$(tar --zstd -tf "$archive/$file" | head -n 1)" = \
			manifest.json || return 1
		rm -rf "$dir/unpacked"
		mkdir "$dir/unpacked"
		tar --zstd -xf "$archive/$file" -C "$dir/unpacked" || return 1
		(cd "$dir/unpacked" && tr '{' '\n' <manifest.json | sed -n \
			's/^"name":"\(.*\)","size":.*"sha256":"\(.*\)".*/\2  \1/p' |
			sha256sum -c --quiet) || return 1
	done
}
check 'tar, zstd and sha256sum agree with all of them' agree
# chain = SHA-256(previous || SHA-256(manifest.json)), of raw bytes.
raw() {
	# shellcheck disable=SC2059 # the bytes are the format
	printf "$(echo "$1" | sed 's/../&\
/g' | awk 'BEGIN { hex = "123456789abcdef" } NF {
		high = index(hex, substr($0, 1, 1))
		low = index(hex, substr($0, 2, 1))
		printf "\\%03o", high * 16 + low }')"
}
chain_by_hand() {
	chain=$(printf '%064d' 0)
	for file in $(sql 'SELECT file FROM archive ORDER BY archive_no'); do
		digest=$(tar --zstd -xOf "$archive/$file" manifest.json |
			sha256sum)
		chain=$( (raw "$chain" && raw "${digest%% *}") | sha256sum)
		chain=${chain%% *}
	done
	echo "$chain"
}
check 'the chain can be computed by hand' same "$(head_of load)" chain_by_hand

echo '# verify'
check 'verify finds them whole' expect 0 m2s audit -T "$now" verify
check 'and says how many' prints "$whole"
check 'also with the bytes in the database' \
	expect 0 m2s audit -T "$now" verify --read-data
check 'an earlier head is one of the chain' \
	expect 0 m2s audit -T "$now" verify --head "$first_head"
check 'a head that is none is refused' \
	expect 64 m2s audit -T "$now" verify --head abc
check 'as JSON' expect 0 m2s audit -T "$now" --json verify
check 'with its figures' grep -q \
	"\"archives\": $archives, \"archives_whole\": $archives," "$dir/out"

cp -a "$state" "$dir/saved"
put_back() {
	rm -rf "$state"
	cp -a "$dir/saved" "$state"
}

# found TEXT ARGS...: verify ends with 1 and says that in a line.
found() {
	text=$1
	shift
	expect 1 m2s audit -T "$now" verify "$@" || return
	grep -qF -- "$text" "$dir/out" && return 0
	echo "no line with: $text"
	cat "$dir/out"
	return 1
}

one=$archive/$(file_of 1)
two=$archive/$(file_of 2)
last=$archive/$(file_of "$archives")
second=$(file_of 2)

rm "$one"
check 'a file that is missing' found '000001-evidence.tar.zst): the file is missing'
check 'counts as not whole' sh -c "grep -q '^$((archives - 1))/$archives ' '$dir/out'"
put_back
dd if=/dev/zero of="$one" bs=1 seek=100 count=500 conv=notrunc 2>/dev/null
check 'bytes that changed' found 'archive 1 ('
put_back
head -c 3000 "$one" >"$dir/part" && cp "$dir/part" "$one"
check 'a file that was cut' found 'archive 1 ('
put_back
cp "$one" "$dir/part" && cp "$two" "$one" && cp "$dir/part" "$two"
check 'files that were swapped' \
	found 'archive 2 (2026/03/01/000002-delivery.tar.zst): its manifest is not'
put_back
zstd -qdc "$one" | zstd -qc -19 >"$dir/part" && cp "$dir/part" "$one"
check 'a file that was packed anew' found 'its bytes are not those that were written'
put_back
# Sealed again by somebody who knows how: another manifest, all digests right.
reseal() {
	rm -rf "$dir/unpacked" && mkdir "$dir/unpacked"
	tar --zstd -xf "$one" -C "$dir/unpacked"
	sed -i 's/"total":[0-9]*,"reconciled"/"total":1,"reconciled"/' \
		"$dir/unpacked/manifest.json"
	tar --zstd -tf "$one" >"$dir/names"
	tar -C "$dir/unpacked" --format=ustar -T "$dir/names" -cf - |
		zstd -qc >"$dir/part"
	cp "$dir/part" "$one"
}
reseal
check 'a file that was sealed again' found 'its manifest is not the one'
put_back
cp "$one" "$archive/2026/03/01/000099-evidence.tar.zst"
check 'a file that nobody listed' found '000099-evidence.tar.zst is not in the table'
put_back
echo note >"$archive/2026/03/01/note"
check 'a file that is no archive' found 'note is not in the table'
put_back

edit() {
	sqlite3 "$state/staging.db" "PRAGMA foreign_keys = OFF; $1"
}
edit "UPDATE archive SET chain = zeroblob(32) WHERE archive_no = 1"
check 'a chain value that changed' found 'the chain is broken'
put_back
edit "DELETE FROM archive WHERE archive_no = 1"
check 'a row that is missing in the middle' found 'archives before it are missing'
put_back
edit "DELETE FROM archive WHERE archive_no = $archives;
	UPDATE window SET archive_no = NULL WHERE archive_no = $archives;
	UPDATE mapping SET archive_no = NULL WHERE archive_no = $archives;
	UPDATE gap SET archive_no = NULL WHERE archive_no = $archives;
	UPDATE batch SET archive_no = NULL WHERE archive_no = $archives"
rm "$last"
check 'a tail that was cut off, file and rows, is not seen' \
	expect 0 m2s audit -T "$now" verify
check 'but by who kept the head' \
	found 'the chain never had the value of --head' \
	--head "$(head_of load)"
put_back
edit "UPDATE window SET records = records + 1 WHERE window_id = 3"
check 'a row that is not as it was archived' found 'differs from the database'
put_back
edit "UPDATE page SET body_digest = zeroblob(32) WHERE page_id = 2"
check 'a digest that changed' found 'has another digest in the database'
put_back
edit "UPDATE receipt SET detail = 'x' WHERE receipt_id = 1"
check 'a receipt that changed' found 'differs from the database'
put_back
edit "UPDATE page_body SET body = zeroblob(length(body)) WHERE page_id = 2"
check 'bytes that changed are not seen' expect 0 m2s audit -T "$now" verify
check 'but with --read-data' found 'has other bytes in the database' --read-data
put_back
edit "UPDATE batch_body SET body = zeroblob(length(body)) WHERE batch_id = 1"
check 'so are those of a payload' found 'has other bytes in the database' --read-data
put_back
edit "UPDATE window SET archive_no = 1 WHERE archive_no = 3"
check 'rows that say another archive' found 'and it does not'
put_back
edit "DELETE FROM receipt WHERE receipt_id = 1"
check 'a row that is gone' found 'differs from the database'
put_back
check 'after all this it is whole again' expect 0 m2s audit -T "$now" verify

# Bits, wherever they fall, with a fixed seed: pick reads "PLACE BYTES" and
# writes "PLACE BYTE BIT", so many times as there are flips.
pick() {
	awk -v n="$flips" 'BEGIN { srand(20260301) }
		{ place[NR] = $1; begin[NR] = size; size += $2 }
		END {
			for (; n > 0; n--) {
				at = int(rand() * size)
				for (i = NR; begin[i] > at; i--)
					;
				print place[i], at - begin[i], int(rand() * 8)
			}
		}'
}
flip_in_file() { # FILE BYTE BIT
	was=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
	# shellcheck disable=SC2059 # the octal number is the format
	printf "\\$(printf %03o $((was ^ (1 << $3))))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
flip_in_row() { # TABLE:COLUMN:NUMBER BYTE BIT
	table=${1%%:*}
	row=${1##*:}
	column=${1%:*}
	column=${column#*:}
	was=$(sql "SELECT hex(substr($column, $2 + 1, 1)) FROM $table
		WHERE rowid = $row")
	edit "UPDATE $table SET $column = CAST(substr($column, 1, $2)
		|| x'$(printf %02x $((0x$was ^ (1 << $3))))'
		|| substr($column, $2 + 2) AS BLOB) WHERE rowid = $row"
}
# flip_all FLIP: each that was picked is found, and flipped back.
flip_all() {
	while read -r place byte bit; do
		$1 "$place" "$byte" "$bit"
		m2s audit -q -T "$now" verify --read-data >/dev/null 2>&1
		test $? = 1 || {
			echo "bit $bit of byte $byte of $place"
			return 1
		}
		$1 "$place" "$byte" "$bit"
	done <"$dir/flips"
	expect 0 m2s audit -T "$now" verify --read-data
}
wc -c "$archive"/2026/03/01/*.zst | awk '$2 != "total" { print $2, $1 }' |
	pick >"$dir/flips"
check "each of $flips bits of archives that flip is found" flip_all flip_in_file
sql "SELECT 'page_body:body:' || page_id, length(body) FROM page_body" |
	tr '|' ' ' | pick >"$dir/flips"
check "each of $flips bits of pages" flip_all flip_in_row
for column in file_digest manifest_digest previous_chain chain; do
	sql "SELECT 'archive:$column:' || archive_no, 32 FROM archive"
done | tr '|' ' ' | pick >"$dir/flips"
check "each of $flips bits of the chain" flip_all flip_in_row

echo '# SQL over archives'
check 'archives can be asked in SQL' expect 0 m2s audit -T "$now" sql \
	"SELECT count(*) FROM archive a, archive_members(a.file)"
check 'member by member' prints "$members"
bodies_agree() {
	same 0 m2s_sql "SELECT count(*) FROM window w
	  JOIN page p USING (window_id) JOIN page_body b USING (page_id)
	  JOIN archive a ON a.archive_no = w.archive_no
	  LEFT JOIN archive_members(a.file) m
	    ON m.name = format('pages/%s/%02d-%06d.json', lower(hex(w.uid)),
	      p.attempt, p.number)
	  WHERE w.window_id < 4 AND m.body IS NOT b.body"
}
m2s_sql() {
	m2s audit -T "$now" sql "$1" | tail -n +2
}
check 'with the very bytes' bodies_agree
dd if=/dev/zero of="$one" bs=1 seek=100 count=500 conv=notrunc 2>/dev/null
check 'a damaged one is an error' expect 65 m2s audit -T "$now" sql \
	"SELECT count(*) FROM archive_members('$(file_of 1)')"
put_back
reseal
check 'so is one that was sealed again' expect 65 m2s audit -T "$now" sql \
	"SELECT count(*) FROM archive_members('$(file_of 1)')"
put_back
check 'so is what is no archive' expect 65 m2s audit -T "$now" sql \
	"SELECT count(*) FROM archive_members('$dir/m2s.conf')"
check 'a file that is not there' expect 74 m2s audit -T "$now" sql \
	"SELECT * FROM archive_members('nothing')"
check 'a function without its argument' expect 64 m2s audit -T "$now" sql \
	"SELECT * FROM archive_members"

echo '# a writer at work'
verify_meanwhile() {
	(
		at=$now
		until test -e "$dir/enough"; do
			at=$((at + 1800))
			tell_mimecast "clock $at"
			for stage in extract transform load; do
				m2s $stage -q -T $at
			done
			sleep 1
		done
	) >/dev/null 2>&1 &
	writer=$!
	false=0
	for _ in $(seq "$verifications"); do
		expect 0 m2s audit -T "$now" verify --read-data || {
			false=1
			break
		}
	done
	touch "$dir/enough"
	wait $writer
	return $false
}
check "no false alarm in $verifications looks while stages write" \
	verify_meanwhile
check 'which they did' \
	test "$(sql 'SELECT count(*) FROM archive')" -gt "$archives"
tell_mimecast "clock $now" >/dev/null
put_back

echo '# crashes'
# As if the run had been stopped between the file and its row.
forget_last() {
	edit "DELETE FROM archive WHERE archive_no = $archives;
	UPDATE window SET archive_no = NULL WHERE archive_no = $archives;
	UPDATE mapping SET archive_no = NULL WHERE archive_no = $archives;
	UPDATE gap SET archive_no = NULL WHERE archive_no = $archives;
	UPDATE batch SET archive_no = NULL WHERE archive_no = $archives"
}
content >"$dir/want"
forget_last
check 'a file without its row is told' found 'takes it over'
check 'the next run takes it over, whichever stage it is' \
	expect 0 m2s transform -v -T $((now + 86400))
check 'and says so' grep -q 'is taken over' "$dir/err"
content >"$dir/got"
check 'it is as if nothing had happened' cmp "$dir/want" "$dir/got"
put_back
forget_last
dd if=/dev/zero of="$last" bs=1 seek=100 count=50 conv=notrunc 2>/dev/null
check 'a damaged one is set aside' expect 0 m2s load -T "$now"
check 'with a warning' grep -q 'it is set aside as .*/.damaged-' "$dir/err"
check 'the file is kept' test -f \
	"$archive/2026/03/01/.damaged-$(basename "$last")"
check 'another takes its place' expect 0 m2s audit -T "$now" verify
check 'of the same number' prints "$whole"
put_back
forget_last
edit "UPDATE receipt SET detail = 'x'
	WHERE receipt_id = (SELECT max(receipt_id) FROM receipt)"
check 'one that is whole and not what the tables hold stops the run' \
	expect 65 m2s load -T "$now"
check 'and stays' test -f "$last"
put_back
forget_last
cp "$one" "$last"
check 'one that does not follow is set aside' expect 0 m2s load -T "$now"
check 'with a warning, too' grep -q 'another name or chain' "$dir/err"
check 'and kept' test -f "$archive/2026/03/01/.damaged-$(basename "$last")"
put_back
echo junk >"$archive/.new"
forget_last
rm "$last"
check 'a temporary file of a run that was stopped does no harm' \
	expect 0 m2s load -T "$now"
check 'and is gone' test ! -e "$archive/.new"
put_back

echo '# replay'
requests=$(grep -c '^request' "$dir/sophos.ledger")
lose_database() {
	rm -f "$state"/staging.db*
}
lose_database
check 'into an empty database' expect 0 m2s extract -T "$now" --replay "$archive"
check 'all archives are there' prints "archives_restored $archives"
check 'nothing is violated before transform' no_violation
check 'transform makes the alerts again' expect 0 m2s transform -T "$now"
check 'and archives nothing' prints 'archives 0'
content >"$dir/got"
check 'content is the same, row by row' cmp "$dir/want" "$dir/got"
check 'nothing is violated' no_violation
check 'load has nothing to send' expect 0 m2s load -T "$now"
check 'nothing was sent' \
	test "$requests" = "$(grep -c '^request' "$dir/sophos.ledger")"
check 'and nothing is owed' prints 'sophos.pending 0'
check 'the archives are whole' expect 0 m2s audit -T "$now" verify --read-data
check 'the next run goes on where the last one ended' expect 0 m2s_all
now=$((now + 1200))
tell_mimecast "clock $now" >/dev/null
check 'a later run' expect 0 m2s_all
check 'archives behind them' same "$((archives + 1))" \
	sql 'SELECT max(archive_no) FROM archive'
check 'in one chain' expect 0 m2s audit -T "$now" verify
now=$((now - 1200))
tell_mimecast "clock $now" >/dev/null
put_back

lose_database
check 'load before transform sends nothing' sh -c "
	'$bin/m2s-extract' -q -c '$dir/m2s.conf' -T $now --replay '$archive' \
		>/dev/null && '$bin/m2s-load' -q -c '$dir/m2s.conf' -T $now >/dev/null"
check 'nor does it after it' sh -c "
	'$bin/m2s-transform' -q -c '$dir/m2s.conf' -T $now >/dev/null &&
	'$bin/m2s-load' -q -c '$dir/m2s.conf' -T $now >/dev/null"
check 'nothing was sent then either' \
	test "$requests" = "$(grep -c '^request' "$dir/sophos.ledger")"
put_back

lose_database
m2s extract -q -T "$now" --replay "$archive" >/dev/null
delivered=$(sql "SELECT count(*) FROM batch WHERE state = 'delivered'")
check 'before transform nothing can be sent again' \
	expect 0 m2s load -T "$now" --again
check 'which is said' says "load[acme]: sink sophos: batches that are not sent again: $delivered: their alerts are not here yet: run m2s-transform first"
check 'a dry run counts none of it' expect 0 m2s load -n -T "$now" --again
check 'as owed' prints 'sophos.owed 0'
check 'nothing is violated by that' no_violation
check 'after it' expect 0 m2s transform -q -T "$now"
check 'all can' expect 0 m2s load -n -T "$now" --again
check 'as a dry run says' prints "sophos.owed $(sql "SELECT sum(alerts)
	FROM batch WHERE state = 'delivered'")"
put_back

check 'into a living database: all is known' \
	expect 0 m2s extract -T "$now" --replay "$archive"
check 'nothing is restored' prints 'windows_restored 0'
content >"$dir/got"
check 'nothing changed' cmp "$dir/want" "$dir/got"
check '--check finds them equal' \
	expect 0 m2s extract -T "$now" --replay --check "$archive"
check 'and says so' prints 'differences 0'
edit "UPDATE page SET records = records + 1 WHERE page_id = 1"
check '--check finds a difference' \
	expect 1 m2s extract -T "$now" --replay --check "$archive"
put_back
lose_database
check 'part of the archives' \
	expect 0 m2s extract -q -T "$now" --replay "$one"
check 'keeps transform from archiving beside the rest' \
	expect 65 m2s transform -q -T "$now"
check 'with the advice to replay it' \
	says "transform[acme]: archive $second: it follows the last archive and holds what the database does not: bring it back with m2s-extract --replay"
check 'the rest' expect 0 m2s extract -q -T "$now" --replay "$archive"
check 'is judged, then' expect 0 m2s transform -q -T "$now"
content >"$dir/got"
check 'ends in the same content' cmp "$dir/want" "$dir/got"
put_back

other_tenant() {
	sed "s/name: acme/name: other/" "$dir/m2s.conf" >"$dir/other.conf"
	expect 65 "$bin/m2s-extract" -q -c "$dir/other.conf" -T "$now" \
		--replay "$one" || return
	grep -q "it is tenant \"acme\"'s" "$dir/err" &&
		same '0|0' sqlite3 "$dir/state/other/staging.db" \
		"SELECT (SELECT count(*) FROM window), (SELECT count(*) FROM archive)"
}
check "another tenant's archive is refused" other_tenant
check 'a PATH that is not there' \
	expect 74 m2s extract -T "$now" --replay "$dir/nothing"
check 'no PATH' expect 64 m2s extract -T "$now" --replay
check 'a PATH without --replay' expect 64 m2s extract -T "$now" "$one"

echo '# samples'
sample() {
	printf '%s' '{"meta":{"status":200,"pagination":{"totalCount":1}},' \
		'"data":[{"clickLogs":[{"userEmailAddress":"a@b.example",' \
		'"url":"http://x.example/","scanResult":"malicious",' \
		'"date":"2026-03-01T00:00:00+0000"}]}],"fail":[]}' \
		>"$dir/answer.json"
	printf '%s\n%s\n' \
		'{"fileName":"a.exe","recipientAddress":"a@b.example","result":"malicious","date":"2026-03-01T00:00:00+0000"}' \
		'{"senderAddress":"x@y.example","recipientAddress":"a@b.example","eventTime":"2026-03-01T00:00:00Z"}' \
		>"$dir/records.ndjson"
}
sample
coverage=$(sql 'SELECT * FROM v_coverage')
check 'an answer and records are replayed' expect 0 m2s extract -T "$now" \
	--replay "$dir/answer.json" "$dir/records.ndjson"
check 'as windows of their own' prints 'sample_windows 3'
check 'once' expect 0 m2s extract -T "$now" \
	--replay "$dir/answer.json" "$dir/records.ndjson"
check 'since they are known' prints 'known 3'
check 'they cover no time' same "$coverage" sql 'SELECT * FROM v_coverage'
check 'they are judged' expect 0 m2s transform -T "$now"
check 'as any others' prints 'alerts 3'
check 'nothing is violated by them' no_violation
echo 'no record' >"$dir/no.ndjson"
check 'what is neither is refused' \
	expect 65 m2s extract -q -T "$now" --replay "$dir/no.ndjson"
check 'with the line' says "extract[acme]: $dir/no.ndjson: line 1 is no record of a log, and the whole is no answer and no archive"
put_back

echo '# prune'
balance() {
	sql "SELECT window_id, source_total, fetched, invalid, clean, duplicate,
	  alert, seam, given_up, sink, owed, delivered, refused, pending, balanced
	  FROM v_reconciliation"
	sql 'SELECT * FROM v_coverage'
}
balance >"$dir/balance"
check 'archived bodies are dropped' expect 0 m2s load -T "$now" --prune
check 'all of them' same '0|0' sql "SELECT (SELECT count(*) FROM page_body),
	(SELECT count(*) FROM batch_body)"
check 'rows stay' same 0 sql 'SELECT count(*) FROM page_tally'
check 'nothing is violated after it' no_violation
check 'the archives still agree' expect 0 m2s audit -T "$now" verify --read-data
check 'a replay brings them back' expect 0 m2s extract -T "$now" --replay "$archive"
content >"$dir/got"
check 'to the last byte' cmp "$dir/want" "$dir/got"
sed -i 's/^    sinks:/    retain_days: 1\n    sinks:/' "$dir/m2s.conf"
check 'a clock that is 400 days ahead' \
	expect 0 m2s load -T $((now + 400 * 86400)) --prune
check 'makes no row old' prints 'records_dropped 0'
now=$((now + 90000))
tell_mimecast "clock $now" >/dev/null
check 'a run on the next day' expect 0 m2s_all
balance >"$dir/balance"
check 'rows past retain_days are dropped' expect 0 m2s load -T "$now" --prune
check 'all of them' same 0 sql "SELECT count(*) FROM record
	JOIN page ON page_id = record_id >> 25 WHERE fetched_at < $now - 86400"
check 'which were many' sh -c "! grep -q '^records_dropped 0' '$dir/out'"
balance >"$dir/got"
check 'the balance holds' cmp "$dir/balance" "$dir/got"
check 'nothing is violated then' no_violation
check 'the archives agree even then' expect 0 m2s audit -T "$now" verify
alerts=$(sql 'SELECT count(*) FROM alert')
check 'a backfill of the same time' expect 0 m2s extract -T "$now" --backfill \
	2026-02-28T20:00:00Z..2026-03-01T04:00:00Z
check 'is judged' expect 0 m2s transform -T "$now"
check 'raises no alert a second time' same "$alerts" sql 'SELECT count(*) FROM alert'
check 'so nothing is sent' expect 0 m2s load -T "$now"
check 'but what was new' prints 'sophos.delivered 0'
check 'nor does a replay' sh -c "
	'$bin/m2s-extract' -q -c '$dir/m2s.conf' -T $now --replay '$archive' \
		>/dev/null && '$bin/m2s-transform' -q -c '$dir/m2s.conf' -T $now >/dev/null"
check 'raise any' same "$alerts" sql 'SELECT count(*) FROM alert'
check 'nothing is violated at the end' no_violation
now=$((now - 90000))
tell_mimecast "clock $now" >/dev/null
put_back
dd if=/dev/zero of="$one" bs=1 seek=100 count=500 conv=notrunc 2>/dev/null
check 'what a damaged archive holds is kept' expect 65 m2s load -T "$now" --prune
check 'and only that' same 1 sql "SELECT count(*) > 0 AND count(*) =
	sum(archive_no = 1) FROM page_body JOIN page USING (page_id)
	JOIN window USING (window_id)"
put_back

echo '# gaps'
rm -rf "$state"
write_config 'page_size: 1
lookback_s: 124
window_s: 2
parallel: 1'
echo '2-99 /url/ garbage' >"$dir/faults"
tell_mimecast "faults $dir/faults"
check 'seconds that cannot be read' expect 4 m2s extract -q -T "$now"
check 'are judged' expect 0 m2s transform -q -T "$now"
check 'and archived, with what there was' same "$(sql 'SELECT count(*) FROM gap')|1" \
	sql "SELECT count(archive_no), count(*) > 0 FROM gap JOIN gap_body USING (gap_id)"
content >"$dir/want"
check 'their archive is whole' expect 0 m2s audit -T "$now" verify --read-data
lose_database
check 'it comes back' expect 0 m2s extract -q -T "$now" --replay "$archive"
check 'is judged again' expect 0 m2s transform -q -T "$now"
content >"$dir/got"
check 'and is the same' cmp "$dir/want" "$dir/got"
check 'nothing is violated by it' no_violation
echo '# none' >"$dir/faults"
tell_mimecast "faults $dir/faults"
check 'the gaps are told once more' expect 4 m2s extract -q -T "$now"
check 'and not again' expect 0 m2s extract -q -T "$now"
put_back
check '--prune has no dry run' expect 64 m2s load -n -T "$now" --prune
done_testing
