package agenda

import (
	"slices"
	"sort"
	"strings"
)

// How much of a text is looked through for what is off: marks in a statement, and
// statements that name no day.
const (
	maxMarks    = 30
	maxDateless = 30
)

// statement is a part of the text that speaks of one thing: a sentence, or a line
// of a list, a table or labels.
type statement struct {
	from, to int       // tokens
	marks    []offMark // what is off, or moved, in it
	took     bool      // a day was taken away by them
}

// settle takes away the days of what is cancelled or moved, so that no event is
// made of them, and lets the days to which something is moved announce it. A
// cancellation without a day takes the day of the event that it names, or of the one
// next to it.
func (r *reader) settle() {
	r.inTitle = r.titleOff()
	marks := r.offMarks(0, len(r.toks))
	if len(marks) == 0 && r.inTitle == nil {
		return
	}
	all := r.statements(marks)
	for i := range all {
		if len(all[i].marks) > 0 {
			r.settleOne(&all[i])
		}
	}
	r.renewBeside(all)
	took, dateless := false, 0
	for i := range all {
		s := &all[i]
		if s.marks == nil || s.took || !slices.ContainsFunc(s.marks, offMark.takes) {
			took = took || s.took
			continue
		}
		if dateless++; dateless <= maxDateless {
			took = r.takeBeside(all, i) || took
		}
	}
	if r.inTitle != nil {
		r.settleTitle(r.inTitle, all, took)
	}
	r.takeSameDays(all)
}

// titleOff is the item's title if it says that something is off; nil otherwise.
func (r *reader) titleOff() *reader {
	if r.o.Title == "" {
		return nil
	}
	t := newReader(r.o.Title, tokens(r.o.Title), r.lex, Options{Ref: r.o.Ref})
	if !slices.ContainsFunc(t.offMarks(0, len(t.toks)), offMark.takes) {
		return nil
	}
	return t
}

// statements splits the text.
func (r *reader) statements(marks []offMark) []statement {
	var all []statement
	for from := 0; from < len(r.toks); {
		end := max(int(r.cues[from].to), from+1)
		for start := from; start < end; {
			to := start + 1
			for to < end && !(r.toks[to].lines > 0 && r.apart(r.lineOf(r.toks[to-1].from), r.lineOf(r.toks[to].from))) {
				to++
			}
			s := statement{from: start, to: to}
			for len(marks) > 0 && marks[0].from < to {
				if len(s.marks) < maxMarks {
					s.marks = append(s.marks, marks[0])
				}
				marks = marks[1:]
			}
			all = append(all, s)
			start = to
		}
		from = end
	}
	return all
}

// maxWrapped is the length in bytes from which a line may be one that was broken.
const maxWrapped = 55

// apart says whether the line n begins something else than the line before it: an
// entry, a row of a table, a labelled line, or the text below a title.
func (r *reader) apart(before, n int) bool {
	a, b := &r.lines[before], &r.lines[n]
	if n > before+1 || strings.Contains(a.text, "|") || strings.Contains(b.text, "|") || bullet(b.text) > 0 {
		return true
	}
	if _, _, opens := r.lead(n); opens && len(a.text) < maxWrapped {
		return true
	}
	if _, ok := r.labelAt(n); ok {
		return true
	}
	_, ok := r.labelAt(before)
	return ok || len(a.text) < maxWrapped && r.titles(before) || r.dateIn(before) && r.dateIn(n) && len(a.text) < maxWrapped
}

// clauses splits a statement at its marks of punctuation and joints, but not within
// a date.
func (r *reader) clauses(s *statement) []clause {
	var all []clause
	k := r.firstAfter(r.toks[s.from].from)
	start := s.from
	next := clause{from: start}
	end := func(at, behind int) {
		if next.from < at {
			next.to = at
			all = append(all, next)
		}
		next = clause{from: behind}
	}
	for i := s.from; i < s.to; i++ {
		for k < len(r.found) && max(r.found[k].b, r.found[k].listTo) <= i {
			k++
		}
		if k < len(r.found) && min(r.found[k].a, r.listStart(k)) <= i {
			continue
		}
		t := &r.toks[i]
		inMark := slices.ContainsFunc(s.marks, func(m offMark) bool { return i >= m.from && i < m.to })
		switch {
		case inMark:
		case t.kind == mark && t.is(",", ":", "(", ")", ";"):
			end(i, i+1)
			next.apart = t.is(";")
		case r.run(i, contrast) > 0:
			end(i, i+r.run(i, contrast))
			next.against = true
		case t.has(joins):
			end(i, i+1)
		}
	}
	end(s.to, s.to)
	for i := range all {
		c := &all[i]
		for k := range s.marks {
			if m := &s.marks[k]; m.from >= c.from && m.from < c.to && (c.mark == nil || m.kind != wasOn) {
				c.mark = m
			}
		}
		c.holds = c.mark == nil && r.holds(c)
	}
	return all
}

// listStart is the first token of the list of days that holds a date.
func (r *reader) listStart(k int) int {
	if f := &r.found[k]; !f.Start.IsZero() {
		return f.listFrom
	}
	return r.found[k].a
}

// holds says whether a clause announces by a verb, or says that something stays.
func (r *reader) holds(c *clause) bool {
	if r.toks[c.from].has(relative) {
		return false
	}
	dated := false
	for i := c.from; i < c.to; i++ {
		t := &r.toks[i]
		dated = dated || t.kind == number
		switch {
		case t.w != &unknown && r.staysAt(i), t.has(nextOne) && !dated:
			return true
		case r.cues[i+1].verbs > r.cues[i].verbs && !(t.has(openPart) && r.run(i, announces) == 1 && !r.toBe(i-1)):
			return true
		}
	}
	return false
}

// toBe says whether the word at i is a form of "to be" that makes a participle
// behind it a verb: est prévu, sera prévu.
func (r *reader) toBe(i int) bool {
	t := r.at(i)
	return i >= 0 && (t.has(be) || t.has(beNow) || t.has(clauseWord) && t.kind == word && !t.has(relative))
}

// datesIn are the places in r.found of the dates in the tokens [from,to).
func (r *reader) datesIn(from, to int) []int {
	var all []int
	if from >= to {
		return nil
	}
	for k := r.firstAfter(r.toks[from].from); k < len(r.found) && r.found[k].a < to; k++ {
		if !r.found[k].Start.IsZero() {
			all = append(all, k)
		}
	}
	return all
}

// settleOne settles the days that a statement with marks names.
func (r *reader) settleOne(s *statement) {
	r.readBareDays(s)
	parts := r.clauses(s)
	dates := r.datesIn(s.from, s.to)
	r.dropOther(s, parts, dates)
	for i := range parts {
		c := &parts[i]
		for _, k := range r.datesIn(c.from, c.to) {
			switch {
			case c.mark != nil:
				r.settleBy(s, c.mark, k, dates)
			case c.holds:
				r.renew(k)
			default:
				r.settleByOthers(s, parts, i, k, dates)
			}
		}
	}
	r.giveMonths(s)
}

// toldAside says whether a relative clause tells when something takes place: qui
// aura lieu le 9 avril à Rouen.
func (r *reader) toldAside(c *clause) bool {
	if c.mark != nil || !r.toks[c.from].has(relative) || len(r.datesIn(c.from, c.to)) == 0 {
		return false
	}
	return r.cues[c.to].verbs > r.cues[c.from].verbs && r.cues[c.to].pasts == r.cues[c.from].pasts
}

// dropOther takes marks off a statement that deny only a place or an hour: n'aura
// pas lieu à Rouen mais à Dieppe; qui aura lieu le 9 avril à Rouen, n'aura pas lieu
// à Dieppe.
func (r *reader) dropOther(s *statement, parts []clause, dates []int) {
	for i := range parts {
		c := &parts[i]
		if c.mark == nil || !c.mark.denied || c.mark.to >= c.to {
			continue
		}
		told := i > 0 && r.toldAside(&parts[i-1])
		if !told && (i+1 == len(parts) || !parts[i+1].against) {
			continue
		}
		t := &r.toks[c.mark.to]
		if len(r.datesIn(c.mark.to, s.to)) > 0 || len(dates) == 0 {
			continue
		}
		if t.has(toPlace) || t.has(toVenue) || r.run(c.mark.to, atHour) > 0 || t.is("on", "in", "at", "no", "na", "nel", "nella") {
			s.took = true // so that nothing else is looked for
			c.mark, c.holds = nil, true
		}
	}
}

// settleBy settles a date by the mark of its own clause.
func (r *reader) settleBy(s *statement, m *offMark, k int, dates []int) {
	f := &r.found[k]
	switch {
	case m.kind == isKept:
		r.renew(k)
	case m.kind == isOff && !m.noun && !m.denied && f.a >= m.to && r.willBe(m.to, f.a):
		r.renew(k) // le forum annulé en 2017 aura lieu le 9 avril
	case m.kind == isOff:
		r.take1(s, k)
	case m.kind == wasOn:
		behind := f.a >= m.from && len(r.datesIn(m.to, f.a)) == 0
		switch {
		case behind && len(dates) > 1 && f.a-m.to <= 8:
			r.take1(s, k)
		case len(dates) > 1:
			r.renew(k)
		}
	case f.a < m.from:
		r.take1(s, k)
	default:
		earlier := r.datesIn(s.from, m.from)
		opened := r.run(f.a, opens) > 0 && r.run(f.a, reaches) == 0 || r.run(f.a-1, opens) > 0 && f.a-1 >= m.to || r.at(f.a).is("from", "of") || r.at(f.a-1).is("from", "of")
		switch {
		case f.Start != f.End && opened && (len(earlier) == 0 || r.found[earlier[len(earlier)-1]].Start == f.Start):
			f.Start = f.End // du 9 au 16 avril
			s.took = true
			r.renew(k)
		case f.Start == f.End && (opened || m.noun && len(r.datesIn(m.to, f.a)) == 0 && len(earlier) == 0 && r.run(f.a, reaches) == 0 && len(dates) > 1):
			r.take1(s, k)
		default:
			r.renew(k)
		}
	}
}

// settleByOthers settles a date whose clause says nothing by the clauses behind it,
// or else before it.
func (r *reader) settleByOthers(s *statement, parts []clause, i, k int, dates []int) {
	for j := i + 1; j < len(parts) && !parts[j].against && !parts[j].apart; j++ {
		switch m := parts[j].mark; {
		case m != nil && m.kind == wasOn:
		case m != nil && m.kind == isKept:
			r.renew(k)
			return
		case m != nil && !(m.noun && r.namesIn(m.to, parts[j].to)):
			r.take1(s, k)
			return
		case parts[j].holds:
			r.renew(k)
			return
		}
		if len(r.datesIn(parts[j].from, parts[j].to)) > 0 {
			break
		}
	}
	if parts[i].against {
		r.renew(k)
		return
	}
	for j := i - 1; j >= 0; j-- {
		switch m := parts[j].mark; {
		case m != nil && m.kind == wasOn && len(r.datesIn(m.to, parts[j].to)) == 0 && len(dates) > 1:
			r.take1(s, k)
			return
		case m != nil && (m.kind == wasOn || m.kind == isKept):
			r.renew(k)
			return
		case m != nil && m.kind == isMoved && !m.noun && len(r.datesIn(s.from, m.from)) > 0:
			r.renew(k)
			return
		case m != nil:
			if !r.namesIn(m.to, parts[j].to) && !r.namesIn(parts[j].from, m.from) || !r.namesIn(parts[i].from, parts[i].to) {
				r.take1(s, k)
			}
			return
		case parts[j].holds:
			return
		}
		if parts[j].apart || parts[j].against {
			return
		}
	}
}

// namesIn says whether the tokens [from,to) name an event.
func (r *reader) namesIn(from, to int) bool { return len(r.nounsIn(from, to)) > 0 }

// take1 takes a date away.
func (r *reader) take1(s *statement, k int) {
	r.found[k].off, r.found[k].never = true, true
	s.took = true
}

// renew lets a date announce what was moved to it, or stays.
func (r *reader) renew(k int) {
	f := &r.found[k]
	f.past, f.future, f.renewed = false, true, true
}

// readBareDays adds the days of a statement that are written as bare numbers: pas le 15 mais
// le 22.
func (r *reader) readBareDays(s *statement) {
	for i := s.from; i < s.to; i++ {
		t := &r.toks[i]
		if t.kind != number || t.digits > 2 || i == s.from || r.covered(i) {
			continue
		}
		before := i - 1
		if r.toks[before].is("dia") && before > s.from {
			before--
		}
		if !r.toks[before].has(article) && r.run(before, reaches) == 0 && !r.toks[before].is("to", "for", "para", "al", "para") {
			continue
		}
		day, next := r.day(i)
		if next == i {
			continue
		}
		if after := r.at(next); next < s.to && after.kind != mark && after.w == &unknown && after.lines == 0 || after.has(hourMark) || after.is("%", "€") {
			continue
		}
		on := Date{r.o.Ref.Year, r.o.Ref.Month, day}
		if !on.Valid() {
			continue
		}
		f := Found{Start: on, End: on, From: t.from, To: r.at(next - 1).to, Doubt: MonthMissing, yearless: true, a: i, b: next, listFrom: i, listTo: next}
		at := r.firstAfter(f.From)
		r.found = slices.Insert(r.found, at, f)
	}
}

// covered says whether token i belongs to a date or hour that was found.
func (r *reader) covered(i int) bool {
	k := sort.Search(len(r.found), func(k int) bool { return r.found[k].b > i })
	return k < len(r.found) && r.found[k].a <= i
}

// giveMonths gives the new days of a statement that leave the month out that of the
// former one.
func (r *reader) giveMonths(s *statement) {
	dates := r.datesIn(s.from, s.to)
	var former *Found
	for _, k := range dates {
		if f := &r.found[k]; f.off && (former == nil || former.Doubt == MonthMissing) {
			former = f
		}
	}
	if former == nil {
		return
	}
	month := *former
	if former.Doubt == MonthMissing {
		month = r.sameDay(former.Start.Day)
	}
	if month.Start.IsZero() || month.Doubt != "" {
		return
	}
	for _, k := range dates {
		f := &r.found[k]
		if f.Doubt != MonthMissing || f.Start != f.End {
			continue
		}
		on := Date{month.Start.Year, month.Start.Month, f.Start.Day}
		if !on.Valid() || !f.off && !on.After(month.Start) {
			continue
		}
		f.Start, f.End, f.Doubt, f.yearless = on, on, "", month.yearless
	}
}

// sameDay is the date of the text, or of the item's title, that has this day of a
// month and is certain.
func (r *reader) sameDay(day int) Found {
	for _, f := range r.found {
		if !f.Start.IsZero() && f.Doubt == "" && f.Start.Day == day {
			return f
		}
	}
	if r.o.Title != "" {
		for _, f := range newParser(tokens(r.o.Title), r.lex, r.o.Ref).scan(nil) {
			if !f.Start.IsZero() && f.Doubt == "" && f.Start.Day == day {
				return f
			}
		}
	}
	return Found{}
}
