#!/bin/sh
# mutants.sh [NAME...]: builds the programs with one deliberate fault each and
# lets points.sh look for it: it must find each.  A mutant is
# tests/fault/mutants/NAME.sed, which changes one file; its first lines name
# the file, what is wrong then, and the jobs: scene, mode, and every how many
# calls.  One that no longer changes its file is an error.
#
# As points.sh: $O, $DIR.  The last line is "N mutants, N caught".
set -u
O=${O:-build}
dir=${DIR:-$(mktemp -d)}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
export O
export DIR="$dir"
trap 'rm -rf "$dir/mutant" "$dir/mutant.o"' EXIT

header() {
	sed -n "s/^# $1: //p" "tests/fault/mutants/$2.sed"
}

# build NAME: the programs into $dir/mutant.o/bin.
build() {
	file=$(header file "$1")
	rm -rf "$dir/mutant" "$dir/mutant.o"
	mkdir "$dir/mutant"
	cp -a Makefile common schema extract transform load audit migrations \
		tests "$dir/mutant" && cp -a "$O" "$dir/mutant.o" || return
	sed -f "tests/fault/mutants/$1.sed" "$file" >"$dir/mutant/$file"
	if cmp -s "$file" "$dir/mutant/$file"; then
		echo "mutant $1 changes nothing in $file"
		return 1
	fi
	touch "$dir/mutant/$file"
	make -s -C "$dir/mutant" O="$dir/mutant.o" WERROR= WARN=-w \
		"$dir/mutant.o/bin/m2s-extract" \
		"$dir/mutant.o/bin/m2s-transform" \
		"$dir/mutant.o/bin/m2s-load" "$dir/mutant.o/bin/m2s-audit" \
		>"$dir/mutant.log" 2>&1 || {
		echo "mutant $1 does not compile:"
		tail -n 20 "$dir/mutant.log"
		return 1
	}
}

# spread SCENE MODE EVERY: the last ones first.
spread() {
	case $2 in
	none | rude)
		echo "$1 $2 0"
		return
		;;
	esac
	calls=$(sh tests/fault/points.sh -c "$1" kill)
	seq "$((calls - 1))" "-$3" 1 | sed "s/^/$1 $2 /"
}

try() {
	header jobs "$1" | while read -r scene mode every; do
		spread "$scene" "$mode" "$every"
	done >"$dir/mutant.jobs"
	build "$1" || return 2
	BIN=$dir/mutant.o/bin ONE=1 sh tests/fault/points.sh \
		"$dir/mutant.jobs" >"$dir/mutant.found"
	grep -q '^FAILED: ' "$dir/mutant.found"
}

test $# -gt 0 || set -- tests/fault/mutants/*.sed
mutants=0
caught=0
for name in "$@"; do
	name=$(basename "$name" .sed)
	mutants=$((mutants + 1))
	try "$name"
	case $? in
	0)
		caught=$((caught + 1))
		echo "caught: $name: $(header what "$name" | tr '\n' ' ')"
		sed -n '2s/^/	/p' "$dir/mutant.found"
		;;
	2) ;;
	*) echo "NOT CAUGHT: $name: $(header what "$name")" ;;
	esac
done
echo "$mutants mutants, $caught caught"
test "$mutants" = "$caught"
