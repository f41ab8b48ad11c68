package editorial

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// announcedText is the text that a line announces: "CORRIGER", alone, before a
// colon, or above the text.
func announcedText(first string, below []string) (body []string, ok bool) {
	s := spoken()
	text := tidyMarks(first)
	head, rest, colon := strings.Cut(text, ":")
	words := strings.Fields(foldLine(head))
	if !s.orders["edit"].whole(words) {
		return nil, false
	}
	if colon && strings.TrimSpace(rest) != "" {
		return append([]string{strings.TrimSpace(rest)}, below...), true
	}
	return below, true
}

// postscript begins a line that is said to the editors, and not of a text.
var postscript = regexp.MustCompile(`(?i)^[\s*_(]*(?:p\.?\s?p?\.?\s?s\.?|post-?scriptum|n\.?\s?b\.?|nota bene)(?:[\s:.,*)–—-]|$)`)

// shortText is how many words a new text has that may be a remark instead.
const shortText = 15

// edit reads fields above a new text, or fields alone.
func (s sheet) edit(r Reply, lines []string) Reply {
	head := 0 // lines of the fields
	for i, text := range lines {
		if _, ok := readField(text); ok {
			head = i + 1
			for head < len(lines) && utf8.RuneCountInString(lines[head-1]) >= 60 && goesOn(lines[head]) {
				head++
			}
		} else if !harmless(text) && i >= head {
			break
		}
	}
	changes, rest, broken := readFields(lines[:head])
	if broken != "" {
		return r.none(broken)
	}
	for _, text := range rest {
		if !harmless(text) {
			return r.none("more stands beside the fields than can be understood")
		}
	}
	body := strings.TrimSpace(strings.Join(lines[head:], "\n"))
	announced := false
	if _, ok := readField(s.lines[0]); !ok {
		announced = true
	}
	if plain := allHarmless(lines[head:]); plain && len(changes) > 0 {
		body = ""
	} else if len(changes) > 0 && !announced {
		// Fields, then a text that nothing announces but CORRIGER on its own line.
		for i, text := range lines[head:] {
			if below, ok := announcedText(text, lines[head+i+1:]); ok && allHarmless(lines[head:head+i]) {
				body, announced = strings.TrimSpace(strings.Join(below, "\n")), true
				break
			}
		}
		if !announced {
			return r.none("more stands below the fields than can be understood")
		}
	}
	if body == "" && len(changes) == 0 {
		return r.none("no new text follows")
	}
	if body != "" {
		if why := notAText(body); why != "" {
			return r.none(why)
		}
	}
	if why := takenBack(s.aside); why != "" {
		return r.none(why)
	}
	r.Verb, r.Changes, r.Body, r.Why = Edit, changes, body, ""
	return r
}

func allHarmless(lines []string) bool {
	for _, text := range lines {
		if !harmless(text) {
			return false
		}
	}
	return true
}

// notAText says why a text is a remark rather than a new text: it is short, and
// speaks of what is wrong or to be done.
func notAText(body string) string {
	for line := range strings.SplitSeq(body, "\n") {
		if postscript.MatchString(line) {
			return "a postscript stands in the new text"
		}
	}
	words := strings.Fields(foldLine(body))
	if len(words) < 3 {
		return "what follows is too short for a text"
	}
	if len(words) > shortText {
		return ""
	}
	for _, unit := range units(body) {
		for _, t := range sentences(unit) {
			for _, c := range t.clauses() {
				if t.has("errors") || t.has("retracts") || t.has("doubts") || t.has("asks") ||
					c.has("changes") && spoken().said["changes"].at(c.words, 0) > 0 || c.has("changes") && c.has("things") {
					return "what follows may be a remark on the text, and no new one"
				}
			}
		}
	}
	return ""
}

// translated reads "TRADUCTION EN" or "ENGLISH TRANSLATION", before the text.
func translated(first string, below []string) (language string, body []string, ok bool) {
	s := spoken()
	head, rest, colon := strings.Cut(tidyMarks(first), ":")
	words := strings.Fields(foldLine(head))
	marked := false
	var left []string
	for i := 0; i < len(words); {
		if n := s.orders["translate"].at(words, i); n > 0 && !marked {
			marked = true
			i += n
			continue
		}
		left = append(left, words[i])
		i++
	}
	// "version EN" and "texte EN" are said of many things: only a translation is one.
	if !marked || len(words) > 5 || !strings.Contains(foldLine(head), "tra") {
		return "", nil, false
	}
	if len(left) > 1 {
		if n := s.around["into"].at(left, 0); n > 0 && n < len(left) {
			left = left[n:]
		}
	}
	// "Traduction : anglais", above the text.
	if named := strings.Fields(foldLine(rest)); colon && len(left) == 0 && len(named) == 1 && s.names[named[0]] != "" {
		return s.names[named[0]], below, true
	}
	if len(left) > 0 && left[0] == "the" {
		left = left[1:]
	}
	if len(left) != 1 || s.names[left[0]] == "" {
		return "", nil, false
	}
	if colon && strings.TrimSpace(rest) != "" {
		below = append([]string{strings.TrimSpace(rest)}, below...)
	}
	return s.names[left[0]], below, true
}

func (s sheet) translate(r Reply, language string, body []string) Reply {
	text := strings.TrimSpace(strings.Join(body, "\n"))
	if len(strings.Fields(foldLine(text))) < 2 {
		return r.none("no translation follows")
	}
	for _, line := range body {
		if postscript.MatchString(line) {
			return r.none("a postscript stands in the new text")
		}
	}
	if why := takenBack(s.aside); why != "" {
		return r.none(why)
	}
	r.Verb, r.Language, r.Body, r.Why = Translate, language, text, ""
	return r
}

// delegation is read off its line.
type delegation struct{ to, until string }

func (d delegation) in(r Reply) Reply {
	switch {
	case foldLine(d.to) == "" || len(strings.Fields(d.to)) > 6:
		return r.none("a delegation needs the person it is given to")
	case foldLine(d.until) == "" || len(strings.Fields(d.until)) > 8 || strings.Contains(d.until, "?"):
		return r.none("a delegation needs its last day")
	}
	r.Verb, r.To, r.Until, r.Why = Delegate, d.to, d.until, ""
	return r
}

// delegated reads "DÉLÉGUER À … JUSQU'AU …".
func delegated(first string) (delegation, bool) {
	s := spoken()
	text := tidyMarks(strings.NewReplacer("’", " ", "'", " ", ":", " ").Replace(linked.ReplaceAllString(first, "$1")))
	words := strings.Fields(text)
	folded := make([]string, len(words))
	for i, w := range words {
		if folded[i] = strings.ReplaceAll(foldLine(w), " ", ""); folded[i] == "" {
			folded[i] = erased
		}
	}
	if len(folded) == 0 {
		return delegation{}, false
	}
	n := s.orders["delegate"].at(folded, 0)
	if n == 0 {
		return delegation{}, false
	}
	for i := n; i < len(folded); i++ {
		if k := s.orders["until"].at(folded, i); k > 0 {
			return delegation{trimmed(words[n:i]), trimmed(words[i+k:])}, true
		}
	}
	return delegation{to: trimmed(words[n:])}, true
}

func trimmed(words []string) string { return strings.Trim(strings.Join(words, " "), " .,;!<>*_") }
