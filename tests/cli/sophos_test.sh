#!/bin/sh
# m2s-load to Sophos Central: the token, whoami, and what they may answer.
# shellcheck source=tests/cli/load.sh
. tests/cli/load.sh

# Central, with one path for alerts.
sophos_login="--path /ingest/v1 --oauth client:$dir/client_secret"

# central N [SINK-LINES]: N alerts for a sink with auth: sophos.
central() {
	fresh "$1" "${2:-}"
	sed -i '/ url: .*\/v1$/d; /header: X/d; /key_file/d
		s/auth: header/auth: sophos/' "$dir/m2s.conf"
	cat >>"$dir/m2s.conf" <<-END
	        client_id_file: client_id
	        client_secret_file: client_secret
	        path: /ingest/v1
	        id_url: $sophos_url/
	        api_url: $sophos_url/
	END
}

# ends STATUS 'MESSAGE': a run ends so, says this, and nothing was taken.
ends() {
	check "$what: the run ends with $1" expect "$1" load
	check "$what: it says why" says "load[acme]: sink sophos: batch 1: $2"
	check "$what: nothing was taken" same 'not taken' sql \
		'SELECT DISTINCT outcome FROM receipt'
	check "$what: no alert was sent" same '' ledger alert
	check "$what: the secret is nowhere" same '' sh -c \
		"grep -l s3cret '$db' '$dir/out' '$dir/err'"
	check "$what: the views agree" consistent
}

# whoami JSON: what Central says from now on.
whoami() {
	faults "* /whoami status 200 $1"
}

sim
token=$sophos_url/api/v2/oauth2/token
who=$sophos_url/whoami/v1

central 25 'batch_alerts: 10'
check 'a run signs in and delivers all' expect 0 load
check 'each alert is received once' received '1x25'
check 'one token is asked for' same 1 grep -c '^token' "$dir/sophos.ledger"
check 'and whoami once' same 1 grep -c '^whoami' "$dir/sophos.ledger"
check 'the slashes behind hosts do no harm' same '' ledger refused
check 'the views agree' consistent

central 25 'batch_alerts: 10'
faults '2 /ingest status 401'
check 'a token that is withdrawn is renewed' expect 0 load
check 'and all is delivered' prints 'sophos.delivered 25'
check 'with one more attempt' prints 'sophos.attempts 4'
check 'and no flag' flagged 0
check 'two tokens were asked for in that run' same 3 grep -c '^token' \
	"$dir/sophos.ledger"

sim
central 3
what='a token that is refused again'
faults '* /ingest status 401'
ends 77 "$sophos_url/ingest/v1: status 401: it refuses our credentials: renew them"
check 'it is renewed once' same 2 grep -c '^token' "$dir/sophos.ledger"

sim --token-life 61
central 25 'batch_alerts: 10'
check 'a token of a minute does' expect 0 load
check 'for a whole run' same 1 grep -c '^token' "$dir/sophos.ledger"

sim
central 3
echo wrong >"$dir/client_secret.wrong"
chmod 600 "$dir/client_secret.wrong"
sed -i 's/client_secret_file: client_secret$/&.wrong/' "$dir/m2s.conf"
what='a wrong secret'
ends 77 "token: $token: status 401: it refuses our credentials: check client_id_file and client_secret_file"

for type in partner organization; do
	sim --id-type "$type"
	central 3
	what="credentials of a kind that has no region: $type"
	ends 69 "whoami: the credentials are those of a $type, which has no dataRegion: give the credentials of a tenant"
done

sim
central 3
what='whoami without dataRegion'
whoami '{"id":"x","idType":"tenant","apiHosts":{"global":"https://127.0.0.1"}}'
ends 69 'whoami: the answer holds no dataRegion: give the credentials of a tenant'
what='whoami without id'
whoami "{\"idType\":\"tenant\",\"apiHosts\":{\"dataRegion\":\"$sophos_url\"}}"
central 3
ends 69 'whoami: the answer holds no id: give the credentials of a tenant'
for host in http://198.51.100.1 ftp://127.0.0.1 https:// 'https://u@127.0.0.1' \
	'https://127.0.0.1/x' 'https://127.0.0.1?x' '/' ''; do
	what="the dataRegion \"$host\""
	whoami "{\"id\":\"x\",\"idType\":\"tenant\",\"apiHosts\":{\"dataRegion\":\"$host\"}}"
	central 3
	ends 69 'whoami: its dataRegion is no https host: ask Sophos'
done
what='a redirect of whoami'
faults '* /whoami redirect https://127.0.0.1:1/'
central 3
ends 69 "whoami: $who: status 307, a redirect: redirects are not followed: correct the sink's url"
what='a redirect of the token'
faults '* /oauth2 redirect https://127.0.0.1:1/'
central 3
ends 69 "token: $token: status 307, a redirect: redirects are not followed: correct the sink's url"
what='whoami that refuses the new token'
faults '* /whoami status 401'
central 3
ends 77 "whoami: $who: status 401: it refuses our credentials: check client_id_file and client_secret_file"

whoami "{\"id\":\"x\",\"idType\":\"tenant\",\"apiHosts\":{\"dataRegion\":\"$sophos_url\"}}"
cat >>"$dir/faults" <<-END
	* /oauth2 status 200 {"access_token":"t0ken","expires_in":3600}
	* /ingest status 400 you sent t0ken
END
echo "faults $dir/faults" >&9
central 1
check 'a receiver that echoes the token' expect 69 load
check 'does not bring it here' same 'you sent *****' sql \
	'SELECT body_start FROM receipt'

what='an answer that is no JSON'
faults '* /oauth2 html'
central 3 'deadline_s: 2'
check "$what: is asked for again" expect 75 load
check "$what: nothing was taken" same 'not taken' sql \
	'SELECT DISTINCT outcome FROM receipt'
faults '1 /oauth2 garbage' '1 /whoami status 503' '2 /whoami reset'
central 3
check 'what passes while signing in is waited for' expect 0 load
check 'and nothing is flagged' flagged 0

faults '* /oauth2 retry 429 Retry-After 3600'
central 3
check 'the quota of the sign-in counts, too' expect 75 load
faults '# none'
check 'and holds for the next run' expect 75 load
check 'which says so' says "load[acme]: sink sophos: batch 1: it wants no request before 2026-03-01T13:00:00Z: run m2s-load again then"

done_testing
