package message

import (
	"strings"
	"unicode/utf8"
)

// unflow joins the lines that a program broke for the wire and marked as such
// (RFC 3676): a line that ends in a blank goes on in the next one. Quoted lines
// and the signature separator stay as they are.
func unflow(text string, delSp bool) string {
	var out []string
	open := false
	for _, line := range strings.Split(normalise(text), "\n") {
		quoted := strings.HasPrefix(line, ">")
		if !quoted {
			line = strings.TrimPrefix(line, " ") // stuffed
		}
		flows := strings.HasSuffix(line, " ") && line != "-- " && !quoted
		if flows && delSp {
			line = line[:len(line)-1]
		}
		if open && !quoted && line != "-- " {
			out[len(out)-1] += line
		} else {
			out = append(out, line)
		}
		open = flows
	}
	return strings.Join(out, "\n")
}

const (
	narrowest = 50 // characters: the margins at which programs break lines
	widest    = 80
)

// Unwrap joins the lines that a program broke at its margin without marking
// them: those after which the next line's first word would not have fitted. A
// text with longer lines was not broken, and stays as it is.
func Unwrap(text string) string {
	lines := strings.Split(normalise(text), "\n")
	margin := 0
	for _, line := range lines {
		margin = max(margin, utf8.RuneCountInString(strings.TrimRight(line, " \t")))
	}
	if margin < narrowest || margin > widest {
		return text
	}
	var out []string
	broken := false
	for i, line := range lines {
		line = strings.TrimRight(line, " \t")
		if broken {
			out[len(out)-1] += " " + strings.TrimLeft(line, " \t")
		} else {
			out = append(out, line)
		}
		broken = false
		if i+1 < len(lines) && line != "" && !bullet.MatchString(lines[i+1]) {
			first, _, _ := strings.Cut(strings.TrimLeft(lines[i+1], " \t"), " ")
			broken = first != "" && first != "--" && !strings.HasPrefix(first, ">") &&
				utf8.RuneCountInString(line)+1+utf8.RuneCountInString(first) > margin
		}
	}
	return strings.Join(out, "\n")
}
