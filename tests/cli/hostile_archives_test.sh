#!/bin/sh
# Archives that somebody made to do harm: each is refused with 65 within two
# seconds, by one line that says why, and leaves no row behind.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

write_config
evil=$dir/evil
mkdir -p "$evil"

# Tars that no tar program writes, as they are and packed.
for case in $("$bin/hostile"); do
	"$bin/hostile" "$case" >"$evil/$case.tar"
	zstd -q --rm "$evil/$case.tar"
done

# One that is good, for what is not about its members.
printf '%s' '{"schema":1,"tenant":"acme","program":"m2s","number":1,' \
	'"kind":"evidence","created_at":1772366400,"previous_chain":"' \
	"$(printf '%064d' 0)" '","windows":[],"mappings":[],"gaps":[],' \
	'"sinks":[],"batches":[],"members":[]}' >"$dir/manifest.json"
(cd "$dir" && tar -cf good.tar manifest.json)
zstd -qk "$dir/good.tar"
gzip -k "$dir/good.tar"

# Packed more than once, or with what would start another program.
zstd -q -o "$evil/zstd-in-zstd" "$dir/good.tar.zst"
gzip -c "$dir/good.tar.zst" >"$evil/zstd-in-gzip"
zstd -q -o "$evil/gzip-in-zstd" "$dir/good.tar.gz"
gzip -c "$dir/good.tar.gz" >"$evil/gzip-in-gzip"
command -v xz >/dev/null && xz -c "$dir/good.tar" >"$evil/xz"
command -v bzip2 >/dev/null && bzip2 -c "$dir/good.tar" >"$evil/bzip2"
printf 'LRZI\0\6\0\0' | cat - "$dir/good.tar" >"$evil/lrzip"
printf '\211LZO\0\r\n\032\n' | cat - "$dir/good.tar" >"$evil/lzop"
printf '\004\042\115\030' | cat - "$dir/good.tar" >"$evil/lz4"
printf '\037\235\220' | cat - "$dir/good.tar" >"$evil/compress"
printf 'begin 644 x\n' | cat - "$dir/good.tar" >"$evil/uuencode"
printf 'PK\003\004' | cat - "$dir/good.tar" >"$evil/zip"

# Other formats inside a layer that is known.
printf '070701%0104d' 0 | zstd -qc >"$evil/cpio-in-zstd"
printf '!<arch>\nx/              0 0 0 644 0 `\n' | zstd -qc >"$evil/ar-in-zstd"
printf 'PK\003\004rest' | zstd -qc >"$evil/zip-in-zstd"
printf '#mtree\n./x type=link link=/etc/passwd\n' | zstd -qc \
	>"$evil/mtree-in-zstd"
printf '7z\274\257\047\034rest' | zstd -qc >"$evil/7z-in-zstd"

# Cut, filled up, and of absurd sizes.
head -c 60 "$dir/good.tar.zst" >"$evil/cut"
head -c 4 "$dir/good.tar.zst" >"$evil/only-a-magic-number"
cat "$dir/good.tar.zst" "$dir/good.tar.zst" >"$evil/twice"
(cat "$dir/good.tar.zst" && printf x) >"$evil/a-byte-more"
cp "$dir/good.tar.zst" "$evil/sparse-terabyte"
truncate -s 1T "$evil/sparse-terabyte"
cp "$dir/good.tar" "$evil/sparse-terabyte-of-tar"
truncate -s 1T "$evil/sparse-terabyte-of-tar"
printf '\050\265\057\375' >"$evil/sparse-behind-the-magic-number"
truncate -s 1T "$evil/sparse-behind-the-magic-number"
truncate -s 1T "$evil/sparse-nothing"
head -c 4000000000 /dev/zero | zstd -qc -1 >"$evil/bomb-of-zeros"
(cat "$dir/good.tar" && head -c 4000000000 /dev/zero) | zstd -qc -1 \
	>"$evil/bomb-behind-the-end"
head -c 200000000 /dev/zero | gzip -1c >"$evil/gzip-bomb"
# A window of two gigabytes for the unpacker.
printf '\050\265\057\375\000\250\001\000\000' >"$evil/zstd-window-of-gigabytes"
# A million members, each listed nowhere.
("$bin/hostile" member-not-listed |
	head -c 1024
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		"$bin/hostile" member-not-listed | tail -c 1536 | head -c 512
	done) | zstd -qc >"$evil/members-not-listed"
# Manifests that are deep and long.
(cd "$dir" && mkdir deep && head -c 3000000 /dev/zero | tr '\0' '[' \
	>deep/manifest.json && tar -C deep -cf - manifest.json) |
	zstd -qc >"$evil/manifest-deep"
(cd "$dir" && mkdir long && head -c 60000000 /dev/zero | tr '\0' ' ' \
	>long/manifest.json && tar -C long -cf - manifest.json) |
	zstd -qc >"$evil/manifest-of-spaces"

# No files.
mkfifo "$evil/fifo"
ln -s "$dir/good.tar.zst" "$evil/link"

rows() {
	sql "SELECT (SELECT count(*) FROM window), (SELECT count(*) FROM page),
	  (SELECT count(*) FROM page_body), (SELECT count(*) FROM mapping),
	  (SELECT count(*) FROM gap), (SELECT count(*) FROM sink),
	  (SELECT count(*) FROM batch), (SELECT count(*) FROM receipt),
	  (SELECT count(*) FROM archive)"
}

# refused FILE: with 65, one line, in time, and no row.  The time is that of
# the processor: others may be using it.
refused() {
	# shellcheck disable=SC3045 # dash, bash and busybox have it
	ulimit -t 2
	expect 65 m2s extract -q -T "$now" --replay "$1" || return
	test "$(wc -l <"$dir/err")" = 1 || {
		cat "$dir/err"
		return 1
	}
	same '0|0|0|0|0|0|0|0|0' rows
}

for file in "$evil"/*; do
	check "refused: $(basename "$file")" refused "$file"
done
check 'there are at least 60 of them' \
	test "$(find "$evil" -mindepth 1 | wc -l)" -ge 60

check 'nothing of them appeared on the disk' \
	same 'staging.db' sh -c "ls '$dir/state/acme' | grep -v -e lock -e '-'"
check 'one of them keeps the good ones beside it from being restored' \
	expect 65 m2s extract -q -T "$now" --replay "$evil"
check 'and left no row' same '0|0|0|0|0|0|0|0|0' rows

check 'messages are plain text' sh -c "
	'$bin/m2s-extract' -q -c '$dir/m2s.conf' -T $now \
		--replay '$evil/path-escape.tar.zst' 2>&1 |
		LC_ALL=C grep -q '[^ -~]' && exit 1
	exit 0"

# The good one, as it is and in gzip, so that the others were refused for
# what is wrong with them.
check 'the good one is restored' \
	expect 0 m2s extract -q -T "$now" --replay "$dir/good.tar.zst"
check 'it is known when it comes again without zstd' \
	expect 0 m2s extract -q -T "$now" --replay "$dir/good.tar" \
	"$dir/good.tar.gz"
check 'it is there once' same '0|0|0|0|0|0|0|0|1' rows
done_testing
