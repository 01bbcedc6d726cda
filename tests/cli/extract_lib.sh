# shellcheck shell=sh
# For scenarios of m2s-extract, which source it instead of lib.sh: a service
# that takes both APIs, tenants that have fetched nothing, faults, and what a
# run without faults would have staged.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

lines='page_size: 25
lookback_s: 7200'
api=2.0
mark=1

for key in app_key access_key; do
	echo "$key" >"$dir/$key"
done
echo app >"$dir/app_id"
printf 'SecretKey' | base64 >"$dir/secret_key"
chmod 600 "$dir/app_id" "$dir"/*_key

# start_service ARGS...: start_mimecast, with the keys of API 1.0, too.
start_service() {
	stop_mimecast
	rm -f "$dir/mimecast.ledger"
	start_mimecast --app-id app --app-key-file "$dir/app_key" \
		--access-key-file "$dir/access_key" \
		--secret-key-file "$dir/secret_key" "$@"
	mark=1
}

# configure [CONFIG-LINES]: write_config for the API in $api.
configure() {
	write_config "${1-$lines}"
	test "$api" = 2.0 && return
	sed -e 's/api: .*/api: "1.0"/' \
		-e "s|client_id_file: .*|app_id_file: $dir/app_id|" \
		-e "s|client_secret_file: .*|app_key_file: $dir/app_key|" \
		-e "s|^\\( *\\)base_url: .*|&\\n\\1access_key_file: $dir/access_key\\n\\1secret_key_file: $dir/secret_key|" \
		"$dir/m2s.conf" >"$dir/m2s.conf.1" &&
		mv "$dir/m2s.conf.1" "$dir/m2s.conf"
}

# discover EMAIL: leave base_url out of the configuration of API 1.0.
discover() {
	sed "s|^\\( *\\)base_url: \\(.*\\)|\\1email: $1\\n\\1discovery_url: \\2|" \
		"$dir/m2s.conf" >"$dir/m2s.conf.1" &&
		mv "$dir/m2s.conf.1" "$dir/m2s.conf"
}

# fresh [CONFIG-LINES]: a tenant that has fetched nothing.
fresh() {
	rm -rf "$dir/state"
	configure "${1-$lines}"
	forget
}

# faults LINE...: what the service does wrong from now on.
faults() {
	printf '%s\n' "$@" >"$dir/faults"
	tell_mimecast "faults $dir/faults"
}

# forget: the ledger begins here.
forget() {
	mark=$(($(wc -l <"$dir/mimecast.ledger") + 1))
}

ledger() {
	tail -n "+$mark" "$dir/mimecast.ledger"
}

pages_served() {
	ledger | grep -c '^page' || test $? = 1
}

extract() {
	m2s extract -T "$now" "$@"
}

# start_extract: the same, and go on; sets pid.
start_extract() {
	"$bin/m2s-extract" -c "$dir/m2s.conf" -T "$now" \
		>"$dir/out" 2>"$dir/err" &
	# shellcheck disable=SC2034 # for who waits
	pid=$!
}

# wait_for_fault: until the service has met one.
wait_for_fault() {
	tries=0
	until ledger | grep -q '^fault'; do
		tries=$((tries + 1))
		test $tries -lt 100 || return
		sleep 0.1
	done
}

# The records of all complete windows but rereads, as text, in a fixed order.
staged() {
	sql "SELECT w.log, json(r.value)
	FROM window w JOIN page p USING (window_id, attempt)
	JOIN page_body b USING (page_id),
	json_each(b.body, '\$.data[0].' || CASE w.log
		WHEN 'url' THEN 'clickLogs'
		WHEN 'attachment' THEN 'attachmentLogs'
		ELSE 'impersonationLogs' END) r
	WHERE w.state = 'complete' AND w.origin <> 'reread'
	ORDER BY 1, 2"
}

# remember: what is staged is all there is.
remember() {
	staged >"$dir/all" && test -s "$dir/all" && return
	echo "Bail out! nothing to compare with"
	exit 1
}

whole() {
	staged | cmp - "$dir/all"
}

nothing_violates() {
	same '' sql 'SELECT * FROM v_violation'
}

# recovers: without faults another run fetches all there is.
recovers() {
	faults '# none'
	forget
	expect 0 extract || return
	whole || return
	nothing_violates
}

# meets STATUS MESSAGE LINE...: a fresh tenant's run meets the faults, ends
# with the status and says the message (none: ''), and the next one recovers.
meets() {
	status=$1
	message=$2
	shift 2
	fresh
	faults "$@"
	expect "$status" extract || return
	if test -n "$message"; then
		says "$message" || return
	else
		same '' cat "$dir/err" || return
	fi
	nothing_violates && recovers
}

# fault NAME STATUS MESSAGE LINE...: the same as a check.
fault() {
	name=$1
	shift
	check "$name" meets "$@"
}

