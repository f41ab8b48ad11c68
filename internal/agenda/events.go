package agenda

import (
	"regexp"
	"slices"
	"sort"
	"strings"
)

// Options are what Events knows of a text beside itself.
type Options struct {
	Title  string // of the item, for events in running text that have none of their own
	Ref    Date   // the day of the mail
	Lang   string // fr or en; for any other both are tried
	Agenda bool   // the text is known to be an agenda: every dated line is an entry
}

// Events gives the events that a text announces, by date. There are two kinds.
//
// An entry of an agenda is a line that begins with a date, or is one, and says
// what happens then. Its title is that text without the place at its end; its
// particulars are the lines below it that are labelled or hold a link. A heading
// such as "Évènements en interne 2018" gives the entries below it their audience
// and the year.
//
// In running text, an event is a date from Ref on in a sentence that announces:
// in the future tense, or by words such as "aura lieu". It is titled by its own
// noun where that is plain, else by the item's title.
//
// No event is made of a date in doubt, of a deadline, or of what has been.
func Events(text string, o Options) []Event {
	if !o.Ref.Valid() {
		return nil
	}
	var all []Event
	for _, lex := range lexicons(o.Lang) {
		r := newReader(text, lex, o)
		all = r.entries()
		for _, e := range r.prose() {
			all = merge(all, e)
		}
		if len(all) > 0 {
			break
		}
	}
	if len(all) == 0 {
		all = titleEvent(text, o)
	}
	slices.SortStableFunc(all, func(a, b Event) int { return a.Start.Compare(b.Start) })
	return all
}

// merge adds an event of running text, or completes with it the one that is
// announced already.
func merge(all []Event, e Event) []Event {
	for i := range all {
		o := &all[i]
		if o.Start != e.Start || o.End != e.End || !sameEvent(*o, e) {
			continue
		}
		if o.Place == "" {
			o.Place = e.Place
		}
		if o.Link == "" {
			o.Link = e.Link
		}
		if o.StartTime == "" {
			o.StartTime, o.EndTime = e.StartTime, e.EndTime
		}
		return all
	}
	return append(all, e)
}

// sameEvent says whether two events of the same days are one: one title holds the
// other, or the times and places do not differ.
func sameEvent(a, b Event) bool {
	ta, tb := fold(a.Title), fold(b.Title)
	if strings.Contains(ta, tb) || strings.Contains(tb, ta) {
		return true
	}
	return (a.Place == b.Place && a.Place != "") && (a.StartTime == b.StartTime || a.StartTime == "" || b.StartTime == "")
}

// titleEvent makes the event of a date in the item's title, where the text has
// none.
func titleEvent(text string, o Options) []Event {
	for _, lex := range lexicons(o.Lang) {
		r := newReader(o.Title, lex, o)
		for _, f := range r.found {
			if f.Start.IsZero() || f.Doubt != "" || f.Deadline || f.past || f.Start.Before(o.Ref) {
				continue
			}
			name := strings.TrimSpace(o.Title[:f.From] + " " + o.Title[f.To:])
			title, place := lex.placeAtEnd(trimTitle(name))
			if title == "" {
				continue
			}
			e := Event{Title: trimTitle(title), Start: f.Start, End: f.End, StartTime: f.StartTime, EndTime: f.EndTime, Place: place}
			e.Audience = lex.audience(o.Title, External)
			if urls := link.FindString(text); urls != "" {
				e.Link = urls
			}
			return []Event{e}
		}
	}
	return nil
}

// reader holds a text that is read for events in one language.
type reader struct {
	text  string
	lex   *lexicon
	o     Options
	toks  []token
	lines []textLine
	found []Found
	taken []bool // of the lines that belong to entries
}

// textLine is one line of the text, without the white space around it.
type textLine struct {
	from, to int
	text     string
}

func newReader(text string, lex *lexicon, o Options) *reader {
	r := &reader{text: text, lex: lex, o: o, toks: tokens(text)}
	for at := 0; at <= len(text); {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			end = len(text) - at
		}
		line := text[at : at+end]
		trimmed := strings.TrimSpace(line)
		from := at + strings.Index(line, trimmed)
		r.lines = append(r.lines, textLine{from, from + len(trimmed), trimmed})
		at += end + 1
	}
	r.taken = make([]bool, len(r.lines))
	f := finder{text: text, ref: o.Ref}
	p := &parser{toks: r.toks, lex: lex, ref: o.Ref}
	r.found = f.scan(p)
	if years := r.headingYears(); years != nil {
		f.year = func(at int) int { return years[r.lineOf(at)] }
		r.found = f.scan(p)
	}
	return r
}

var (
	// link is the address of a page.
	link = regexp.MustCompile(`https?://[^\s<>"«»]*[^\s<>"«».,;:!?)\]']`)
	// bulletMark is what may stand before a line of a list.
	bulletMark = regexp.MustCompile(`^(?:[-*•·–—▪◦‣>+#]+\s*|\d{1,2}[.)]\s+|[a-z]\)\s+)?`)
	headingYr  = regexp.MustCompile(`\b20\d\d\b`)
)

// audience is what the words of a text say, or else the given one.
func (l *lexicon) audience(text string, otherwise Audience) Audience {
	toks := tokens(text)
	for i, t := range toks {
		if l.phrases.internal[t.text] {
			return Internal
		}
		for _, phrase := range l.phrases.members {
			if starts(toks[i:], phrase) {
				return Internal
			}
		}
	}
	return otherwise
}

// maxHeading is how long a heading can be, in bytes.
const maxHeading = 80

// heading reads a line as a heading over entries: short, without a date of its
// own, naming an audience or a year beside what an agenda is called.
func (r *reader) heading(n int) (audience Audience, year int, ok bool) {
	line := strings.Trim(r.lines[n].text, "*_#: ")
	if line == "" || len(line) > maxHeading || strings.HasSuffix(line, ".") || strings.Contains(line, "http") || r.dateIn(n) {
		return "", 0, false
	}
	named := false
	for _, t := range tokens(line) {
		switch {
		case r.lex.phrases.internal[t.text]:
			audience = Internal
		case r.lex.phrases.external[t.text]:
			audience = External
		case t.text == "agenda" || t.text == "calendrier" || t.text == "calendar" || r.lex.phrases.nouns[t.text] && strings.HasSuffix(t.text, "s"):
			named = true
		}
	}
	if y := headingYr.FindString(line); y != "" {
		year = tokens(y)[0].value
	}
	if !named && len(strings.Fields(line)) > 3 {
		return "", 0, false
	}
	return audience, year, audience != "" || named && year > 0
}

func (r *reader) dateIn(n int) bool {
	k := sort.Search(len(r.found), func(k int) bool { return r.found[k].From >= r.lines[n].from })
	for ; k < len(r.found) && r.found[k].From < r.lines[n].to; k++ {
		if !r.found[k].Start.IsZero() {
			return true
		}
	}
	return false
}

// headingYears gives each line the year that the last heading above it names, 0
// for none; nil if no heading names one.
func (r *reader) headingYears() []int {
	years := make([]int, len(r.lines))
	year, any := 0, false
	for n := range r.lines {
		if _, y, ok := r.heading(n); ok {
			year, any = y, any || y > 0
		}
		years[n] = year
	}
	if !any {
		return nil
	}
	return years
}
