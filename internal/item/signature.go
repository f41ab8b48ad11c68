package item

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFunction bounds, in characters, a person's function within a signature.
const maxFunction = 90

// functionOf returns what a signature calls the person of that name: what stands
// behind the name on its line, or else on the next line; "" if it says nothing.
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

// hasWords reports a folded line that has all the words.
func hasWords(line string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(" "+line+" ", " "+w+" ") {
			return false
		}
	}
	return true
}

// asFunction returns a line as a function, or "" for an address, a number, a link, a
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
