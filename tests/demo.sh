#!/bin/sh
# demo.sh [FOLDER]: the main job from end to end, against the simulators over
# TLS, and what an operator and an auditor would look at afterwards.  With a
# folder, on the records of its *.json and *.ndjson files instead of made-up
# ones.  Everything stays in build/demo.
set -eu
records=${1:-}
DIR=${O:-build}/demo
rm -rf "$DIR"
mkdir -p "$DIR"
DIR=$(cd "$DIR" && pwd)
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
set -e

say() {
	printf '\n== %s\n' "$*"
}

# Each question is asked in SQL, with the stock shell, beside the programs.
ask() {
	sqlite3 -readonly -box "$dir/state/acme/staging.db" "$1"
}

no_violation() {
	found=$(sql 'SELECT * FROM v_violation')
	if test -n "$found"; then
		echo "v_violation is not empty:"
		echo "$found"
		exit 1
	fi
	echo "v_violation: empty"
}

run() {
	say "$*"
	"$bin/$1" -c "$dir/m2s.conf" -T "$now" || {
		echo "status $?"
		exit 1
	}
	no_violation
}

count_rows() {
	sql "SELECT (SELECT count(*) FROM window), (SELECT count(*) FROM page),
	  (SELECT count(*) FROM record), (SELECT count(*) FROM alert),
	  (SELECT count(*) FROM batch)"
}

start_sophos --idempotent
if test -n "$records"; then
	set --
	for file in "$records"/*.ndjson "$records"/*.json; do
		test -f "$file" && set -- "$@" "$file"
	done
	# shellcheck disable=SC2046 # three words: span FIRST LAST
	set -- $("$bin/sim-mimecast" --print-span "$@") "$@"
	first=$2
	now=$(($3 + 3600))
	shift 3
	start_mimecast --retention $((now - first + 86400)) "$@"
	write_config "lookback_s: $((now - first + 3600))
retention_days: $(((now - first) / 86400 + 2))
window_s: 2592000"
	what="the records of $records"
else
	start_mimecast --seed 7 --records 6000 \
		--from $((now - 86400)) --to $((now - 180))
	write_config
	what="6000 made-up records of one day"
fi
say "the simulators serve $what"
echo "Mimecast: $mimecast_url"
echo "Sophos:   $sophos_url"
say "the configuration, $dir/m2s.conf"
cat "$dir/m2s.conf"

run m2s-extract
run m2s-transform
run m2s-load

say "the reconciliation: what became of every record (m2s-audit reconcile)"
"$bin/m2s-audit" -c "$dir/m2s.conf" -T "$now" reconcile

say "the coverage: which time is accounted for (m2s-audit coverage)"
"$bin/m2s-audit" -c "$dir/m2s.conf" -T "$now" coverage

say "one alert, from the receipt back to the bytes (m2s-audit trace)"
id=$(sql "SELECT lower(hex(alert_id)) FROM alert
  ORDER BY log = 'url' DESC, alert_no DESC LIMIT 1")
if test -n "$id"; then
	"$bin/m2s-audit" -c "$dir/m2s.conf" -T "$now" trace "$id"
else
	echo 'none of these records is one'
fi

say "an auditor asks: why did records not become alerts?"
ask "SELECT o.name AS outcome, r.name AS reason, count(*) AS records
  FROM record JOIN outcome AS o USING (outcome) JOIN reason AS r USING (reason)
  GROUP BY record.outcome, record.reason"

say "an auditor asks: which threats were found, and how?"
ask "SELECT alert_type, type_rule, threat_id, threat_rule, count(*) AS alerts
  FROM alert_mapping GROUP BY 1, 2, 3, 4 ORDER BY alerts DESC LIMIT 12"

if test -n "$records"; then
	say "each record and what became of it"
	ask "SELECT log, occurred_utc, outcome, reason, page_id AS page,
	  position FROM v_record ORDER BY record_id"
	say "pages without a record that carry a token all the same"
	ask "SELECT log, count(*) AS pages, max(page.records) AS records,
	  page.next_token, body AS 'the body of one of them'
	  FROM page JOIN page_body USING (page_id) JOIN window USING (window_id)
	  WHERE page.records = 0 AND page.next_token IS NOT NULL
	  GROUP BY log, page.next_token"
fi

say "the same again with the same clock: nothing may change"
before=$(count_rows)
requests=$(grep -c '^request' "$dir/sophos.ledger")
for stage in extract transform load; do
	"$bin/m2s-$stage" -q -c "$dir/m2s.conf" -T "$now" >/dev/null
done
test "$(count_rows)" = "$before"
test "$(grep -c '^request' "$dir/sophos.ledger")" = "$requests"
echo "windows|pages|records|alerts|batches: $before, as before;" \
	"$requests requests to the sink, as before"
no_violation

say "the two ledgers: what Mimecast served, what Sophos accepted"
# Each side names an event by log, time, recipient and message.
awk -F '\t' '$1 == "record" && $3 == "alert" && !seen[$2]++' \
	"$dir/mimecast.ledger" | cut -f 4-7 | sort >"$dir/served"
awk -F '\t' '$1 == "alert"' "$dir/sophos.ledger" | cut -f 3-6 |
	sort >"$dir/accepted"
echo "worth an alert by Mimecast's ledger: $(wc -l <"$dir/served")"
echo "alerts accepted by Sophos's ledger:  $(wc -l <"$dir/accepted")"
cmp "$dir/served" "$dir/accepted"
echo "they agree, event by event"

say "all of it is in $DIR; look around:"
echo "sqlite3 -readonly $DIR/state/acme/staging.db 'SELECT * FROM v_lineage LIMIT 1'"
