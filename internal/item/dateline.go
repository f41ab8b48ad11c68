package item

import (
	"strings"
	"unicode/utf8"

	"infolettre/internal/agenda"
)

// Limits of lines that only give a date, with or without a place.
const (
	maxDateLine  = 80 // characters
	maxDateLines = 10 // lines to skip
	maxDateWords = 3  // words of a place next to the date: Rouen, le 25 janvier 2018
)

// isDateLine reports whether a line only gives the date of writing or of an event, with or
// without a place. Such a line is no title.
func isDateLine(line string) bool {
	line = oneLine(line)
	if line == "" || utf8.RuneCountInString(line) > maxDateLine || !strings.ContainsAny(line, "0123456789") {
		return false
	}
	found := agenda.Find(line, agenda.Date{Year: 2018, Month: 1, Day: 1}, "")
	if len(found) == 0 {
		return false
	}
	between, last, dated := "", found[0].From, false
	for _, f := range found {
		between += " " + line[last:f.From]
		last = f.To
		dated = dated || f.Start.Valid()
	}
	return dated && saysNothing(between) && saysPlace(line[:found[0].From], false) && saysPlace(line[last:], true)
}

// saysNothing reports whether none of the words names anything.
func saysNothing(text string) bool {
	for _, w := range strings.Fields(fold(text)) {
		if !loadVocabulary().small[w] && !dateWords[w] {
			return false
		}
	}
	return true
}

// saysPlace reports whether the text before or after a date is empty, or a place separated from
// it by a comma or a small word.
func saysPlace(text string, behind bool) bool {
	if saysNothing(text) {
		return true
	}
	if !behind {
		place, after, ok := strings.Cut(text, ",")
		return ok && len(strings.Fields(place)) <= maxDateWords && saysNothing(after)
	}
	words := strings.Fields(fold(text))
	text = strings.TrimSpace(text)
	parted := strings.HasPrefix(text, ",") || strings.HasPrefix(text, "(") || loadVocabulary().small[words[0]] || dateWords[words[0]]
	return parted && len(words) <= maxDateWords && !strings.ContainsAny(text, ":–—")
}

// dateWords are words next to a date that name nothing.
var dateWords = map[string]bool{"date": true, "dates": true, "on": true, "the": true, "of": true, "at": true, "in": true, "from": true, "to": true, "il": true, "el": true, "o": true, "em": true, "heures": true, "h": true}
