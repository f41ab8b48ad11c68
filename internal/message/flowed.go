package message

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unflow joins the lines that a program broke and marked as flowed (RFC 3676): a line that
// ends in a blank continues in the next. Quoted lines and the signature separator stay.
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
	narrowest = 50 // characters: the range of margins at which programs break lines
	widest    = 80
)

// ownLine matches the beginning of a line that its author meant as one: a bullet, a number
// such as a date or an hour, a label, a mark of quotation.
var ownLine = regexp.MustCompile(`^\s*(?:[-*•·–▪◦‣>(]|\d|\pL[\pL '’-]{1,20}[\x{a0}\x{202f} ]?:)`)

// Unwrap joins the lines of paragraphs that a program broke at its margin without marking
// them. A paragraph counts as broken if after each of its lines but the last the next word
// would not have fitted, and no line begins as a line of its own.
func Unwrap(text string) string {
	var out []string
	for _, block := range blocksOf(normalise(text)) {
		if broken(block) {
			for i := range block {
				block[i] = strings.TrimSpace(block[i])
			}
			block = []string{strings.Join(block, " ")}
		}
		out = append(out, block...)
	}
	return strings.Join(out, "\n")
}

// blocksOf splits a text at its empty lines, each of which is a block of its own.
func blocksOf(text string) [][]string {
	var all [][]string
	open := false
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " \t")
		if open && line != "" {
			all[len(all)-1] = append(all[len(all)-1], line)
		} else {
			all = append(all, []string{line})
		}
		open = line != ""
	}
	return all
}

func broken(block []string) bool {
	margin := 0
	for _, line := range block {
		margin = max(margin, utf8.RuneCountInString(line))
	}
	if len(block) < 2 || margin < narrowest || margin > widest || len(block) == 2 && !continues(block[1]) {
		return false
	}
	for i, line := range block[1:] {
		first, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if ownLine.MatchString(line) || line == "--" ||
			utf8.RuneCountInString(block[i])+1+utf8.RuneCountInString(first) <= margin {
			return false
		}
	}
	return true
}

// continues reports whether a line begins like the middle of a sentence.
func continues(line string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimSpace(line))
	return unicode.IsLower(r)
}
