#!/bin/sh
# What the four programs have in common: options, tenants, the lock, the
# version of the database, secrets, and their messages.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

start_mimecast --seed 1 --records 20 --from $((now - 3600)) --to $((now - 180))
start_sophos
write_config

usage() {
	for stage in extract transform load audit; do
		expect 64 "$bin/m2s-$stage" --no-such-option || return
		expect 64 "$bin/m2s-$stage" -c "$dir/m2s.conf" -T abc || return
		expect 0 "$bin/m2s-$stage" --help || return
		expect 0 "$bin/m2s-$stage" --version || return
		grep -qE "^m2s-$stage [0-9]+\.[0-9]+\.[0-9]+$" "$dir/out" ||
			return
	done
}
check 'usage errors are 64, help and version 0' usage

no_config() {
	expect 78 "$bin/m2s-extract" -c "$dir/none.conf" &&
		says "extract: $dir/none.conf: No such file or directory"
}
check 'a missing configuration is 78' no_config

config_from_environment() {
	M2S_CONFIG=$dir/none.conf expect 78 "$bin/m2s-extract" &&
		says "extract: $dir/none.conf: No such file or directory"
}
check 'the configuration may be named by the environment' \
	config_from_environment

unknown_tenant() {
	expect 64 m2s extract -t nobody -T "$now" &&
		says "extract: $dir/m2s.conf has no tenant \"nobody\": check -t"
}
check 'an unknown tenant is 64' unknown_tenant

clock_refused() {
	sed "s|base_url: .*|base_url: https://api.services.mimecast.com|" \
		"$dir/m2s.conf" >"$dir/real.conf"
	expect 64 "$bin/m2s-extract" -c "$dir/real.conf" -T "$now" &&
		says 'extract: -T is for tests: tenant "acme" has hosts that are not loopback'
}
check '-T is refused where a host is not loopback' clock_refused

dry_run() {
	expect 0 m2s extract -n -T "$now" && test ! -e "$dir/state/acme"
}
check 'a dry run creates nothing' dry_run

no_database() {
	expect 74 m2s audit status &&
		says "audit[acme]: $dir/state/acme/staging.db: there is no staging database yet: run m2s-extract"
}
check 'audit without a database is 74' no_database

readable_secret() {
	chmod 644 "$dir/client_secret"
	expect 78 m2s extract -T "$now"
	result=$?
	chmod 600 "$dir/client_secret"
	test $result = 0 &&
		grep -qF "client_secret may be read by others: chmod 600" \
			"$dir/err"
}
check 'a secret that others may read is 78' readable_secret

check 'all three stages run' expect 0 sh -c "
	'$bin/m2s-extract' -c '$dir/m2s.conf' -T $now &&
	'$bin/m2s-transform' -c '$dir/m2s.conf' -T $now &&
	'$bin/m2s-load' -c '$dir/m2s.conf' -T $now"

private() {
	same 700 stat -c %a "$dir/state/acme" &&
		same 600 stat -c %a "$dir/state/acme/staging.db" &&
		same 600 stat -c %a "$dir/state/acme/lock"
}
check 'the staging folder belongs to its owner alone' private

json() {
	expect 0 m2s transform --json -T "$now" || return
	test "$(wc -l <"$dir/out")" = 1 &&
		grep -q '^{"program": "m2s-transform", "tenant": "acme", "status": 0, ' \
			"$dir/out"
}
check '--json prints one object' json

secrets_stay() {
	! grep -rqa -e s3cret -e k3y "$dir/state" "$dir/out" "$dir/err"
}
check 'no secret is in the database or a message' secrets_stay

# The lock, held by a process that sits in a request.
held_lock() {
	echo '* /oauth/token hang' >"$dir/faults"
	tell_mimecast "faults $dir/faults" || return
	"$bin/m2s-extract" -q -c "$dir/m2s.conf" --wait 60 -T "$now" \
		>"$dir/holder" 2>&1 &
	holder=$!
	tries=0
	while "$bin/m2s-transform" -q -c "$dir/m2s.conf" -T "$now" \
		>/dev/null 2>&1; do
		tries=$((tries + 1))
		test $tries -lt 1000 || return 1
		sleep 0.05
	done
	expect 75 m2s transform -T "$now" || return
	says 'transform[acme]: another run of this tenant holds the lock: let it end, or wait for it with --wait SECONDS' || return
	expect 75 m2s load --wait 1 -T "$now" || return
	expect 75 timeout --preserve-status 2 "$bin/m2s-transform" \
		-c "$dir/m2s.conf" --wait 20 -T "$now" || return
	says 'transform[acme]: ended by a signal while another run of this tenant held the lock: run again' || return
	expect 0 m2s audit status || return
	kill "$holder"
	"$bin/m2s-transform" -q -c "$dir/m2s.conf" --wait 60 -T "$now" \
		>/dev/null &
	waiting=$!
	wait "$holder"
	status=$?
	: >"$dir/faults"
	tell_mimecast "faults $dir/faults"
	test $status = 75 && wait "$waiting"
}
check 'a lock held elsewhere is 75, and can be waited for until a signal' held_lock

newer_database() {
	cp "$dir/state/acme/staging.db" "$dir/keep.db"
	sqlite3 "$dir/state/acme/staging.db" 'PRAGMA user_version = 9999'
	for stage in extract transform load; do
		expect 78 m2s "$stage" -T "$now" || return
		grep -qE "^$stage\[acme\]: the database is newer than this program \(9999 > [0-9]+\): install the newer m2s$" \
			"$dir/err" || return
	done
	expect 78 m2s audit status || return
	cp "$dir/keep.db" "$dir/state/acme/staging.db"
}
check 'a database newer than the program is 78' newer_database

foreign_database() {
	mv "$dir/state/acme/staging.db" "$dir/keep.db"
	sqlite3 "$dir/state/acme/staging.db" 'CREATE TABLE t (a)'
	expect 65 m2s transform -T "$now" &&
		says 'transform[acme]: this is a database, but none of m2s: move it away'
	result=$?
	mv "$dir/keep.db" "$dir/state/acme/staging.db"
	rm -f "$dir/state/acme/staging.db-wal" "$dir/state/acme/staging.db-shm"
	return $result
}
check 'a database of somebody else is 65' foreign_database

damaged_database() {
	cp "$dir/state/acme/staging.db" "$dir/keep.db"
	dd if=/dev/zero of="$dir/state/acme/staging.db" bs=1 seek=0 count=100 \
		conv=notrunc 2>/dev/null
	expect 65 m2s transform -T "$now"
	result=$?
	mv "$dir/keep.db" "$dir/state/acme/staging.db"
	return $result
}
check 'a damaged database is 65' damaged_database

not_ours() {
	test "$(id -u)" = 0 || return 0
	chown 65534 "$dir/state/acme"
	expect 74 m2s transform -T "$now" &&
		says "transform[acme]: $dir/state/acme belongs to user 65534: run as that user"
	result=$?
	chown 0 "$dir/state/acme"
	return $result
}
if test "$(id -u)" = 0; then
	check "another user's folder is 74" not_ours
else
	skip "another user's folder is 74" 'only root can give a folder away'
fi

writable_by_others() {
	chmod 777 "$dir/state/acme"
	expect 74 m2s transform -T "$now" &&
		says "transform[acme]: $dir/state/acme may be written by others: chmod 700 $dir/state/acme"
	result=$?
	chmod 700 "$dir/state/acme"
	return $result
}
check 'a folder that others may write is 74' writable_by_others

# Two tenants, one of which cannot work.
two_tenants() {
	{
		cat "$dir/m2s.conf"
		sed -n '/name: acme/,$p' "$dir/m2s.conf" |
			sed 's/name: acme/name: broken/; s/client_secret$/missing/'
	} >"$dir/two.conf"
	expect 78 "$bin/m2s-extract" -c "$dir/two.conf" -T "$now" --json ||
		return
	test "$(wc -l <"$dir/out")" = 2 || return
	cat "$dir/out" "$dir/err"
	grep -q '"tenant": "acme", "status": 0' "$dir/out" || return
	grep -q '"tenant": "broken", "status": 78' "$dir/out" || return
	expect 0 "$bin/m2s-extract" -c "$dir/two.conf" -T "$now" -t acme
}
check 'one tenant that fails costs only itself' two_tenants

done_testing
