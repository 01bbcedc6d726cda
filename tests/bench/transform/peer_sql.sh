#!/bin/sh
# peer_sql.sh FILE: the transform in SQL, in the sqlite3 shell, as far as SQL
# goes: judge.sql says what it leaves out.  It commits once.
set -eu
here=tests/bench/transform
cat $here/begin.sql $here/events.sql $here/judge.sql | sqlite3 -bail "$1" \
	>/dev/null
