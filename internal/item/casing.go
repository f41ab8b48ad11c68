package item

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sentenceCase rewrites a title in capitals in lower case with accents, and keeps names and
// acronyms. It learns the lower-case form of a word from the text below and else from the
// tables of the language. A title that is not in capitals is unchanged.
func sentenceCase(title, text, language string, names ...string) (set string, changed bool) {
	if !inCapitals(title) {
		return title, false
	}
	w, ok := loadVocabulary().languages[language]
	if !ok {
		w = loadVocabulary().languages["fr"]
	}
	usage := usageOf(text)
	named := map[string]string{}
	for _, n := range names {
		for _, part := range strings.FieldsFunc(n, notInWord) {
			if f := strings.TrimSpace(fold(part)); len(f) > 2 && startsCapital(part) {
				named[f] = part
			}
		}
	}
	var out strings.Builder
	first := true
	for _, part := range cutWords(title) {
		if notWord(part) {
			if strings.ContainsAny(part, ".!?") && out.Len() > 0 || strings.ContainsAny(part, "«“\"") && !strings.ContainsAny(part, "»”") {
				first = true
			}
			out.WriteString(part)
			continue
		}
		word := w.lower(part, usage, named, language)
		if first {
			r, size := utf8.DecodeRuneInString(word)
			word = string(unicode.ToUpper(r)) + word[size:]
		}
		first = false
		out.WriteString(word)
	}
	return w.withPhrases(out.String()), true
}

// inCapitals reports whether a title is in capitals, with hardly a small letter: at least two
// words of three letters or more, or one of eight, or one of five next to a shorter one.
func inCapitals(title string) bool {
	upper, lower, long, words, all := 0, 0, 0, 0, 0
	for _, part := range cutWords(title) {
		if notWord(part) {
			continue
		}
		n, up := 0, 0
		for _, r := range part {
			switch {
			case unicode.IsUpper(r):
				up++
				n++
			case unicode.IsLetter(r):
				n++
			}
		}
		upper, lower = upper+up, lower+n-up
		if n > 0 {
			all++
		}
		if up == n && n >= 3 {
			words++
			long = max(long, n)
		}
	}
	return upper >= 4*lower && (words >= 2 || long >= 8 || long >= 5 && all >= 2)
}

// lower returns a word of a title in capitals as a text would write it.
func (w words) lower(part string, usage usage, named map[string]string, language string) string {
	folded := strings.TrimSpace(fold(part))
	if ordinal.MatchString(part) {
		return strings.ToLower(part)
	}
	if w.acronyms[strings.ToUpper(part)] || usage.acronyms[part] || looksAcronym(part) {
		return part
	}
	if language == "fr" && folded == "a" {
		return "à" // the verb "a" is rare in titles
	}
	if w.function[folded] || loadVocabulary().small[folded] {
		return strings.ToLower(part)
	}
	if small := usage.written[folded]; small != "" {
		return small
	}
	if n := named[folded]; n != "" {
		return n
	}
	if n := w.names[folded]; n != "" {
		return n
	}
	if name := usage.names[folded]; name != "" {
		return name
	}
	small := strings.ToLower(part)
	if small != strings.ToLower(unaccented(part)) {
		return small // its accents were kept
	}
	if a := w.accents[folded]; a != "" {
		return a
	}
	return small
}

// ordinal matches a number with its ending: 2E, 1ER, 3RD.
var ordinal = regexp.MustCompile(`^\d+(?:E|ER|ERE|ÈRE|EME|ÈME|ND|NDE|ST|RD|TH|º|ª)$`)

// unaccented removes accents and keeps the case.
func unaccented(s string) string {
	folded := strings.TrimSpace(fold(s))
	if utf8.RuneCountInString(folded) != utf8.RuneCountInString(s) {
		return s
	}
	return strings.ToUpper(folded)
}

// looksAcronym reports whether a string cannot be a word: it has a digit or a plus, no vowel,
// or full stops between its letters.
func looksAcronym(s string) bool {
	letters, vowels := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsDigit(r) || r == '+' || r == '&':
			return letters > 0 || strings.IndexFunc(s, unicode.IsLetter) >= 0
		case unicode.IsLetter(r):
			letters++
			if strings.ContainsRune("aeiouyàâäéèêëîïôöùûüÿœæ", unicode.ToLower(r)) {
				vowels++
			}
		}
	}
	return letters >= 2 && vowels == 0 || strings.Count(s, ".") >= 2
}

// usage is how a text writes its words. The keys are folded.
type usage struct {
	written  map[string]string // lower case
	names    map[string]string // capitalised within a sentence
	acronyms map[string]bool   // in capitals, among words that are not
}

// usageOf learns the usage of a text. A capitalised word is a name only if it occurs within a
// sentence and never in lower case.
func usageOf(text string) usage {
	u := usage{map[string]string{}, map[string]string{}, map[string]bool{}}
	for _, line := range strings.Split(text, "\n") {
		if inCapitals(line) {
			continue
		}
		begins := true
		for _, part := range cutWords(line) {
			if notWord(part) {
				if strings.ContainsAny(part, ".!?:•|«\"“") || strings.HasPrefix(part, "- ") {
					begins = true
				}
				continue
			}
			folded := strings.TrimSpace(fold(part))
			switch {
			case part == strings.ToUpper(part) && utf8.RuneCountInString(part) >= 2 && strings.IndexFunc(part, unicode.IsLetter) >= 0:
				u.acronyms[part] = true
			case part == strings.ToLower(part):
				if old := u.written[folded]; old == "" || len(part) > len(old) {
					u.written[folded] = part // prefers the form with accents
				}
			case startsCapital(part) && !begins:
				u.names[folded] = part
			}
			begins = false
		}
	}
	return u
}

func startsCapital(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

// withPhrases restores the capitals of known phrases.
func (w words) withPhrases(title string) string {
	parts := cutWords(title)
	for i := range parts {
		if notWord(parts[i]) {
			continue
		}
		longest, stop := "", i
		joined := ""
		for k := i; k < len(parts) && k < i+12; k++ {
			joined += parts[k]
			if p := w.phrases[strings.TrimSpace(fold(joined))]; p != "" && !notWord(parts[k]) && len(p) > len(longest) {
				longest, stop = p, k
			}
		}
		if longest != "" {
			parts[i] = longest
			for k := i + 1; k <= stop; k++ {
				parts[k] = ""
			}
		}
	}
	return strings.Join(parts, "")
}

// cutWords splits a text into words and separators; joined, they are the text. Apostrophes and
// hyphens separate words, plus signs and the full stops of an acronym do not.
func cutWords(s string) []string {
	var parts []string
	start, in := 0, false
	runes := []rune(s)
	at := 0
	for i, r := range runes {
		word := !notInWord(r) || r == '+' && i > 0 && !notInWord(runes[i-1])
		if word != in && at > start {
			parts = append(parts, s[start:at])
			start = at
		}
		in = word
		at += utf8.RuneLen(r)
		if r == utf8.RuneError {
			return append(parts, s[start:])
		}
	}
	if start < len(s) {
		parts = append(parts, s[start:])
	}
	return parts
}

func notInWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func notWord(part string) bool {
	r, _ := utf8.DecodeRuneInString(part)
	return notInWord(r)
}
