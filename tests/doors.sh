#!/bin/sh
# Each library has one door, and stages do not know one another: the folders'
# -I lists see to most of it, this to the rest.
set -u
bad=0

# door PATTERN FILE...: only these files include such headers.
door() {
	pattern=$1
	shift
	printf '%s\n' "$@" >"$own"
	others=$(grep -lE "#[[:space:]]*include[[:space:]]*<($pattern)>" \
		common/*.[ch] schema/*.[ch] extract/*.[ch] transform/*.[ch] \
		load/*.[ch] audit/*.[ch] | grep -vxFf "$own")
	if test -n "$others"; then
		echo "<$pattern> belongs to $* alone, not to" "$others"
		bad=1
	fi
}

own=$(mktemp)
trap 'rm -f "$own"' EXIT

door 'sqlite3.*' common/db.c
door 'curl/.*' common/http.c
door 'openssl/(crypto|evp|hmac|rand|sha)\.h' common/digest.c
door 'openssl/(err|ssl|x509.*)\.h' common/tls.c
door 'openssl/.*' common/digest.c common/tls.c
door 'archive.*' common/pack.c
door 'cyaml/.*' common/config.c
door 'yaml.*' common/outline.c
door 'jansson.*' extract/region.c extract/token.c load/sophos.c

if grep -nE '#include "\.\.?/' ./*/*.[ch]; then
	echo "a header is named without its folder"
	bad=1
fi
exit $bad
