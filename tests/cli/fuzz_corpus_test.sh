#!/bin/sh
# What the fuzz targets are given to begin with, and whatever once was a
# finding, holds without a fuzzer, too.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

for target in tests/fuzz/*.c; do
	fuzzed=$(basename "$target" .c)
	test "$fuzzed" = replay && continue
	# shellcheck disable=SC2012 # our own names
	check "$fuzzed: its corpus is small and not empty" \
		test "$(ls "tests/fuzz/corpus/$fuzzed" | wc -l)" -ge 5 -a \
		"$(ls "tests/fuzz/corpus/$fuzzed" | wc -l)" -le 60
	check "$fuzzed: its corpus passes" expect 0 \
		"${O:-build}/replay/$fuzzed" "tests/fuzz/corpus/$fuzzed"/*
done

done_testing
