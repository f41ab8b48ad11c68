package agenda

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// The languages are data, a file each, named by its code (ISO 639-1). fr.toml explains the
// tables.
//
//go:embed languages/*.toml
var languageFiles embed.FS

// language is a language's file.
type language struct {
	Months            [][]string          `toml:"months"`
	Weekdays          [][]string          `toml:"weekdays"`
	MonthFirst        bool                `toml:"month_first"`
	NextBeforeWeekday bool                `toml:"next_before_weekday"`
	DayFirst          bool                `toml:"day_first"`
	Numerals          map[string]int      `toml:"numerals"`
	Tens              map[string]int      `toml:"tens"`
	MinutesInWords    map[string]int      `toml:"minutes_in_words"`
	DaysFromToday     map[string]int      `toml:"days_from_today"`
	Dates             map[string][]string `toml:"dates"`
	Hours             map[string][]string `toml:"hours"`
	Endings           endings             `toml:"endings"`
	Tense             map[string][]string `toml:"tense"`
	Events            map[string][]string `toml:"events"`
	Never             map[string][]string `toml:"never"`
	Off               map[string][]string `toml:"off"`
	Labels            map[string][]string `toml:"labels"`
}

// endings are those of verbs, and the words that have one and are none.
type endings struct {
	Future      []string `toml:"future"`
	Past        []string `toml:"past"`
	Participles []string `toml:"participles"`
	NotFuture   []string `toml:"not_future"`
	NotPast     []string `toml:"not_past"`
}

// classes is a set of them.
type classes [2]uint64

func (s *classes) add(c class)     { s[c>>6] |= 1 << (c & 63) }
func (s *classes) is(c class) bool { return s[c>>6]&(1<<(c&63)) != 0 }

// entry is what a language knows of a word.
type entry struct {
	classes
	values [3]int8    // by class: of a month, a weekday, days told from today
	number int        // of a numeral
	ten    int        // of one that takes a unit behind it
	part   int        // of an hour, in minutes
	exact  []spelling // with accents, where they matter
	dates  bool       // a date or an hour can be made of it
	runs   []run      // the phrases that begin with it, longest first
}

// spelling is how a word of a class is written, with its accents.
type spelling struct {
	class class
	text  string
}

// accented are the classes in which accents count in single words: a is not à, ne
// not né.
var accented = []class{have, be, openEnded, weekly, hourBefore, toPlace, clauseWord, recordWord, closedWord, cancelled, movedTo, negator, held}

// dating are the classes of the words without which, but for figures, there is no
// date or hour.
var dating = []class{month, weekday, fromToday, noon, midnight}

// run is a phrase without its first word.
type run struct {
	class class
	rest  []string
	value int
}

// unknown is the entry of all other words.
var unknown entry

// lexicon is what the grammar knows of one language. Words are folded.
type lexicon struct {
	code              string
	monthFirst        bool // February 7 is a date
	nextBeforeWeekday bool
	dayFirst          bool // 03/04 is in April, by rule
	endings           endings
	words             map[string]*entry
	filled            classes // those that have a word
}

// readLanguages returns the languages in the order of their codes, French and English
// first.
var readLanguages = sync.OnceValues(func() ([]*lexicon, error) {
	files, err := languageFiles.ReadDir("languages")
	if err != nil {
		return nil, fmt.Errorf("read languages: %w", err)
	}
	var all []*lexicon
	for _, f := range files {
		data, err := languageFiles.ReadFile("languages/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("read language: %w", err)
		}
		lex, err := readLanguage(strings.TrimSuffix(f.Name(), ".toml"), data)
		if err != nil {
			return nil, err
		}
		all = append(all, lex)
	}
	rank := map[string]int{"fr": -2, "en": -1}
	slices.SortStableFunc(all, func(a, b *lexicon) int { return cmp.Compare(rank[a.code], rank[b.code]) })
	return all, nil
})

// lexicons returns the languages to read a text in: the named one, or all if it is
// unknown. A language file that cannot be read is a programming error; tests catch it.
func lexicons(lang string) []*lexicon {
	all, err := readLanguages()
	if err != nil {
		panic(err)
	}
	for i, lex := range all {
		if lex.code == lang {
			return all[i : i+1]
		}
	}
	return all
}

// readLanguage reads a language's file. An unknown or missing table is an error.
func readLanguage(code string, data []byte) (*lexicon, error) {
	var l language
	if err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&l); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) {
			return nil, fmt.Errorf("read language %s: unknown key:\n%s", code, strict.String())
		}
		return nil, fmt.Errorf("read language %s: %w", code, err)
	}
	lex := &lexicon{code: code, monthFirst: l.MonthFirst, nextBeforeWeekday: l.NextBeforeWeekday, dayFirst: l.DayFirst, endings: l.Endings, words: map[string]*entry{}}
	var errs []error
	if len(l.Months) != 12 || len(l.Weekdays) != 7 {
		errs = append(errs, fmt.Errorf("%d months and %d weekdays", len(l.Months), len(l.Weekdays)))
	}
	for i, names := range l.Months {
		errs = append(errs, lex.fill(month, names, i+1, true), lex.fill(shortMonth, names[min(1, len(names)):], 0, true))
	}
	for i, names := range l.Weekdays {
		errs = append(errs, lex.fill(weekday, names, (i+1)%7, false))
		for _, name := range names[min(1, len(names)):] {
			if len(name) <= 5 {
				errs = append(errs, lex.fill(shortDay, []string{name}, 0, true))
			}
		}
	}
	for _, t := range []struct {
		numbers map[string]int
		set     func(*entry, int)
	}{
		{l.Numerals, func(e *entry, n int) { e.number = n }},
		{l.Tens, func(e *entry, n int) { e.ten = n }},
		{l.MinutesInWords, func(e *entry, n int) { e.part = n }},
	} {
		for name, n := range t.numbers {
			t.set(lex.entry(fold(name)), n)
		}
	}
	for name, days := range l.DaysFromToday {
		errs = append(errs, lex.fill(fromToday, []string{name}, days, false))
	}
	errs = append(errs, lex.fill(notFuture, l.Endings.NotFuture, 0, true), lex.fill(notPast, l.Endings.NotPast, 0, true))
	for _, s := range []struct {
		name   string
		filled map[string][]string
		tables []table
	}{
		{"dates", l.Dates, dateTables}, {"hours", l.Hours, hourTables}, {"tense", l.Tense, tenseTables},
		{"events", l.Events, eventTables}, {"never", l.Never, neverTables}, {"off", l.Off, offTables}, {"labels", l.Labels, labelTables},
	} {
		errs = append(errs, lex.section(s.name, s.filled, s.tables))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("read language %s: %w", code, err)
	}
	for _, e := range lex.words {
		e.dates = e.number > 0 || e.ten > 0 || e.part > 0 || slices.ContainsFunc(dating, e.is) ||
			slices.ContainsFunc(e.runs, func(r run) bool { return slices.Contains(dating, r.class) })
		slices.SortStableFunc(e.runs, func(a, b run) int { return cmp.Compare(len(b.rest), len(a.rest)) })
	}
	return lex, nil
}

func (l *lexicon) section(name string, filled map[string][]string, tables []table) error {
	var errs []error
	known := map[string]bool{}
	for _, t := range tables {
		known[t.key] = true
		if t.need && len(filled[t.key]) == 0 {
			errs = append(errs, fmt.Errorf("table %s.%s is missing or empty", name, t.key))
		}
		if err := l.fill(t.class, filled[t.key], 0, t.words); err != nil {
			errs = append(errs, fmt.Errorf("table %s.%s: %w", name, t.key, err))
		}
	}
	for key := range filled {
		if !known[key] {
			errs = append(errs, fmt.Errorf("unknown table %s.%s", name, key))
		}
	}
	return errors.Join(errs...)
}

func (l *lexicon) entry(folded string) *entry {
	e := l.words[folded]
	if e == nil {
		e = &entry{}
		l.words[folded] = e
	}
	return e
}

// fill puts words and phrases into a class.
func (l *lexicon) fill(c class, names []string, value int, single bool) error {
	for _, name := range names {
		toks := tokens(name)
		if len(toks) == 0 || single && len(toks) > 1 {
			return fmt.Errorf("%q is not one word", name)
		}
		l.filled.add(c)
		e := l.entry(toks[0].text)
		if len(toks) == 1 {
			e.add(c)
			if c == month || c == weekday || c == fromToday {
				e.values[c] = int8(value)
			}
			if slices.Contains(accented, c) {
				e.exact = append(e.exact, spelling{c, toks[0].lower()})
			}
			continue
		}
		r := run{class: c, value: value}
		for _, t := range toks[1:] {
			r.rest = append(r.rest, t.text)
		}
		e.runs = append(e.runs, r)
	}
	return nil
}

// know looks the tokens up.
func (l *lexicon) know(toks []token) {
	for i := range toks {
		t := &toks[i]
		if t.w = l.words[t.text]; t.w == nil {
			t.w = &unknown
		}
	}
}

// match is the number of tokens of the longest word or phrase of a class at the
// beginning of toks, 0 for none, and its value.
func match(toks []token, c class) (length, value int) {
	if len(toks) == 0 {
		return 0, 0
	}
	w := toks[0].w
	for i := range w.runs {
		if r := &w.runs[i]; r.class == c && startsWith(toks[1:], r.rest) {
			return 1 + len(r.rest), r.value
		}
	}
	switch {
	case !w.is(c):
		return 0, 0
	case int(c) < len(w.values):
		value = int(w.values[c])
	}
	return 1, value
}

// startsWith says whether toks begin with these words, in one paragraph.
func startsWith(toks []token, words []string) bool {
	if len(toks) < len(words) {
		return false
	}
	for i, w := range words {
		if toks[i].text != w || toks[i].lines > 1 {
			return false
		}
	}
	return true
}

// month is the month that a word names, 0 for none.
func (e *entry) month() time.Month {
	if !e.is(month) {
		return 0
	}
	return time.Month(e.values[month])
}
