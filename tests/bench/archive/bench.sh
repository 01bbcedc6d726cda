#!/bin/sh
# bench.sh [RECORDS [ROUNDS]]: CPU of an evidence archive of so many records
# beside tar, zstd -1 and sha256sum, and of a replay of what is known beside
# Python.  The best of some rounds counts.
#
# Everybody hashes each page, packs it, and hashes the archive.  We also read
# the pages from the database and compare them with their digests, sync the
# file, read it back, and enter it in the table.  In a replay, Python checks
# each member and looks each window up; we look whether the file is the one
# in the table, and then compare all that the manifest says with the rows.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh

records=${1:-100000}
rounds=${2:-3}
state=$dir/state/acme

# Judged records that are in no archive yet.
restart() {
	rm -rf "$state"
	mkdir -p "$dir/state"
	mkdir -m 700 "$state"
	cp "$dir/judged.db" "$state/staging.db"
}

by_hand() {
	cd "$dir" && sha256sum pages/* >sums &&
		tar -cf - sums pages | zstd -q -1 >pages.tar.zst &&
		sha256sum pages.tar.zst
}

# best PREPARE COMMAND...: its least processor time, in milliseconds.
best() {
	prepare=$1
	shift
	for _ in $(seq "$rounds"); do
		$prepare
		(used "$@")
	done | sort -n | head -n 1
}

"$bin/bench-staging" "$dir/judged.db" "$records"
"$bin/bench-stage" "$dir/judged.db"
mkdir "$dir/pages"
raw=$(sqlite3 -readonly "$dir/judged.db" "SELECT sum(writefile(
	format('$dir/pages/%06d.json', page_id), body)) FROM page_body")
write_config

ours=$(best restart m2s transform -q)
packed=$(sql 'SELECT sum(bytes) FROM archive')
theirs=$(best : by_hand)
replay=$(best : m2s extract -q --replay "$state/archive")
python=$(best : python3 tests/bench/archive/replay.py "$state/staging.db" \
	"$state/archive")
echo "$records records, $((raw >> 20)) MiB of pages"
echo "archive: $ours ms of CPU, tar, zstd and sha256sum: $theirs ms"
echo "replay of what is known: $replay ms of CPU, Python: $python ms"
verdict 'archiving beside tar, zstd and sha256sum: at most 0.8' \
	"$ours" "$theirs" 0.8
verdict 'archives beside raw pages: at most 0.2' "$packed" "$raw" 0.2
verdict 'replay beside Python: at most 0.25' "$replay" "$python" 0.25
