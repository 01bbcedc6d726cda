# receiver.awk FLAGGED name=NAME [idempotent=1] LEDGER...: what receivers end
# up with: NAME and id of each of their alerts, once.  What they can complain
# of is printed as well: an alert that came again without a flag, and whatever
# the simulator calls a misuse.  An idempotent receiver takes nothing under a
# key that it knows.  Instead of a ledger, a file of alerts as they were sent.
BEGIN { FS = "\t" }
FILENAME == ARGV[1] { flagged[$1] = 1; next }
$1 == "misuse" { print name, "misuse: " $2 " " $3 }
$1 == "request" {
	taken = $3 >= 200 && $3 < 300 && !(idempotent && (name, $4) in keys)
	if (taken)
		keys[name, $4] = 1
	warned = $4 in flagged
}
$1 == "alert" && taken {
	if (!((name, $2) in has))
		print name, $2
	else if (!warned && (name, $2) in unwarned)
		print name, "again without a flag: " $2
	has[name, $2] = 1
	if (!warned)
		unwarned[name, $2] = 1
}
/^{"id":"/ { print name, substr($0, 8, 32) }
