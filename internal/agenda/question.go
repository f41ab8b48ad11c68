package agenda

import (
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Doubt is why a date is unsure; "" if it is not. Its values are the keys of the
// question's words in each language.
type Doubt string

// The doubts, each as one would be asked about it.
const (
	WeekdayMismatch Doubt = "weekday-mismatch"    // mercredi 22 mars 2018, which is a Thursday
	PastYear        Doubt = "past-year"           // "aura lieu le 15 janvier 2017", written in 2018
	YearUncertain   Doubt = "year-uncertain"      // it may be in this year, or in another
	MonthMissing    Doubt = "month-missing"       // le 16 à 18h
	WeekdayOnly     Doubt = "weekday-only"        // jeudi à 14h
	RelativeDay     Doubt = "relative-day"        // demain: depends on the day of writing
	DayMonth        Doubt = "ambiguous-day-month" // 03/04/2018, in English
	Figures         Doubt = "figures"             // 15/01, which may be a fraction
	OneOfSeveral    Doubt = "one-of-several"      // le 5 ou le 6 mars; la semaine du 12 mars
	OpenEnded       Doubt = "open-ended"          // à partir du 12 mars
	RunsBackwards   Doubt = "runs-backwards"      // du 16 au 12 mars
	TooLong         Doubt = "longer-than-a-year"  // it lasts more than 366 days
)

// doubtWords are the words that Explain returns.
var doubtWords = map[Doubt]string{
	WeekdayMismatch: "the weekday and the date do not agree",
	PastYear:        "it is announced, but has passed",
	YearUncertain:   "the year is not clear",
	MonthMissing:    "the month is left out",
	WeekdayOnly:     "only the weekday is given",
	RelativeDay:     "it is told from the day of writing",
	DayMonth:        "day and month may be the other way round",
	Figures:         "the figures may be no date",
	OneOfSeveral:    "it is one of several days",
	OpenEnded:       "only its beginning is given",
	RunsBackwards:   "the range runs backwards",
	TooLong:         "it lasts more than a year",
}

// Explain returns the doubt in a few English words.
func (d Doubt) Explain() string {
	if words, ok := doubtWords[d]; ok {
		return words
	}
	return string(d)
}

// Question is a date that announces something and is in doubt, as it is put to the author.
type Question struct {
	Quote string `json:"quote"` // the words of the text around the date, on one line
	Doubt Doubt  `json:"doubt"`
	Start Date   `json:"start"` // what it may mean; zero if unknown
	End   Date   `json:"end"`
}

// doubted is a date to be asked about, and the text that holds it.
type doubted struct {
	found Found
	text  string
}

// ask records a date to ask about.
func (r *reader) ask(f Found) { r.doubted = append(r.doubted, doubted{f, r.text}) }

// asked returns the questions, in the order of the text: none about a day that an event
// answers, and one for each day.
func (r *reader) asked(events []Event) []Question {
	sort.SliceStable(r.doubted, func(a, b int) bool { return r.doubted[a].found.From < r.doubted[b].found.From })
	var all []Question
	for _, d := range r.doubted {
		if len(all) == maxQuestions {
			break
		}
		q := Question{Quote: d.quote(), Doubt: d.found.Doubt, Start: d.found.Start, End: d.found.End}
		if q.answered(events) || slices.ContainsFunc(all, func(o Question) bool { return o.Doubt == q.Doubt && (o.Start == q.Start || o.Quote == q.Quote) }) {
			continue
		}
		all = append(all, q)
	}
	return all
}

// answered reports whether a certain event may be the one that is meant.
func (q Question) answered(events []Event) bool {
	for _, e := range events {
		switch q.Doubt {
		case WeekdayOnly:
			ahead := (int(q.Start.Weekday()) - int(e.Start.Weekday()) + 7) % 7
			if !e.Start.AddDays(ahead).After(e.End) {
				return true
			}
		case MonthMissing:
			if e.Start.Day == q.Start.Day {
				return true
			}
		default: // the day itself is known
		}
		if e.Start == q.Start {
			return true
		}
	}
	return false
}

// maxQuote bounds a quote, in characters.
const maxQuote = 120

// quote returns the date's sentence on one line, cut around the date if it is long.
func (d doubted) quote() string {
	from, to := d.found.From, d.found.To
	for from > 0 && d.found.From-from < 2*maxQuote && !breaksQuote(d.text, from) {
		from--
	}
	for to < len(d.text) && to-d.found.To < 2*maxQuote && !breaksQuote(d.text, to+1) {
		to++
	}
	before := []rune(oneLine(strings.ToValidUTF8(d.text[from:d.found.From], "")))
	date := []rune(oneLine(strings.ToValidUTF8(d.text[d.found.From:d.found.To], "")))
	after := []rune(oneLine(strings.ToValidUTF8(d.text[d.found.To:to], "")))
	if len(date) > maxQuote {
		return string(date[:maxQuote-1]) + "…"
	}
	room := maxQuote - len(date) - 4
	if over := len(before) + len(after) - room; over > 0 {
		// What stands before the date says more of it.
		keep := max(room-len(before), min(len(after), room/3))
		keep = max(keep, 0)
		if len(after) > keep {
			after = append(lastSpace(after[:keep]), '…')
		}
		if more := len(before) + len(after) - room; more > 0 {
			before = append([]rune{'…'}, firstSpace(before[min(more+1, len(before)):])...)
		}
	}
	s := joinQuote(string(before), string(date), d.text, d.found.From)
	return strings.TrimSpace(joinQuote(s, string(after), d.text, d.found.To))
}

// joinQuote joins two parts that meet at a byte of the text, with a blank if the text has
// one there.
func joinQuote(a, b, text string, at int) string {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at:])
	if a == "" || b == "" || !unicode.IsSpace(before) && !unicode.IsSpace(after) {
		return a + b
	}
	return a + " " + b
}

// breaksQuote reports whether a sentence ends before byte i.
func breaksQuote(text string, i int) bool {
	if i < 1 || i > len(text) {
		return true
	}
	switch text[i-1] {
	case '\n':
		return i < 2 || text[i-2] == '\n'
	case '.', '!', '?', ';', '|':
		return i == len(text) || text[i] == ' ' || text[i] == '\n'
	}
	return false
}

func lastSpace(s []rune) []rune {
	for i := len(s) - 1; i > len(s)/2; i-- {
		if s[i] == ' ' {
			return slices.Clone(s[:i])
		}
	}
	return slices.Clone(s)
}

func firstSpace(s []rune) []rune {
	for i := 0; i < len(s)/2; i++ {
		if s[i] == ' ' {
			return s[i+1:]
		}
	}
	return s
}
