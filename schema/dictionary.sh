#!/bin/sh
# dictionary.sh: schema/DICTIONARY.md on standard output, made of the comments
# in migrations/ and schema/views/.  Run it from the root of the repository.
set -eu
export LC_ALL=C

cat <<'EOF'
# What is in a staging database

Made by `schema/dictionary.sh` from the comments in `migrations/` and `schema/views/`: change those, then run
`make dictionary`.

## Tables
EOF

awk '
function trim(s) {
	gsub(/^ +| +$/, "", s)
	return s
}
function add(text) {
	meaning = meaning (meaning == "" || text == "" ? "" : "; ") text
}
# What its constraints say, where that is a word or a name.
function add_constraints(code, part) {
	if (match(code, / IN \(\047[^)]*\)/)) {
		part = substr(code, RSTART + 5, RLENGTH - 6)
		gsub(/\047/, "`", part)
		add("one of " part)
	}
	if (match(code, /REFERENCES [a-z_]+/))
		add("a row of `" substr(code, RSTART + 11, RLENGTH - 11) "`")
	if (code ~ /INTEGER PRIMARY KEY/)
		add("the key")
}
function put_column() {
	gsub(/\|/, "\\|", meaning)
	if (column != "")
		printf "| `%s` | %s | %s |\n", column, type, trim(meaning)
	column = ""
}
FNR == 1 { about = "" }
table == "" && /^--/ {
	line = $0
	sub(/^-- ?/, "", line)
	about = about (about == "" ? "" : " ") line
	next
}
table == "" && /^CREATE TABLE / {
	table = $3
	printf "\n### %s\n%s\n\n| column | type | meaning |\n|---|---|---|\n",
		table, about
	next
}
table == "" { about = ""; next }
/^\)/ { put_column(); table = ""; about = ""; next }
{
	code = $0
	note = ""
	if (match($0, /--/)) {
		code = substr($0, 1, RSTART - 1)
		note = trim(substr($0, RSTART + 2))
	}
	if (match(code, /^  [a-z_]+ +(INTEGER|TEXT|BLOB|REAL)/)) {
		put_column()
		split(trim(code), word, / +/)
		column = word[1]
		type = word[2]
		sub(/,$/, "", type)
		meaning = note
	} else if (code ~ /^  [A-Z]/) {
		put_column()
	} else if (match(code, /^ +\047[a-z ]+\047/)) {
		gsub(/^ +\047|\047.*$/, "", code)
		add("`" code "`: " note)
	} else if (note != "") {
		meaning = meaning " " note
	}
	add_constraints(code)
}
' migrations/*.sql

printf '\n## Views\n'
for file in schema/views/*.sql; do
	view=$(basename "$file" .sql)
	printf '\n### %s\n' "$view"
	awk '/^--/ { sub(/^-- ?/, ""); print; next } { exit }' "$file"
	printf '\nColumns: %s.\n' "$(cat migrations/*.sql schema/views/*.sql |
		{
			cat
			echo "SELECT group_concat('\`' || name || '\`', ', ')
			  FROM pragma_table_info('$view');"
		} | sqlite3 -bail)"
done

cat <<'EOF'

## In a snapshot
A snapshot (`m2s-audit snapshot`) has these indexes as well.

```sql
EOF
sed '1,/^$/d' schema/snapshot.sql
echo '```'
