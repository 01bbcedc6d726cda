#!/bin/sh
# The manual has every message that the sources have, with its exit status, and
# no other.  tests/messages.awk says what a message is.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

top=$PWD

# in_sources FOLDER: file and line, kind, text.
in_sources() {
	(cd "$1" && awk -f "$top/tests/messages.awk" \
		common/*.c schema/*.c extract/*.c transform/*.c load/*.c audit/*.c)
}

# in_page PAGE: line, statuses, text.  A text is what .B has behind .TP or .TQ;
# all that share one explanation have the statuses in brackets that begin it.
in_page() {
	awk '
	/^\.(TP|TQ)$/ { marked = NR + 1 }
	NR == marked && /^\.B / {
		s = substr($0, 4)
		gsub(/\\fI[^\\]*(\\-[^\\]*)*\\fP/, "*", s)
		gsub(/\\-/, "-", s)
		gsub(/\\\(dq/, "\"", s)
		gsub(/\\\(aq/, "\047", s)
		gsub(/\\e/, "\\", s)
		line[++n] = NR
		text[n] = s
		next
	}
	n > 0 && !/^\.TQ$/ {
		status = /^\([^)]*\)/ ? substr($0, 2, index($0, ")") - 2) : "none"
		for (i = 1; i <= n; i++)
			printf "%d\t%s\t%s\n", line[i], status, text[i]
		n = 0
	}' "$1"
}

# compare FOLDER PAGE: what one has and the other has not.
compare() {
	in_sources "$1" >"$dir/sources"
	in_page "$2" >"$dir/page"
	test -s "$dir/sources" && test -s "$dir/page" || return 1
	cut -f 3 "$dir/sources" | sort -u >"$dir/sources.texts"
	cut -f 3 "$dir/page" | sort -u >"$dir/page.texts"
	comm -23 "$dir/sources.texts" "$dir/page.texts" >"$dir/untold"
	comm -13 "$dir/sources.texts" "$dir/page.texts" >"$dir/unsaid"
}

none_untold() {
	test ! -s "$dir/untold" && return 0
	echo 'in the sources and not in the manual:'
	awk -F '\t' 'NR == FNR { untold[$0] = 1; next }
		$3 in untold { print $1 ": " $3 }' "$dir/untold" "$dir/sources"
	return 1
}

none_unsaid() {
	test ! -s "$dir/unsaid" && return 0
	echo 'in the manual and not in the sources:'
	awk -F '\t' 'NR == FNR { unsaid[$0] = 1; next }
		$3 in unsaid { print "line " $1 ": " $3 }' "$dir/unsaid" "$dir/page"
	return 1
}

# A text may stand in the page twice, where it means two things.
statuses() {
	sed -n 's/^\t\(ERR_[A-Z]*\) = \([0-9]*\),.*/\1\t\2/p' common/err.h \
		>"$dir/kinds"
	awk -F '\t' '
	FILENAME == ARGV[1] { number[$1] = $2; next }
	FILENAME == ARGV[2] {
		gsub(/[^0-9]+/, " ", $2)
		told[$3] = told[$3] " " $2 " "
		next
	}
	$2 != "-" && $3 in told && !index(told[$3], " " number[$2] " ") {
		print $1 ": " number[$2] ": " $3
		wrong = 1
	}
	END { exit wrong }' "$dir/kinds" "$dir/page" "$dir/sources"
}

# What each explanation begins with.
marks() {
	cut -f 2,3 "$dir/page" | grep -Ev "^((part|warning|finding|finding, 1)|\
([0-9]+(, [0-9]+)*))	" >"$dir/unmarked"
	test ! -s "$dir/unmarked" || {
		cat "$dir/unmarked"
		return 1
	}
}

check 'messages are found' compare . man/m2s-messages.7
check 'hundreds of them' test "$(wc -l <"$dir/sources.texts")" -gt 300
check 'every message of the sources is in the manual' none_untold
check 'every message of the manual is in the sources' none_unsaid
check 'each with the exit status that it brings' statuses
check 'and a status, or what else it is, in front of its explanation' marks

# What is wrong would be seen.
mkdir -p "$dir/copy"
cp -R common schema extract transform load audit "$dir/copy"
lock='another run of this tenant holds the lock: let it end, or wait for it with --wait SECONDS'
lacks_one() {
	sed '/^\.B another run of this tenant/d' man/m2s-messages.7 \
		>"$dir/changed.7"
	compare . "$dir/changed.7" && ! none_untold >"$dir/told" &&
		grep -q "^schema/staging.c:[0-9]*: $lock\$" "$dir/told"
}
check 'a message that the manual lacks is named' lacks_one
has_one_more() {
	sed 's/^\.B another run of this tenant/.TQ\n.B no more \\fIPAPER\\fP\n.TP\n&/' \
		man/m2s-messages.7 >"$dir/changed.7"
	compare . "$dir/changed.7" && ! none_unsaid >"$dir/told" &&
		grep -q 'line [0-9]*: no more \*$' "$dir/told"
}
check 'one that the sources lack is named' has_one_more
says_more() {
	cat >>"$dir/copy/load/lane.c" <<-'EOT'
		int
		more(struct err *e)
		{
			/* err_set(e, ERR_IO, "in a comment") */
			return err_set(e, ERR_IO, "the printer has \"%s\" "
				"and %" PRId64 " pages", what, n);
		}
	EOT
	compare "$dir/copy" man/m2s-messages.7 && ! none_untold >"$dir/told" &&
		grep -qF ': the printer has "*" and * pages' "$dir/told" &&
		! grep -q 'in a comment' "$dir/told"
}
check 'a message that is new is named' says_more
other_status() {
	compare . man/m2s-messages.7
	sed 's/^\([0-9]*\)	75	another run/\1	74	another run/' \
		"$dir/page" >"$dir/page.changed"
	mv "$dir/page.changed" "$dir/page"
	! statuses >"$dir/told" && grep -q ": 75: $lock\$" "$dir/told"
}
check 'a wrong status is named' other_status

done_testing
