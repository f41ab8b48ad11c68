package item

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFunction is the longest function in a signature, in characters.
const maxFunction = 90

// functionOf returns the function of the named person in a signature: the text after the name,
// or else the next line. It returns "" if there is none.
func functionOf(signature, name, centre string) string {
	if name == "" {
		return ""
	}
	want := strings.Fields(fold(name))
	lines := strings.FieldsFunc(signature, func(r rune) bool { return r == '\n' })
	for i, line := range lines {
		if !hasWords(fold(line), want) {
			continue
		}
		if _, after, ok := strings.Cut(line, ","); ok {
			if f := asFunction(after, centre); f != "" {
				return f
			}
		}
		if i+1 < len(lines) {
			return asFunction(lines[i+1], centre)
		}
	}
	return ""
}

// hasWords reports whether a folded line has all the words.
func hasWords(line string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(" "+line+" ", " "+w+" ") {
			return false
		}
	}
	return true
}

// asFunction returns a line if it can be a function, and "" for an address, a number, a link, a
// sentence or the name of the centre.
func asFunction(line, centre string) string {
	line = strings.Trim(oneLine(line), " *_|,;–—-")
	if line == "" || utf8.RuneCountInString(line) > maxFunction || strings.ContainsAny(line, "@:!?") ||
		strings.Contains(strings.ToLower(line), "www.") || digits(line) > 2 || strings.IndexFunc(line, unicode.IsLetter) < 0 ||
		sentenceEnd.MatchString(line) || fold(line) == fold(centre) {
		return ""
	}
	return line
}
