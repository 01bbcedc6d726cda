#!/bin/sh
# How the report looks: html-validate, axe, and Chromium at three widths, light
# and dark; screenshots and prints are in build/report.  Not part of make
# check, as it needs npm, the registry of npm, and Debian's chromium:
#
#   make check-report
set -eu
out=${O:-build}/report
mkdir -p "$out/npm"
out=$(cd "$out" && pwd)
for tool in npm node chromium; do
	command -v $tool >/dev/null || {
		echo "$tool is missing: apt-get install npm chromium" >&2
		exit 1
	}
done
(cd "$out/npm" && { test -f package.json || npm init -y >npm.log; } &&
	npm install --no-audit --no-fund --ignore-scripts \
		html-validate@10.17.0 axe-core@4.14.1 \
		puppeteer-core@24.43.1 >npm.log 2>&1)

DIR=$out/work
rm -rf "$DIR"
mkdir "$DIR"
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
# shellcheck source=tests/cli/audit.sh
. tests/cli/audit.sh

# A database in which everything went wrong, one that is empty, one of a run.
make_staging tests/fixtures/audit.sql
audit -q report --from 2026-02-28 --to 2026-03-02 -o "$out/troubled.html"
make_staging
audit -q report -o "$out/empty.html"
rm -r "$dir/state/acme"
start_mimecast --seed 7 --records 20000 --from $((now - 864000)) \
	--to $((now - 180))
start_sophos --idempotent
write_config 'lookback_s: 864000'
for stage in extract transform load; do
	m2s $stage -q -T "$now"
done
m2s audit -q -T "$now" report -o "$out/usual.html"

set -- "$out/troubled.html" "$out/empty.html" "$out/usual.html"
check 'html-validate finds nothing' "$out/npm/node_modules/.bin/html-validate" \
	"$@"
NODE_FOLDER=$out/npm
CHROMIUM=$(command -v chromium)
export NODE_FOLDER CHROMIUM
check 'axe finds nothing, nothing is fetched or too wide' \
	node tests/report.mjs "$out" "$@"
done_testing
