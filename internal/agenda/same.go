package agenda

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// SameEvent reports whether two texts announce one event: the same days, for the same people,
// at places that do not contradict each other, under titles that share half of their
// words. In doubt it is false, because to announce an event twice is better than to lose
// one.
func SameEvent(a, b Event) bool {
	placed := a.Place == "" || b.Place == "" || strings.EqualFold(a.Place, b.Place)
	return a.Start == b.Start && a.End == b.End && a.Audience == b.Audience && placed && shareWords(a.Title, b.Title)
}

func shareWords(a, b string) bool {
	few, many := longWords(a), longWords(b)
	if len(few) > len(many) {
		few, many = many, few
	}
	shared := 0
	for w := range few {
		if many[w] {
			shared++
		}
	}
	return shared > 0 && shared*2 >= len(few)
}

// longWords are the words of more than three letters, which carry the meaning.
func longWords(s string) map[string]bool {
	words := map[string]bool{}
	for w := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if utf8.RuneCountInString(w) > 3 {
			words[w] = true
		}
	}
	return words
}
