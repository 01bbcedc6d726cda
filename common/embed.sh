#!/bin/sh
# embed.sh ARRAY FILE...: the C source of an array of struct embed (embed.h).
set -eu
array=$1
shift
echo '#include "embed.h"'
i=0
for file; do
	echo "static const char text_${i}[] = {"
	od -An -v -tx1 "$file" | sed 's/ \(..\)/0x\1,/g; s/0x[89a-f]./(char)&/g'
	echo '0 };'
	i=$((i + 1))
done
echo "const struct embed ${array}[] = {"
i=0
for file; do
	echo "{ \"$(basename "$file")\", text_$i, sizeof text_$i - 1 },"
	i=$((i + 1))
done
echo '{ NULL, NULL, 0 } };'
