package agenda

import "strings"

// prose reads the events that running text announces.
func (r *reader) prose() []Event {
	var all []Event
	var phrases []naming
	for _, f := range r.found {
		if f.Start.IsZero() || f.Deadline || f.never || len(all) >= maxEvents {
			continue
		}
		n := r.lineOf(f.From)
		if r.taken[n] {
			continue
		}
		if f.partial() && r.dated(r.boundsOf(f)) {
			continue // the sentence says the whole date
		}
		announcing := f.future && (!f.past || r.announced(f)) && !r.handedIn(f)
		if f.End.Before(r.o.Ref) {
			if announcing && r.misdated(f) {
				f.Doubt = PastYear
				r.ask(f)
			}
			continue
		}
		if r.openFor(f) {
			continue
		}
		present := !announcing && !r.nominal(f)
		if present && !r.timed(f) {
			if f.Doubt != "" && !f.past && f.StartTime != "" && r.named(f) {
				r.ask(f)
			}
			continue
		}
		e := Event{Start: f.Start, End: f.End, StartTime: f.StartTime, EndTime: f.EndTime}
		var named naming
		named, e.Place = r.describe(f)
		if e.StartTime == "" && e.EndTime == "" {
			e.StartTime, e.EndTime = r.timesOf(f)
		}
		r.labelsBelow(n, &e)
		if r.placeFor(f, &e); present && e.Place == "" && e.StartTime == "" {
			continue
		}
		if announcing && named.title == "" && !f.renewed && !r.evident(f, e) {
			continue
		}
		if f.Doubt != "" {
			r.ask(f)
			continue
		}
		if e.Title = trimTitle(named.title); e.Title == "" {
			e.Title = trimTitle(r.o.Title)
		}
		if e.Title == "" {
			continue
		}
		from, to := r.sentence(f.a, f.b)
		e.Audience = r.audienceOf(from, to, External)
		e.Link = r.linkNear(n)
		all = append(all, e)
		phrases = append(phrases, named)
	}
	r.titleByItem(all, phrases)
	return all
}

// timed says whether a date that no word announces is an event all the same: it is
// whole and to come, nothing tells of the past nor of doors that are open, and it
// has an hour; or it opens the sentence before its comma: Du 16 au 20 avril 2018,
// les ateliers reçoivent.
func (r *reader) timed(f Found) bool {
	if f.past || f.Doubt != "" || f.yearless && !f.weekday || f.iso || !f.Start.After(r.o.Ref) || r.handedIn(f) {
		return false
	}
	from, to := r.sentence(f.a, f.b)
	words := 0
	for k := from; k < to; k++ {
		t := &r.toks[k]
		if t.kind == word && (k < f.a || k >= f.b) {
			words++
		}
		if t.w != &unknown && (r.run(k, openingHours) > 0 || r.exact(k, recordWord) || r.exact(k, closedWord) || t.has(deadlineWord) && !r.ofEvent(k)) {
			return false
		}
	}
	if words < 4 {
		return false
	}
	if f.StartTime == "00:00" || f.StartTime == "23:59" {
		return false // a deadline's
	}
	if f.StartTime != "" {
		return true
	}
	if start, _ := r.timesOf(f); start != "" {
		return true
	}
	return !f.yearless && f.a == from && f.b < to && r.toks[f.b].is(",")
}

// maxOpen is the longest range of days in which doors that are open are an event.
const maxOpen = 14

// openFor says whether the days tell for how long doors are open: du 2 juillet au
// 31 août, l'accueil ouvre à 8h30; but not an exhibition's.
func (r *reader) openFor(f Found) bool {
	if f.Start.DaysUntil(f.End) <= maxOpen {
		return false
	}
	from, to := r.sentence(f.a, f.b)
	open := false
	for k := from; k < to; k++ {
		if r.toks[k].w == &unknown {
			continue
		}
		if n := r.run(k, openingHours); n > 0 {
			open = true
			k += n - 1 // sans rendez-vous
		} else if r.run(k, eventNoun) > 0 {
			return false
		}
	}
	return open
}

// handedIn says whether the day is one on which papers are due: les candidatures
// sont attendues le 18 mai.
func (r *reader) handedIn(f Found) bool {
	from, to := r.sentence(f.a, f.b)
	for k := from; k < f.a; k++ {
		if t := &r.toks[k]; t.has(eventNoun) || t.is(":") {
			return false
		}
	}
	for k := from; k < f.a; k++ {
		if r.toks[k].has(paper) {
			return !r.willBe(from, to)
		}
	}
	return false
}

// timesOf is the clock time that stands alone in the date's sentence, away from it.
func (r *reader) timesOf(f Found) (start, end string) {
	from, to := r.sentence(f.a, f.b)
	only := Found{}
	k := r.firstAfter(r.toks[from].from)
	for ; k < len(r.found) && r.found[k].a < to; k++ {
		switch o := &r.found[k]; {
		case !o.Start.IsZero() && o.listFrom != f.listFrom, only.b > 0 && o.Start.IsZero():
			return "", ""
		case o.Start.IsZero():
			only = *o
		}
	}
	return only.StartTime, only.EndTime
}

// labelsBelow completes an event by the labelled lines below its paragraph.
func (r *reader) labelsBelow(n int, e *Event) {
	var p labelled
	for k := n + 1; k < len(r.lines) && k < n+8; k++ {
		l, ok := r.labelAt(k)
		switch {
		case ok && (l.class == whenLabel || l.class == whatLabel):
			k = len(r.lines)
		case ok:
			r.particulars(k, &p)
		case r.lines[k].text != "":
			k = len(r.lines)
		}
	}
	if e.Place == "" {
		e.Place = p.where
	}
	if e.StartTime == "" {
		e.StartTime, e.EndTime = p.times.StartTime, p.times.EndTime
	}
}

// boundsOf gives the bytes of the date's sentence.
func (r *reader) boundsOf(f Found) (from, to int) {
	a, b := r.sentence(f.a, f.b)
	return r.toks[a].from, r.toks[b-1].to
}

// misdated says whether a date that has passed is announced with its year, of not
// long ago: the year is probably wrong.
func (r *reader) misdated(f Found) bool {
	return !f.yearless && !f.past && f.Doubt == "" && f.Start.DaysUntil(r.o.Ref) < 2*366 && r.willBe(r.sentence(f.a, f.b))
}

// willBe says whether the tokens [from,to) hold a verb in the future tense.
func (r *reader) willBe(from, to int) bool { return r.cues[to].wills > r.cues[from].wills }

// evident says whether a date that a sentence announces without naming the event is
// one all the same: it has a place or an hour, or a word that says so of itself.
func (r *reader) evident(f Found, e Event) bool {
	if e.Place != "" || e.StartTime != "" {
		return true
	}
	from, to := r.sentence(f.a, f.b)
	for k := from; k < to; k++ {
		if r.toks[k].w != &unknown && (r.run(k, announces) > 1 || r.run(k, weakNoun) > 0 || r.run(k, eventNoun) > 0) {
			return true
		}
	}
	return false
}

// nominal says whether the date stands beside the name of an event, whole, and
// nothing tells that it has been: Portes ouvertes, le 20 mars 2018.
func (r *reader) nominal(f Found) bool {
	if f.past || f.yearless && !f.weekday && f.StartTime == "" {
		return false
	}
	from, to := r.sentence(f.a, f.b)
	if to-from > maxNominal {
		return false
	}
	for k := from; k < f.a; k++ {
		if r.toks[k].w != &unknown && r.run(k, eventNoun) > 0 {
			return true
		}
	}
	for k := f.b; k < min(to, f.b+6); k++ {
		if r.run(k, eventNoun) > 0 {
			return true
		}
	}
	return false
}

// maxNominal is how long a sentence without a verb can be, in tokens.
const maxNominal = 60

// announced decides in a sentence that has cues of past and future: the clause of
// the date, between commas, must announce; where it too has both, the cue that
// stands nearest before the date.
func (r *reader) announced(f Found) bool {
	from, to := r.sentence(f.a, f.b)
	start, end := f.a, f.b
	for start > from && !r.clauseEnds(start-1) {
		start--
	}
	for end < to && !r.clauseEnds(end) {
		end++
	}
	past, future := r.tense(start, end)
	if !past || !future {
		return future && !past
	}
	if r.willBe(f.b, min(end, f.b+4)) {
		return true // the assembly of 24 May will be held
	}
	for k := f.a - 1; k >= start; k-- {
		if r.cues[k+1].verbs > r.cues[k].verbs {
			return true
		}
		if r.cues[k+1].pasts > r.cues[k].pasts {
			return false
		}
	}
	return false
}

func (r *reader) clauseEnds(k int) bool {
	t := &r.toks[k]
	return t.kind == mark && t.is(",", ":", "(", ")") || t.is("qui")
}

// dated says whether a date stands in the bytes [from,to).
func (r *reader) dated(from, to int) bool {
	for k := r.firstAfter(from); k < len(r.found) && r.found[k].From < to; k++ {
		if !r.found[k].Start.IsZero() && !r.found[k].partial() {
			return true
		}
	}
	return false
}

// partial says whether only a part of the date is written: demain, jeudi, le 16.
func (f *Found) partial() bool {
	return f.Doubt == RelativeDay || f.Doubt == WeekdayOnly || f.Doubt == MonthMissing
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// maxParagraph is how far a link is looked for, in lines.
const maxParagraph = 20

// linkNear is the link of the paragraph of line n, or of a labelled line below it:
// that by which people register, or else the first.
func (r *reader) linkNear(n int) string {
	if len(r.links) == 0 {
		return ""
	}
	from, to := n, n+1
	for from > 0 && from > n-maxParagraph && r.lines[from-1].text != "" {
		from--
	}
	gap := false
	for k := n + 1; k < len(r.lines) && k < n+maxParagraph; k++ {
		if r.lines[k].text == "" {
			gap = true
			continue
		}
		if gap && !r.labelledLine(k) {
			break
		}
		to = k + 1
	}
	return r.bestLink(from, to)
}
