package render

import (
	"strings"
	texttemplate "text/template"
	"unicode/utf8"
)

// lineWidth is the width of plain text, in characters, with room for quote marks.
const lineWidth = 72

var textFuncs = texttemplate.FuncMap{
	"upper":  strings.ToUpper,
	"trim":   func(s string) string { return strings.TrimRight(s, " ") },
	"wrap":   func(s string) string { return wrap(s, "", "") },
	"indent": wrap,
	"rule":   func(c string) string { return strings.Repeat(c, lineWidth) },
	"comma":  func(s string) string { return prefixed(", ", s) },
	"span":   func(s string) string { return prefixed(", ", s) },
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// wrap breaks each line of a text at blanks so that none exceeds lineWidth; a longer word stays
// whole. The first line begins with first, the others with rest.
func wrap(s, first, rest string) string {
	var out []string
	prefix := first
	for line := range strings.SplitSeq(s, "\n") {
		hang := ""
		if strings.HasPrefix(line, "- ") {
			hang = "  "
		}
		current, width := "", utf8.RuneCountInString(prefix)
		for _, word := range strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' }) {
			w := utf8.RuneCountInString(word)
			if current != "" && width+1+w > lineWidth {
				out = append(out, prefix+current)
				prefix, current, width = rest+hang, "", utf8.RuneCountInString(rest+hang)
			}
			if current != "" {
				current += " "
				width++
			}
			current += word
			width += w
		}
		out = append(out, strings.TrimRight(prefix+current, " "))
		prefix = rest
	}
	return strings.Join(out, "\n")
}

// tidy collapses blank lines and removes those at the ends.
func tidy(s string) string {
	var out []string
	blank := true
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimRight(line, " \t\r")
		if line == "--" {
			line = "-- " // the signature mark of RFC 3676
		}
		if line == "" && blank {
			continue
		}
		blank = line == ""
		out = append(out, line)
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n") + "\n"
}
