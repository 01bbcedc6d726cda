#!/bin/sh
# guide.sh GUIDE DATABASE: the guide on standard output, each answer in it
# replaced by what the stock shell answers to the SQL above it.
set -eu
guide=$1
database=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The guide in pieces: NNN.text, NNN.sql; answers are left out.
awk -v work="$work" '
BEGIN { n = 100; file = work "/" n ".text" }
/^```sql$/ { print >file; close(file); file = work "/" ++n ".sql"; next }
/^```$/ && file ~ /sql$/ {
	close(file)
	file = work "/" ++n ".text"
	print >file
	next
}
/^```text$/ { skip = 1; next }
/^```$/ && skip { skip = 0; next }
!skip { print >file }
' "$guide"

for piece in "$work"/*; do
	case $piece in
	*.text) cat "$piece" ;;
	*.sql)
		cat "$piece"
		answer=$(sqlite3 -readonly -bail -box "$database" <"$piece")
		# shellcheck disable=SC2016 # no command is meant
		printf '```\n```text\n%s\n' "${answer:-(no rows)}"
		;;
	esac
done
