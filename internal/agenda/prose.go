package agenda

import "strings"

// prose reads the events that running text announces.
func (r *reader) prose() []Event {
	var all []Event
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
		announcing := f.future && (!f.past || r.announced(f))
		if f.End.Before(r.o.Ref) {
			if announcing && r.misdated(f) {
				f.Doubt = PastYear
				r.ask(f)
			}
			continue
		}
		if !announcing && !r.nominal(f) {
			if f.Doubt != "" && !f.past && f.StartTime != "" && r.named(f) {
				r.ask(f)
			}
			continue
		}
		e := Event{Start: f.Start, End: f.End, StartTime: f.StartTime, EndTime: f.EndTime}
		e.Title, e.Place = r.describe(f)
		if e.StartTime == "" && e.EndTime == "" {
			e.StartTime, e.EndTime = r.timesOf(f)
		}
		if announcing && e.Title == "" && !r.evident(f, e) {
			continue
		}
		if f.Doubt != "" {
			r.ask(f)
			continue
		}
		if e.Title == "" {
			e.Title = r.o.Title
		}
		if e.Title = trimTitle(e.Title); e.Title == "" {
			continue
		}
		from, to := r.sentence(f.a, f.b)
		e.Audience = r.audienceOf(from, to, External)
		r.labelsBelow(n, &e)
		e.Link = r.linkNear(n)
		all = append(all, e)
	}
	return all
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

// describe finds title and place of an event in the sentence of its date. The
// title is the noun that names an event with what belongs to it: the object
// between verb and date, else the subject before the verb, else what follows the
// date. It is "" where the sentence has no such noun, or the noun says nothing
// by itself.
func (r *reader) describe(f Found) (title, place string) {
	a, b := f.listFrom, f.listTo
	from, to := r.sentence(a, b)
	end := a // of the text before the date
	behind := b
	for behind < to && r.toks[behind].is(",", ")", "-") {
		behind++
	}
	written := func(from, to int) string { return oneLine(r.text[r.toks[from].from:r.toks[to-1].to]) }
	if pf, pt, ok := r.lex.placeBehind(r.toks[:to], behind); ok {
		place = written(pf, pt)
	} else if pf, pt := r.lex.placeAt(r.toks[:to], behind); behind > b && pt > pf && r.endsThere(pt, to) {
		place = written(pf, pt) // , salle Pasteur
	}
	if start, pf, pt, ok := r.lex.placeBefore(r.toks[:a], a); ok && start >= from {
		if place == "" {
			place = written(pf, pt)
		}
		end = start
	}
	verb := r.verb(from, end)
	if verb < 0 {
		title, _ = r.nounPhrase(from, end, r.verb(from, to) < 0)
	} else if title, _ = r.nounPhrase(verb+1, end, false); title == "" {
		title, _ = r.nounPhrase(from, verb, true)
	}
	if title != "" {
		return r.placeOf(title, place)
	}
	stop := to
	if v := r.verb(behind, to); v >= 0 {
		stop = v
	}
	title, after := r.nounPhrase(behind, stop, true)
	if title == "" && stop < to {
		title, after = r.nounPhrase(stop+1, to, true)
	}
	if title != "" && place == "" && after < to && r.toks[after].is(",") {
		if pf, pt := r.lex.placeAt(r.toks[:to], after+1); pt > pf && r.endsThere(pt, to) {
			place = written(pf, pt) // , Cité des sciences, Paris
		}
	}
	if place == "" {
		for k := stop; k < to; k++ {
			if pf, pt, ok := r.lex.placeBehind(r.toks[:to], k); ok {
				place = written(pf, pt)
				break
			}
			if r.toks[k].is(",") {
				break
			}
		}
	}
	return r.placeOf(title, place)
}

// placeOf splits a title from the place at its end, where no other is known.
func (r *reader) placeOf(title, place string) (string, string) {
	if title == "" {
		return title, place
	}
	if rest, at := r.lex.placeAtEnd(title); at != "" && (place == "" || place == at) && len(strings.Fields(rest)) > 1 {
		return trimTitle(rest), at
	}
	return title, place
}

// endsThere says whether a comma, a stop or the end of the sentence is at token k.
func (r *reader) endsThere(k, to int) bool {
	return k >= to || r.toks[k].kind == mark && r.toks[k].is(",", ".", ";", ")", "-", "(", "!", "<", "|") || r.toks[k].lines > 0
}

// nounPhrase reads the phrase around a noun that names an event: the first one of
// the range where it is a subject, else the last. It needs two words, and names no
// day of its own. after is the token behind it.
func (r *reader) nounPhrase(from, to int, first bool) (title string, after int) {
	isNoun := func(k int) int { return max(r.run(k, eventNoun), r.run(k, weakNoun)) }
	noun, length := -1, 0
	for k := from; k < to; k++ {
		if r.toks[k].w == &unknown {
			continue
		}
		if n := isNoun(k); n > 0 && k+n <= to {
			noun, length = k, n
			if first {
				break
			}
		}
	}
	if noun < 0 {
		return "", to
	}
	if !first {
		// The head of the phrase is the first of a chain of such nouns: session de
		// formation.
		for k := noun - 1; k >= from && noun-k <= 3; k-- {
			if n := isNoun(k); n > 0 && !r.toks[k+1].is(",") {
				length = noun + length - k
				noun = k
			}
		}
	}
	start := noun
	if r.lex.monthFirst { // adjectives stand before the noun
		for start > from && noun-start < 6 && r.describes(start-1) && r.toks[start].lines == 0 {
			start--
		}
	}
	end := noun + length
	depth := 0
	for end < to {
		t := &r.toks[end]
		if t.is("(", "«", "“") {
			depth++
		}
		if t.is(")", "»", "”") {
			depth--
		}
		if depth <= 0 && t.is(",", ":", ";", ".", "|", "<") || t.lines > 1 || end-start > 30 ||
			depth <= 0 && r.cues[end+1].pasts > r.cues[end].pasts {
			break
		}
		end++
	}
	after = end
	for end > noun+length && (r.toks[end-1].has(tail) || r.toks[end-1].has(reflexive) || r.toks[end-1].is("(", "!", "•", "–", "*")) {
		end--
	}
	if end-start < 2 || r.dated(r.toks[start].from, r.toks[end-1].to) {
		return "", to
	}
	return capitalised(trimTitle(oneLine(r.text[r.toks[start].from:r.toks[end-1].to]))), after
}

// describes says whether token k may be an adjective before an English noun.
func (r *reader) describes(k int) bool {
	t := &r.toks[k]
	return t.kind == word && !t.has(determiner) && !t.has(tail) && !t.has(reflexive) && r.cues[k+1].futures == r.cues[k].futures &&
		!t.has(toPlace) && !t.has(greeting)
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
