#!/bin/sh
# pki.sh DIR: certificates for the simulators.
#
# Makes in DIR, unless they are there already: ca.pem, ca.key; server.pem,
# server.key for 127.0.0.1 and localhost; expired.pem, expired.key, the same
# but no longer valid; foreign.pem, foreign.key of an authority that nobody
# trusts.  EC P-256, PEM.
set -eu

dir=${1:?usage: pki.sh DIR}
mkdir -p "$dir"
if test -e "$dir/complete"; then
	exit 0
fi
work=$(mktemp -d "$dir/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

# key NAME
key() {
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
	    -out "$work/$1.key" 2>/dev/null
}

# authority NAME
authority() {
	key "$1"
	openssl req -x509 -new -key "$work/$1.key" -sha256 -days 3650 \
	    -subj "/CN=m2s test $1" -out "$work/$1.pem" \
	    -addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null
}

cat >"$work/ca.cnf" <<EOF
[ca]
default_ca = sim
[sim]
database = $work/index
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = IP:127.0.0.1,DNS:localhost
EOF
: >"$work/index"

# leaf NAME AUTHORITY FROM TO
leaf() {
	key "$1"
	openssl req -new -key "$work/$1.key" -subj "/CN=127.0.0.1" \
	    -out "$work/$1.csr" 2>/dev/null
	openssl ca -batch -notext -config "$work/ca.cnf" -extensions leaf \
	    -cert "$work/$2.pem" -keyfile "$work/$2.key" -startdate "$3" \
	    -enddate "$4" -in "$work/$1.csr" -out "$work/$1.pem" \
	    -outdir "$work" 2>/dev/null
}

authority ca
authority other
leaf server ca 20200101000000Z 20491231235959Z
leaf expired ca 20200101000000Z 20200201000000Z
leaf foreign other 20200101000000Z 20491231235959Z
for name in ca server expired foreign; do
	chmod 600 "$work/$name.key"
	mv "$work/$name.pem" "$work/$name.key" "$dir"
done
: >"$dir/complete"
