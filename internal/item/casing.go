package item

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sentenceCase sets a title written in capitals as a careful typesetter would: in
// small letters with their accents, names and acronyms left as they are. What a
// word is in small letters is learnt from the text below, where it stands, and
// else from the language's tables. A title that is not in capitals stays.
func sentenceCase(title, text, language string, names ...string) (set string, changed bool) {
	if !inCapitals(title) {
		return title, false
	}
	w, ok := known().languages[language]
	if !ok {
		w = known().languages["fr"]
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

// inCapitals reports a title in capitals, with hardly a small letter: at least two
// words of three letters or more, or one of eight, or one of five beside a shorter.
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

// lower is a word of a title in capitals as it is written in a text.
func (w words) lower(part string, usage usage, named map[string]string, language string) string {
	folded := strings.TrimSpace(fold(part))
	if ordinal.MatchString(part) {
		return strings.ToLower(part)
	}
	if w.acronyms[strings.ToUpper(part)] || usage.acronyms[part] || looksAcronym(part) {
		return part
	}
	if language == "fr" && folded == "a" {
		return "à" // "a", the verb, hardly stands in a title
	}
	if w.function[folded] || known().small[folded] {
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

// ordinal is a number with its ending: 2E, 1ER, 3RD.
var ordinal = regexp.MustCompile(`^\d+(?:E|ER|ERE|ÈRE|EME|ÈME|ND|NDE|ST|RD|TH|º|ª)$`)

// unaccented drops the accents and keeps the case.
func unaccented(s string) string {
	folded := strings.TrimSpace(fold(s))
	if utf8.RuneCountInString(folded) != utf8.RuneCountInString(s) {
		return s
	}
	return strings.ToUpper(folded)
}

// looksAcronym tells what cannot be a word: with a figure or a plus, without a
// vowel, or with full stops between its letters.
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

// usage is how a text writes its words, by the same folded.
type usage struct {
	written  map[string]string // in small letters
	names    map[string]string // with a capital, where no sentence begins
	acronyms map[string]bool   // in capitals, amid words that are not
}

// usageOf learns from a text. A name is believed only where no sentence begins,
// and only if the word is never in small letters.
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
					u.written[folded] = part // the form with accents, if both occur
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

// withPhrases gives whole phrases their capitals.
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

// cutWords parts a text into words and what stands between them; joined again they
// are the text. Apostrophes and hyphens part words, plus signs and the full stops
// of an acronym do not.
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
