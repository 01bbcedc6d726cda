# What a Prometheus textfile must be, strictly: prints what is wrong, and ends
# with 1 then.  Source: Prometheus, "Exposition formats" (text 0.0.4) and
# "Metric and label naming" (read 2026-11-24).
function wrong(what) {
	printf "line %d: %s: %s\n", NR, what, $0
	bad = 1
}
/^# HELP / {
	if ($3 in help)
		wrong("told twice")
	help[$3] = 1
	name = $3
	if (NF < 4)
		wrong("no help")
	if (name !~ /^m2s_[a-z_]+$/)
		wrong("a name that is none")
	if (name ~ /_(ms|minutes|hours|days|kb|mb|milliseconds)(_|$)/)
		wrong("not a base unit")
	if (name ~ /_(total|count|sum|bucket|gauge)$/)
		wrong("no name for a gauge")
	typed = 0
	next
}
/^# TYPE / {
	if ($3 != name || typed || NF != 4 || $4 != "gauge")
		wrong("a type that does not follow its help")
	typed = 1
	next
}
/^#/ || /^$/ { wrong("neither help nor type"); next }
{
	if (!match($0, /^[a-z0-9_]+\{/) || substr($0, 1, RLENGTH - 1) != name ||
	    !typed)
		wrong("not below its help and type")
	rest = substr($0, RLENGTH + 1)
	labels = ""
	while (match(rest, /^[a-z_]+="([^"\\\n]|\\[\\"n])*"[,}]/)) {
		label = substr(rest, 1, index(rest, "=") - 1)
		if (index(labels, "," label ","))
			wrong("a label twice")
		labels = labels "," label ","
		last = substr(rest, RLENGTH, 1)
		rest = substr(rest, RLENGTH + 1)
		if (last == "}")
			break
	}
	if (last != "}" || rest !~ /^ -?[0-9]+$/)
		wrong("no value behind labels")
	if (index(labels, ",tenant,") != 1)
		wrong("no tenant")
	series = substr($0, 1, length($0) - length(rest))
	if (series in seen)
		wrong("a series twice")
	seen[series] = 1
	samples++
}
END {
	if (samples == 0) {
		print "no samples"
		bad = 1
	}
	exit bad
}
