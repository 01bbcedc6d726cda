#!/bin/sh
# cover.sh FOLDER: how many lines of each source file the tests reached, from
# the counts that a run of `make cover` left in the folder; then the whole.
set -eu
export LC_ALL=C
for file in common/*.c schema/*.c extract/*.c transform/*.c load/*.c audit/*.c; do
	gcov -n -o "$1/$(dirname "$file")" "$file" 2>/dev/null |
		sed -n "\\|^File '$file'|{n;s|Lines executed:\\(.*\\)% of \\(.*\\)|\\1 \\2 $file|p}"
done | awk '
	{ printf "%6.1f %% of %4d  %s\n", $1, $2, $3; hit += $1 * $2; all += $2 }
	END { if (all) printf "%6.1f %% of %d lines\n", hit / all, all }'
