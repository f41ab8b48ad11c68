package agenda

import (
	"sort"
	"strings"
)

// reader holds a text that is read for events in one language.
type reader struct {
	*parser
	text    string
	o       Options
	lines   []textLine
	found   []Found
	links   []textLink
	taken   []bool // of the lines that belong to entries
	doubted []doubted

	inTitle   *reader  // the item's title, if it says that something is off
	offDays   []offDay // days that are cancelled
	titleGone bool     // what the title announces is cancelled
}

// textLine is one line of the text, without the white space around it.
type textLine struct {
	from, to int // bytes
	a, b     int // tokens
	text     string
}

// textLink is the address of a page in the text.
type textLink struct {
	line      int
	url       string
	register  bool // people register there
	programme bool // the text calls it a programme
}

func newReader(text string, toks []token, lex *lexicon, o Options) *reader {
	r := &reader{parser: newParser(toks, lex, o.Ref), text: text, o: o}
	k := 0
	for at := 0; at <= len(text); {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			end = len(text) - at
		}
		line := text[at : at+end]
		trimmed := strings.TrimSpace(line)
		from := at + strings.Index(line, trimmed)
		l := textLine{from: from, to: from + len(trimmed), a: k, text: trimmed}
		for k < len(toks) && toks[k].from < l.to {
			k++
		}
		l.b = k
		r.lines = append(r.lines, l)
		at += end + 1
	}
	r.taken = make([]bool, len(r.lines))
	r.found = r.scan(nil)
	if years := r.headingYears(); years != nil {
		r.found = r.scan(func(at int) int { return years[r.lineOf(at)] })
	}
	r.dropQuoted()
	r.settle()
	r.readLinks()
	return r
}

// lineOf is the line in which a byte stands.
func (r *reader) lineOf(at int) int {
	after := sort.Search(len(r.lines), func(n int) bool { return r.lines[n].from > at })
	return max(after-1, 0)
}

// maxHeading is how long a heading can be, in bytes.
const maxHeading = 80

// heading reads a line as a heading over entries: short, without a date of its
// own, naming an audience or a year beside what an agenda is called.
func (r *reader) heading(n int) (audience Audience, year int, ok bool) {
	l := &r.lines[n]
	if l.text == "" || len(l.text) > maxHeading || strings.HasSuffix(l.text, ".") || r.dateIn(n) {
		return "", 0, false
	}
	named, words := false, 0
	for k := l.a; k < l.b; k++ {
		t := &r.toks[k]
		switch {
		case t.kind == word:
			words++
		case t.kind == number && t.digits == 4 && t.value >= 2000 && t.value < 2100:
			year = t.value
		case t.is("@", "|"):
			return "", 0, false
		}
		switch {
		case t.w == &unknown:
		case t.has(internal):
			audience = Internal
		case t.has(external):
			audience = External
		case r.run(k, agendaWord) > 0, (t.has(eventNoun) || t.has(weakNoun)) && strings.HasSuffix(t.text, "s"):
			named = true
		}
	}
	if words == 0 || !named && words > 3 || strings.Contains(l.text, "http") {
		return "", 0, false
	}
	return audience, year, audience != "" || named && year > 0
}

// firstIn is the first found of line n, in r.found; the next line's if there is
// none.
func (r *reader) firstIn(n int) int { return r.firstAfter(r.lines[n].from) }

func (r *reader) dateIn(n int) bool {
	for k := r.firstIn(n); k < len(r.found) && r.found[k].From < r.lines[n].to; k++ {
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

// dropQuoted marks the dates in the header fields of quoted mails, and those of
// lines that say who wrote when.
func (r *reader) dropQuoted() {
	for k := range r.found {
		f := &r.found[k]
		if n := r.lineOf(f.From); !f.Start.IsZero() && !f.never && (r.fieldOfMail(n) || r.signsOf(n, f)) {
			f.never = true
		}
	}
}

// fieldOfMail says whether a line is one of a quoted mail's header: Envoyé : …; or
// Date : … among others.
func (r *reader) fieldOfMail(n int) bool {
	l, ok := r.labelAt(n)
	if !ok {
		return false
	}
	field := func(l label) bool { return r.run(l.a, headerField) == l.b-l.a }
	if field(l) && l.class != whenLabel && l.class != whereLabel {
		return true
	}
	if l.class != whenLabel {
		return false
	}
	for k := max(0, n-3); k < len(r.lines) && k <= n+3; k++ {
		if other, ok := r.labelAt(k); ok && k != n && field(other) {
			return true
		}
	}
	return false
}

// signsOf says whether a line tells who wrote on that date: an address in angle
// brackets stands behind it.
func (r *reader) signsOf(n int, f *Found) bool {
	l := &r.lines[n]
	if f.a > l.a+3 || l.to < f.To {
		return false
	}
	rest := r.text[f.To:l.to]
	at := strings.IndexByte(rest, '@')
	return at >= 0 && strings.LastIndexByte(rest[:at], '<') >= 0
}
