package agenda

import "time"

// lexicon is what the grammar knows of one language. All words are lower-case
// without accents, save where said. A language is one value of it.
type lexicon struct {
	code        string // fr
	months      map[string]time.Month
	verbs       set // names of months that are verbs too, where they are not capitalised
	weekdays    map[string]time.Weekday
	numerals    map[string]int // days and hours in words, of one token
	tens        map[string]int // numerals that take another behind them: vingt-deux
	ordinals    set            // behind the number of a day: er, th
	articles    set            // before a day
	opens       set            // before a range: du, from
	between     set            // before a range joined by "and": entre
	reaches     set            // between first and last day or hour: au, to
	joins       set            // between days of a list: et
	either      set            // between alternatives: ou
	of          set            // between day and month: of
	monthFirst  bool           // February 7 is a date
	hours       set            // behind an hour: h, heures
	ats         set            // before a clock time: à, at
	ofMonth     set            // between an n-th weekday and its month
	before      bool           // prochain stands before the weekday
	shifts      [][]string     // behind a weekday that is not the next one
	fillers     set            // between a date and its hours
	minutes     set            // behind the number of minutes
	halves      map[string]int // minutes in one word
	noon        set
	midnight    set
	relative    map[string]int // days from today, by words joined with one blank
	next, last  set            // behind a date or a weekday: prochain, dernier
	afternoon   [][]string     // behind an hour up to 11, adding 12
	morning     [][]string
	durations   set // before or behind a number of hours that is no clock time
	deadlines   set // up to five words before a date
	deadlinesAt set // just before a date
	openEnded   set // up to two words before a date: depuis, since
	tense       tenses
	phrases     phrases
}

type set map[string]bool

func words(list ...string) set {
	s := make(set, len(list))
	for _, w := range list {
		s[w] = true
	}
	return s
}

func (s set) has(t token) bool { return t.kind != number && s[t.text] }

// lexicons gives the languages to read a text in: the one named, or where it is
// none that is known, all.
func lexicons(lang string) []*lexicon {
	switch lang {
	case "fr":
		return []*lexicon{french}
	case "en":
		return []*lexicon{english}
	}
	return []*lexicon{french, english}
}

// phrases are the words by which titles, places and audiences of events are
// known.
type phrases struct {
	determiners set        // before a noun
	nouns       set        // that name an event
	tails       set        // words that end no title
	to          set        // prepositions before a place
	places      set        // articles before the name of a place
	links       set        // small words within the name of a place
	strangers   set        // words behind the prepositions that are no places
	internal    set        // words that make an event internal
	external    set        // words that make it external
	members     [][]string // runs of words that make it internal
	greetings   set        // that open a letter
	where       set        // labels of the place
	when        set        // labels of the date
	hoursLabel  set        // labels of the times
	labels      set        // that open a line with particulars, behind the title
}
