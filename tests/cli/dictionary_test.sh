#!/bin/sh
# The dictionary says what migrations and views say.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

is_fresh() {
	schema/dictionary.sh >"$dir/dictionary" &&
		diff schema/DICTIONARY.md "$dir/dictionary"
}
check 'schema/DICTIONARY.md is what make dictionary makes' is_fresh

# explains TABLE: it has a heading and every column a row.
explains() {
	cat migrations/*.sql >"$dir/all.sql"
	echo "SELECT name FROM pragma_table_info('$1');" >>"$dir/all.sql"
	sqlite3 -bail <"$dir/all.sql" >"$dir/columns"
	sed -n "/^### $1\$/,/^##/p" schema/DICTIONARY.md >"$dir/section"
	test -s "$dir/columns" || return 1
	while read -r column; do
		grep -q "^| \`$column\` |" "$dir/section" || {
			echo "$1.$column is missing"
			return 1
		}
	done <"$dir/columns"
}
# shellcheck disable=SC2013 # a name a line
for table in $(sed -n 's/^CREATE TABLE \([a-z_]*\) .*/\1/p' migrations/*.sql); do
	check "table $table is explained" explains "$table"
done

done_testing
