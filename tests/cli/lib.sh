# shellcheck shell=sh
# For shell scenarios, which source it from the root of the repository: a
# fresh folder (or $DIR, which stays), the programs, the simulators over TLS,
# and TAP lines.
#
#   . tests/cli/lib.sh
#   start_mimecast --seed 1 --records 100 --from "$t0" --to "$now"
#   write_config
#   check 'a run fetches it all' expect 0 m2s extract -T "$now"
#   done_testing

set -u
export LC_ALL=C

bin=${O:-build}/bin
dir=${DIR:-$(mktemp -d)}
# A scenario's own clock: 2026-03-01 12:00:00 UTC.
now=1772366400

checks=0
failures=0
mimecast_pid=
sophos_pid=
mimecast_url=https://127.0.0.1:1
sophos_url=https://127.0.0.1:1

clean_up() {
	stop_mimecast
	stop_sophos
	test -n "${DIR:-}" || rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

# check NAME COMMAND...: one test; what the command prints is shown only when
# it fails.
check() {
	name=$1
	shift
	checks=$((checks + 1))
	if ("$@") >"$dir/check.out" 2>&1; then
		echo "ok $checks - $name"
	else
		failures=$((failures + 1))
		echo "not ok $checks - $name"
		sed 's/^/# /' "$dir/check.out" | head -n 50
	fi
}

skip() {
	checks=$((checks + 1))
	echo "ok $checks - $1 # SKIP $2"
}

done_testing() {
	echo "1..$checks"
	test "$failures" = 0
}

# expect STATUS COMMAND...: the command ends with that status.  Its output is
# in $dir/out and $dir/err.
expect() {
	want=$1
	shift
	"$@" >"$dir/out" 2>"$dir/err"
	got=$?
	test "$got" = "$want" && return 0
	echo "status $got where $want was expected: $*"
	cat "$dir/out" "$dir/err"
	return 1
}

# says TEXT: the last command under expect had that line on standard error.
says() {
	grep -qxF -- "$1" "$dir/err" && return 0
	echo "no line: $1"
	echo "but:"
	cat "$dir/err"
	return 1
}

# prints TEXT: ... on standard output.
prints() {
	grep -qxF -- "$1" "$dir/out" && return 0
	echo "no line: $1"
	echo "but:"
	cat "$dir/out"
	return 1
}

# same TEXT COMMAND...: the command prints exactly that.
same() {
	want=$1
	shift
	got=$("$@" 2>&1)
	test "$got" = "$want" && return 0
	printf 'wanted: %s\ngot:    %s\n' "$want" "$got"
	return 1
}

# m2s STAGE ARGS...: a program with the scenario's configuration.
m2s() {
	stage=$1
	shift
	"$bin/m2s-$stage" -c "$dir/m2s.conf" "$@"
}

# sql QUERY: the stock shell on the tenant's database.
sql() {
	sqlite3 -readonly "$dir/state/acme/staging.db" "$1"
}

# Certificates of a throwaway authority, once for all scenarios of a run.
pki=${PKI:-$dir/pki}
test -f "$pki/server.pem" || tests/sim/pki.sh "$pki"

echo s3cret >"$dir/client_secret"
echo client >"$dir/client_id"
echo k3y >"$dir/integration_key"
chmod 600 "$dir/client_secret" "$dir/client_id" "$dir/integration_key"
sophos_login="--header X-Integration-Key --key-file $dir/integration_key"

# wait_until COMMAND...: until it succeeds, a minute at most.
wait_until() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		test $tries -lt 6000 || return 1
		sleep 0.01
	done
}

# wait_port FILE: the port that a simulator printed there.
wait_port() {
	wait_until grep -qs '^port ' "$1" && sed -n 's/^port //p' "$1"
}

# has_answered FILE N: the simulator that prints there, more than N commands.
has_answered() {
	test "$(grep -c '^ok' "$1")" -gt "$2"
}

# A simulator ends when its standard input does; so none may hold the other's
# open, on 8 or 9.

# start_mimecast ARGS...: sets mimecast_url; its ledger: $dir/mimecast.ledger.
start_mimecast() {
	stop_mimecast
	rm -f "$dir/mimecast.in" "$dir/mimecast.out"
	mkfifo "$dir/mimecast.in"
	"$bin/sim-mimecast" --cert "$pki/server.pem" --key "$pki/server.key" \
		--port "${mimecast_port:-0}" --client-id client \
		--client-secret-file "$dir/client_secret" -T "$now" \
		--ledger "$dir/mimecast.ledger" "$@" \
		<"$dir/mimecast.in" >"$dir/mimecast.out" 8>&- 9>&- &
	mimecast_pid=$!
	exec 8>"$dir/mimecast.in"
	mimecast_port=$(wait_port "$dir/mimecast.out")
	mimecast_url=https://127.0.0.1:$mimecast_port
}

stop_mimecast() {
	test -n "$mimecast_pid" || return 0
	exec 8>&-
	wait "$mimecast_pid"
	mimecast_pid=
}

# start_sophos ARGS...: sets sophos_url; its ledger: $dir/sophos.ledger.  Whom
# it lets in: $sophos_login.
start_sophos() {
	stop_sophos
	rm -f "$dir/sophos.in" "$dir/sophos.out"
	mkfifo "$dir/sophos.in"
	# shellcheck disable=SC2086 # its words
	"$bin/sim-sophos" --cert "$pki/server.pem" --key "$pki/server.key" \
		--port "${sophos_port:-0}" $sophos_login -T "$now" \
		--ledger "$dir/sophos.ledger" "$@" \
		<"$dir/sophos.in" >"$dir/sophos.out" 8>&- 9>&- &
	sophos_pid=$!
	exec 9>"$dir/sophos.in"
	sophos_port=$(wait_port "$dir/sophos.out")
	sophos_url=https://127.0.0.1:$sophos_port
}

stop_sophos() {
	test -n "$sophos_pid" || return 0
	exec 9>&-
	wait "$sophos_pid"
	sophos_pid=
}

# tell_mimecast COMMAND: such as "clock 1772370000".  Waits for its answer.
tell_mimecast() {
	answers=$(grep -c '^ok' "$dir/mimecast.out")
	echo "$1" >&8
	wait_until has_answered "$dir/mimecast.out" "$answers"
}

# write_config [MIMECAST-LINES [SINK-LINES]]: $dir/m2s.conf for one tenant,
# acme, and the simulators; lines are added to its mimecast and its sink.
write_config() {
	mkdir -p "$dir/state"
	cat >"$dir/m2s.conf" <<-EOF
	state_dir: $dir/state
	tenants:
	  - name: acme
	    mimecast:
	      api: "2.0"
	      base_url: $mimecast_url
	      client_id_file: client_id
	      client_secret_file: client_secret
	      ca_file: $pki/ca.pem
	${1:+$(echo "$1" | sed 's/^/      /')}
	    sinks:
	      - name: sophos
	        type: https
	        url: $sophos_url/v1
	        auth: header
	        header: X-Integration-Key
	        key_file: integration_key
	        ca_file: $pki/ca.pem
	${2:+$(echo "$2" | sed 's/^/        /')}
	EOF
}
