#!/bin/sh
# deps.sh PACKAGE...: install the Debian packages that are missing; without
# the right to, say how.
set -eu
missing=
for package; do
	dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null |
		grep -qx installed || missing="$missing $package"
done
test -n "$missing" || exit 0

install="apt-get install -y --no-install-recommends$missing"
as=
if test "$(id -u)" != 0; then
	if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		as=sudo
	else
		echo "These Debian packages are missing.  As root:" >&2
		echo "  apt-get update && $install" >&2
		exit 1
	fi
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$as apt-get update -q
# shellcheck disable=SC2086 # a list of words
$as $install
