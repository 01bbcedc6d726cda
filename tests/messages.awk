# messages.awk FILE.c...: the messages in C sources, one a line: FILE:LINE,
# kind ("-": another place decides), text.  Tabs stand between them, "*" for
# what a directive of printf puts in.  What has no letter of its own says what
# another place says, and is left out.
#
# Run where the names of the files are as in `texts`.

BEGIN {
	# Which arguments are texts: file, function, argument, kind.  Of a
	# call whose arguments name a kind, that one counts, but for "?".  "+":
	# the text stands before others.
	texts = "* err_set 3 -;" \
		"extract/envelope.c err_set 3 ?;" \
		"* err_add 2 +;" \
		"* log_error 1 -;" \
		"* log_warn 1 -;" \
		"* argp_error 2 ERR_USAGE;" \
		"* outline_err 4 ERR_CONFIG;" \
		"* config_err 4 ERR_CONFIG;" \
		"* lane_stop 3 -;" \
		"* archive_set_error 3 ERR_DATA;" \
		"common/db.c fail 3 +;" \
		"common/db.c fail_text 2 ERR_USAGE;" \
		"common/db.c fprintf 2 -;" \
		"common/digest.c fputs 1 ERR_IO;" \
		"common/http.c snprintf 3 -;" \
		"common/http.c xasprintf 1 -;" \
		"common/http.c xstrdup 1 -;" \
		"common/outline.c wrong 3 ERR_CONFIG;" \
		"common/outline.c wrong_at 5 ERR_CONFIG;" \
		"common/scan.c stop 3 -;" \
		"common/tls.c break_off 2 -;" \
		"common/tls.c fail 3 -;" \
		"schema/chain.c tell 3 -;" \
		"schema/compare.c differ 2 -;" \
		"extract/envelope.c complain 2 -;" \
		"extract/reply.c set 6 -;" \
		"transform/mapping_file.c fail 3 ERR_DATA;" \
		"transform/mapping_lint.c buf_printf 2 -;" \
		"transform/pattern.c fail 2 ERR_DATA;" \
		"transform/tally.c buf_printf 2 ERR_PARTIAL;" \
		"load/sophos.c snprintf 3 -;" \
		"load/sophos.c stop 3 -;" \
		"load/sophos.c stop 4 -;" \
		"audit/verify.c tell 1 ERR_NO;" \
		"audit/verify.c xasprintf 1 ERR_NO"
	# Of which variables the values are: file, name, kind.
	values = "common/mem.c msg ERR_IO;" \
		"common/outline.c not_text ERR_CONFIG;" \
		"schema/object.c words ERR_DATA;" \
		"extract/reply.c none -;" \
		"extract/reply.c roles ERR_DENIED;" \
		"load/lane.c later ERR_RETRY;" \
		"load/policy.c ask ERR_DENIED;" \
		"load/policy.c by_end -;" \
		"load/policy.c by_status -;" \
		"load/sink_file.c advice -;" \
		"load/sink_syslog.c advice ERR_DENIED;" \
		"load/sophos.c advice ERR_DENIED"
	n = split(texts, lines, ";")
	for (i = 1; i <= n; i++) {
		split(lines[i], f, " ")
		argument_kind[f[1], f[2], f[3]] = f[4]
	}
	n = split(values, lines, ";")
	for (i = 1; i <= n; i++) {
		split(lines[i], f, " ")
		value_kind[f[1], f[2]] = f[3]
	}
}

FNR == 1 {
	depth = 0
	comment = 0
	value = ""
	text = ""
	joins = 0
	brackets = 0
	last = ""
}

# What a literal says; s has its quotes.
function said(s) {
	s = substr(s, 2, length(s) - 2)
	gsub(/\\n/, "", s)
	gsub(/\\"/, "\"", s)
	gsub(/\\\\/, "\\", s)
	return s
}

# The text in hand is whole: is it a message?
function flush(    kind, s) {
	s = text
	text = ""
	joins = 0
	if (s == "")
		return
	if (value != "")
		kind = value_kind[FILENAME, value]
	else if ((FILENAME, call[depth], argument[depth]) in argument_kind)
		kind = argument_kind[FILENAME, call[depth], argument[depth]]
	else if (("*", call[depth], argument[depth]) in argument_kind)
		kind = argument_kind["*", call[depth], argument[depth]]
	else
		return
	if (named[depth] != "" && kind !~ /[+?]/)
		kind = named[depth]
	if (value != "")
		named[depth] = ""
	gsub(/%[-+ #0]*[0-9*]*(\.[0-9*]+)?[hlzjt]*[a-zA-Z]/, "\001", s)
	gsub(/\001+/, "*", s)
	if (kind == "+")
		s = s ": *"
	if (kind ~ /[+?]/)
		kind = "-"
	if (s ~ /[A-Za-z]/)
		printf "%s:%d\t%s\t%s\n", FILENAME, begun, kind, s
}

function begin(name) {
	flush()
	depth++
	call[depth] = name
	argument[depth] = 1
	named[depth] = ""
}

function end() {
	flush()
	if (depth > 0)
		depth--
}

function take(token) {
	if (token == "[")
		brackets++
	else if (token == "]" && brackets > 0)
		brackets--
	if (token ~ /^"/) {
		if (!joins)
			flush()
		if (text == "")
			begun = FNR
		text = text said(token)
		joins = 1
	} else if (token ~ /^PRI[a-z]64$/) {
		text = text "d"
	} else if (token ~ /^'/) {
		joins = 0
	} else if (token ~ /^[A-Za-z_]/) {
		joins = 0
		if (token ~ /^ERR_/)
			named[depth] = token
		if (!brackets)
			last = token
		return
	} else if (token == "(") {
		begin(last)
	} else if (token == ")") {
		end()
	} else if (token == ",") {
		flush()
		argument[depth]++
	} else if (token == "=") {
		if (depth == 0 && ((FILENAME, last) in value_kind)) {
			value = last
			named[0] = ""
		}
	} else if (token == ";" || token == "{" || token == "}") {
		flush()
		if (token == ";") {
			value = ""
			depth = 0
		}
	} else {
		joins = 0
	}
	if (!brackets && token != "]")
		last = ""
}

{
	rest = $0
	while (rest != "") {
		if (comment) {
			if (!match(rest, /\*\//))
				break
			rest = substr(rest, RSTART + 2)
			comment = 0
			continue
		}
		if (!match(rest, /"([^"\\]|\\.)*"|'([^'\\]|\\.)*'|\/\*|\/\/|[A-Za-z_][A-Za-z_0-9]*|[^ \t]/))
			break
		token = substr(rest, RSTART, RLENGTH)
		rest = substr(rest, RSTART + RLENGTH)
		if (token == "//" || (token == "#" && rest ~ /^(include|define|if|endif|else)/))
			break
		if (token == "/*")
			comment = 1
		else
			take(token)
	}
}
