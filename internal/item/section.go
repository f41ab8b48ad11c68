package item

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Section is a part of the issue and the words that route an item to it.
type Section struct {
	Key   string
	Title map[string]string // by language
	Words []string          // matched at the start of a word, ignoring case and accents
}

// Keys of the sections that the program treats specially. The others are up to the
// configuration.
const (
	SectionEditorial = "editorial"
	SectionAgenda    = "agenda"
	SectionCentres   = "cites"
	SectionNetwork   = "network"
)

// whyDefault explains a section that nothing indicated.
const whyDefault = "nothing says otherwise"

// route chooses the section: by the words of the title, then by the sender (news of a centre
// goes to the centres' section), then by the words of the text.
func route(sections []Section, title, text, centre string) (key, why string) {
	if key, word := bestMatch(sections, title); key != "" {
		return key, fmt.Sprintf("the title has %q", word)
	}
	if centre != "" && has(sections, SectionCentres) {
		return SectionCentres, "the sender is of " + centre
	}
	if key, word := bestMatch(byText(sections), text); key != "" {
		return key, fmt.Sprintf("the text has %q", word)
	}
	if has(sections, SectionNetwork) {
		return SectionNetwork, whyDefault
	}
	return sections[0].Key, whyDefault
}

// byText returns the sections that a word in the text may route to. The agenda is recognized by
// its dates and the editorial by its title.
func byText(sections []Section) []Section {
	return slices.DeleteFunc(slices.Clone(sections), func(s Section) bool {
		return s.Key == SectionAgenda || s.Key == SectionEditorial
	})
}

func has(sections []Section, key string) bool {
	for _, s := range sections {
		if s.Key == key {
			return true
		}
	}
	return false
}

// bestMatch returns the section with the longest word that occurs in the text; for equal
// lengths, the first section.
func bestMatch(sections []Section, text string) (key, word string) {
	folded := " " + fold(text)
	best := 0
	for _, s := range sections {
		for _, w := range s.Words {
			f := strings.TrimSpace(fold(w))
			found := strings.Contains(folded, " "+f)
			if s.Key == SectionNetwork {
				found = isDefinite(folded, f)
			}
			if len(f) > best && found {
				best, key, word = len(f), s.Key, w
			}
		}
	}
	return key, word
}

// indefinite are the determiners after which a word does not name the one known thing: "son
// réseau de partenaires" is not the Réseau.
var indefinite = []string{
	"un", "une", "des", "mon", "ma", "mes", "son", "sa", "ses", "notre", "nos", "votre", "vos", "leur", "leurs",
	"a", "an", "my", "its", "our", "your", "their", "uma", "seu", "sua", "suo", "su", "sus", "nuestra", "nuestro", "nostro", "nostra",
}

// isDefinite reports whether a word begins a word of a folded text without an indefinite
// determiner before it.
func isDefinite(folded, word string) bool {
	for from := 0; ; {
		k := strings.Index(folded[from:], " "+word)
		if k < 0 {
			return false
		}
		before := folded[:from+k]
		if !slices.Contains(indefinite, before[strings.LastIndexByte(before, ' ')+1:]) {
			return true
		}
		from += k + 1
	}
}

// fold converts to lower case, removes accents and replaces each run of other characters than
// letters and digits by one blank.
func fold(s string) string {
	var b strings.Builder
	blank := true
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
			blank = false
		case !blank:
			b.WriteByte(' ')
			blank = true
		}
	}
	return b.String()
}
