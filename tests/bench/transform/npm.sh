#!/bin/sh
# npm.sh FOLDER: install there what of the peers npm has, as far as it can: the
# benchmark says what is missing.
set -u
cd "$(mkdir -p "$1" && echo "$1")" || exit 74
command -v npm >/dev/null || {
	echo "npm is not installed: no Bun, no Node"
	exit 0
}
for package in bun better-sqlite3; do
	test -d "node_modules/$package" ||
		npm install --prefix . --no-fund --no-audit "$package" \
			>"$package.log" 2>&1 ||
		echo "npm could not install $package: $1/$package.log"
done
