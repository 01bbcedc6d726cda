#!/bin/sh
# The report and the evidence, on a database made by hand in which texts are
# as hostile as e-mail can be.  How the report looks: tests/report_check.sh.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
# shellcheck source=tests/cli/audit.sh
. tests/cli/audit.sh

make_staging tests/fixtures/audit.sql
evil="</title></style><script>alert(1)</script><img src=x onerror=y>\"&amp;''"
change "UPDATE alert_mapping SET alert_type = '$evil' WHERE alert_no < 6;
	UPDATE mapping SET version = '$evil', source = '$evil';
	UPDATE receipt SET detail = '$evil';
	UPDATE archive SET file = '$evil' || archive_no;
	UPDATE sink SET name = '$evil' WHERE sink_id = 1;
	UPDATE alert SET subject = '$evil', url = '$evil'"
before=$(sha256sum "$db")
range='--from 2026-02-20 --to 2026-03-02'
page=$dir/report.html

# shellcheck disable=SC2086 # words of $range
made() {
	expect 0 audit report $range -o "$page" && prints "report $page" &&
		test ! -e "$page.new"
}
check 'a report is made' made
# shellcheck disable=SC2086
same_again() {
	expect 0 audit report $range -o "$dir/again.html" &&
		cmp "$page" "$dir/again.html"
}
check 'the same bytes for the same database and time' same_again
# shellcheck disable=SC2086
dry() {
	expect 0 audit -n report $range -o "$dir/dry.html" &&
		prints "would_write $dir/dry.html" && test ! -e "$dir/dry.html"
}
check 'a dry run writes none' dry
check 'a folder that is not there is told' denies 74 \
	"audit[acme]: $dir/none/r.html.new: No such file or directory" \
	report -o "$dir/none/r.html"

harmless() {
	grep -c '&lt;/title&gt;&lt;/style&gt;&lt;script&gt;' "$page" &&
		! grep -iE '<(script|img|iframe|link|object|form)|</style>.*</style>' \
			"$page" &&
		same 1 sh -c "sed '/<body>/q' '$page' | grep -c '</title>'" &&
		! grep -iE '<[^>]* (on[a-z]+|style|src|href)=' "$page"
}
check 'no text of the database is markup' harmless
# The policy allows this style by its digest, and nothing else.
policy() {
	digest=$(sed -n '/^<style>/,/^<\/style>/p' "$page" |
		sed '1s/^<style>//; $d' |
		openssl dgst -sha256 -binary | openssl base64)
	grep -qF "content=\"default-src 'none'; style-src 'sha256-$digest'; \
base-uri 'none'; form-action 'none'\"" "$page"
}
check 'its policy allows its own style only' policy

# Each statement is in the page, and the stock shell answers it.
statements() {
	sed 's/&lt;/</g; s/&gt;/>/g; s/&#39;/'"'"'/g; s/&quot;/"/g
		s/&amp;/\&/g' "$page" >"$dir/plain"
	for file in audit/report/*.sql; do
		while IFS= read -r line; do
			grep -qF -- "$line" "$dir/plain" || {
				echo "$file: not in the report: $line"
				return 1
			}
		done <"$file"
		sqlite3 -readonly -bail "$db" '.parameter init' \
			'.parameter set :from 1771545600' \
			'.parameter set :to 1772409600' ".read $file" \
			>"$dir/rows" || return 1
		test -s "$dir/rows" || return 1
	done
}
check 'each figure has its SQL, and it runs in the stock shell' statements
figures() {
	same 9 grep -c '^<h2>' "$page" && same 9 grep -c '^<table>' "$page" &&
		same 8 grep -c 'role="img"' "$page"
}
check 'nine figures, with a table each' figures
# The records of a step are those of the next, as in v_reconciliation.
flow() {
	grep -q 'source 21<' "$page" && grep -q '>url 16<' "$page" &&
		grep -q '>alert 7<' "$page" && grep -q '>invalid 2<' "$page"
}
check 'the figures are those of the tables' flow
empty() {
	expect 0 audit report --from 2020-01-01 --to 2020-01-02 \
		-o "$dir/empty.html" &&
		same 6 grep -c 'There is nothing of it' "$dir/empty.html"
}
check 'a time without anything' empty
usual() {
	expect 0 audit report -o "$dir/usual.html" &&
		grep -q '<time>2026-01-30T12:10:00Z</time> up to <time>2026-03-01T12:10:00Z</time>' \
			"$dir/usual.html"
}
check 'the last 30 days, where nothing is said' usual

# shellcheck disable=SC2086
evidence() {
	expect 0 audit evidence $range -o "$dir/e.tar.zst" &&
		prints 'members 22' && test ! -e "$dir/e.tar.zst.new" &&
		expect 0 audit verify "$dir/e.tar.zst" &&
		prints 'members_whole 22'
}
check 'evidence is made and is whole' evidence
# shellcheck disable=SC2086
evidence_again() {
	expect 0 audit evidence $range -o "$dir/f.tar.zst" &&
		cmp "$dir/e.tar.zst" "$dir/f.tar.zst"
}
check 'the same bytes again' evidence_again
unpack() {
	mkdir "$dir/unpacked" &&
		zstd -qdc "$dir/e.tar.zst" | tar -xC "$dir/unpacked" &&
		(cd "$dir/unpacked" && sha256sum --quiet -c SHA256SUMS) &&
		cmp "$page" "$dir/unpacked/report.html" &&
		same 3 sh -c "wc -l <'$dir/unpacked/views/archive.1.csv'" &&
		same "$(sql 'SELECT count(*) + 1 FROM v_invariant')" \
			sh -c "wc -l <'$dir/unpacked/invariants.1.csv'" &&
		grep -q '"chain_head": "\(30\)*383233"' "$dir/unpacked/evidence.json"
}
check 'with stock tools: its digests, the report, the rows' unpack
no_secret() {
	! grep -rE 's3cret|k3y' "$dir/unpacked" &&
		same '1|1' sqlite3 :memory: "SELECT
			json_valid(readfile('$dir/unpacked/config.json')),
			json_valid(readfile('$dir/unpacked/evidence.json'))"
}
check 'its configuration is JSON and holds no secret' no_secret

bad() {
	denies 1 "audit[acme]: $1" verify "$dir/bad.tar.zst"
}
repack() {
	(cd "$dir/unpacked" && tar -cf "$dir/bad.tar" --owner 0 --group 0 \
		--mode 644 --no-recursion "$@") &&
		zstd -qf "$dir/bad.tar" -o "$dir/bad.tar.zst"
}
all=$(cd "$dir/unpacked" && cut -d ' ' -f 3 SHA256SUMS)
foreign="$dir/bad.tar.zst: it is no evidence of m2s, or its members are not \
those of its SHA256SUMS"
# shellcheck disable=SC2086 # words of $all
changed() {
	repack $all SHA256SUMS && expect 0 audit verify "$dir/bad.tar.zst" &&
		cp "$dir/unpacked/verify.txt" "$dir/kept" &&
		echo >>"$dir/unpacked/verify.txt" &&
		repack $all SHA256SUMS && bad "$foreign" || return
	cp "$dir/kept" "$dir/unpacked/verify.txt"
}
check 'a changed member is found' changed
# shellcheck disable=SC2046
missing() {
	repack $(echo "$all" | sed 3d) SHA256SUMS && bad "$foreign"
}
check 'a missing member is found' missing
# shellcheck disable=SC2086
no_sums() {
	repack $all && bad "$foreign"
}
check 'missing digests are found' no_sums
# shellcheck disable=SC2086
reseal() {
	sed -i "$1" "$dir/unpacked/evidence.json" &&
		(cd "$dir/unpacked" && sha256sum $all >SHA256SUMS) &&
		repack $all SHA256SUMS
}
other_tenant() {
	reseal 's/"acme"/"beta"/' && bad \
		"$dir/bad.tar.zst: it is of another tenant or version"
}
check 'evidence of another tenant is refused' other_tenant
other_chain() {
	reseal 's/"beta"/"acme"/; s/"chain_head": "30/"chain_head": "31/' &&
		bad "$dir/bad.tar.zst: the chain of this tenant's archives never had that head: archives were changed, or it is of another tenant"
}
check 'evidence of another chain is refused' other_chain
no_tenant() {
	reseal 's/"tenant"/"tenent"/' && bad \
		"$dir/bad.tar.zst: evidence.json: \"tenant\" is missing or not in its place"
}
check 'evidence that does not say whose it is, is refused' no_tenant
cut_short() {
	head -c 3000 "$dir/e.tar.zst" >"$dir/bad.tar.zst"
	expect 1 audit verify "$dir/bad.tar.zst"
}
check 'evidence that is cut short is refused' cut_short
check 'evidence that is not there' denies 74 \
	"audit[acme]: $dir/none: No such file or directory" verify "$dir/none"

unchanged() {
	test "$(sha256sum "$db")" = "$before"
}
check 'nothing was written to the database' unchanged

done_testing
