# journey.awk - collect the passages of all sources, and show or check them.
# Run by journey, which says what a passage looks like.
# SPDX-License-Identifier: GPL-2.0-or-later

BEGIN {
	count_of_chapters = split("P G D L H S M", letter, " ")
	split("Preparation Guest Drivers Launcher Host Switcher Mastery", name, " ")
	for (i = 1; i <= count_of_chapters; i++)
		number_of[letter[i]] = i
	side["x86_64"]; side["i386"]
	marker = "[A-Z]:[0-9][0-9][0-9](\\.[a-z0-9_]+)?([ \t]|$)"
	ending = "^[ \t]*/[*][ \t]*:[*]([ \t]*[*])?/[ \t]*$"
}

function complain(where, what)
{
	print where ": " what > "/dev/stderr"
	errors++
}

# What is left of a line of a comment.
function bare(line)
{
	if (FILENAME ~ /\.txt$/)
		return line
	if (line ~ /^[ \t]*[*]\//)
		return "*/"
	if (line ~ /^[ \t]*[*]/)
		sub(/^[ \t]*[*] ?/, "", line)
	else
		sub(/^   /, "", line)
	return line
}

FNR == 1 {
	if (key != "")
		complain(file[key] ":" line_of[key], "passage " key " has no end")
	key = ""
	inside = 0
}

# Functions, macros and labels that exist: what a text may name.
/^[a-zA-Z_]/ {
	rest = $0
	while (match(rest, /[a-zA-Z_][a-zA-Z0-9_]* ?\(/)) {
		word = substr(rest, RSTART, RLENGTH)
		sub(/ ?\($/, "", word)
		exists[word]
		rest = substr(rest, RSTART + RLENGTH)
	}
	if (match($0, /^[a-zA-Z_][a-zA-Z0-9_]*:/))
		exists[substr($0, 1, RLENGTH - 1)]
	if (match($0, /^SYM_[A-Z_]*\([a-z0-9_]+/)) {
		word = substr($0, 1, RLENGTH)
		sub(/.*\(/, "", word)
		exists[word]
	}
}
/^#define [a-z_]+\(/ {
	word = $2
	sub(/\(.*/, "", word)
	exists[word]
}
FILENAME ~ /elsewhere\.txt$/ {
	if (/^[a-z]/) {
		exists[$1]
		elsewhere[$1]
	}
	next
}

# A passage begins.
(FILENAME ~ /\.txt$/ ? $0 ~ "^" marker : $0 ~ "^[ \t]*(/[*]+|[*])[ \t]*" marker) {
	where = FILENAME ":" FNR
	match($0, marker)
	new = substr($0, RSTART, RLENGTH)
	rest = substr($0, RSTART + RLENGTH)
	sub(/[ \t]+$/, "", new)
	if (key != "")
		complain(where, "passage " new " begins inside of " key)
	key = new
	if (key in file) {
		complain(where, "passage " key " is in " file[key] ":" line_of[key] ", too")
		key = key "?"
	}
	if (!(substr(key, 1, 1) in number_of))
		complain(where, "passage " key " belongs to no chapter")
	suffix = substr(key, 7)
	if (suffix != "" && !(suffix in side))
		complain(where, "passage " key ": " suffix " is no architecture")
	keys[++count] = key
	file[key] = FILENAME
	line_of[key] = FNR
	inside = 1
	text_line(rest)
	next
}

function text_line(line)
{
	if (index(line, ":*")) {
		add_text(substr(line, 1, index(line, ":*") - 1))
		key = ""
	} else if (FILENAME !~ /\.txt$/ && index(line, "*/")) {
		add_text(substr(line, 1, index(line, "*/") - 1))
		inside = 0
		coded[key]
	} else {
		add_text(line)
	}
}

function add_text(line)
{
	sub(/[ \t]+$/, "", line)
	text[key] = text[key] line "\n"
}

$0 ~ ending {
	if (key == "")
		complain(FILENAME ":" FNR, "an end of a passage that has not begun")
	key = ""
	next
}

key != "" && inside { text_line(bare($0)); next }
key != "" { code_of[key] = code_of[key] $0 "\n" }

# Order, by insertion: there are about a hundred.
function rank(key)
{
	return number_of[substr(key, 1, 1)] * 1000 + substr(key, 3, 3) \
	    + (substr(key, 7) == "i386" ? 0.5 : 0)
}

function sort_keys(i, j, moved)
{
	for (i = 2; i <= count; i++) {
		moved = keys[i]
		for (j = i - 1; j > 0 && rank(keys[j]) > rank(moved); j--)
			keys[j + 1] = keys[j]
		keys[j + 1] = moved
	}
}

# A first line that stands alone is a title.
function take_title(key, end)
{
	sub(/^\n+/, "", text[key])
	end = index(text[key], "\n")
	if (substr(text[key], end + 1, 1) == "\n" &&
	    text[key] !~ /^[^\n]*[.:!]\n/) {
		title[key] = substr(text[key], 1, end - 1)
		text[key] = substr(text[key], end + 2)
	}
	sub(/\n+$/, "\n", text[key])
	sub(/^\n+/, "", code_of[key])
	sub(/\n+$/, "\n", code_of[key])
}

function show_text(key, lines, n, i, words, m, j, column, indent, line)
{
	if (file[key] != last_file) {
		printf "\n%*s[ %s ]\n", int((76 - length(file[key]) - 4) / 2), "", file[key]
		last_file = file[key]
	}
	print ""
	if (substr(key, 7) != "")
		print "On " substr(key, 7) ":"
	if (title[key] != "")
		print title[key] "\n"
	n = split(text[key], lines, "\n")
	column = 0
	for (i = 1; i < n; i++) {
		line = lines[i]
		if (line ~ /^(\t|    )/) {
			if (column)
				print ""
			print line
			column = 0
			continue
		}
		if (line == "") {
			if (column)
				print ""
			print ""
			column = 0
			indent = ""
			continue
		}
		if (line ~ /^\[figure: /) {
			sub(/^\[figure: /, "", line)
			sub(/\]$/, "", line)
			print "[a figure: doc/figures/" line ".svg, or \"make html\"]"
			continue
		}
		if (line ~ /^- /) {
			if (column)
				print ""
			column = 0
			indent = "  "
			sub(/^- /, "", line)
			line = "-\001" line
		}
		m = split(line, words, " ")
		for (j = 1; j <= m; j++) {
			gsub(/\001/, " ", words[j])
			if (column && column + 1 + length(words[j]) > 76) {
				print ""
				column = 0
			}
			if (!column && words[j] !~ /^- /) {
				printf "%s", indent
				column = length(indent)
				printf "%s", words[j]
			} else if (!column) {
				printf "%s", words[j]
			} else {
				printf " %s", words[j]
				column++
			}
			column += length(words[j])
		}
	}
	if (column)
		print ""
	if (code && (key in coded))
		printf "\n%s", code_of[key]
}

# HTML.

function escape(s)
{
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	gsub(/"/, "\\&quot;", s)
	return s
}

function anchor(key)
{
	gsub(/[:.]/, "-", key)
	return key
}

# The passage that "S:180" means in the text of @key: that of the same
# architecture, if there are two.
function meant(number, key, suffix)
{
	suffix = substr(key, 6)
	if (number in file)
		return number
	if ((number suffix) in file)
		return number suffix
	return (number ".x86_64") in file ? number ".x86_64" : ""
}

# Links and styles in a line of text.
function styled(s, key, out, word, bare_word, i)
{
	s = escape(s)
	out = ""
	while (match(s, /[a-zA-Z0-9_.\/-]+(\(\))?/)) {
		out = out substr(s, 1, RSTART - 1)
		word = substr(s, RSTART, RLENGTH)
		s = substr(s, RSTART + RLENGTH)
		tail = ""
		while (word ~ /[.-]$/) {
			tail = substr(word, length(word)) tail
			word = substr(word, 1, length(word) - 1)
		}
		bare_word = word
		sub(/\(\)$/, "", bare_word)
		if (word ~ /\(\)$/ && (bare_word in defined) && defined[bare_word] != key)
			word = "<a href=\"#" anchor(defined[bare_word]) "\"><code>" word "</code></a>"
		else if (word ~ /\.[chS]$/ && (word in first_in) && word != file[key])
			word = "<a href=\"#" anchor(first_in[word]) "\"><code>" word "</code></a>"
		else if (word ~ /\(\)$/ || word ~ /\.[chS]$/ || word ~ /^[A-Z][A-Z0-9]+_[A-Z0-9_]+$/ ||
			 word ~ /^[a-z0-9]+_[a-z0-9_]+$/ || word ~ /^\/[a-z]+\/[a-z0-9\/_-]+$/)
			word = "<code>" word "</code>"
		out = out word tail
	}
	s = out s
	for (i = 1; i <= count_of_chapters; i++)
		gsub("make " name[i] "!?", "<a href=\"#" name[i] "\">&</a>", s)
	out = ""
	while (match(s, /[PGDLHSM]:[0-9][0-9][0-9]/)) {
		word = substr(s, RSTART, RLENGTH)
		out = out substr(s, 1, RSTART - 1) "<a href=\"#" anchor(meant(word, key)) \
		    "\">" word "</a>"
		s = substr(s, RSTART + RLENGTH)
	}
	s = out s
	while (match(s, /(^|[ (])[*][a-zA-Z][a-zA-Z ']*[*]/)) {
		word = substr(s, RSTART, RLENGTH)
		sub(/[*]/, "<em>", word)
		sub(/[*]$/, "</em>", word)
		s = substr(s, 1, RSTART - 1) word substr(s, RSTART + RLENGTH)
	}
	return s
}

function figure(which, path, line)
{
	path = figures "/" which ".svg"
	print "<figure>"
	while ((getline line < path) > 0)
		if (line !~ /^<\?xml/)
			print line
	close(path)
	print "</figure>"
}

# No paragraph, list or listing is open any more.
function close_block()
{
	if (block == "li")
		print "</li></ul>"
	else if (block != "")
		print "</" block ">"
	block = ""
}

function show_html(key, lines, n, i, line)
{
	print "<article id=\"" anchor(key) "\">"
	if (title[key] != "")
		print "<h3>" escape(title[key]) "</h3>"
	print "<p class=\"where\"><a href=\"#" anchor(key) "\">" substr(key, 1, 5) "</a> " \
	    "<code>" file[key] "</code>" \
	    (substr(key, 7) != "" ? " <b>" substr(key, 7) "</b>" : "") "</p>"
	n = split(text[key], lines, "\n")
	block = ""
	for (i = 1; i < n; i++) {
		line = lines[i]
		if (line ~ /^(\t|    )/) {
			if (block != "pre") {
				close_block()
				block = "pre"
				printf "<pre class=\"figure\">"
			}
			sub(/^(\t|    )/, "", line)
			print escape(line)
		} else if (line == "") {
			close_block()
		} else if (line ~ /^\[figure: /) {
			close_block()
			sub(/^\[figure: /, "", line)
			sub(/\]$/, "", line)
			figure(line)
		} else if (line ~ /^- /) {
			if (block == "li")
				print "</li>"
			else {
				close_block()
				print "<ul>"
			}
			block = "li"
			print "<li>" styled(substr(line, 3), key)
		} else {
			if (block == "pre" || block == "") {
				close_block()
				block = "p"
				print "<p>"
			}
			print styled(line, key)
		}
	}
	close_block()
	if (key in coded)
		printf "<details><summary>The code</summary><pre class=\"code\">%s</pre></details>\n", \
		    escape(code_of[key])
	print "</article>"
}

function lines_of(path, line)
{
	while ((getline line < path) > 0)
		print line
	close(path)
}

function html(i, c, key, pair)
{
	lines_of("doc/journey.head.html")
	print "<nav><ol>"
	for (c = 1; c <= count_of_chapters; c++) {
		print "<li><a href=\"#" name[c] "\">" name[c] "</a><ol>"
		for (i = 1; i <= count; i++)
			if (number_of[substr(keys[i], 1, 1)] == c && title[keys[i]] != "")
				print "<li><a href=\"#" anchor(keys[i]) "\">" \
				    escape(title[keys[i]]) "</a></li>"
		print "</ol></li>"
	}
	print "</ol></nav>\n<main>"
	for (c = 1; c <= count_of_chapters; c++) {
		print "<section id=\"" name[c] "\"><h2>" name[c] "</h2>"
		for (i = 1; i <= count; i++) {
			key = keys[i]
			if (number_of[substr(key, 1, 1)] != c)
				continue
			pair = i < count && substr(key, 1, 5) == substr(keys[i + 1], 1, 5)
			if (pair)
				print "<div class=\"pair\">"
			show_html(key)
			if (pair) {
				show_html(keys[++i])
				print "</div>"
			}
		}
		if (c < count_of_chapters)
			print "<p class=\"next\"><a href=\"#" name[c + 1] "\">" name[c + 1] " &rarr;</a></p>"
		print "</section>"
	}
	print "</main>\n</body>\n</html>"
}

# What is wrong.

function readable(path, line, ok)
{
	ok = (getline line < path) >= 0
	close(path)
	return ok
}

function lint_text(key, s, word, where, named, near)
{
	where = file[key] ":" line_of[key]
	s = text[key]
	while (match(s, /[a-zA-Z_][a-zA-Z0-9_]*\(\)/)) {
		word = substr(s, RSTART, RLENGTH - 2)
		s = substr(s, RSTART + RLENGTH)
		if (!(word in exists))
			complain(where, "passage " key " names " word "(), which is nowhere")
		if (!(word in elsewhere)) {
			named = named " " word "()"
			if (code_of[key] ~ ("(^|[^a-zA-Z0-9_])" word "([^a-zA-Z0-9_]|$)"))
				near = 1
		}
	}
	if ((key in coded) && named != "" && !near)
		complain(where, "passage " key " tells of" named ", but none of it is in its code")
	s = text[key]
	while (match(s, /[a-zA-Z0-9_-]+\/[a-zA-Z0-9_.\/-]*[a-z0-9_-]+\.[chS]/)) {
		word = substr(s, RSTART, RLENGTH)
		s = substr(s, RSTART + RLENGTH)
		if (word ~ /^arch\//)
			word = "guestpv/linux/" word
		if (!readable(word) && !readable("include/" word) && !readable("src/" word))
			complain(where, "passage " key " names " word ", which is no file")
	}
	s = text[key]
	while (match(s, /[PGDLHSM]:[0-9][0-9][0-9]/)) {
		word = substr(s, RSTART, RLENGTH)
		s = substr(s, RSTART + RLENGTH)
		if (meant(word, key) == "")
			complain(where, "passage " key " names " word ", which is no passage")
	}
	s = text[key]
	while (match(s, /\[figure: [a-z0-9-]+\]/)) {
		word = substr(s, RSTART + 9, RLENGTH - 10)
		s = substr(s, RSTART + RLENGTH)
		if (!readable(figures "/" word ".svg"))
			complain(where, "passage " key " shows " word ", which is no figure")
	}
}

# Code that was cut is code that somebody has moved.
function balanced(s, opened, closed)
{
	gsub(/'[{}]'/, "", s)
	opened = gsub(/{/, "", s)
	closed = gsub(/}/, "", s)
	return opened == closed
}

# A text in one line.
function joined(s)
{
	gsub(/\n/, " ", s)
	return s
}

function lint(i, c, key, where, last, leads)
{
	for (i = 1; i <= count; i++) {
		key = keys[i]
		where = file[key] ":" line_of[key]
		if (text[key] !~ /[a-z]/)
			complain(where, "passage " key " has no text")
		if ((key in coded) && code_of[key] !~ /[^ \t\n]/)
			complain(where, "passage " key " has no code")
		if ((key in coded) && !balanced(code_of[key]))
			complain(where, "passage " key ": its code has unequal braces")
		if (substr(key, 7) != "" && (substr(key, 1, 5) in file))
			complain(where, "passage " key " is beside " substr(key, 1, 5) \
			    ", which is for all architectures")
		lint_text(key)
		c = number_of[substr(key, 1, 1)]
		if (substr(last[c], 1, 5) != substr(key, 1, 5))
			leads[c] = 0
		last[c] = key
		if (index(joined(text[key]), "make " name[c + 1]))
			leads[c] = 1
	}
	for (c = 1; c <= count_of_chapters; c++) {
		if (!(c in last))
			complain("doc", "chapter " name[c] " is empty")
		else if (c < count_of_chapters && !leads[c])
			complain(file[last[c]] ":" line_of[last[c]], "the last passage of " \
			    name[c] ", " last[c] ", does not lead to \"make " name[c + 1] "\"")
	}
	if (!errors)
		print "journey: " count " passages, nothing wrong"
}

END {
	if (key != "")
		complain(file[key] ":" line_of[key], "passage " key " has no end")
	sort_keys()
	for (i = 1; i <= count; i++) {
		key = keys[i]
		take_title(key)
		if (!(file[key] in first_in))
			first_in[file[key]] = key
		n = split(code_of[key], lines, "\n")
		for (j = 1; j < n; j++) {
			rest = lines[j]
			word = ""
			if (rest ~ /^[a-zA-Z_].*\(/) {
				sub(/ ?\(.*/, "", rest)
				sub(/.*[^a-zA-Z0-9_]/, "", rest)
				word = rest
			} else if (rest ~ /^[a-z_][a-z0-9_]*:/) {
				sub(/:.*/, "", rest)
				word = rest
			}
			if (rest ~ /^SYM_/ || word ~ /^SYM_/) {
				word = lines[j]
				sub(/^[A-Z_]*\(/, "", word)
				sub(/[,)].*/, "", word)
			}
			if (word != "" && !(word in defined))
				defined[word] = key
		}
	}
	if (mode == "lint")
		lint()
	else if (mode == "html")
		html()
	else
		for (i = 1; i <= count; i++)
			if (name[number_of[substr(keys[i], 1, 1)]] == chapter)
				show_text(keys[i])
	exit errors > 0
}
