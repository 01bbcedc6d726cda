#!/bin/sh
# Each library has one door, and stages do not know one another: the folders'
# -I lists see to most of it, this to the rest.
set -u
bad=0

# door HEADER FILE: only that file includes the header.
door() {
	others=$(grep -l "#include <$1>" common/*.[ch] schema/*.[ch] \
		extract/*.[ch] transform/*.[ch] load/*.[ch] audit/*.[ch] \
		2>/dev/null | grep -vxF "$2")
	if test -n "$others"; then
		echo "<$1> belongs to $2 alone, not to" "$others"
		bad=1
	fi
}

door sqlite3.h common/db.c
door curl/curl.h common/http.c
door openssl/evp.h common/digest.c
door openssl/rand.h common/digest.c
door openssl/ssl.h common/tls.c
door archive.h common/pack.c
door cyaml/cyaml.h common/config.c
door yaml.h common/outline.c

if grep -nE '#include "\.\.?/' ./*/*.[ch]; then
	echo "a header is named without its folder"
	bad=1
fi
exit $bad
