package render

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// connectors are words that do not distinguish headings.
var connectors = []string{"a", "and", "de", "des", "du", "e", "et", "la", "le", "les", "nos", "of", "our", "the", "y"}

// headingWords returns the words of a heading in lower case, without accents, punctuation and
// connectors.
func headingWords(s string) []string {
	words := strings.FieldsFunc(norm.NFD.String(strings.ToLower(s)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)
	})
	for i, w := range words {
		words[i] = strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) {
				return -1
			}
			return r
		}, w)
	}
	return slices.DeleteFunc(words, func(w string) bool { return slices.Contains(connectors, w) })
}

// sameHeading reports whether two headings have the same words.
func sameHeading(a, b string) bool { return slices.Equal(headingWords(a), headingWords(b)) }

// namesSection reports whether a title only repeats the title of its section, in any language,
// so that the heading would appear twice.
func (r *Renderer) namesSection(title, section string) bool {
	words := headingWords(title)
	if len(words) == 0 {
		return false
	}
	for _, s := range r.Sections {
		if s.Key != section {
			continue
		}
		for _, t := range s.Title {
			named := headingWords(t)
			if !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(named, w) }) {
				return true
			}
		}
	}
	return false
}

// endsWith reports whether one of the last lines of a text is the name.
func endsWith(text, name string) bool {
	const last = 4
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for _, line := range lines[max(0, len(lines)-last):] {
		if slices.Equal(headingWords(line), headingWords(name)) || strings.HasPrefix(strings.TrimSpace(line), name) {
			return true
		}
	}
	return false
}
