package item

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// What clients put before a subject when it is answered or forwarded, in the
// network's languages, with an optional count as in "Re[2]:".
var subjectPrefix = regexp.MustCompile(`(?i)^\s*(?:re|ré|rép|fwd?|tr|aw|wg|rv|rif|r|i|enc|res)\s*(?:\[\d+\])?\s*[:：]\s*`)

// A list's tag, such as "[reseau-cdm]", or a subject's own handle.
var subjectTag = regexp.MustCompile(`^\s*\[[^\][]{1,40}\]\s*`)

const maxTitle = 200 // characters

// titleOf takes the title from the subject, less what clients and lists put
// before it, or else from the first line of the text.
func titleOf(subject, text string) (title, why string) {
	if title = cleanSubject(subject); title != "" {
		return title, "the subject"
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(strings.TrimLeft(line, "-*•# ")); line != "" {
			return shorten(line, maxTitle), "the first line, the subject being empty"
		}
	}
	return "", "neither a subject nor a text"
}

func cleanSubject(s string) string {
	for {
		cut := subjectTag.ReplaceAllString(subjectPrefix.ReplaceAllString(s, ""), "")
		if cut == s {
			break
		}
		s = cut
	}
	return shorten(strings.Trim(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }), " "), "\u00a0 "), maxTitle)
}

// shorten cuts at a blank, so that no more than n characters remain.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)[:n-1]
	cut := string(runes)
	if i := strings.LastIndexByte(cut, ' '); i > n/2 {
		cut = cut[:i]
	}
	return cut + "…"
}
