# shellcheck shell=sh
# For scenarios of m2s-audit, which source it after lib.sh: a database of one
# tenant, made by hand.
# shellcheck disable=SC2154 # lib.sh sets dir

good=tests/fixtures/audit
db=$dir/state/acme/staging.db
write_config

# make_staging [FILE]: a database of this version, filled by SQL.
make_staging() {
	rm -rf "$dir/state/acme"
	mkdir -p "$dir/state/acme"
	{
		echo 'PRAGMA journal_mode = WAL;'
		echo 'PRAGMA application_id = 0x6d327331;'
		echo "PRAGMA user_version = $(find migrations -name '*.sql' |
			wc -l);"
		cat migrations/*.sql schema/views/*.sql "$@"
		echo "INSERT INTO view_version (one, digest)"
		echo "VALUES (1, '$(cat schema/views/*.sql | sha256sum |
			cut -d ' ' -f 1)');"
	} | sqlite3 -bail "$db" >"$dir/made"
}

# change SQL: plant something.
change() {
	sqlite3 -bail "$db" "PRAGMA ignore_check_constraints = ON; $1" \
		>"$dir/made"
}

# audit ARGS...: five minutes after the last run of the fixture began.
audit() {
	m2s audit -T 1772367000 "$@"
}

# shows FILE ARGS...: a question answered with yes, and with these bytes.
shows() {
	file=$1
	shift
	expect 0 audit "$@" && diff "$good/$file" "$dir/out" &&
		cmp "$good/$file" "$dir/out" && test ! -s "$dir/err"
}

# denies STATUS TEXT ARGS...: it ends so, with this line and no other.
denies() {
	status=$1
	text=$2
	shift 2
	expect "$status" audit "$@" && says "$text" &&
		test "$(wc -l <"$dir/err")" = 1
}

# misused TEXT ARGS...: a usage error.
misused() {
	text=$1
	shift
	expect 64 audit "$@" && says "m2s-audit: $text" &&
		test ! -s "$dir/out"
}

# shows_status FILE ARGS...: the same, but for what depends on this disk.
shows_status() {
	file=$1
	shift
	expect 0 audit "$@" && test ! -s "$dir/err" || return 1
	sed -E 's/^[0-9]+\t[0-9]+\t[0-9]+\t[0-9]+$/DISK/
		s/"disk": \[[^]]*\]/DISK/' "$dir/out" >"$dir/shown"
	diff "$good/$file" "$dir/shown"
}
