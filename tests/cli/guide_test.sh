#!/bin/sh
# audit/GUIDE.md: each of its questions has the answer it says.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
# shellcheck source=tests/cli/audit.sh
. tests/cli/audit.sh

make_staging tests/fixtures/audit.sql

answers() {
	tests/guide.sh audit/GUIDE.md "$1" >"$dir/guide" &&
		diff audit/GUIDE.md "$dir/guide"
}
check 'the answers are those of the live database' answers "$db"
check 'a snapshot is made' expect 0 audit -q snapshot
check 'the answers are those of a snapshot' \
	answers "$dir/state/acme.snapshot.db"
same_count() {
	same 20 grep -c '^```sql' audit/GUIDE.md &&
		same 20 grep -c '^### [0-9]' audit/GUIDE.md
}
check 'there are twenty questions' same_count

done_testing
